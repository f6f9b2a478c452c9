//! P8: telemetry knows no one.
//!
//! Unmistakable words are put into every text of every request of the contracts, and everything that is no answer to
//! them is searched: logs of services and Postgres, spans, metrics, refusals with their details, reflection.

mod accepted;
mod at_rest;
mod caller;
mod contract;
mod driver;
mod messages;
mod on_record;
mod people;
mod refused;

use std::collections::{BTreeMap, BTreeSet};

use harborline_identity::ServiceName;
use harborline_tests::{Collector, Stage, StageOptions};
use uuid::Uuid;

use driver::{Driver, is_marked};

/// So much around a marker is shown when one is found.
const AROUND: usize = 300;

/// Every signal that holds a marker, by its name, with what is around the marker.
fn leaks(signals: impl IntoIterator<Item = (String, String)>) -> BTreeSet<String> {
    let lines = signals.into_iter().flat_map(|(name, text)| {
        text.lines().filter(|line| is_marked(line)).map(|line| around(&name, line)).collect::<Vec<_>>()
    });
    lines.collect()
}

fn around(name: &str, line: &str) -> String {
    // The last position from which the rest is still marked is where the last marker begins.
    let marked = line.char_indices().rfind(|(at, _)| is_marked(&line[*at..])).map_or(0, |(at, _)| at);
    let before: String = line[..marked].chars().rev().take(AROUND).collect();
    let after: String = line[marked..].chars().take(AROUND / 2).collect();
    format!("{name}: {}{after}", before.chars().rev().collect::<String>())
}

/// Everything that the mesh has said to its operators.
fn telemetry(stage: &Stage, collector: &Collector) -> Vec<(String, String)> {
    let logs = ServiceName::ALL.iter().map(|service| (format!("log of {service}"), stage.log(*service)));
    let postgres = [("log of Postgres".to_owned(), stage.postgres_log())];
    let exported = collector.texts().into_iter().map(|text| ("exported".to_owned(), text));
    logs.chain(postgres).chain(exported).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_in_any_field_of_any_call_shows_in_no_signal() {
    let (collector, address) = Collector::start().await;
    // One person makes all calls there are, as fast as they are answered.
    let unlimited = ["person_requests_per_second = 0", "clinic_requests_per_second = 0"].map(str::to_owned);
    let settings = BTreeMap::from([("grpc", unlimited.to_vec())]);
    let mut stage = Stage::start(StageOptions { collector: Some(address), settings, ..StageOptions::default() }).await;
    let clinic = Uuid::now_v7();
    let mut driver = Driver::new(&stage, clinic);

    accepted::play(&mut driver, &stage).await;
    let every: BTreeSet<String> = driver.contract.methods.keys().cloned().collect();
    let missing: Vec<_> = every.difference(&driver.accepted).collect();
    assert!(missing.is_empty(), "never answered: {missing:#?}");

    at_rest::search(&stage).await.assert_sealed();

    refused::wrong_requests(&mut driver).await;
    refused::reused_request_ids(&mut driver).await;
    refused::wrong_callers(&mut driver, &stage, clinic).await;
    refused::marked_metadata(&mut driver).await;
    refused::unknown_methods(&mut driver).await;
    refused::faults(&mut driver, &stage).await;
    let reflected = refused::reflection(&mut driver).await;

    let places = driver.methods().into_iter().flat_map(|method| {
        let texts = driver.contract.texts(&method.input);
        texts.into_iter().map(move |place| format!("{} {place}", method.path)).collect::<Vec<_>>()
    });
    let forgotten: Vec<_> = places.filter(|place| !driver.planted.contains(place)).collect();
    assert!(forgotten.is_empty(), "nothing was planted in {forgotten:#?}");

    let told = std::mem::take(&mut driver.told);
    let shed = told.iter().filter(|(_, told)| told.starts_with("ResourceExhausted")).count();
    assert_eq!(shed, 0, "calls that were refused before anybody looked at them");
    drop(driver);
    // A service exports the last of its telemetry when it stops.
    for service in ServiceName::ALL {
        stage.stop_service(*service).await;
    }
    let told = told.into_iter().map(|(method, told)| (format!("told by {method}"), told));
    let reflected = reflected.into_iter().map(|text| ("reflection".to_owned(), text));
    let found = leaks(told.chain(reflected).chain(telemetry(&stage, &collector)));
    assert!(found.is_empty(), "{found:#?}");
    assert_searched(&stage, &collector);
    stage.stop().await;
}

/// A search that had nothing to search finds nothing.
fn assert_searched(stage: &Stage, collector: &Collector) {
    let spans = collector.spans();
    for service in ServiceName::ALL {
        assert!(stage.log(*service).contains("internal fault"), "{service} logged no fault");
        let name = format!("harborline-{service}");
        assert!(spans.iter().any(|span| span.service == name), "{service} exported no span");
    }
    assert!(collector.metrics().contains("harborline.rpc.duration"), "no metric was exported");
    assert!(collector.texts().iter().any(|text| text.contains("harborline.reason")), "no attribute was kept");
    assert!(stage.postgres_log().contains("violates check constraint"), "Postgres logged no fault");
}

#[test]
fn a_marker_is_found_wherever_it_stands() {
    let signal = |text: &str| [("log".to_owned(), text.to_owned())];
    for text in ["{\"message\":\"x zzMarker-name\"}", "tel +15559283746", "a\nin ZQ-Q7X", "name=\"zzmarker\""] {
        assert_eq!(leaks(signal(text)).len(), 1, "{text}");
    }
    assert!(leaks(signal("opened a contact")).is_empty());
}
