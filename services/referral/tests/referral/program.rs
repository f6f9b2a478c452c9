//! The program's side.

use harborline_identity::Act;
use harborline_proto::partner::v1::ReferralState as Seen;
use harborline_proto::referral::v1 as pb;
use harborline_proto::referral::v1::ReferralEventKind as Kind;
use harborline_proto::referral::v1::ReferralState as State;
use harborline_proto::referral::v1::referral_service_server::ReferralService;
use harborline_status::{Reason, violations_of};
use harborline_testkit::{assert_refused, counselor, owner, request, some_program, wait_until};
use harborline_types::{Clock, ContactId, DevelopmentClock, FacilityId, ParticipantId};

use crate::fixture::{Given, facility, referral_request, some_id, told_resource, told_state};

fn kinds(referral: &pb::Referral) -> Vec<Kind> {
    referral.events.iter().map(|event| event.kind()).collect()
}

#[tokio::test]
async fn a_referral_is_offered_at_once_to_the_first_facility_that_fits() {
    let given = Given::new().await;
    let [_, second] = [FacilityId::new(), FacilityId::new()];
    let elsewhere = pb::Facility { jurisdictions: vec!["US-MD".to_owned()], ..facility(FacilityId::new(), 0) };
    let closed = pb::Facility { accepting: false, ..facility(FacilityId::new(), 1) };
    let other = pb::Facility { services: vec![pb::ServiceKind::Inpatient.into()], ..facility(FacilityId::new(), 2) };
    for one in [facility(FacilityId::new(), 9), elsewhere, closed, other, facility(second, 3)] {
        given.put(one).await;
    }
    let referral = given.refer().await;
    assert_eq!(referral.state(), State::Offered);
    assert_eq!(referral.facility_id, second.to_string());
    assert_eq!(kinds(&referral), [Kind::Offered]);
    assert!(given.get(&referral.referral_id).await == referral);
}

#[tokio::test]
async fn a_referral_that_nobody_can_take_is_unplaced_at_once() {
    let given = Given::new().await;
    let referral = given.refer().await;
    assert_eq!((referral.state(), referral.facility_id.as_str()), (State::Unplaced, ""));
    assert_eq!(kinds(&referral), [Kind::Unplaced]);
    let refused = assert_refused(given.cancel(&referral.referral_id).await, Reason::ReferralStateConflict);
    assert_eq!(told_state(&refused), "unplaced");
}

#[tokio::test]
async fn a_changed_facility_gets_no_new_offers_when_it_does_not_accept() {
    let given = Given::new().await;
    let [first, second] = given.facilities().await;
    given.put(pb::Facility { accepting: false, ..facility(first, 0) }).await;
    assert_eq!(given.refer().await.facility_id, second.to_string());
}

#[tokio::test]
async fn an_edit_of_a_facility_that_was_changed_meanwhile_is_refused() {
    let given = Given::new().await;
    let id = FacilityId::new();
    let call = given.administrator();
    let put = async |facility: pb::Facility| {
        let message = pb::PutFacilityRequest { request_id: some_id(), facility: Some(facility) };
        given.rpc.put_facility(request(&call, message)).await.map(|answer| answer.into_inner().facility.unwrap())
    };
    let missing = pb::Facility { etag: "of one that was there".to_owned(), ..facility(id, 1) };
    assert_refused(put(missing).await.map(drop), Reason::EtagMismatch);
    let read = put(facility(id, 1)).await.unwrap();
    let edit = |rank| pb::Facility { rank, ..read.clone() };
    assert_ne!(put(edit(2)).await.unwrap().etag, read.etag);
    assert_refused(put(edit(3)).await.map(drop), Reason::EtagMismatch);
    let listed = given.rpc.list_facilities(request(&call, pb::ListFacilitiesRequest::default())).await.unwrap();
    assert_eq!(listed.into_inner().facilities[0].rank, 2);
    put(pb::Facility { etag: String::new(), ..edit(3) }).await.unwrap();
}

#[tokio::test]
async fn a_declined_offer_goes_on_until_nobody_is_left() {
    let given = Given::new().await;
    let [first, second] = given.facilities().await;
    let id = given.refer().await.referral_id;
    assert_eq!(given.decline(first, &id).await.unwrap().state(), Seen::Declined);
    assert_eq!(given.get(&id).await.facility_id, second.to_string());
    given.decline(second, &id).await.unwrap();
    let referral = given.get(&id).await;
    assert_eq!(referral.state(), State::Unplaced);
    assert_eq!(kinds(&referral), [Kind::Offered, Kind::Declined, Kind::Offered, Kind::Declined, Kind::Unplaced]);
    assert_eq!(referral.events[1].decline_reason(), pb::DeclineReason::NoCapacity);
    assert_eq!(given.open_duties().await, ["ended"]);
}

