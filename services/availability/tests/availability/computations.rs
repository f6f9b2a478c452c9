//! Calls whose cost their caller chooses must not delay the calls that bring a contact to a counselor.

use chrono::Days;
use harborline_availability::Rpc;
use harborline_identity::{Call, Role};
use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::coverage_service_server::CoverageService;
use harborline_proto::availability::v1::measure_service_server::MeasureService;
use harborline_proto::availability::v1::shift_service_server::ShiftService;
use harborline_proto::common::v1::{Acuity, Reason};
use harborline_status::violations_of;
use harborline_testkit::{assert_refused, owner, person, request, some_program, wait_until};
use harborline_types::ProgramId;
use tokio::task::JoinHandle;
use tonic::Status;

use crate::fixture::{Given, id, unhurried};
use crate::shifts::{a_shift, in_days, wire};

const NEVER: &str = "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30";

/// A person who may make every call that is computed, in a program of their own.
#[derive(Clone)]
struct Asker {
    services: Rpc,
    call: Call,
}

impl Asker {
    async fn of(given: &Given, program: ProgramId) -> Self {
        let call = person(program, "admin", &[Role::Administrator, Role::Supervisor, Role::Counselor]);
        let rules =
            Some(pb::RosterRules { time_zone: "UTC".to_owned(), swaps_need_supervisor: false, ..Default::default() });
        let message = pb::PutRosterRulesRequest { request_id: id(), rules };
        given.services.put_roster_rules(request(&call, message)).await.unwrap();
        Self { services: given.services.clone(), call }
    }

    /// A week of half hours, each as busy as a forecast takes and none like another.
    async fn forecast(self) -> Result<(), Status> {
        let arrivals = (0..384).map(|number| pb::Arrivals { urgent: 4_000.0, other: 10_000.0 + f64::from(number) });
        let question = pb::ForecastCoverageRequest {
            from: wire("2027-06-07T00:00:00Z"),
            until: wire("2027-06-15T00:00:00Z"),
            arrivals: arrivals.collect(),
            handling: Some(prost_types::Duration { seconds: 60, nanos: 0 }),
            patience: Some(prost_types::Duration { seconds: 86_400, nanos: 0 }),
            target_wait: Some(prost_types::Duration { seconds: 60, nanos: 0 }),
            ..pb::ForecastCoverageRequest::default()
        };
        self.services.forecast_coverage(request(&self.call, question)).await.map(drop)
    }

    async fn roster(self) -> Result<(), Status> {
        let (from, until) = (wire("2027-06-07T00:00:00Z"), wire("2027-06-15T00:00:00Z"));
        let message = pb::GetRosterRequest { from, until, counselor_id: String::new() };
        self.services.get_roster(request(&self.call, message)).await.map(drop)
    }

    async fn ladder(self) -> Result<(), Status> {
        let message = pb::GetOnCallLadderRequest { at: wire("2027-06-07T00:00:00Z") };
        self.services.get_on_call_ladder(request(&self.call, message)).await.map(drop)
    }

    async fn coverage(self) -> Result<(), Status> {
        let (from, until) = (wire("2027-06-07T00:00:00Z"), wire("2027-06-15T00:00:00Z"));
        let message = pb::GetCoverageRequest { from, until, interval: None };
        self.services.get_coverage(request(&self.call, message)).await.map(drop)
    }

    async fn measures(self) -> Result<(), Status> {
        let from = wire("2026-06-07T00:00:00Z");
        let message = pb::GetMeasuresRequest { from, until: wire("2027-06-07T00:00:00Z"), ..Default::default() };
        self.services.get_measures(request(&self.call, message)).await.map(drop)
    }

    async fn shifts(self) -> Result<(), Status> {
        self.services.list_shifts(request(&self.call, pb::ListShiftsRequest::default())).await.map(drop)
    }

    async fn offer_of_a_swap(self) -> Result<(), Status> {
        let given = Some(pb::ShiftDay { shift_id: id(), day: "2027-06-07".to_owned() });
        let message = pb::OfferShiftSwapRequest { request_id: id(), given, ..Default::default() };
        self.services.offer_shift_swap(request(&self.call, message)).await.map(drop)
    }

    async fn approval_of_a_swap(self) -> Result<(), Status> {
        let message = pb::ApproveShiftSwapRequest { request_id: id(), swap_id: id() };
        self.services.approve_shift_swap(request(&self.call, message)).await.map(drop)
    }
}

