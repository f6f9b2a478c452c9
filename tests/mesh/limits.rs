//! What the contracts say of a field is what the services hold callers to.

use std::collections::BTreeMap;

use futures::StreamExt;
use harborline_identity::ServiceName;
use harborline_status::{Reason, reason_of, violations_of};
use harborline_tests::RawCaller;
use harborline_tests::limits::{Case, cases};

use crate::callers::Callers;

/// Calls at once.
const AT_ONCE: usize = 4;

/// Fields of which the rest of the request says more than a rule of one field can. What that is stands in their comments,
/// and in the tests of their service; so they may be refused where their rule allows them, and not the other way round.
const DEPENDS_ON_OTHERS: [(&str, &str); 8] = [
    ("CoverageService/ForecastCoverage", "arrivals"),
    ("DisclosureService/BreakGlass", "emergency"),
    ("RosterService/PutPool", "response_times.page_after"),
    ("ShiftService/OfferShiftSwap", "offered_to"),
    ("ShiftService/PutShift", "shift.rung"),
    ("TriageService/RecordScreening", "asq."),
    ("ConsentService/RecordConsent", "consent.expires_at"),
    ("ConsentService/RecordConsent", "consent.recipients[0].facility_id"),
];

/// Fields that a sound request has no use for: of a consent to a facility the name, and an event beside an instant.
const WITHOUT_USE: [(&str, &str); 2] = [
    ("ConsentService/RecordConsent", "consent.expires_with"),
    ("ConsentService/RecordConsent", "consent.recipients[0].name"),
];

fn is_told(case: &Case) -> bool {
    let is_of = |(method, field): &(&str, &str)| case.method.ends_with(method) && case.field.starts_with(field);
    let depends = DEPENDS_ON_OTHERS.iter().any(is_of) && !case.is_wrong;
    !depends && !WITHOUT_USE.iter().any(is_of)
}

/// Whether the method refuses the message and names the field.
async fn names(caller: &RawCaller, method: &str, message: &[u8], field: &str) -> bool {
    let refused = caller.call(method, message.to_vec()).await.err();
    let refused = refused.filter(|status| reason_of(status) == Some(Reason::RequestInvalid));
    refused.is_some_and(|status| violations_of(&status).iter().any(|named| named == field))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_limit_of_a_field_stands_in_the_contract_and_holds() {
    let mesh = Callers::start().await;
    let mut methods: BTreeMap<(ServiceName, String), Vec<Case>> = BTreeMap::new();
    for case in cases().into_iter().filter(is_told) {
        methods.entry((case.service, case.method.clone())).or_default().push(case);
    }
    let everybody: BTreeMap<_, _> = ServiceName::ALL.iter().map(|service| (*service, mesh.of(*service))).collect();
    let everybody = &everybody;
    let faults = futures::stream::iter(methods).map(|((service, method), cases)| async move {
        let caller = Callers::admitted(&method, &cases[0].message, &everybody[&service]).await;
        let mut faults = Vec::new();
        for Case { field, what, message, is_wrong, .. } in cases {
            let mut is_named = names(&caller, &method, &message, &field).await;
            if is_wrong && !is_named {
                // On a busy machine a call may have run out of time.
                is_named = names(&caller, &method, &message, &field).await;
            }
            if is_named != is_wrong {
                let said = if is_wrong { "is taken, and forbidden" } else { "is refused, and allowed" };
                faults.push(format!("{method}: {field} with {what} {said} by the contract"));
            }
        }
        faults
    });
    let faults: Vec<_> = faults.buffer_unordered(AT_ONCE).concat().await;
    mesh.stage.stop().await;
    assert!(faults.is_empty(), "{} differences:\n{}", faults.len(), faults.join("\n"));
}
