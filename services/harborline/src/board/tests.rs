use chrono::{TimeDelta, Utc};
use harborline_proto::availability::v1::{self as pb, Activity};
use harborline_types::wire::timestamp;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::draw::{count, cut, percent, time};
use super::watch::News;
use super::*;

fn counselor(id: &str, name: &str, activity: Activity) -> pb::BoardCounselor {
    let since = Some(timestamp(Utc::now() - TimeDelta::seconds(75)));
    pb::BoardCounselor { counselor_id: id.to_owned(), name: name.to_owned(), activity: activity.into(), since }
}

fn message(counselors: Vec<pb::BoardCounselor>, waiting: i64, waited: TimeDelta) -> pb::WatchBoardResponse {
    let line = |acuity| pb::QueueLine {
        acuity,
        waiting,
        longest_since: (waiting > 0).then(|| timestamp(Utc::now() - waited)),
    };
    let on_duty = i64::try_from(counselors.len()).unwrap();
    pb::WatchBoardResponse {
        cursor: "v1:x".to_owned(),
        snapshot: true,
        at: Some(timestamp(Utc::now())),
        queue: (1..=5).map(line).collect(),
        pages_open: waiting,
        activities: vec![pb::ActivityCount { activity: Activity::Engaged.into(), counselors: on_duty }],
        counselors,
        off_duty_counselor_ids: vec![],
        today: Some(pb::BoardToday {
            offered: waiting * 3,
            answered: waiting * 2,
            service_level: Some(0.9999),
            occupancy: Some(1.0),
            ..Default::default()
        }),
    }
}

fn screen(message: pb::WatchBoardResponse) -> Screen {
    let mut screen = Screen::default();
    screen.take(News::Message(Box::new(message)));
    screen
}

fn width(line: &str) -> usize {
    ratatui::text::Span::raw(line).width()
}

/// Draws, and checks that every frame is whole: each line as wide as it may be, each border where it belongs.
fn frame(screen: &mut Screen) -> String {
    let text = plain(screen, COLUMNS, ROWS).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), usize::from(ROWS), "{text}");
    for line in &lines[1..] {
        assert_eq!(width(line), usize::from(COLUMNS), "{line:?} in\n{text}");
        let (first, last) = (line.chars().next().unwrap(), line.chars().last().unwrap());
        assert!("┌│└".contains(first) && "┐│┘".contains(last), "{line:?} in\n{text}");
    }
    assert!(width(lines[0]) <= usize::from(COLUMNS), "{text}");
    text
}

#[test]
fn a_quiet_line_is_shown_whole() {
    let on_duty = vec![counselor("ana", "Ana", Activity::Available), counselor("ben", "Ben", Activity::Engaged)];
    let text = frame(&mut screen(message(on_duty, 0, TimeDelta::zero())));
    for told in ["live", "1 emergency", "5 routine", "Ana", "available", "1:15", "engaged", "99 %", "100 %", "q quits"]
    {
        assert!(text.contains(told), "{told} in\n{text}");
    }
    assert!(text.find("Ana").unwrap() < text.find("Ben").unwrap(), "who is free is first");
}

#[test]
fn ten_thousand_who_wait_and_a_thousand_long_names_stay_in_their_places() {
    let names = [
        "Maximiliana-Konstantina von und zu Hohenlohe-Schillingsfürst",
        "李小龍李小龍李小龍李小龍李小龍",
        "e\u{301}\u{1b}[31mred\n",
    ];
    let on_duty = (0..1_000)
        .map(|number| counselor(&format!("{number:04}"), names[number % names.len()], Activity::Reconnecting));
    let mut screen = screen(message(on_duty.collect(), 10_000, TimeDelta::hours(99)));
    let text = frame(&mut screen);
    for told in ["10,000", "30,000", "99:00:0", "1 to 24 of 1,000", "arrows scroll", "…", "reconnecting", "pages open"]
    {
        assert!(text.contains(told), "{told} in\n{text}");
    }
    assert!(!text.contains('\u{1b}'), "a name cannot write on the terminal");
    let huge = message(vec![], i64::MAX / 3, TimeDelta::days(90_000));
    let text = frame(&mut self::screen(huge));
    assert!(text.contains("> 999 M") && text.contains("90000 d"), "{text}");
}

#[test]
fn who_has_no_room_is_reached_by_scrolling_and_the_end_is_the_end() {
    let on_duty =
        (0..100).map(|number| counselor(&format!("{number:03}"), &format!("N{number:03}"), Activity::Available));
    let mut screen = screen(message(on_duty.collect(), 0, TimeDelta::zero()));
    assert!(frame(&mut screen).contains("1 to 24 of 100"));
    screen.scroll_pages(1);
    assert!(frame(&mut screen).contains("25 to 48 of 100"));
    screen.scroll(1_000_000);
    let text = frame(&mut screen);
    assert!(text.contains("77 to 100 of 100") && text.contains("N099"), "{text}");
    screen.scroll_to_top();
    assert!(frame(&mut screen).contains("N000"));
    // Who was at the end when the others went home sees who is left.
    screen.scroll(1_000_000);
    frame(&mut screen);
    screen.take(News::Message(Box::new(message(
        vec![counselor("a", "Left", Activity::Available)],
        0,
        TimeDelta::zero(),
    ))));
    assert!(frame(&mut screen).contains("Left"));
}