#[tokio::test]
async fn an_offer_that_nobody_claims_in_time_passes_on_and_the_clinic_is_told_so() {
    let calm = Given::new().await;
    let [first, second] = calm.facilities().await;
    let id = calm.refer().await.referral_id;
    let start = Clock::System.now();
    let fast = Clock::Development(DevelopmentClock { start_real: start, start, speed: 10_000.0 });
    let given = Given::over(calm.store.clone(), fast, calm.program);
    let passed_on = || async {
        let referral = given.get(&id).await;
        (referral.facility_id == second.to_string()).then_some(referral)
    };
    let referral = given.working(wait_until("the offer passed on", passed_on)).await;
    assert_eq!(kinds(&referral)[..3], [Kind::Offered, Kind::Declined, Kind::Offered]);
    assert_eq!(referral.events[1].decline_reason(), pb::DeclineReason::NoAnswer);
    let offered_at = calm.seen(first, &id).await.unwrap().offered_at.unwrap().seconds;
    assert!(referral.events[1].at.unwrap().seconds - offered_at >= 30 * 60, "not before its time");
    let refused = assert_refused(given.claim(first, &id).await, Reason::ReferralStateConflict);
    assert_eq!(told_state(&refused), "declined");
}

#[tokio::test]
async fn an_offer_that_was_claimed_does_not_pass_on() {
    let given = Given::new().await;
    let [first, _] = given.facilities().await;
    let id = given.refer().await.referral_id;
    assert_eq!(given.open_duties().await, ["claim-by"]);
    given.claim(first, &id).await.unwrap();
    assert_eq!(given.open_duties().await, ["accept-by"]);
}

#[tokio::test]
async fn a_referral_can_be_taken_back_until_it_is_accepted() {
    let given = Given::new().await;
    let [clinic] = given.facilities().await;
    let id = given.refer().await.referral_id;
    let cancelled = given.cancel(&id).await.unwrap();
    assert_eq!((cancelled.state(), kinds(&cancelled)), (State::Cancelled, vec![Kind::Offered, Kind::Cancelled]));
    assert_eq!(given.seen(clinic, &id).await.unwrap().state(), Seen::Cancelled);
    let refused = assert_refused(given.claim(clinic, &id).await, Reason::ReferralStateConflict);
    assert_eq!(told_state(&refused), "cancelled");

    let accepted = given.refer().await.referral_id;
    given.accept(clinic, &accepted).await.unwrap();
    let refused = assert_refused(given.cancel(&accepted).await, Reason::ReferralStateConflict);
    assert_eq!(told_state(&refused), "accepted");
}

#[tokio::test]
async fn facilities_are_listed_page_by_page_in_the_order_of_asking() {
    let given = Given::new().await;
    let ids: [FacilityId; 5] = given.facilities().await;
    let (mut token, mut listed) = (String::new(), Vec::new());
    for expected in [2, 2, 1] {
        let message = pb::ListFacilitiesRequest { page_size: 2, page_token: token };
        let page = given.rpc.list_facilities(request(&given.counselor(), message)).await.unwrap().into_inner();
        assert_eq!(page.facilities.len(), expected);
        listed.extend(page.facilities.into_iter().map(|facility| facility.facility_id));
        token = page.next_page_token;
    }
    assert_eq!(listed, ids.map(|id| id.to_string()));
    assert_eq!(token, "");
    let foreign = pb::ListFacilitiesRequest { page_size: 2, page_token: "v1:elsewhere".to_owned() };
    let answer = given.rpc.list_facilities(request(&given.counselor(), foreign)).await;
    assert_refused(answer.map(drop), Reason::CursorInvalid);
}

#[tokio::test]
async fn a_contacts_referrals_are_listed_oldest_first() {
    let given = Given::new().await;
    given.facilities::<1>().await;
    let contact = ContactId::new();
    let mut made = Vec::new();
    for _ in 0..3 {
        let message = referral_request(contact);
        let answer = given.rpc.create_referral(request(&given.counselor(), message)).await.unwrap();
        made.push(answer.into_inner().referral.unwrap());
    }
    given.refer().await;
    let message = pb::ListReferralsRequest { contact_id: contact.to_string() };
    let listed = given.rpc.list_referrals(request(&given.counselor(), message)).await.unwrap().into_inner();
    assert!(listed.referrals == made);
}

