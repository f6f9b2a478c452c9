//! The board in a terminal, while a night goes on.

use std::process::{Command, Output};

use harborline::demo::{PlayOptions, play, read_scenario};
use harborline_testkit::wait_until;
use harborline_tests::{Stage, StageOptions, binary};

const EVENING: &str = include_str!("../scenarios/evening.toml");

/// One frame, as somebody types it into a pipe.
fn board(stage: &Stage, arguments: &[&str]) -> Output {
    let state = stage.path().display().to_string();
    Command::new(binary()).args(["board", "--state", &state]).args(arguments).output().expect("the binary runs")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_night_is_seen_on_a_terminal_of_80_by_24() {
    let scenario = read_scenario(Some(EVENING)).unwrap_or_else(|faults| panic!("{faults:?}"));
    let stage = Stage::start(StageOptions { scenario: Some(&scenario), ..StageOptions::default() }).await;
    let seen = async {
        wait_until("somebody is answered on the board", || async {
            let captured = tokio::task::block_in_place(|| board(&stage, &["--once"]));
            let (frame, trouble) =
                (String::from_utf8_lossy(&captured.stdout), String::from_utf8_lossy(&captured.stderr));
            assert!(captured.status.success(), "{trouble}");
            let answered = frame.lines().find(|line| line.contains("│ answered   "))?;
            (!answered.ends_with(" 0│")).then(|| frame.into_owned())
        })
        .await
    };
    let (report, frame) = tokio::join!(play(&stage, scenario, PlayOptions::default()), seen);
    assert!(report.expect("the contracts answer").is_good());

    assert_eq!(frame.lines().count(), 24, "{frame}");
    for line in frame.lines() {
        assert!(line.chars().count() <= 80, "{line:?} in\n{frame}");
    }
    for told in ["live", "1 emergency", "answered within 20 s", "On duty: ", "occupancy", "q quits"] {
        assert!(frame.contains(told), "{told} in\n{frame}");
    }

    let elsewhere = tokio::task::block_in_place(|| {
        board(&stage, &["--once", "--patience", "1", "--address", "http://127.0.0.1:1"])
    });
    assert!(!elsewhere.status.success());
    assert!(String::from_utf8_lossy(&elsewhere.stderr).contains("no board to be had"), "and why");
    stage.stop().await;
}
