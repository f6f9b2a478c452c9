//! The night as it happens: a progress display on a terminal, plain lines otherwise.
#![allow(clippy::print_stderr, reason = "the view speaks to the person who watches")]

use std::collections::{HashMap, HashSet};
use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// Between two plain lines.
const PLAIN_INTERVAL: Duration = Duration::from_secs(5);

/// Something that happened to a contact, or to a counselor.
#[derive(Clone, Copy)]
pub(super) enum Event<'a> {
    Opened { contact_id: &'a str },
    Answered { contact_id: &'a str },
    Ended { contact_id: &'a str },
    CounselorCame,
    CounselorWent,
}

#[derive(Default)]
struct Counts {
    opened: usize,
    /// By contact, since when.
    waiting: HashMap<String, Instant>,
    longest_queue: usize,
    in_conversation: HashSet<String>,
    counselors: usize,
    ended: usize,
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
    queue: ProgressBar,
    staff: ProgressBar,
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

    pub(super) fn event(&self, event: Event<'_>) {
        let mut counts = self.counts();
        match event {
            Event::Opened { contact_id } => {
                counts.opened += 1;
                counts.waiting.insert(contact_id.to_owned(), Instant::now());
                counts.longest_queue = counts.longest_queue.max(counts.waiting.len());
            }
            Event::Answered { contact_id } => {
                counts.waiting.remove(contact_id);
                counts.in_conversation.insert(contact_id.to_owned());
            }
            Event::Ended { contact_id } => {
                counts.waiting.remove(contact_id);
                counts.in_conversation.remove(contact_id);
                counts.ended += 1;
            }
            Event::CounselorCame => counts.counselors += 1,
            Event::CounselorWent => counts.counselors = counts.counselors.saturating_sub(1),
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
            self.show(&counts);
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
            bars.contacts.set_position(counts.ended as u64);
            bars.queue.set_message(format!(
                "{} waiting, the longest for {:.1} s (at most {} at once)",
                counts.waiting.len(),
                counts.longest_wait(),
                counts.longest_queue
            ));
            bars.staff.set_message(format!(
                "{} counselors on duty, {} in conversation",
                counts.counselors,
                counts.in_conversation.len()
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

impl Counts {
    fn longest_wait(&self) -> f64 {
        self.waiting.values().map(|since| since.elapsed().as_secs_f64()).fold(0.0, f64::max)
    }
}

fn sentence(counts: &Counts) -> String {
    format!(
        "{} opened, {} waiting (longest {:.1} s), {} of {} counselors in conversation, {} ended; \
         {} plans for after, {} still open",
        counts.opened,
        counts.waiting.len(),
        counts.longest_wait(),
        counts.in_conversation.len(),
        counts.counselors,
        counts.ended,
        counts.plans,
        counts.open_plans
    )
}

impl Bars {
    fn new() -> Self {
        let all = MultiProgress::new();
        let style = |template| ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = |template| all.add(ProgressBar::new(0).with_style(style(template)));
        let contacts = bar("{prefix:>9}  [{bar:40}] {pos} of {len} contacts ended");
        let queue = bar("    queue  {msg}");
        let staff = bar("    staff  {msg}");
        let after = bar("    after  {msg}");
        Self { all, contacts, queue, staff, after }
    }
}
