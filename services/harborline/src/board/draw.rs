//! Laying the board out. Whatever arrives, each thing stays in its place: long names are cut, large numbers shortened,
//! and counselors who have no room are told by their number. In a narrow terminal names give way to figures: a figure that
//! is cut is another figure.

use std::time::Duration;

use harborline_proto::availability::v1::{Activity, BoardCounselor, BoardToday};
use harborline_proto::common::v1::Acuity;
use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph};

use super::screen::{Freshness, Screen};

/// The width of a counselor's place: a name, an activity, a time.
const PLACE: usize = 39;
const NAME: usize = 17;
const ACTIVITY: usize = 12;
const TIME: usize = 8;

/// The widths of a row of the queue, and of the day, where there is room.
const QUEUE: usize = 35;
const TODAY: usize = 36;

/// Waits from which on a line is red: the time in which a contact is to be answered.
const LATE: Duration = Duration::from_secs(20);

/// Draws a frame.
pub fn draw(frame: &mut Frame<'_>, screen: &mut Screen) {
    let parts = [Constraint::Length(1), Constraint::Length(9), Constraint::Min(0)];
    let [head, top, rest] = Layout::vertical(parts).areas(frame.area());
    let [left, right] = Layout::horizontal([Constraint::Percentage(50), Constraint::Percentage(50)]).areas(top);
    frame.render_widget(header(screen, usize::from(head.width)), head);
    frame.render_widget(queue(screen, inner_width(left)), left);
    frame.render_widget(today(screen, inner_width(right)), right);
    counselors(frame, screen, rest);
}

fn header(screen: &Screen, width: usize) -> Paragraph<'static> {
    let (text, style) = match screen.freshness() {
        Freshness::Live => ("live".to_owned(), Style::new().fg(Color::Green)),
        Freshness::Nothing(why) if why.is_empty() => ("connecting".to_owned(), Style::new()),
        Freshness::Nothing(why) => (format!("no board: {why}"), alarm()),
        Freshness::Old(age, why) => (format!("OLD by {}: {why}", time(age)), alarm()),
    };
    let title = format!(" Harborline   {} UTC ", screen.now().format("%Y-%m-%d %H:%M:%S"));
    let state = format!(" {} ", cut(&text, width.saturating_sub(title.len() + 3)));
    let gap = width.saturating_sub(title.len() + Span::raw(state.as_str()).width());
    Paragraph::new(Line::from(vec![
        Span::styled(title, Style::new().add_modifier(Modifier::BOLD)),
        Span::raw(" ".repeat(gap)),
        Span::styled(state, style),
    ]))
}

/// The columns inside of a box.
fn inner_width(area: Rect) -> usize {
    usize::from(Block::bordered().inner(area).width)
}

/// A name and its figures in at most so many columns.
fn row(name: &str, figures: &str, columns: usize) -> String {
    let room = columns.saturating_sub(Span::raw(figures).width() + 2);
    format!(" {} {figures}", fill(&cut(name, room), room))
}

fn queue(screen: &Screen, columns: usize) -> Paragraph<'static> {
    let row =
        |name: &str, waiting: &str, longest: &str| row(name, &format!("{waiting:>8} {longest:>9}"), columns.min(QUEUE));
    let mut lines = vec![Line::from(row("acuity", "waiting", "longest"))];
    let message = screen.message();
    for line in message.map(|message| message.queue.as_slice()).unwrap_or_default() {
        let longest = screen.ago(line.longest_since.as_ref());
        let text = row(acuity(line.acuity()), &count(line.waiting), &longest.map(time).unwrap_or_default());
        let style = match longest {
            Some(longest) if longest >= LATE => alarm(),
            Some(_) => Style::new().add_modifier(Modifier::BOLD),
            None => Style::new(),
        };
        lines.push(Line::styled(text, style));
    }
    let pages = message.map_or(0, |message| message.pages_open);
    let style = if pages > 0 { alarm() } else { Style::new() };
    lines.push(Line::styled(row("pages open", &count(pages), ""), style));
    Paragraph::new(lines).block(Block::bordered().title(" Queue "))
}

fn today(screen: &Screen, columns: usize) -> Paragraph<'static> {
    let today = screen.message().and_then(|message| message.today).unwrap_or_default();
    let BoardToday { offered, answered, short_abandoned, abandoned, handed_off, service_level, occupancy, .. } = today;
    let row = |name: &str, value: String| Line::from(row(name, &value, columns.min(TODAY)));
    let lines = vec![
        row("answered within 20 s", percent(service_level)),
        row("offered", count(offered)),
        row("answered", count(answered)),
        row("abandoned", count(abandoned)),
        row("left within 5 s", count(short_abandoned)),
        row("to the backup line", count(handed_off)),
        row("occupancy", percent(occupancy)),
    ];
    Paragraph::new(lines).block(Block::bordered().title(" Today "))
}

