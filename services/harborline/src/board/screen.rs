//! What is to be seen, folded from what arrived.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use harborline_proto::availability::v1::{self as pb, Activity};
use harborline_types::wire::instant;
use tokio::time::Instant;

use super::watch::News;

/// After this time without a message a board is old: there is one every 5 seconds.
const OLD_AFTER: Duration = Duration::from_secs(15);

/// The board as far as it is known.
#[derive(Default)]
pub struct Screen {
    board: Option<Seen>,
    /// Why there is no stream now.
    broken: Option<String>,
    /// The first row of counselors that is shown, and how many fit.
    pub(super) first_row: usize,
    pub(super) rows: usize,
    pub(super) most_rows: usize,
}

/// A board that arrived.
struct Seen {
    at: DateTime<Utc>,
    arrived: Instant,
    message: pb::WatchBoardResponse,
    counselors: BTreeMap<String, pb::BoardCounselor>,
}

/// Whether what is shown is so now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Freshness {
    /// Nothing has arrived yet.
    Nothing(String),
    /// So it is.
    Live,
    /// So it was, this long ago.
    Old(Duration, String),
}

impl Screen {
    /// Takes in what happened on the stream.
    pub fn take(&mut self, news: News) {
        match news {
            News::Broken(why) => self.broken = Some(why),
            News::Message(message) => {
                self.broken = None;
                self.fold(*message, Instant::now());
            }
        }
    }

    pub(super) fn fold(&mut self, mut message: pb::WatchBoardResponse, arrived: Instant) {
        let known = self.board.take().filter(|_| !message.snapshot);
        let mut counselors = known.map(|known| known.counselors).unwrap_or_default();
        for gone in &message.off_duty_counselor_ids {
            counselors.remove(gone);
        }
        for counselor in std::mem::take(&mut message.counselors) {
            counselors.insert(counselor.counselor_id.clone(), counselor);
        }
        let at = message.at.as_ref().and_then(instant).unwrap_or_default();
        self.board = Some(Seen { at, arrived, message, counselors });
    }

    /// Whether a board has arrived.
    pub fn has_board(&self) -> bool {
        self.board.is_some()
    }

    /// What is in the way, in a few words.
    pub fn trouble(&self) -> &str {
        self.broken.as_deref().unwrap_or("nothing arrived")
    }

    /// Whether what is shown is so now.
    pub(super) fn freshness(&self) -> Freshness {
        let Some(seen) = &self.board else { return Freshness::Nothing(self.broken.clone().unwrap_or_default()) };
        let age = seen.arrived.elapsed();
        match &self.broken {
            Some(why) => Freshness::Old(age, why.clone()),
            None if age > OLD_AFTER => Freshness::Old(age, "nothing is heard".to_owned()),
            None => Freshness::Live,
        }
    }

    /// Now, by the database's clock.
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.board.as_ref().map_or_else(Utc::now, |seen| seen.at + seen.arrived.elapsed())
    }

    /// How long ago an instant was.
    pub(super) fn ago(&self, at: Option<&prost_types::Timestamp>) -> Option<Duration> {
        Some((self.now() - at.and_then(instant)?).to_std().unwrap_or_default())
    }

    /// The newest message.
    pub(super) fn message(&self) -> Option<&pb::WatchBoardResponse> {
        self.board.as_ref().map(|seen| &seen.message)
    }

    /// Who is on duty: who is free first, then by name.
    pub(super) fn counselors(&self) -> Vec<&pb::BoardCounselor> {
        let mut counselors: Vec<_> = self.board.iter().flat_map(|seen| seen.counselors.values()).collect();
        counselors.sort_by_key(|counselor| (counselor.activity, &counselor.name, &counselor.counselor_id));
        counselors
    }

    /// How many do what, in the order of the contract.
    pub(super) fn activities(&self) -> Vec<(Activity, i64)> {
        let counts = self.message().map(|message| message.activities.as_slice()).unwrap_or_default();
        counts.iter().map(|count| (count.activity(), count.counselors)).collect()
    }

    /// Scrolls the counselors by rows.
    pub fn scroll(&mut self, rows: isize) {
        let last = self.most_rows.saturating_sub(self.rows);
        self.first_row = self.first_row.saturating_add_signed(rows).min(last);
    }

    /// Scrolls the counselors by what is seen at once.
    pub fn scroll_pages(&mut self, pages: isize) {
        let rows = isize::try_from(self.rows.max(1)).unwrap_or(1);
        self.scroll(pages * rows);
    }

    /// Back to the first counselor.
    pub fn scroll_to_top(&mut self) {
        self.first_row = 0;
    }
}