#[tokio::test]
async fn another_programs_referral_is_not_found() {
    let given = Given::new().await;
    given.facilities::<1>().await;
    let referral = given.refer().await;
    let stranger = counselor(some_program(), "counselor-1");
    let get = pb::GetReferralRequest { referral_id: referral.referral_id.clone() };
    let refused =
        assert_refused(given.rpc.get_referral(request(&stranger, get)).await.map(drop), Reason::ReferralNotFound);
    assert_eq!(told_resource(&refused), ("referral".to_owned(), referral.referral_id.clone()));
    let cancel = pb::CancelReferralRequest { request_id: some_id(), referral_id: referral.referral_id.clone() };
    let answer = given.rpc.cancel_referral(request(&stranger, cancel)).await;
    assert_refused(answer.map(drop), Reason::ReferralNotFound);
    let list = pb::ListReferralsRequest { contact_id: referral.contact_id };
    assert!(given.rpc.list_referrals(request(&stranger, list)).await.unwrap().into_inner().referrals.is_empty());
    let list = pb::ListFacilitiesRequest::default();
    assert!(given.rpc.list_facilities(request(&stranger, list)).await.unwrap().into_inner().facilities.is_empty());
}

#[tokio::test]
async fn a_wrong_request_names_every_wrong_field() {
    let given = Given::new().await;
    let call = given.counselor();
    let create = pb::CreateReferralRequest {
        jurisdiction: "virginia".to_owned(),
        summary: "x".repeat(4001),
        ..Default::default()
    };
    let answer = given.rpc.create_referral(request(&call, create)).await;
    let refused = assert_refused(answer.map(drop), Reason::RequestInvalid);
    let expected = ["request_id", "contact_id", "service", "jurisdiction", "summary"];
    assert_eq!(violations_of(&refused), expected);

    let wrong = pb::Facility { jurisdictions: vec!["US-VA".to_owned(), String::new()], ..Default::default() };
    let put = pb::PutFacilityRequest { request_id: String::new(), facility: Some(wrong) };
    let refused = assert_refused(given.rpc.put_facility(request(&call, put)).await.map(drop), Reason::RequestInvalid);
    let expected =
        ["request_id", "facility.facility_id", "facility.name", "facility.services", "facility.jurisdictions[1]"];
    assert_eq!(violations_of(&refused), expected);
    let put = pb::PutFacilityRequest::default();
    let refused = assert_refused(given.rpc.put_facility(request(&call, put)).await.map(drop), Reason::RequestInvalid);
    let expected = ["request_id", "facility", "facility.facility_id", "facility.name", "facility.services"];
    assert_eq!(violations_of(&refused), expected);

    let answer = given.rpc.cancel_referral(request(&call, pb::CancelReferralRequest::default())).await;
    let refused = assert_refused(answer.map(drop), Reason::RequestInvalid);
    assert_eq!(violations_of(&refused), ["request_id", "referral_id"]);
    let answer = given
        .rpc
        .list_facilities(request(&call, pb::ListFacilitiesRequest { page_size: -1, ..Default::default() }))
        .await;
    assert_eq!(violations_of(&assert_refused(answer.map(drop), Reason::RequestInvalid)), ["page_size"]);
}

#[tokio::test]
async fn a_contact_that_intake_does_not_know_is_not_referred_on_and_nothing_is_written() {
    let given = Given::new().await;
    given.facilities::<1>().await;
    let contact = ContactId::new();
    given.hub.forgets(contact);
    let answer = given.rpc.create_referral(request(&given.counselor(), referral_request(contact))).await;
    assert_refused(answer, Reason::ContactNotFound);
    for table in ["referral", "referral_offer", "referral_event", "clinic_cursor", "duty", "referral_existence"] {
        let rows = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select count(*) from {table}")));
        let rows: i64 = rows.fetch_one(&owner(&given.store)).await.unwrap();
        assert_eq!(rows, 0, "{table}");
    }
}

