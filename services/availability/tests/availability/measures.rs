//! Measures of a program, from stored steps and presences.

use chrono::{DateTime, TimeDelta, Utc};
use harborline_availability::DispatchSettings;
use harborline_identity::Role;
use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::attend_service_server::AttendService;
use harborline_proto::availability::v1::measure_service_server::MeasureService;
use harborline_proto::availability::v1::shift_service_server::ShiftService;
use harborline_proto::common::v1::{Acuity, Channel, Need, Reason};
use harborline_status::violations_of;
use harborline_testkit::{assert_refused, person, request, wait_until};
use harborline_types::wire::timestamp;
use pb::TicketEventKind as Kind;

use crate::fixture::{Given, id, need, unhurried};

fn asked(from: DateTime<Utc>, until: DateTime<Utc>) -> pb::GetMeasuresRequest {
    pb::GetMeasuresRequest { from: Some(timestamp(from)), until: Some(timestamp(until)), ..Default::default() }
}

/// The measures of the last hour and the next.
pub(crate) async fn measured(given: &Given, change: impl Fn(&mut pb::GetMeasuresRequest)) -> pb::GetMeasuresResponse {
    let mut message = asked(Utc::now() - TimeDelta::hours(1), Utc::now() + TimeDelta::hours(1));
    change(&mut message);
    given.services.get_measures(request(&given.administrator(), message)).await.unwrap().into_inner()
}

fn millis(length: Option<prost_types::Duration>) -> i64 {
    let length = length.unwrap_or_default();
    length.seconds * 1000 + i64::from(length.nanos / 1_000_000)
}

#[tokio::test]
async fn the_figures_of_contacts_are_read_from_the_steps_of_their_tickets() {
    let given = Given::new(unhurried()).await;
    let short = given.enqueue(Acuity::High).await;
    assert!(given.withdraw(short).await);
    let mut ana = given.on_duty("ana").await;
    let taken = given.enqueue(Acuity::Emergency).await;
    ana.take_next().await;
    let message = Need { channel: Channel::Message.into(), ..need() };
    given.enqueue_needing(Acuity::Routine, message).await;
    given.release(taken).await;
    ana.finish(taken).await;

    let all = measured(&given, |_| ()).await.all_contacts.unwrap();
    let counts = (all.offered, all.answered, all.short_abandoned, all.abandoned, all.handed_off, all.waiting);
    assert_eq!(counts, (3, 1, 1, 0, 0, 1));
    assert_eq!((all.answer_rate, all.abandon_rate), (Some(1.0 / 3.0), Some(0.0)));
    let handling = all.handling.unwrap();
    assert_eq!(handling.contacts, 1);
    let ticket = given.ticket(taken).await;
    let step = |kind: pb::TicketEventKind| {
        let event = ticket.events.iter().find(|event| event.kind() == kind).unwrap();
        harborline_types::wire::instant(event.at.as_ref().unwrap()).unwrap()
    };
    let waited = step(pb::TicketEventKind::Accepted) - step(pb::TicketEventKind::Queued);
    assert_eq!(millis(all.answer_speed.unwrap().longest), waited.num_milliseconds());
    let talked = step(pb::TicketEventKind::Released) - step(pb::TicketEventKind::Accepted);
    assert!((millis(handling.average_conversation) - talked.num_milliseconds()).abs() <= 1);
    let within: Vec<i64> = all.service_levels.iter().map(|level| millis(level.within) / 1000).collect();
    assert_eq!(within, [15, 20, 30]);
    assert_eq!(all.service_levels[1].of_offered, Some(1.0), "a contact that waits may still be answered in time");

    // A caller who is no short abandon is an abandon.
    let none_is_short = |message: &mut pb::GetMeasuresRequest| message.short_abandon = Some(Default::default());
    let all = measured(&given, none_is_short).await.all_contacts.unwrap();
    assert_eq!((all.short_abandoned, all.abandoned), (0, 1));
}

