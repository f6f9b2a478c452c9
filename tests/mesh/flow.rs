//! The way of a contact through five processes, played from scenario files.

use std::collections::BTreeMap;

use harborline::demo::{PlayOptions, Report, Scenario, play, read_scenario};
use harborline_tests::{Stage, StageOptions};

const EVENING: &str = include_str!("../scenarios/evening.toml");
const NOBODY_ON_SHIFT: &str = include_str!("../scenarios/nobody_on_shift.toml");

fn scenario(text: &str) -> Scenario {
    read_scenario(Some(text)).unwrap_or_else(|faults| panic!("the scenario is wrong: {faults:?}"))
}

/// The mutating RPCs that callers, counselors and clinics make in an evening.
const MUTATIONS: [&str; 11] = [
    "OpenContact",
    "AcceptOffer",
    "DeclineOffer",
    "RecordScreening",
    "CreateReferral",
    "ClaimReferral",
    "DeclineReferral",
    "AcceptReferral",
    "CompleteClosingDuty",
    "CloseContact",
    "FinishWrapUp",
];

/// Plays with the first answer of every mutating call lost. Clinics have the longest time that there is to claim an
/// offer, so that also on a busy machine the answer that the scenario wants comes before it passes on.
async fn played(text: &str) -> Report {
    let scenario = scenario(text);
    let settings = BTreeMap::from([("referral.offers", vec!["claim_minutes = 1440".to_owned()])]);
    let stage = Stage::start(StageOptions { scenario: Some(&scenario), settings, ..StageOptions::default() }).await;
    let report = play(&stage, scenario, PlayOptions { repeat_one_in: 1, ..PlayOptions::default() })
        .await
        .expect("the contracts answer");
    stage.stop().await;
    report
}

#[tokio::test(flavor = "multi_thread")]
async fn an_evening_of_contacts_is_answered_referred_and_followed_up_though_every_first_answer_is_lost() {
    let report = played(EVENING).await;
    assert!(report.is_good(), "{report}");
    let by_reason = |reason: &str| {
        let row = report.contacts.iter().find(|row| row.reasons.iter().any(|given| given == reason));
        row.unwrap_or_else(|| panic!("no contact with reason {reason} in {report}"))
    };
    // The attempt in progress is an emergency, and a clinic took it with a named owner.
    let attempt = by_reason("attempt_in_progress");
    assert_eq!(attempt.acuity, 1);
    assert!(attempt.referral.as_ref().is_some_and(|referral| referral.owner.is_some()), "{report}");
    // The acute screen raised the acuity in the conversation, and the third attempt reached the participant.
    let acute = by_reason("asq_acute_positive");
    assert!(acute.acuity <= 2);
    let third = report.contacts.iter().find(|row| row.follow_ups.len() == 3);
    let states: Vec<_> = third.expect("one plan has three attempts").follow_ups.iter().map(|row| &row.state).collect();
    assert_eq!(states, ["not_reached", "not_reached", "reached"]);
    // The first clinic declined; the second one has it.
    assert_eq!(report.summary.referrals_accepted, 2);
    assert_eq!((report.summary.answered, report.summary.open), (report.contacts.len(), 0));
    for mutation in MUTATIONS {
        assert!(report.repeated.contains_key(mutation), "{mutation} was not repeated: {:?}", report.repeated);
    }
    for check in report.promises.values() {
        assert!(check.checked > 0, "a promise was not looked at: {report}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_nobody_on_shift_every_contact_is_handed_to_the_backup_line_and_on_record() {
    let report = played(NOBODY_ON_SHIFT).await;
    assert!(report.is_good(), "{report}");
    assert_eq!(report.summary.handed_off, report.contacts.len() - report.summary.left);
    assert_eq!(report.summary.left, 1, "the caller whose patience ended has left");
    let handed_off = report.contacts.iter().filter(|row| row.ended == "handed_off");
    for row in handed_off {
        let last = row.follow_ups.last().map(|attempt| attempt.state.as_str());
        assert_eq!(last, Some("reached"), "our follow-up stays ours: {report}");
    }
}
