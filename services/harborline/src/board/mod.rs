//! The line at a glance, in a terminal: `harborline board`.
//!
//! A task watches the board's stream, and opens it again when it ends or breaks ([`watch`](self)); a [`Screen`] folds
//! what arrives into what is to be seen; [`draw`] lays it out. Only what differs from the last frame is written, so that
//! nothing flickers. What is old is said to be old: a board that stands still looks like a quiet night.
//!
//! # Not chosen
//! Asking again and again: the stream says when something changes. A mouse, colors alone, or more than 80 columns: a
//! wallboard has no mouse, some people see no red, and a terminal over a slow line is small.

mod draw;
mod screen;
#[cfg(test)]
mod tests;
mod watch;

use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use tokio::sync::mpsc;
use tokio::time::Instant;

pub use draw::draw;
pub use screen::Screen;
pub use watch::Source;

/// The size of a terminal as it was always.
const COLUMNS: u16 = 80;
const ROWS: u16 = 24;

/// How often a frame is drawn, for the seconds to go on.
const FRAME: Duration = Duration::from_millis(200);

/// Shows the board until somebody quits.
///
/// # Errors
/// When there is no terminal to draw on.
pub fn show(runtime: &tokio::runtime::Runtime, source: Source) -> anyhow::Result<()> {
    let (sender, mut news) = mpsc::channel(64);
    runtime.spawn(watch::watch(source, sender));
    let mut terminal = ratatui::try_init()?;
    let shown = run(&mut terminal, &mut news);
    ratatui::try_restore()?;
    shown
}

fn run(terminal: &mut ratatui::DefaultTerminal, news: &mut mpsc::Receiver<watch::News>) -> anyhow::Result<()> {
    let mut screen = Screen::default();
    loop {
        while let Ok(news) = news.try_recv() {
            screen.take(news);
        }
        terminal.draw(|frame| draw(frame, &mut screen))?;
        if event::poll(FRAME)?
            && let Event::Key(key) = event::read()?
            && obey(key, &mut screen)
        {
            return Ok(());
        }
    }
}

/// Does what a key says; answers whether to quit.
fn obey(key: KeyEvent, screen: &mut Screen) -> bool {
    if key.kind == KeyEventKind::Release {
        return false;
    }
    match key.code {
        KeyCode::Char('q') | KeyCode::Esc => return true,
        KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => return true,
        KeyCode::Down | KeyCode::Char('j') => screen.scroll(1),
        KeyCode::Up | KeyCode::Char('k') => screen.scroll(-1),
        KeyCode::PageDown | KeyCode::Char(' ') => screen.scroll_pages(1),
        KeyCode::PageUp => screen.scroll_pages(-1),
        KeyCode::Home => screen.scroll_to_top(),
        _ => {}
    }
    false
}

/// One frame of 80 by 24 as plain text, as soon as a board is there.
///
/// # Errors
/// When none is there in time; the reason says what is in the way.
pub async fn once(source: Source, patience: Duration) -> anyhow::Result<String> {
    let (sender, mut news) = mpsc::channel(64);
    let watching = tokio::spawn(watch::watch(source, sender));
    let (mut screen, until) = (Screen::default(), Instant::now() + patience);
    while !screen.has_board() {
        match tokio::time::timeout_at(until, news.recv()).await {
            Ok(Some(news)) => screen.take(news),
            Ok(None) | Err(_) => anyhow::bail!("there is no board to be had: {}", screen.trouble()),
        }
    }
    watching.abort();
    plain(&mut screen, COLUMNS, ROWS)
}

/// A frame of a size as plain text, a line of it a line.
fn plain(screen: &mut Screen, columns: u16, rows: u16) -> anyhow::Result<String> {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows))?;
    terminal.draw(|frame| draw(frame, screen))?;
    let buffer = terminal.backend().buffer();
    let line = |row| {
        let mut skipped = 0;
        let cells = (0..columns).filter_map(|column| {
            // The cells behind a wide sign are part of it.
            if skipped > 0 {
                skipped -= 1;
                return None;
            }
            let symbol = buffer[(column, row)].symbol();
            skipped = ratatui::text::Span::raw(symbol).width().saturating_sub(1);
            Some(symbol)
        });
        cells.collect::<String>().trim_end().to_owned() + "\n"
    };
    Ok((0..rows).map(line).collect())
}
