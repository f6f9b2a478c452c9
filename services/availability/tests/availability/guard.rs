//! Writes that the database refuses, also from the service itself.

use harborline_proto::common::v1::Acuity;
use harborline_testkit::owner;
use harborline_types::OfferId;

use crate::fixture::{Given, unhurried};

/// The database's refusal of `statement` in a program with one open offer; `$1` is a fresh id.
async fn refusal(statement: &'static str) -> String {
    let given = Given::new(unhurried()).await;
    let mut ana = given.on_duty("ana").await;
    given.enqueue(Acuity::High).await;
    ana.offer().await;
    let refused = sqlx::query(statement).bind(OfferId::new()).execute(&owner(&given.store)).await.unwrap_err();
    refused.as_database_error().and_then(|error| error.constraint()).unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_slot_is_not_given_twice_in_one_epoch() {
    let again = "insert into slot_hold (program_id, counselor_id, slot, epoch, offer_id)
                 select program_id, counselor_id, slot, epoch, $1 from slot_hold limit 1";
    assert_eq!(refusal(again).await, "slot_hold_key");
}

#[tokio::test]
async fn a_slot_is_not_given_while_it_is_held() {
    let next = "insert into slot_hold (program_id, counselor_id, slot, epoch, offer_id)
                select program_id, counselor_id, slot, epoch + 1, $1 from slot_hold limit 1";
    assert_eq!(refusal(next).await, "slot_hold_follows");
}

#[tokio::test]
async fn a_contact_is_not_given_to_two_counselors() {
    let second =
        "insert into offer (program_id, offer_id, ticket_id, counselor_id, state, preferred, slots, expires_at)
                  select program_id, $1, ticket_id, 'ben', 'offered', false, '{0}', now() from offer";
    assert_eq!(refusal(second).await, "offer_one_open");
}

#[tokio::test]
async fn a_contact_is_not_answered_by_two_tickets() {
    let second = "insert into ticket (program_id, ticket_id, contact_id, state, acuity, channel, language, skills)
                  select program_id, $1, contact_id, 'queued', acuity, channel, language, skills from ticket";
    assert_eq!(refusal(second).await, "ticket_contact");
}

#[tokio::test]
async fn a_contact_has_one_open_transfer() {
    let two = "insert into ticket (program_id, ticket_id, contact_id, state, acuity, channel, language, skills, kind,
                                   of_ticket_id, asked_by, target, asked_for)
               select program_id, case number when 1 then $1 else gen_random_uuid() end, contact_id, 'queued', acuity,
                      channel, language, skills, 'cold_transfer', ticket_id, 'ana', 'skilled', 'skill'
               from ticket, generate_series(1, 2) as number";
    assert_eq!(refusal(two).await, "ticket_one_transfer");
}

#[tokio::test]
async fn the_backup_line_takes_no_transfer() {
    let handed_off = "insert into ticket (program_id, ticket_id, contact_id, state, acuity, channel, language, skills,
                                          kind, of_ticket_id, asked_by, target, asked_for)
                      select program_id, $1, contact_id, 'handed_off', acuity, channel, language, skills, 'conference',
                             ticket_id, 'ana', 'skilled', 'skill' from ticket";
    assert_eq!(refusal(handed_off).await, "ticket_beside_stays");
}

#[tokio::test]
async fn only_an_emergency_is_raced_and_nobody_is_assigned_by_a_race() {
    let below = "insert into ticket (program_id, ticket_id, contact_id, state, acuity, channel, language, skills, kind,
                                     of_ticket_id, target)
                 select program_id, $1, contact_id, 'withdrawn', 2, channel, language, skills, 'race', ticket_id, 'skilled'
                 from ticket";
    assert_eq!(refusal(below).await, "ticket_beside_stays");
    let assigned =
        "insert into ticket (program_id, ticket_id, contact_id, state, acuity, channel, language, skills, kind,
                                        of_ticket_id, target, offer_id)
                    select program_id, $1, contact_id, 'assigned', 1, channel, language, skills, 'race', ticket_id,
                           'skilled', $1 from ticket";
    assert_eq!(refusal(assigned).await, "ticket_beside_stays");
}