#[tokio::test]
async fn contacts_that_were_handed_off_or_lost_their_counselor_are_counted() {
    let settings = DispatchSettings { presence_grace_ms: 100, page_after_ms: 100, backup_after_ms: 400, ..unhurried() };
    let given = Given::new(settings).await;
    let handed_off = given.enqueue(Acuity::High).await;
    given.until_ticket_has(handed_off, Kind::BackupOffered).await;
    let all = measured(&given, |_| ()).await.all_contacts.unwrap();
    assert_eq!((all.handed_off, all.waiting), (0, 1), "an offer of the backup line is no hand-off");
    assert!(given.hand_off(handed_off).await);
    let mut ana = given.on_duty("ana").await;
    let lost = given.enqueue(Acuity::High).await;
    ana.take_next().await;
    drop(ana);
    given.until_ticket_has(lost, Kind::BackupOffered).await;
    assert!(given.hand_off(lost).await);
    let all = measured(&given, |_| ()).await.all_contacts.unwrap();
    let counts = (all.offered, all.answered, all.handed_off, all.counselor_lost, all.waiting);
    assert_eq!(counts, (2, 1, 2, 1, 0), "the one that was answered first is both");
    assert_eq!(all.hand_off_rate, Some(1.0));
}

#[tokio::test]
async fn contacts_are_told_apart_by_channel_and_acuity_and_cut_in_the_asked_zone() {
    let given = Given::new(unhurried()).await;
    let message = Need { channel: Channel::Message.into(), ..need() };
    for (acuity, need) in [(Acuity::High, need()), (Acuity::High, need()), (Acuity::Routine, message)] {
        given.enqueue_needing(acuity, need).await;
    }
    let grouped = measured(&given, |message| {
        message.group_by = vec![pb::MeasureGrouping::Acuity.into(), pb::MeasureGrouping::Channel.into()];
        message.time_zone = "Asia/Kathmandu".to_owned();
        message.interval = pb::MeasureInterval::Day.into();
    })
    .await;
    assert_eq!(grouped.time_zone, "Asia/Kathmandu");
    let rows: Vec<_> = grouped.contacts.iter().map(|row| (row.channel(), row.acuity(), row.offered)).collect();
    assert_eq!(rows, [(Channel::Phone, Acuity::High, 2), (Channel::Message, Acuity::Routine, 1)]);
    let ungrouped = measured(&given, |_| ()).await;
    assert_eq!(ungrouped.time_zone, "UTC", "a program without roster rules has no zone of its own");
    assert_eq!(ungrouped.contacts.len(), 1);
    assert!(ungrouped.contacts[0] == ungrouped.all_contacts.unwrap(), "one row, and the whole of it");
    let rules = pb::RosterRules { time_zone: "America/New_York".to_owned(), ..Default::default() };
    let put = pb::PutRosterRulesRequest { request_id: id(), rules: Some(rules) };
    given.services.put_roster_rules(request(&given.administrator(), put)).await.unwrap();
    assert_eq!(measured(&given, |_| ()).await.time_zone, "America/New_York");
}