#[test]
fn changes_are_folded_into_the_board() {
    let on_duty = vec![counselor("ana", "Ana", Activity::Available), counselor("ben", "Ben", Activity::Available)];
    let mut screen = screen(message(on_duty, 0, TimeDelta::zero()));
    let changed = vec![counselor("cho", "Cho", Activity::Available), counselor("ana", "Ana", Activity::OnBreak)];
    let change = pb::WatchBoardResponse {
        snapshot: false,
        off_duty_counselor_ids: vec!["ben".to_owned()],
        ..message(changed, 3, TimeDelta::seconds(7))
    };
    screen.take(News::Message(Box::new(change)));
    let text = frame(&mut screen);
    assert!(text.contains("on break") && text.contains("Cho") && !text.contains("Ben"), "{text}");
    assert!(text.contains("0:07"), "{text}");
}

#[test]
fn a_board_without_a_stream_says_that_it_is_old() {
    let mut nothing = Screen::default();
    assert!(frame(&mut nothing).contains("connecting"));
    nothing.take(News::Broken("no connection".to_owned()));
    assert!(frame(&mut nothing).contains("no board: no connection"));
    let mut screen = screen(message(vec![], 0, TimeDelta::zero()));
    screen.take(News::Broken("a reason so long that it would not fit into any line of any terminal at all".to_owned()));
    let text = frame(&mut screen);
    assert!(text.contains("OLD by 0:00: a reason") && !text.contains("live"), "{text}");
    screen.take(News::Message(Box::new(message(vec![], 0, TimeDelta::zero()))));
    assert!(frame(&mut screen).contains("live"));
}

#[test]
fn a_board_that_hears_nothing_is_old_by_itself() {
    let mut screen = Screen::default();
    for (silence, told) in [(14, "live"), (16, "OLD by 0:16: nothing is heard")] {
        let arrived = Instant::now().checked_sub(Duration::from_secs(silence)).unwrap();
        screen.fold(message(vec![], 0, TimeDelta::zero()), arrived);
        let text = frame(&mut screen);
        assert!(text.contains(told), "{text}");
    }
}

#[test]
fn a_frame_that_is_the_same_writes_nothing_and_one_that_differs_writes_what_differs() {
    let mut screen = screen(message(vec![counselor("ana", "Ana", Activity::Available)], 0, TimeDelta::zero()));
    let mut terminal = Terminal::new(TestBackend::new(COLUMNS, ROWS)).unwrap();
    let mut drawn = |screen: &mut Screen| {
        let before = terminal.backend().buffer().clone();
        terminal.draw(|frame| draw(frame, screen)).unwrap();
        before.diff(terminal.backend().buffer()).len()
    };
    assert!(drawn(&mut screen) > 500, "the first frame is all of it");
    let clock = drawn(&mut screen);
    assert!(clock <= 20, "{clock} cells for the time that went on");
    screen.take(News::Message(Box::new(pb::WatchBoardResponse {
        snapshot: false,
        ..message(vec![counselor("ana", "Ana", Activity::Engaged)], 0, TimeDelta::zero())
    })));
    assert!(drawn(&mut screen) <= 40, "an activity");
}

#[test]
fn no_terminal_is_too_small_to_draw_on() {
    let on_duty = (0..9).map(|number| counselor(&number.to_string(), "Somebody", Activity::Available)).collect();
    let mut screen = screen(message(on_duty, 10_000, TimeDelta::hours(1)));
    for (columns, rows) in [(1, 1), (20, 5), (39, 12), (80, 10), (240, 60)] {
        plain(&mut screen, columns, rows).unwrap();
    }
}

#[test]
fn where_it_is_narrow_names_give_way_and_figures_stay_whole() {
    let mut screen = screen(message(vec![], 10_000, TimeDelta::hours(99)));
    for (columns, name) in [(44, " 10,000"), (60, "│ 1 emerg…   10,000"), (80, "│ 1 emergency       10,000")] {
        let text = plain(&mut screen, columns, 20).unwrap();
        let line = |told| text.lines().find(|line| line.contains(told)).unwrap_or_else(|| panic!("{told} in\n{text}"));
        assert!(line(name).contains(" 99:00:0"), "{text}");
        assert!(line("20,000").contains("answered"), "{text}");
        assert!(line("99 %").contains("answered"), "{text}");
    }
}

#[test]
fn figures_are_short_and_never_flatter() {
    assert_eq!([0, 999, 1_000, 10_000, 1_250_000].map(count), ["0", "999", "1,000", "10,000", "1.2 M"]);
    assert_eq!(
        [0, 59, 60, 3_599, 3_600, 90_061].map(|s| time(Duration::from_secs(s))),
        ["0:00", "0:59", "1:00", "59:59", "1:00:00", "25:01:01"]
    );
    assert_eq!([None, Some(0.0), Some(0.999), Some(1.0)].map(percent), ["-", "0 %", "99 %", "100 %"]);
    assert_eq!(cut("short", 5), "short");
    assert_eq!(cut("longer", 5), "long…");
    assert_eq!(width(&cut("李小龍", 5)), 5);
}