fn counselors(frame: &mut Frame<'_>, screen: &mut Screen, area: Rect) {
    let inside = Block::bordered().inner(area);
    let across = (usize::from(inside.width) / PLACE).max(1);
    let all = screen.counselors().len();
    screen.rows = usize::from(inside.height);
    screen.most_rows = all.div_ceil(across);
    screen.scroll(0);

    let first = screen.first_row * across;
    let list = screen.counselors();
    let shown: Vec<_> = list.iter().skip(first).take(screen.rows * across).collect();
    let rows = shown.chunks(across).map(|row| {
        let places = row.iter().map(|counselor| place(counselor, screen));
        Line::from(places.flatten().collect::<Vec<_>>())
    });
    let lines: Vec<Line<'static>> = rows.collect();
    let range = match shown.len() {
        0 => String::new(),
        some => format!(" {} to {} of {} ", count_of(first + 1), count_of(first + some), count_of(all)),
    };
    let keys = if all > shown.len() { " arrows scroll, q quits " } else { " q quits " };
    let block = Block::bordered()
        .title(cut(&format!(" On duty: {}{} ", count_of(all), doing(screen)), usize::from(inside.width)))
        .title_bottom(range)
        .title_bottom(Line::from(keys).alignment(Alignment::Right));
    frame.render_widget(Paragraph::new(lines).block(block), area);
}

/// How many do what.
fn doing(screen: &Screen) -> String {
    let activities = screen.activities().into_iter();
    activities.fold(String::new(), |text, (what, how_many)| format!("{text}, {} {}", count(how_many), activity(what)))
}

fn place(counselor: &BoardCounselor, screen: &Screen) -> Vec<Span<'static>> {
    let since = screen.ago(counselor.since.as_ref()).map(time).unwrap_or_default();
    let what = activity(counselor.activity());
    let style = match counselor.activity() {
        Activity::Available => Style::new().fg(Color::Green),
        Activity::Reconnecting => alarm(),
        _ => Style::new(),
    };
    let name = fill(&cut(&counselor.name, NAME), NAME);
    vec![Span::raw(format!(" {name} ")), Span::styled(format!("{what:<ACTIVITY$}{since:>TIME$}"), style)]
}

fn alarm() -> Style {
    Style::new().fg(Color::Red).add_modifier(Modifier::BOLD | Modifier::REVERSED)
}

fn acuity(acuity: Acuity) -> &'static str {
    match acuity {
        Acuity::Emergency => "1 emergency",
        Acuity::VeryHigh => "2 very high",
        Acuity::High => "3 high",
        Acuity::Moderate => "4 moderate",
        Acuity::Routine => "5 routine",
        Acuity::Unspecified => "?",
    }
}

fn activity(activity: Activity) -> &'static str {
    match activity {
        Activity::Available => "available",
        Activity::Offered => "asked",
        Activity::Engaged => "engaged",
        Activity::WrappingUp => "wrapping up",
        Activity::OnBreak => "on break",
        Activity::Reconnecting => "reconnecting",
        Activity::Offline => "off duty",
        Activity::Unspecified => "?",
    }
}

/// A count in at most seven places.
pub(super) fn count(count: i64) -> String {
    match count {
        ..0 => "0".to_owned(),
        0..1_000 => count.to_string(),
        1_000..1_000_000 => format!("{},{:03}", count / 1_000, count % 1_000),
        1_000_000..1_000_000_000 => format!("{}.{} M", count / 1_000_000, count / 100_000 % 10),
        _ => "> 999 M".to_owned(),
    }
}

fn count_of(number: usize) -> String {
    count(i64::try_from(number).unwrap_or(i64::MAX))
}

/// A length of time in at most eight places.
pub(super) fn time(length: Duration) -> String {
    let seconds = length.as_secs();
    match seconds {
        0..3_600 => format!("{}:{:02}", seconds / 60, seconds % 60),
        3_600..360_000 => format!("{}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60),
        _ => format!("{} d", (seconds / 86_400).min(99_999)),
    }
}

/// A share, rounded down: nobody reads 100 who has not reached it.
pub(super) fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), |share| format!("{} %", (share.clamp(0.0, 1.0) * 100.0).floor()))
}

/// A text in at most so many columns, with a sign that it was cut.
pub(super) fn cut(text: &str, columns: usize) -> String {
    let clean = || text.chars().filter(|sign| !sign.is_control());
    let whole: String = clean().collect();
    if Span::raw(whole.as_str()).width() <= columns {
        return whole;
    }
    let mut cut = String::new();
    for sign in clean() {
        cut.push(sign);
        if Span::raw(cut.as_str()).width() >= columns {
            cut.pop();
            break;
        }
    }
    if columns > 0 { cut + "…" } else { cut }
}

/// A text filled up to so many columns.
fn fill(text: &str, columns: usize) -> String {
    let gap = columns.saturating_sub(Span::raw(text).width());
    format!("{text}{}", " ".repeat(gap))
}
