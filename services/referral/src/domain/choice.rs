//! Whom to ask next.

use chrono::TimeDelta;
use harborline_types::{FacilityId, Timestamp};

use super::{Facility, ServiceKind};

/// What it takes to ask somebody: whom there is, how long they may take, and when it is.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    /// The program's facilities, in any order; those that do not fit are passed over.
    pub facilities: &'a [Facility],
    /// How long an offer stands before it passes on.
    pub claim_within: TimeDelta,
    /// Now.
    pub now: Timestamp,
}

/// The facilities that fit and were not asked before, in the order of asking.
pub fn facilities_to_ask<'a>(
    facilities: &'a [Facility],
    service: ServiceKind,
    jurisdiction: Option<&str>,
    asked: impl Fn(FacilityId) -> bool,
) -> Vec<&'a Facility> {
    let fits = |facility: &&Facility| facility.fits(service, jurisdiction) && !asked(facility.id);
    let mut fitting: Vec<_> = facilities.iter().filter(fits).collect();
    fitting.sort_unstable_by_key(|facility| facility.place());
    fitting
}

/// The next facility to ask: the first in order that fits and was not asked before.
pub fn next_facility(
    facilities: &[Facility],
    service: ServiceKind,
    jurisdiction: Option<&str>,
    asked: impl Fn(FacilityId) -> bool,
) -> Option<FacilityId> {
    facilities_to_ask(facilities, service, jurisdiction, asked).first().map(|facility| facility.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facility(rank: i32, services: &[ServiceKind], jurisdictions: &[&str]) -> Facility {
        Facility {
            id: FacilityId::new(),
            name: "somewhere".to_owned(),
            services: services.to_vec(),
            jurisdictions: jurisdictions.iter().map(|code| (*code).to_owned()).collect(),
            rank,
            accepting: true,
        }
    }

    fn first(facilities: &[Facility], jurisdiction: Option<&str>) -> Option<FacilityId> {
        next_facility(facilities, ServiceKind::Detox, jurisdiction, |_| false)
    }

    #[test]
    fn the_lowest_rank_that_offers_the_service_is_asked_first() {
        let facilities = [
            facility(3, &[ServiceKind::Detox], &[]),
            facility(1, &[ServiceKind::Outpatient], &[]),
            facility(2, &[ServiceKind::Inpatient, ServiceKind::Detox], &[]),
        ];
        assert_eq!(first(&facilities, None), Some(facilities[2].id));
    }

    #[test]
    fn a_facility_serves_its_jurisdictions_or_everywhere_when_it_names_none() {
        let facilities = [facility(1, &[ServiceKind::Detox], &["US-VA"]), facility(2, &[ServiceKind::Detox], &[])];
        assert_eq!(first(&facilities, Some("US-MD")), Some(facilities[1].id));
        assert_eq!(first(&facilities, Some("US-VA")), Some(facilities[0].id));
        assert_eq!(first(&facilities, None), Some(facilities[0].id), "an unknown place fits every facility");
    }

    #[test]
    fn nobody_is_asked_twice_and_nobody_who_takes_no_one() {
        let mut facilities = [facility(1, &[ServiceKind::Detox], &[]), facility(2, &[ServiceKind::Detox], &[])];
        let asked = facilities[0].id;
        let next = next_facility(&facilities, ServiceKind::Detox, None, |id| id == asked);
        assert_eq!(next, Some(facilities[1].id));
        facilities[1].accepting = false;
        assert_eq!(next_facility(&facilities, ServiceKind::Detox, None, |id| id == asked), None);
    }

    #[test]
    fn facilities_of_one_rank_are_asked_in_the_order_of_their_ids() {
        let facilities = [facility(1, &[ServiceKind::Detox], &[]), facility(1, &[ServiceKind::Detox], &[])];
        let lowest = facilities[0].id.min(facilities[1].id);
        assert_eq!(first(&facilities, None), Some(lowest));
    }
}
