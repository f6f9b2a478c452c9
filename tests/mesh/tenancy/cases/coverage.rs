//! Availability: who is to be on duty when, and whether that is enough.

use chrono::{TimeDelta, Utc};
use harborline_identity::Role;
use harborline_proto::availability::v1 as pb;
use harborline_tests::As;
use harborline_types::wire::timestamp;
use prost_types::Timestamp;
use uuid::Uuid;

use super::{Case, Expected, case, supervisor};
use crate::tenancy::other_program::{
    COUNSELOR, Known, THEIR_COUNSELOR, a_day, admin, offering, request_id, requirement, shift,
};

/// So many days from now, on a full hour.
fn in_days(days: i64) -> Option<Timestamp> {
    let at = Utc::now().timestamp();
    Some(timestamp(chrono::DateTime::from_timestamp(at - at.rem_euclid(3600), 0)? + TimeDelta::days(days)))
}

pub(in crate::tenancy) fn shifts(known: &Known) -> Vec<Case> {
    use Expected::{NotFound, Nothing, Own};
    let their_counselor = As::Person(THEIR_COUNSELOR, Role::Counselor);
    let rules = Some(pb::RosterRules { time_zone: "UTC".to_owned(), ..Default::default() });
    let roster = pb::GetRosterRequest { from: in_days(0), until: in_days(4), counselor_id: String::new() };
    let put = Some(shift(&Uuid::now_v7().to_string(), COUNSELOR));
    vec![
        case(
            "availability.v1.ShiftService/PutRosterRules",
            admin(),
            Own,
            pb::PutRosterRulesRequest { request_id: request_id(), rules },
        ),
        case("availability.v1.ShiftService/GetRosterRules", admin(), Own, pb::GetRosterRulesRequest {}),
        case("availability.v1.ShiftService/ListShifts", admin(), Nothing, pb::ListShiftsRequest::default()),
        case("availability.v1.ShiftService/GetRoster", admin(), Nothing, roster),
        case("availability.v1.ShiftService/GetOnCallLadder", admin(), Own, pb::GetOnCallLadderRequest::default()),
        case("availability.v1.ShiftService/ListShiftSwaps", admin(), Nothing, pb::ListShiftSwapsRequest::default()),
        case("availability.v1.ShiftService/OfferShiftSwap", their_counselor, NotFound, offering(known)),
        case(
            "availability.v1.ShiftService/CloseShiftSwap",
            supervisor(),
            NotFound,
            pb::CloseShiftSwapRequest { request_id: request_id(), swap_id: known.swap.clone() },
        ),
        case(
            "availability.v1.ShiftService/CancelShift",
            admin(),
            NotFound,
            pb::CancelShiftRequest { request_id: request_id(), shift_id: known.shift.clone(), day: a_day() },
        ),
        case(
            "availability.v1.ShiftService/PutShift",
            admin(),
            Own,
            pb::PutShiftRequest { request_id: request_id(), shift: put },
        ),
    ]
}

pub(in crate::tenancy) fn coverage() -> Vec<Case> {
    use Expected::{Nothing, Own};
    let own = Some(requirement(&Uuid::now_v7().to_string(), "own"));
    let (from, until) = (in_days(0), in_days(1));
    let arrivals = vec![pb::Arrivals { urgent: 1.0, other: 1.0 }; 48];
    vec![
        case(
            "availability.v1.CoverageService/ListCoverageRequirements",
            admin(),
            Nothing,
            pb::ListCoverageRequirementsRequest {},
        ),
        case(
            "availability.v1.CoverageService/GetCoverage",
            admin(),
            Own,
            pb::GetCoverageRequest { from, until, interval: None },
        ),
        case(
            "availability.v1.CoverageService/ForecastCoverage",
            admin(),
            Own,
            pb::ForecastCoverageRequest { from, until, arrivals, ..Default::default() },
        ),
        case(
            "availability.v1.CoverageService/PutCoverageRequirement",
            admin(),
            Own,
            pb::PutCoverageRequirementRequest { request_id: request_id(), requirement: own },
        ),
    ]
}
