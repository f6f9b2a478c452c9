//! The ladder of pages while a contact waits: one page to the supervisor on call, then one to each other person of the
//! on-call ladder, rung by rung. If the ladder has no other person, the same supervisor is paged twice.
//!
//! # Invariants
//! - A page is acknowledged by the ticket: it has gone to a counselor, left the queue, or gone to the backup line. A
//!   contact that does not wait any more is not paged for.
//! - Each page is due a fixed time after the one before, whether or not that one was delivered: a supervisor who cannot
//!   be reached does not keep the next one from being paged.
//! - Of two due pages to the same person, the later one is sent: after an outage of the receiver each telephone rings
//!   once. Of pages to several people the highest is sent first, and the others after it.
//! - Pages never touch the ticket: the backup line is offered by the length of the wait, whether or not a page was
//!   sent.

use std::time::Duration;

use harborline_types::{Acuity, ContactId, Timestamp, text_enum};

use super::TicketState;

text_enum! {
    /// The outcome of a page.
    pub enum PageOutcome {
        /// The receiver took it.
        Delivered = "page_delivered",
        /// The receiver refused it, or there is none.
        Failed = "page_failed",
        /// The ticket moved on before it was delivered.
        Skipped = "page_skipped",
    }
}

/// After so many refused attempts a page gives way to the next one. A receiver that is being replaced is back by then,
/// a few seconds later.
const ATTEMPTS_BEFORE_NEXT: i32 = 5;
/// The first page of a wait.
pub const FIRST: i16 = 1;
/// The most pages of one wait: as many as a ladder has rungs.
pub const MOST: i16 = 9;

/// The people of a program's pages, and how fast they follow one another.
#[derive(Clone, Copy, Debug)]
pub struct PageLadder {
    /// The number of people: the supervisor on call, and the others on the on-call ladder.
    pub people: usize,
    /// The time after a page until the next one.
    pub again_after: Duration,
}

impl PageLadder {
    /// The last page of a wait.
    fn last(self) -> i16 {
        i16::try_from(self.people).unwrap_or(MOST).clamp(2, MOST)
    }

    /// The number of the person that a page is for, from 0; none without people.
    pub fn person(self, page: i16) -> Option<usize> {
        let top = self.people.checked_sub(1)?;
        Some(usize::try_from(page - FIRST).unwrap_or_default().min(top))
    }
}

/// A wait for which the supervisor was paged, with the outcomes of its pages.
#[derive(Clone, Debug)]
pub struct PagedWait {
    /// The contact that waits.
    pub contact: ContactId,
    /// Where the ticket is now.
    pub state: TicketState,
    /// How urgent it is now.
    pub acuity: Acuity,
    /// When its present wait began. Real time.
    pub waiting_since: Timestamp,
    /// When the first page was due. Real time.
    pub paged_at: Timestamp,
    /// Now, by the same clock.
    pub now: Timestamp,
    /// The outcomes by page.
    pub outcomes: Vec<(i16, PageOutcome)>,
}

/// The next thing to do about a wait's pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextPage {
    /// Send this page.
    Send(i16),
    /// Nothing, until this real instant.
    Wait(Timestamp),
    /// Nothing any more: the due pages are delivered, or the contact does not wait.
    Nothing,
    /// Record this page as skipped: it was not delivered in time and is not needed any more.
    Skip(i16),
    /// Report that the receiver refused all pages of a wait that is over: an operator should see to it.
    Refused,
}

impl PagedWait {
    /// What is to be done now.
    pub fn next(&self, ladder: PageLadder) -> NextPage {
        let due = self.due(ladder);
        if !self.still_waits() {
            return match () {
                () if self.any(PageOutcome::Delivered) || self.any(PageOutcome::Skipped) => NextPage::Nothing,
                () if self.any(PageOutcome::Failed) => NextPage::Refused,
                () => NextPage::Skip(due),
            };
        }
        let is_for_another = |page: i16| page == due || ladder.person(page) != ladder.person(due);
        let undelivered = |page: &i16| is_for_another(*page) && !self.is(*page, PageOutcome::Delivered);
        match (FIRST..=due).rev().find(undelivered) {
            Some(page) => NextPage::Send(page),
            None => self.next_at(ladder).map_or(NextPage::Nothing, NextPage::Wait),
        }
    }

