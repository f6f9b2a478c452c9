//! The night as it happens: a progress display on a terminal, plain lines otherwise.
#![allow(clippy::print_stderr, reason = "the view speaks to the person who watches")]

use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// Between two plain lines.
const PLAIN_INTERVAL: Duration = Duration::from_secs(5);

/// Something that happened to a contact.
#[derive(Clone, Copy)]
pub(super) enum Event {
    Opened { urgent: bool },
    Answered,
    Ended { was_answered: bool },
}

#[derive(Default)]
struct Counts {
    opened: u64,
    urgent: u64,
    waiting: u64,
    longest_queue: u64,
    in_conversation: u64,
    ended: u64,
    plans: usize,
    open_plans: usize,
    last_line: Option<Instant>,
}

/// Shows the night to whoever watches.
pub struct View {
    bars: Option<Bars>,
    counts: Mutex<Counts>,
}

struct Bars {
    all: MultiProgress,
    contacts: ProgressBar,
    line: ProgressBar,
    after: ProgressBar,
}

impl View {
    /// A display if standard error is a terminal, plain lines otherwise.
    pub fn new() -> Self {
        Self { bars: std::io::stderr().is_terminal().then(Bars::new), counts: Mutex::default() }
    }

    /// One line that stays.
    pub(super) fn say(&self, text: &str) {
        match &self.bars {
            Some(bars) => {
                let _ = bars.all.println(text);
            }
            None => eprintln!("{text}"),
        }
    }

    pub(super) fn begin(&self, contacts: usize) {
        if let Some(bars) = &self.bars {
            bars.contacts.set_length(contacts as u64);
        }
        self.say(&format!("the night begins: {contacts} contacts will come"));
    }

    pub(super) fn event(&self, event: Event) {
        let mut counts = self.counts();
        match event {
            Event::Opened { urgent } => {
                counts.opened += 1;
                counts.urgent += u64::from(urgent);
                counts.waiting += 1;
                counts.longest_queue = counts.longest_queue.max(counts.waiting);
            }
            Event::Answered => {
                counts.waiting = counts.waiting.saturating_sub(1);
                counts.in_conversation += 1;
            }
            Event::Ended { was_answered } => {
                let left = if was_answered { &mut counts.in_conversation } else { &mut counts.waiting };
                *left = left.saturating_sub(1);
                counts.ended += 1;
            }
        }
        self.show(&counts);
    }

    pub(super) fn follow_ups(&self, plans: usize, open: usize) {
        let mut counts = self.counts();
        (counts.plans, counts.open_plans) = (plans, open);
        self.show(&counts);
    }

    /// Time passes.
    pub(super) fn tick(&self, now: DateTime<Utc>) {
        let mut counts = self.counts();
        let clock = now.format("%a %H:%M");
        if let Some(bars) = &self.bars {
            bars.contacts.set_prefix(clock.to_string());
        } else if counts.last_line.is_none_or(|last| last.elapsed() > PLAIN_INTERVAL) {
            counts.last_line = Some(Instant::now());
            eprintln!("{clock}  {}", sentence(&counts));
        }
    }

    pub(super) fn end(&self) {
        if let Some(bars) = &self.bars {
            let _ = bars.all.clear();
        }
    }

    fn show(&self, counts: &Counts) {
        if let Some(bars) = &self.bars {
            bars.contacts.set_position(counts.ended);
            bars.line.set_message(format!(
                "{} waiting (at most {} so far), {} in conversation, {} urgent at opening",
                counts.waiting, counts.longest_queue, counts.in_conversation, counts.urgent
            ));
            bars.after.set_message(format!("{} plans for after, {} still open", counts.plans, counts.open_plans));
        }
    }

    fn counts(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Default for View {
    fn default() -> Self {
        Self::new()
    }
}

fn sentence(counts: &Counts) -> String {
    format!(
        "{} opened, {} waiting, {} in conversation, {} ended; {} plans for after, {} still open",
        counts.opened, counts.waiting, counts.in_conversation, counts.ended, counts.plans, counts.open_plans
    )
}

impl Bars {
    fn new() -> Self {
        let all = MultiProgress::new();
        let style = |template| ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = |template| all.add(ProgressBar::new(0).with_style(style(template)));
        let contacts = bar("{prefix:>9}  [{bar:40}] {pos} of {len} contacts ended");
        let line = bar("     line  {msg}");
        let after = bar("    after  {msg}");
        Self { all, contacts, line, after }
    }
}
