//! P1, P2, P3, P4 and P7 while services are being killed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use harborline::demo::{PlayOptions, play, read_scenario};
use harborline_identity::ServiceName;
use harborline_tests::{Stage, StageOptions};
use rand::seq::IndexedRandom;

const KILLED: &str = include_str!("../scenarios/killed.toml");
/// At least so many kills must land in the run.
const KILLS: usize = 30;

#[tokio::test(flavor = "multi_thread")]
async fn killing_services_at_random_loses_nobody_and_does_nothing_twice() {
    let scenario = read_scenario(Some(KILLED)).unwrap_or_else(|faults| panic!("{faults:?}"));
    let stage = Arc::new(Stage::start(StageOptions { scenario: Some(&scenario), ..StageOptions::default() }).await);
    let over = Arc::new(AtomicBool::new(false));
    let killer = tokio::spawn(kill(stage.clone(), over.clone()));

    let report = play(&stage, scenario, PlayOptions { repeat_one_in: 4, ..PlayOptions::default() })
        .await
        .expect("the contracts answer in the end");
    over.store(true, Ordering::SeqCst);
    let kills = killer.await.expect("the killer does not panic");

    let restarts: Vec<_> = ServiceName::ALL.iter().map(|service| (service, stage.starts(*service) - 1)).collect();
    assert!(kills >= KILLS, "only {kills} kills landed while the night lasted");
    assert!(restarts.iter().all(|(_, starts)| *starts > 0), "a role was never killed: {restarts:?}");
    assert!(report.is_good(), "after {kills} kills ({restarts:?}):\n{report}");
    assert_eq!(report.contacts.len(), 40, "every caller was told that the contact is open");
}

/// Kills a random service, waits a random moment, and again until so many kills have landed: round after round each of
/// the five.
async fn kill(stage: Arc<Stage>, over: Arc<AtomicBool>) -> usize {
    let mut landed = 0;
    let mut left: Vec<ServiceName> = Vec::new();
    while landed < KILLS && !over.load(Ordering::SeqCst) {
        if left.is_empty() {
            left = ServiceName::ALL.to_vec();
        }
        let service = *left.choose(&mut rand::rng()).expect("somebody is left");
        // Between two kills, a random moment: this is the load of the test, not a wait for something.
        tokio::time::sleep(Duration::from_millis(rand::random_range(50..700))).await;
        if stage.kill(service) {
            left.retain(|other| *other != service);
            landed += 1;
        }
    }
    landed
}