    /// The highest page that is due by now.
    fn due(&self, ladder: PageLadder) -> i16 {
        (FIRST..=ladder.last()).rev().find(|page| self.due_at(*page, ladder) <= self.now).unwrap_or(FIRST)
    }

    /// When the next page is due that is not due yet, if there is one. Real time.
    pub fn next_at(&self, ladder: PageLadder) -> Option<Timestamp> {
        let next = self.due(ladder) + 1;
        (next <= ladder.last()).then(|| self.due_at(next, ladder))
    }

    fn due_at(&self, page: i16, ladder: PageLadder) -> Timestamp {
        self.paged_at + ladder.again_after * u32::try_from(page - FIRST).unwrap_or_default()
    }

    /// The instant at which the next page is due, if a page was refused so often that it gives way to that one.
    pub fn gives_way(&self, ladder: PageLadder, attempt: i32) -> Option<Timestamp> {
        self.next_at(ladder).filter(|_| attempt >= ATTEMPTS_BEFORE_NEXT)
    }

    /// How long the contact has waited.
    pub fn waited(&self) -> Duration {
        (self.now - self.waiting_since).to_std().unwrap_or_default()
    }

    /// Whether the wait that was paged for goes on. The loss of a counselor begins another wait, with pages of its own.
    fn still_waits(&self) -> bool {
        matches!(self.state, TicketState::Queued | TicketState::Offered) && self.waiting_since <= self.paged_at
    }

    fn is(&self, page: i16, outcome: PageOutcome) -> bool {
        self.outcomes.contains(&(page, outcome))
    }