#[tokio::test]
async fn a_referral_keeps_whose_contact_it_is_about_and_waits_for_intake_to_say_so() {
    let given = Given::new().await;
    let (participant, message) = (ParticipantId::new(), referral_request(ContactId::new()));
    given.hub.tells_of(participant);
    given.hub.is_down(true);
    let refused = given.rpc.create_referral(request(&given.counselor(), message.clone())).await;
    let refused = assert_refused(refused, Reason::TemporarilyUnavailable);
    assert!(tonic_types::StatusExt::get_details_retry_info(&refused).is_some(), "it says when to repeat");
    given.hub.is_down(false);
    given.rpc.create_referral(request(&given.counselor(), message)).await.unwrap();
    let kept = sqlx::query_scalar("select participant_id from referral").fetch_one(&owner(&given.store)).await;
    assert_eq!(kept.ok(), Some(participant));
}

#[tokio::test]
async fn a_counselor_refers_and_sees_whom_they_answer_and_nobody_else() {
    let given = Given::new().await;
    given.facilities::<1>().await;
    let referral = given.refer().await;
    given.hub.unassigns("ben");
    let ben = counselor(given.program, "ben");
    let create = given.rpc.create_referral(request(&ben, referral_request(ContactId::new()))).await;
    assert_refused(create.map(drop), Reason::CallerNotAllowed);
    let (referral_id, contact_id) = (referral.referral_id.clone(), referral.contact_id.clone());
    let get = pb::GetReferralRequest { referral_id: referral_id.clone() };
    assert_refused(given.rpc.get_referral(request(&ben, get)).await.map(drop), Reason::CallerNotAllowed);
    let list = pb::ListReferralsRequest { contact_id };
    assert_refused(given.rpc.list_referrals(request(&ben, list)).await.map(drop), Reason::CallerNotAllowed);
    let cancel = pb::CancelReferralRequest { request_id: some_id(), referral_id };
    assert_refused(given.rpc.cancel_referral(request(&ben, cancel)).await.map(drop), Reason::CallerNotAllowed);
    assert_eq!(given.get(&referral.referral_id).await.state(), referral.state(), "nothing has changed");
}

#[tokio::test]
async fn what_is_seen_thanks_to_emergency_access_alone_shows_as_such_and_it_changes_nothing() {
    let given = Given::new().await;
    given.facilities::<1>().await;
    let referral_id = given.refer().await.referral_id;
    given.hub.breaks_glass("ben");
    let sees = async || {
        let ben = counselor(given.program, "ben");
        let get = pb::GetReferralRequest { referral_id: referral_id.clone() };
        given.rpc.get_referral(request(&ben, get)).await.unwrap();
        ben.noted_act().map(|noted| noted.act)
    };
    assert_eq!(sees().await, None, "who answers the person needs no emergency access");
    given.hub.unassigns("ben");
    assert_eq!(sees().await, Some(Act::BreakGlass));
    let ben = counselor(given.program, "ben");
    let cancel = pb::CancelReferralRequest { request_id: some_id(), referral_id };
    assert_refused(given.rpc.cancel_referral(request(&ben, cancel)).await.map(drop), Reason::CallerNotAllowed);
    assert_eq!(ben.noted_act(), None);
}

#[tokio::test]
async fn a_contact_has_ten_referrals_open_at_most_and_one_in_an_emergency_is_made_all_the_same() {
    let given = Given::new().await;
    let everything = pb::Facility {
        services: vec![pb::ServiceKind::Outpatient.into(), pb::ServiceKind::MobileCrisis.into()],
        ..facility(FacilityId::new(), 0)
    };
    given.put(everything).await;
    let contact = ContactId::new();
    let refer = |service: pb::ServiceKind| {
        let message = pb::CreateReferralRequest { service: service.into(), ..referral_request(contact) };
        given.rpc.create_referral(request(&given.counselor(), message))
    };
    let mut made = Vec::new();
    for _ in 0..10 {
        made.push(refer(pb::ServiceKind::Outpatient).await.unwrap().into_inner().referral.unwrap());
    }
    let registered = given.intake.registered.lock().unwrap().len();
    let refused = assert_refused(refer(pb::ServiceKind::Outpatient).await, Reason::ReferralsTooMany);
    assert_eq!(refused.code(), tonic::Code::FailedPrecondition);
    assert_eq!(given.intake.registered.lock().unwrap().len(), registered, "custody does not last for it");
    refer(pb::ServiceKind::MobileCrisis).await.unwrap();

    for referral in &made[..2] {
        given.cancel(&referral.referral_id).await.unwrap();
    }
    refer(pb::ServiceKind::Outpatient).await.unwrap();
    assert_refused(refer(pb::ServiceKind::Outpatient).await, Reason::ReferralsTooMany);
    // Another contact has referrals of its own.
    given.refer().await;
}
