//! Promises of every call: it may be repeated, a refusal names all faults, only rows of the own program are found,
//! lists have pages.

use harborline_identity::{Call, Role, ServiceName};
use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::attend_service_server::AttendService;
use harborline_proto::availability::v1::roster_service_server::RosterService;
use harborline_proto::availability::v1::ticket_service_server::TicketService;
use harborline_proto::common::v1::{Acuity, Reason};
use harborline_status::violations_of;
use harborline_testkit::{assert_refused, counselor, owner, person, request, service, some_program};

use crate::fixture::{Given, a_counselor, id, need, unhurried};
use crate::shifts::wire;

/// Everything that calls can change, as one text, without the times at which streams were seen or idle.
async fn everything(given: &Given) -> String {
    sqlx::query_scalar(
        "select concat((select json_agg(t order by ticket_id) from ticket t),
                       (select json_agg(e order by ticket_id, sequence) from ticket_event e),
                       (select json_agg(o order by offer_id) from offer o),
                       (select json_agg(c order by counselor_id) from counselor c),
                       (select json_agg(p) from pool p),
                       (select json_agg(g) from page_outcome g), (select json_agg(s) from supervisor_on_call s),
                       (select count(*) from slot_hold), (select count(*) from slot_release),
                       (select json_agg(concat(on_break, leaving)) from presence))",
    )
    .fetch_one(&owner(&given.store))
    .await
    .unwrap()
}

/// Calls a mutation twice with the same request: the second answers the same and changes nothing.
macro_rules! replayed {
    ($given:expr, $call:expr, $method:ident, $message:expr) => {{
        let message = $message;
        let first = $given.services.$method(request($call, message.clone())).await.unwrap().into_inner();
        let after = everything(&$given).await;
        let second = $given.services.$method(request($call, message.clone())).await.unwrap().into_inner();
        assert!(first == second, concat!(stringify!($method), " answers a repetition differently"));
        assert_eq!(everything(&$given).await, after, concat!(stringify!($method), " has a second effect"));
        first
    }};
}

#[tokio::test]
async fn every_mutation_may_be_repeated() {
    let given = Given::new(unhurried()).await;
    let (admin, intake, ana) = (given.administrator(), given.intake_call(), counselor(given.program, "ana"));
    replayed!(given, &admin, put_pool, pb::PutPoolRequest { request_id: id(), ..Default::default() });
    let hired = Some(a_counselor("ana"));
    replayed!(given, &admin, put_counselor, pb::PutCounselorRequest { request_id: id(), counselor: hired });
    let (supervisor_id, name) = ("ana".to_owned(), "Ana".to_owned());
    let on_call = pb::PutSupervisorOnCallRequest { request_id: id(), supervisor_id, name };
    replayed!(given, &admin, put_supervisor_on_call, on_call);

    // Each call is repeated at a moment at which the matcher has nothing to decide, or its work would look like an
    // effect.
    let left = harborline_types::ContactId::new().to_string();
    let wanted = pb::RequestCounselorRequest {
        request_id: id(),
        contact_id: left.clone(),
        acuity: Acuity::Routine.into(),
        need: Some(need()),
        preferred_counselor_id: "ana".to_owned(),
        ..pb::RequestCounselorRequest::default()
    };
    replayed!(given, &intake, request_counselor, wanted);
    let (acuity, needed) = (Acuity::High.into(), Some(need()));
    let raise = pb::RaiseTicketRequest {
        request_id: id(),
        contact_id: left.clone(),
        acuity,
        need: needed,
        caller_is_back: false,
    };
    replayed!(given, &intake, raise_ticket, raise);
    let withdraw = pb::WithdrawTicketRequest { request_id: id(), contact_id: left, handed_off: false };
    assert!(replayed!(given, &intake, withdraw_ticket, withdraw).withdrawn);

    let mut on_duty = given.attend("ana").await;
    replayed!(given, &ana, set_break, pb::SetBreakRequest { request_id: id(), on_break: true });
    replayed!(given, &ana, set_break, pb::SetBreakRequest { request_id: id(), on_break: false });
    given.enqueue(Acuity::Routine).await;
    let offer_id = on_duty.offer().await.offer_id;
    let reason = pb::DeclineReason::Technical.into();
    replayed!(given, &ana, decline_offer, pb::DeclineOfferRequest { request_id: id(), offer_id, reason });

    let talk = given.enqueue(Acuity::High).await.to_string();
    let offer = on_duty.until(|state| state.offers.iter().any(|offer| offer.contact_id == talk)).await.offers.remove(0);
    let accept = pb::AcceptOfferRequest { request_id: id(), offer_id: offer.offer_id };
    assert_eq!(replayed!(given, &ana, accept_offer, accept).contact_id, talk);
    let release = pb::ReleaseCounselorRequest { request_id: id(), contact_id: talk.clone() };
    replayed!(given, &intake, release_counselor, release);
    replayed!(given, &ana, finish_wrap_up, pb::FinishWrapUpRequest { request_id: id(), contact_id: talk });

    let last = given.enqueue(Acuity::High).await.to_string();
    on_duty.until(|state| state.offers.iter().any(|offer| offer.contact_id == last)).await;
    replayed!(given, &ana, leave_shift, pb::LeaveShiftRequest { request_id: id() });
}

