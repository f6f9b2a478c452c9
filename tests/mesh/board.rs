//! The board in a terminal, while a night goes on.

mod emulator;
mod terminal;

use std::process::{Command, Output};

use harborline::demo::{PlayOptions, play, read_scenario};
use harborline_testkit::wait_until;
use harborline_tests::{Stage, StageOptions, binary};

use self::emulator::Frame;
use self::terminal::Terminal;

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

/// How many wait, by acuity; nothing where a count cannot be read.
fn waiting(frame: &Frame) -> Option<[usize; 5]> {
    let acuities = ["1 emergency", "2 very high", "3 high", "4 moderate", "5 routine"];
    let counts = acuities.map(|acuity| {
        let line = frame.text.lines().find_map(|line| line.strip_prefix('│')?.trim_start().strip_prefix(acuity))?;
        line.split_whitespace().next()?.parse().ok()
    });
    let [Some(one), Some(two), Some(three), Some(four), Some(five)] = counts else { return None };
    Some([one, two, three, four, five])
}

/// The figure beside a name in the box of the day.
fn today<'f>(frame: &'f Frame, name: &str) -> Option<&'f str> {
    let line = frame.text.lines().find_map(|line| line.split_once(&format!("│ {name} ")))?.1;
    Some(line.trim_end().trim_end_matches('│').trim())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_evening_is_followed_in_a_terminal_without_flicker_or_overflow_and_leaves_it_as_it_was() {
    let scenario = read_scenario(Some(EVENING)).unwrap_or_else(|faults| panic!("{faults:?}"));
    let stage = Stage::start(StageOptions { scenario: Some(&scenario), ..StageOptions::default() }).await;
    let state = stage.path().display().to_string();
    let mut terminal = Terminal::run(&["board", "--state", &state], (24, 80));
    let seen = async {
        let live = |frame: &Frame| frame.text.lines().next().is_some_and(|head| head.ends_with(" live "));
        terminal.until("the board is live", live).await;
        assert!(!terminal.is_a_shells(), "a key is obeyed without a line's end, and not shown");
        terminal.until("somebody waits", |frame| waiting(frame).is_some_and(|all| all != [0; 5])).await;
        for what in ["asked", "engaged", "reconnecting"] {
            terminal.until(&format!("a counselor is {what}"), |frame| frame.text.contains(&format!(" {what} "))).await;
        }
        let level = |frame: &Frame| today(frame, "answered within 20 s").is_some_and(|level| level.ends_with(" %"));
        terminal.until("there is a service level", level).await;
    };
    let (report, ()) = tokio::join!(play(&stage, scenario, PlayOptions::default()), seen);
    assert!(report.expect("the contracts answer").is_good());

    for size in [(20, 60), (40, 120)] {
        terminal.resize(size);
        let followed = terminal.until("the new size is followed", |frame| frame.size == size).await;
        assert!(today(&followed, "abandoned").is_some_and(|figure| !figure.is_empty()), "{}", followed.text);
        let later = |frame: &Frame| frame.size == size && frame.text.lines().next() != followed.text.lines().next();
        terminal.until("the time goes on in the new size", later).await;
    }

    terminal.press("q");
    let status = terminal.ended().await;
    assert!(status.success(), "{status}");
    assert!(terminal.faults().is_empty(), "{}", terminal.faults());
    let left = terminal.screen();
    assert!(!left.alternate_screen() && !left.hide_cursor(), "the terminal is put back");
    assert!(terminal.is_a_shells(), "and takes lines again");
    stage.stop().await;
}