#[tokio::test]
async fn the_time_of_counselors_is_read_from_their_presence_and_engagements() {
    let given = Given::new(unhurried()).await;
    let mut ana = given.on_duty("ana").await;
    let contact = given.enqueue(Acuity::High).await;
    ana.take_next().await;
    let engaged = |time: &pb::CounselorMeasures| millis(time.engaged);
    let time = wait_until("an engagement shows", || async {
        measured(&given, |_| ()).await.all_counselors.filter(|time| engaged(time) > 20)
    })
    .await;
    assert!(time.occupancy.unwrap() > 0.0);
    given.release(contact).await;
    ana.finish(contact).await;
    let set = pb::SetBreakRequest { request_id: id(), on_break: true };
    given.services.set_break(request(&ana.call, set)).await.unwrap();
    let ended = measured(&given, |_| ()).await.all_counselors.unwrap();
    wait_until("the break shows", || async {
        let time = measured(&given, |_| ()).await.all_counselors.unwrap();
        assert_eq!(engaged(&time), engaged(&ended), "it has ended");
        (millis(time.on_break) > 20).then_some(())
    })
    .await;

    ana.leave().await;
    ana.until_closed().await;
    let all = wait_until("nothing grows any more", || async {
        let (one, other) = (measured(&given, |_| ()).await, measured(&given, |_| ()).await);
        let on_duty = |measures: &pb::GetMeasuresResponse| {
            let time = measures.all_counselors.unwrap();
            [time.engaged, time.available, time.on_break, time.reconnecting].map(millis)
        };
        (on_duty(&one) == on_duty(&other)).then_some(one.all_counselors.unwrap())
    })
    .await;
    let history: Vec<String> = sqlx::query_scalar("select state from presence_event order by at, sequence")
        .fetch_all(&harborline_testkit::owner(&given.store))
        .await
        .unwrap();
    assert_eq!(history.first().map(String::as_str), Some("here"));
    assert_eq!(history.last().map(String::as_str), Some("off_duty"));
    assert!(millis(all.available) > 0 && millis(all.on_break) > 0);
}

#[tokio::test]
async fn a_broken_stream_and_its_return_are_in_the_history() {
    let given = Given::new(unhurried()).await;
    let ana = given.on_duty("ana").await;
    drop(ana);
    let states = || async {
        let states: Vec<String> = sqlx::query_scalar("select state from presence_event order by at, sequence")
            .fetch_all(&harborline_testkit::owner(&given.store))
            .await
            .unwrap();
        states
    };
    wait_until("the break is on record", || async { (states().await == ["here", "reconnecting"]).then_some(()) }).await;
    let _back = given.attend("ana").await;
    assert_eq!(states().await, ["here", "reconnecting", "here"]);
}

#[tokio::test]
async fn every_wrong_field_is_named() {
    let given = Given::new(unhurried()).await;
    let now = Utc::now();
    let wrong = pb::GetMeasuresRequest {
        interval: 99,
        group_by: vec![pb::MeasureGrouping::Acuity.into(), pb::MeasureGrouping::Acuity.into()],
        time_zone: "Mars/Olympus".to_owned(),
        short_abandon: Some(prost_types::Duration { seconds: 301, nanos: 0 }),
        from: None,
        ..asked(now, now)
    };
    let refused = assert_refused(
        given.services.get_measures(request(&given.administrator(), wrong)).await,
        Reason::RequestInvalid,
    );
    assert_eq!(violations_of(&refused), ["from", "interval", "group_by[1]", "time_zone", "short_abandon"]);
    let too_long = pb::GetMeasuresRequest {
        interval: pb::MeasureInterval::QuarterHour.into(),
        ..asked(now - TimeDelta::days(9), now)
    };
    for (message, field) in [(too_long, "until"), (asked(now, now), "until")] {
        let answer = given.services.get_measures(request(&given.administrator(), message)).await;
        assert_eq!(violations_of(&assert_refused(answer, Reason::RequestInvalid)), [field]);
    }
}

#[tokio::test]
async fn another_programs_contacts_and_counselors_are_not_measured() {
    let given = Given::new(unhurried()).await;
    let _ana = given.on_duty("ana").await;
    given.enqueue(Acuity::High).await;
    let theirs = person(harborline_testkit::some_program(), "other", &[Role::Supervisor]);
    let now = Utc::now();
    let message = asked(now - TimeDelta::hours(1), now + TimeDelta::hours(1));
    let answer = given.services.get_measures(request(&theirs, message)).await.unwrap().into_inner();
    assert_eq!(answer.all_contacts.unwrap().offered, 0);
    assert!(answer.contacts.is_empty() && answer.counselors.is_empty());
}
