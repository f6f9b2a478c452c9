//! The warnings about a swap that leaves a requirement unmet, or gives a day to a counselor without the giver's
//! license.

use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::shift_service_server::ShiftService;
use harborline_testkit::{counselor, request};
use pb::shift_swap_warning::Warning;

use crate::fixture::{Given, a_counselor, id};
use crate::shifts::{a_shift, in_days, wire};
use crate::swaps::offering;

/// Hires a counselor who is licensed in Virginia until an instant.
async fn hire_licensed(given: &Given, name: &str, until: &str) {
    let license = pb::Credential {
        r#type: "LCSW".to_owned(),
        jurisdiction: "US-VA".to_owned(),
        valid_from: wire("2020-01-01T00:00:00Z"),
        valid_until: wire(until),
        number: String::new(),
    };
    given.hire(pb::Counselor { credentials: vec![license], ..a_counselor(name) }).await;
}

/// Ana, who is licensed, gives a shift from 8 to 16 to Ben, who is licensed until `ben` or not at all. A licensed
/// counselor is required from 8 to 16. Answers the warnings at the acceptance and at the approval.
async fn warned(ben: Option<&str>) -> [Vec<String>; 2] {
    let given = Given::with_roster("UTC", &[]).await;
    given.keep_roster("UTC", true).await;
    hire_licensed(&given, "ana", "2190-01-01T00:00:00Z").await;
    match ben {
        Some(until) => hire_licensed(&given, "ben", until).await,
        None => given.hire(a_counselor("ben")).await,
    }
    let requirement = pb::CoverageRequirement {
        requirement_id: id(),
        at_least: 1,
        jurisdiction: "US-VA".to_owned(),
        starts: "08:00".to_owned(),
        ends: "16:00".to_owned(),
        ..pb::CoverageRequirement::default()
    };
    given.require(requirement).await;
    let shift = given.put_shift(a_shift("ana", in_days(2), "08:00", "16:00")).await;
    let swap = given.offer(offering(&shift, "", None), "ana").await.unwrap();
    let accept = pb::AcceptShiftSwapRequest { request_id: id(), swap_id: swap.swap_id.clone() };
    let accept = given.services.accept_shift_swap(request(&counselor(given.program, "ben"), accept)).await.unwrap();
    let approve = pb::ApproveShiftSwapRequest { request_id: id(), swap_id: swap.swap_id };
    let approve = given.services.approve_shift_swap(request(&given.administrator(), approve)).await.unwrap();
    assert_eq!(given.coming().await, [format!("{} ben", in_days(2))], "it is not refused");
    let day = in_days(2).to_string();
    let hour = |at: Option<prost_types::Timestamp>| at.map_or(0, |at| at.seconds / 3600 % 24);
    let said = |warning: Warning| match warning {
        Warning::CoverageUnmet(it) => {
            format!("{} of {} from {} to {}", it.planned, it.required, hour(it.starts_at), hour(it.ends_at))
        }
        Warning::CredentialMissing(it) => {
            assert_eq!(it.shift_day.unwrap().day, day);
            format!("{} is not licensed in {}", it.counselor_id, it.jurisdiction)
        }
        Warning::CredentialEnding(it) => {
            assert_eq!(it.shift_day.unwrap().day, day);
            format!("{} is licensed in {} until {}", it.counselor_id, it.jurisdiction, hour(it.ends_at))
        }
    };
    let warnings = |warnings: Vec<pb::ShiftSwapWarning>| -> Vec<String> {
        warnings.into_iter().filter_map(|one| one.warning).map(&said).collect()
    };
    [warnings(accept.into_inner().warnings), warnings(approve.into_inner().warnings)]
}

#[tokio::test]
async fn a_swap_that_leaves_a_requirement_unmet_for_want_of_a_license_warns_when_and_where() {
    let expected = ["0 of 1 from 8 to 16", "ben is not licensed in US-VA"];
    assert_eq!(warned(None).await, [expected, expected]);
    let noon = format!("{}T12:00:00Z", in_days(2));
    let expected = ["0 of 1 from 12 to 16", "ben is licensed in US-VA until 12"];
    assert_eq!(warned(Some(&noon)).await, [expected, expected]);
}

#[tokio::test]
async fn a_swap_between_equals_warns_of_nothing() {
    let nothing: [&str; 0] = [];
    assert_eq!(warned(Some("2190-01-01T00:00:00Z")).await, [nothing, nothing]);
}