#[tokio::test]
async fn a_row_of_another_program_is_not_found() {
    let given = Given::new(unhurried()).await;
    let mut ana = given.on_duty("ana").await;
    let contact = given.enqueue(Acuity::High).await.to_string();
    let offer_id = ana.offer().await.offer_id;
    let elsewhere = some_program();
    let intake = service(elsewhere, ServiceName::Intake);
    let admin = person(elsewhere, "admin", &[Role::Administrator]);
    let services = &given.services;

    let assigned = pb::GetAssignmentRequest { contact_id: contact.clone() };
    assert_refused(services.get_assignment(request(&intake, assigned)).await, Reason::TicketNotFound);
    let get = pb::GetTicketRequest { contact_id: contact.clone() };
    assert_refused(services.get_ticket(request(&admin, get)).await, Reason::TicketNotFound);
    let withdraw = pb::WithdrawTicketRequest { request_id: id(), contact_id: contact.clone(), handed_off: false };
    assert_refused(services.withdraw_ticket(request(&intake, withdraw)).await, Reason::TicketNotFound);
    let release = pb::ReleaseCounselorRequest { request_id: id(), contact_id: contact.clone() };
    assert_refused(services.release_counselor(request(&intake, release)).await, Reason::TicketNotFound);
    let acuity = Acuity::Emergency.into();
    let raise =
        pb::RaiseTicketRequest { request_id: id(), contact_id: contact, acuity, need: None, caller_is_back: false };
    assert_refused(services.raise_ticket(request(&intake, raise)).await, Reason::TicketNotFound);
    let counselor_id = "ana".to_owned();
    let get = pb::GetCounselorRequest { counselor_id };
    assert_refused(services.get_counselor(request(&admin, get)).await, Reason::CounselorNotFound);

    let namesake: Call = counselor(elsewhere, "ana");
    let hire = pb::PutCounselorRequest { request_id: id(), counselor: Some(a_counselor("ana")) };
    services.put_counselor(request(&admin, hire)).await.unwrap();
    let accept = pb::AcceptOfferRequest { request_id: id(), offer_id };
    assert_refused(services.accept_offer(request(&namesake, accept)).await, Reason::OfferNotFound);
    let list = pb::ListTicketsRequest::default();
    assert!(services.list_tickets(request(&admin, list)).await.unwrap().into_inner().tickets.is_empty());
}

