//! What a panic leaves behind in a process: in one of its own, since a panic hook is the whole process's.

use std::process::Command;
use std::thread;

use harborline_config::{LogFormat, LogLevel, TelemetrySettings};

const WORDS: &str = "zzmarker: what somebody said";

/// What [`a_panic_is_logged_by_its_place_and_not_by_its_words`] runs in another process.
#[tokio::test]
#[ignore = "panics on purpose, in a process that another test starts"]
async fn a_process_in_which_a_thread_panics() {
    let settings = TelemetrySettings {
        otlp_endpoint: None,
        level: LogLevel::Trace,
        format: LogFormat::Json,
        sample_ratio: 1.0,
        metrics_interval_seconds: 10,
    };
    let telemetry = harborline_telemetry::init("test", &settings).unwrap();
    harborline_telemetry::log_panics_by_location();
    let panicking = thread::Builder::new().name("panicking".to_owned()).spawn(|| panic!("{WORDS}"));
    assert!(panicking.unwrap().join().is_err());
    telemetry.shutdown().await;
}

#[test]
fn a_panic_is_logged_by_its_place_and_not_by_its_words() {
    let ended = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_process_in_which_a_thread_panics", "--ignored", "--nocapture"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&[ended.stdout, ended.stderr].concat()).into_owned();
    assert!(ended.status.success(), "{said}");
    assert!(said.contains("panicked") && said.contains("tests/panics.rs:"), "{said}");
    assert!(said.contains("panicking"), "the thread is named: {said}");
    assert!(!said.contains("zzmarker"), "{said}");
}