impl Given {
    /// Waits until so many calls are computed and so many wait for a thread.
    async fn until_computing(&self, running: usize, waiting: usize) {
        wait_until("so many are computed and so many wait", || async {
            let counts = self.app.computing();
            ((counts.running, counts.waiting) == (running, waiting)).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn while_a_program_computes_all_that_it_may_anothers_contact_is_offered_and_accepted() {
    let given = Given::new(unhurried()).await;
    let greedy = Asker::of(&given, some_program()).await;
    let calls: Vec<_> = (0..4).map(|_| tokio::spawn(greedy.clone().forecast())).collect();
    given.until_computing(1, 3).await;

    let mut ana = given.on_duty("ana").await;
    let contact = given.enqueue(Acuity::Emergency).await;
    let offer = ana.offer().await;
    assert_eq!(offer.contact_id, contact.to_string());
    ana.accept(&offer).await.unwrap();
    // The calls of this program are computed beside those of the other one.
    Asker::of(&given, given.program).await.roster().await.unwrap();
    assert_eq!(given.app.computing().running, 1, "the other program still computes");

    calls.iter().for_each(JoinHandle::abort);
    given.until_computing(0, 0).await;
}

#[tokio::test]
async fn every_call_whose_cost_its_caller_chooses_takes_its_programs_turn() {
    let given = Given::new(unhurried()).await;
    let asker = Asker::of(&given, some_program()).await;
    let forecast = tokio::spawn(asker.clone().forecast());
    given.until_computing(1, 0).await;
    let calls = [
        tokio::spawn(asker.clone().roster()),
        tokio::spawn(asker.clone().shifts()),
        tokio::spawn(asker.clone().ladder()),
        tokio::spawn(asker.clone().coverage()),
        tokio::spawn(asker.clone().measures()),
        tokio::spawn(asker.clone().forecast()),
        tokio::spawn(asker.clone().offer_of_a_swap()),
        tokio::spawn(asker.clone().approval_of_a_swap()),
    ];
    given.until_computing(1, calls.len()).await;
    calls.iter().for_each(JoinHandle::abort);
    given.until_computing(1, 0).await;
    forecast.abort();
    given.until_computing(0, 0).await;
}

#[tokio::test]
async fn a_rule_that_never_gives_a_day_is_refused_when_it_is_written() {
    let given = Given::with_roster("UTC", &["ana"]).await;
    let put = |recurrence: &str, last_day: &str| {
        let shift = pb::Shift {
            recurrence: recurrence.to_owned(),
            last_day: last_day.to_owned(),
            ..a_shift("ana", "2026-03-01".parse().unwrap(), "08:00", "16:00")
        };
        let message = pb::PutShiftRequest { request_id: id(), shift: Some(shift) };
        given.services.put_shift(request(&given.administrator(), message))
    };
    for (rule, last_day) in [
        (NEVER, ""),
        ("FREQ=MONTHLY;BYMONTH=4,6;BYMONTHDAY=31", ""),
        ("FREQ=WEEKLY;BYDAY=MO;BYSETPOS=2", ""),
        // The shift is over before its first day.
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "2028-02-28"),
    ] {
        let refused = assert_refused(put(rule, last_day).await, Reason::RequestInvalid);
        assert_eq!(violations_of(&refused), ["shift.recurrence"], "{rule}");
    }
    put("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "2028-02-29").await.unwrap();
}

#[tokio::test]
async fn a_rule_that_never_gives_a_day_and_was_written_before_holds_nothing_up() {
    let given = Given::with_roster("UTC", &["ana"]).await;
    let tomorrow = in_days(1);
    given.put_shift(a_shift("ana", tomorrow, "08:00", "16:00")).await;
    sqlx::query(
        "insert into shift (program_id, shift_id, counselor_id, rung, first_day, starts, ends, recurrence)
         select $1, gen_random_uuid(), 'ana', 1, '2000-01-01', 0, 720, $2 from generate_series(1, 500)",
    )
    .bind(given.program)
    .bind(NEVER)
    .execute(&owner(&given.store))
    .await
    .unwrap();
    let on_call = pb::Shift {
        kind: pb::ShiftKind::OnCall.into(),
        rung: 2,
        recurrence: "FREQ=DAILY".to_owned(),
        ..a_shift("ana", tomorrow - Days::new(9), "00:00", "00:00")
    };
    given.put_shift(on_call).await;
    // The duty of the ladder has computed all 500 shifts.
    wait_until("the first of the ladder is on call", || async {
        let named: Option<String> = sqlx::query_scalar("select ladder_named from roster_rules where program_id = $1")
            .bind(given.program)
            .fetch_one(&owner(&given.store))
            .await
            .unwrap();
        named.filter(|named| named == "ana")
    })
    .await;
    assert!(given.coming().await.contains(&format!("{tomorrow} ana")));
}