    fn any(&self, outcome: PageOutcome) -> bool {
        self.outcomes.iter().any(|(_, became)| *became == outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::PageOutcome::{Delivered, Failed, Skipped};
    use super::*;

    const AGAIN: Duration = Duration::from_secs(15);

    fn of(people: usize) -> PageLadder {
        PageLadder { people, again_after: AGAIN }
    }

    fn after(pages: u32) -> Timestamp {
        Timestamp::UNIX_EPOCH + AGAIN * pages
    }

    /// A wait of which so many seconds have passed since the page was due.
    fn wait(state: TicketState, seconds: u64, outcomes: &[(i16, PageOutcome)]) -> PagedWait {
        let paged_at = Timestamp::UNIX_EPOCH;
        PagedWait {
            contact: ContactId::new(),
            state,
            acuity: Acuity::Emergency,
            waiting_since: paged_at - Duration::from_secs(30),
            paged_at,
            now: paged_at + Duration::from_secs(seconds),
            outcomes: outcomes.to_vec(),
        }
    }

    #[test]
    fn while_nobody_takes_the_contact_there_are_two_pages_to_the_only_supervisor() {
        for (state, people) in [(TicketState::Queued, 0), (TicketState::Offered, 1)] {
            let next = |seconds, outcomes: &[_]| wait(state, seconds, outcomes).next(of(people));
            assert_eq!(next(0, &[]), NextPage::Send(1));
            assert_eq!(next(1, &[(1, Failed)]), NextPage::Send(1));
            assert_eq!(next(1, &[(1, Delivered)]), NextPage::Wait(after(1)));
            assert_eq!(next(15, &[(1, Delivered)]), NextPage::Send(2));
            assert_eq!(next(99, &[(1, Delivered), (2, Delivered)]), NextPage::Nothing);
        }
    }

    #[test]
    fn the_ladder_is_climbed_rung_by_rung_while_nobody_takes_the_contact() {
        let next = |seconds, outcomes: &[_]| wait(TicketState::Queued, seconds, outcomes).next(of(3));
        assert_eq!(next(0, &[]), NextPage::Send(1));
        assert_eq!(next(14, &[(1, Delivered)]), NextPage::Wait(after(1)));
        assert_eq!(next(15, &[(1, Delivered)]), NextPage::Send(2));
        assert_eq!(next(29, &[(1, Delivered), (2, Delivered)]), NextPage::Wait(after(2)));
        assert_eq!(next(30, &[(1, Delivered), (2, Delivered)]), NextPage::Send(3));
        assert_eq!(next(99, &[(1, Delivered), (2, Delivered), (3, Delivered)]), NextPage::Nothing);
        assert_eq!([1, 2, 3, 4].map(|page| of(3).person(page)), [Some(0), Some(1), Some(2), Some(2)]);
        assert_eq!((of(1).person(2), of(0).person(1)), (Some(0), None));
        let delivered: Vec<_> = (1..=MOST).map(|page| (page, Delivered)).collect();
        assert_eq!(wait(TicketState::Queued, 999, &delivered).next(of(40)), NextPage::Nothing, "nine at most");
    }

    #[test]
    fn a_supervisor_who_cannot_be_reached_does_not_keep_the_next_rung_from_being_paged() {
        let next = |outcomes: &[_]| wait(TicketState::Queued, 15, outcomes).next(of(2));
        assert_eq!(next(&[(1, Failed)]), NextPage::Send(2));
        assert_eq!(next(&[(1, Failed), (2, Delivered)]), NextPage::Send(1), "and the first one is tried again");
    }

    #[test]
    fn after_an_outage_of_the_receiver_each_telephone_rings_once() {
        let next = |people, outcomes: &[_]| wait(TicketState::Queued, 20, outcomes).next(of(people));
        assert_eq!(next(1, &[]), NextPage::Send(2));
        assert_eq!(next(1, &[(2, Delivered)]), NextPage::Nothing);
        assert_eq!(next(2, &[]), NextPage::Send(2));
        assert_eq!(next(2, &[(2, Delivered)]), NextPage::Send(1));
        assert_eq!(next(2, &[(2, Delivered), (1, Delivered)]), NextPage::Nothing);
    }

    #[test]
    fn a_contact_that_does_not_wait_any_more_is_not_paged_for() {
        use TicketState::{Assigned, HandedOff, Released, Withdrawn};
        for state in [Assigned, Released, Withdrawn, HandedOff] {
            let next = |outcomes: &[_]| wait(state, 20, outcomes).next(of(1));
            assert_eq!(next(&[]), NextPage::Skip(2));
            assert_eq!(next(&[(1, Delivered)]), NextPage::Nothing);
            assert_eq!(next(&[(2, Skipped)]), NextPage::Nothing);
            assert_eq!(next(&[(1, Failed)]), NextPage::Refused);
            assert_eq!(next(&[(1, Failed), (2, Delivered)]), NextPage::Nothing);
        }
    }

    #[test]
    fn a_new_wait_after_a_lost_counselor_is_not_the_one_that_was_paged_for() {
        let again = PagedWait { waiting_since: Timestamp::UNIX_EPOCH + AGAIN, ..wait(TicketState::Queued, 20, &[]) };
        assert_eq!(again.next(of(1)), NextPage::Skip(2));
    }

    #[test]
    fn a_refused_page_gives_way_to_the_next_and_the_last_one_does_not() {
        let first = wait(TicketState::Queued, 3, &[(1, Failed)]);
        assert_eq!([4, 5].map(|attempt| first.gives_way(of(2), attempt)), [None, Some(after(1))]);
        assert_eq!(wait(TicketState::Queued, 15, &[]).gives_way(of(2), 99), None);
        assert_eq!(wait(TicketState::Queued, 15, &[]).gives_way(of(3), 99), Some(after(2)));
    }
}