#[tokio::test]
async fn a_wrong_request_is_told_all_its_faults() {
    let given = Given::new(unhurried()).await;
    let (admin, intake, ana) = (given.administrator(), given.intake_call(), counselor(given.program, "ana"));
    let services = &given.services;
    let refused = services.put_counselor(request(&admin, pb::PutCounselorRequest::default())).await;
    let named = violations_of(&assert_refused(refused, Reason::RequestInvalid));
    for field in ["counselor_id", "name", "kind", "languages", "channels", "message_capacity"] {
        assert!(named.contains(&format!("counselor.{field}")), "{field} is not among {named:?}");
    }
    let refused = services.request_counselor(request(&intake, pb::RequestCounselorRequest::default())).await;
    let named = violations_of(&assert_refused(refused, Reason::RequestInvalid));
    assert_eq!(named, ["request_id", "contact_id", "acuity", "need", "need.channel"]);
    let refused = services.decline_offer(request(&ana, pb::DeclineOfferRequest::default())).await;
    let named = violations_of(&assert_refused(refused, Reason::RequestInvalid));
    assert_eq!(named, ["request_id", "offer_id", "reason"]);
    let long = prost_types::Duration { seconds: 4000, nanos: 0 };
    let times = pb::ResponseTimes { page_after: Some(long), widen_after: vec![long; 4], ..Default::default() };
    let fatigue = pb::FatigueRules { urgent_in_a_row: -1, recovery: Some(long), longest_stretch: Some(long) };
    let response_times = Some(times);
    let message = pb::PutPoolRequest {
        request_id: String::new(),
        response_times,
        fatigue_rules: Some(fatigue),
        etag: String::new(),
    };
    let refused = services.put_pool(request(&admin, message)).await;
    let named = violations_of(&assert_refused(refused, Reason::RequestInvalid));
    let fatigue = ["fatigue_rules.urgent_in_a_row", "fatigue_rules.recovery"];
    for field in ["request_id", "response_times.page_after", "response_times.widen_after"].into_iter().chain(fatigue) {
        assert!(named.iter().any(|name| name == field), "{field} is not among {named:?}");
    }
}

#[tokio::test]
async fn fields_that_contradict_each_other_are_refused_by_name() {
    let given = Given::new(unhurried()).await;
    let admin = given.administrator();
    let seconds = |seconds| Some(prost_types::Duration { seconds, nanos: 0 });
    // Both given, and each beside the configured other, which is a minute.
    for (page_after, backup_after) in [(seconds(100), seconds(1)), (seconds(61), None), (None, seconds(59))] {
        let response_times = Some(pb::ResponseTimes { page_after, backup_after, ..Default::default() });
        let message = pb::PutPoolRequest { request_id: id(), response_times, fatigue_rules: None, etag: String::new() };
        let refused = given.services.put_pool(request(&admin, message)).await;
        let named = violations_of(&assert_refused(refused, Reason::RequestInvalid));
        assert_eq!(named, ["response_times.page_after"]);
    }
    let license = |from, until| pb::Credential {
        r#type: "LCSW".to_owned(),
        jurisdiction: "US-VA".to_owned(),
        valid_from: wire(from),
        valid_until: wire(until),
        number: String::new(),
    };
    let (first, last) = ("2026-01-01T00:00:00Z", "2028-01-01T00:00:00Z");
    let credentials = vec![license(first, last), license(last, first), license(first, first)];
    let counselor = Some(pb::Counselor { credentials, ..a_counselor("ana") });
    let message = pb::PutCounselorRequest { request_id: id(), counselor };
    let refused = given.services.put_counselor(request(&admin, message)).await;
    let named = violations_of(&assert_refused(refused, Reason::RequestInvalid));
    assert_eq!(named, ["counselor.credentials[1].valid_until", "counselor.credentials[2].valid_until"]);
}

#[tokio::test]
async fn lists_come_in_pages_without_gap_or_repetition() {
    let given = Given::new(unhurried()).await;
    let admin = given.administrator();
    let mut contacts = Vec::new();
    for name in ["ana", "ben", "cem"] {
        given.hire(a_counselor(name)).await;
        contacts.push(given.enqueue(Acuity::High).await.to_string());
    }
    let (mut names, mut page_token) = (Vec::new(), String::new());
    loop {
        let message = pb::ListCounselorsRequest { page_size: 2, page_token };
        let page = given.services.list_counselors(request(&admin, message)).await.unwrap().into_inner();
        names.extend(page.counselors.into_iter().map(|counselor| counselor.counselor_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(names, ["ana", "ben", "cem"]);
    let (mut listed, mut page_token) = (Vec::new(), String::new());
    loop {
        let message = pb::ListTicketsRequest { page_size: 1, page_token };
        let page = given.services.list_tickets(request(&admin, message)).await.unwrap().into_inner();
        assert!(page.tickets.iter().all(|ticket| !ticket.events.is_empty()));
        listed.extend(page.tickets.into_iter().map(|ticket| ticket.contact_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(listed, contacts, "oldest first");
    let foreign = pb::ListTicketsRequest { page_size: 1, page_token: "x".to_owned() };
    assert_refused(given.services.list_tickets(request(&admin, foreign)).await, Reason::CursorInvalid);
}
