//! The ladder of pages while a contact waits: a page, a second one, and then it is for the backup line.
//!
//! # Invariants
//! - A page is acknowledged by its ticket having moved: to a counselor, out of the queue, to the backup line. Nobody is
//!   paged for who does not wait any more.
//! - Of two pages that are due, the later one is sent: after an outage of the receiver a telephone rings once.
//! - What the ladder does never touches the ticket: the backup line takes it when its wait says so, paged or not.

use std::time::Duration;

use harborline_types::{Acuity, ContactId, Timestamp, text_enum};

use super::TicketState;

text_enum! {
    /// What became of a page.
    pub enum PageOutcome {
        /// The receiver took it.
        Delivered = "page_delivered",
        /// The receiver refused it, or there is none.
        Failed = "page_failed",
        /// The ticket moved on before it was delivered.
        Skipped = "page_skipped",
    }
}

/// Attempts after which a first page that is refused gives way to the second: in a few seconds a receiver that is being
/// replaced is back.
const ATTEMPTS_BEFORE_SECOND: i32 = 5;
/// The first page of a wait.
pub const FIRST: i16 = 1;
/// The last.
pub const SECOND: i16 = 2;

/// A wait for which the supervisor was paged, with what became of the pages.
#[derive(Clone, Debug)]
pub struct PagedWait {
    /// Who waits.
    pub contact: ContactId,
    /// Where the ticket is now.
    pub state: TicketState,
    /// How urgent it is now.
    pub acuity: Acuity,
    /// When its present wait began. Real time.
    pub waiting_since: Timestamp,
    /// When it was time to page. Real time.
    pub paged_at: Timestamp,
    /// Now, by the same clock.
    pub now: Timestamp,
    /// What became of which page.
    pub outcomes: Vec<(i16, PageOutcome)>,
}

/// What is to be done about a wait's pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextPage {
    /// This one is due.
    Send(i16),
    /// Nothing, until this real instant.
    Wait(Timestamp),
    /// Nothing any more: what was due is delivered, or nobody waits.
    Nothing,
    /// This one was not delivered in time, and is not needed any more.
    Skip(i16),
    /// None was delivered, the receiver refused, and none is needed any more: somebody should look.
    Refused,
}

impl PagedWait {
    /// What is to be done now, if a second page follows after this time.
    pub fn next(&self, again_after: Duration) -> NextPage {
        let due_again = self.due_again(again_after);
        let due = if self.now >= due_again { SECOND } else { FIRST };
        match (self.still_waits(), self.is(due, PageOutcome::Delivered)) {
            (true, false) => NextPage::Send(due),
            (true, true) if due == FIRST => NextPage::Wait(due_again),
            (true, true) => NextPage::Nothing,
            (false, _) if self.any(PageOutcome::Delivered) || self.any(PageOutcome::Skipped) => NextPage::Nothing,
            (false, _) if self.any(PageOutcome::Failed) => NextPage::Refused,
            (false, _) => NextPage::Skip(due),
        }
    }

    /// Whether a first page that was refused is left for the second.
    pub fn gives_way(page: i16, attempt: i32) -> bool {
        page == FIRST && attempt >= ATTEMPTS_BEFORE_SECOND
    }

    /// When the second page is due. Real time.
    pub fn due_again(&self, again_after: Duration) -> Timestamp {
        self.paged_at + again_after
    }

    /// How long the contact has waited.
    pub fn waited(&self) -> Duration {
        (self.now - self.waiting_since).to_std().unwrap_or_default()
    }

    /// Whether the wait that was paged for is still on. A counselor who was lost begins another, with pages of its own.
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
    fn while_nobody_takes_the_contact_there_are_two_pages() {
        for state in [TicketState::Queued, TicketState::Offered] {
            let next = |seconds, outcomes: &[_]| wait(state, seconds, outcomes).next(AGAIN);
            assert_eq!(next(0, &[]), NextPage::Send(FIRST));
            assert_eq!(next(1, &[(FIRST, Failed)]), NextPage::Send(FIRST));
            assert_eq!(next(1, &[(FIRST, Delivered)]), NextPage::Wait(Timestamp::UNIX_EPOCH + AGAIN));
            assert_eq!(next(15, &[(FIRST, Delivered)]), NextPage::Send(SECOND));
            assert_eq!(next(99, &[(FIRST, Delivered), (SECOND, Delivered)]), NextPage::Nothing);
        }
    }

    #[test]
    fn after_an_outage_of_the_receiver_one_page_is_sent_and_not_two() {
        assert_eq!(wait(TicketState::Queued, 20, &[]).next(AGAIN), NextPage::Send(SECOND));
        assert_eq!(wait(TicketState::Queued, 20, &[(SECOND, Delivered)]).next(AGAIN), NextPage::Nothing);
    }

    #[test]
    fn nobody_is_paged_for_who_does_not_wait_any_more() {
        use TicketState::{Assigned, HandedOff, Released, Withdrawn};
        for state in [Assigned, Released, Withdrawn, HandedOff] {
            let next = |outcomes: &[_]| wait(state, 20, outcomes).next(AGAIN);
            assert_eq!(next(&[]), NextPage::Skip(SECOND));
            assert_eq!(next(&[(FIRST, Delivered)]), NextPage::Nothing);
            assert_eq!(next(&[(SECOND, Skipped)]), NextPage::Nothing);
            assert_eq!(next(&[(FIRST, Failed)]), NextPage::Refused);
            assert_eq!(next(&[(FIRST, Failed), (SECOND, Delivered)]), NextPage::Nothing);
        }
    }

    #[test]
    fn a_new_wait_after_a_lost_counselor_is_not_the_one_that_was_paged_for() {
        let again = PagedWait { waiting_since: Timestamp::UNIX_EPOCH + AGAIN, ..wait(TicketState::Queued, 20, &[]) };
        assert_eq!(again.next(AGAIN), NextPage::Skip(SECOND));
    }

    #[test]
    fn a_refused_first_page_gives_way_and_a_second_one_does_not() {
        assert!(!PagedWait::gives_way(FIRST, 4) && PagedWait::gives_way(FIRST, 5) && !PagedWait::gives_way(SECOND, 99));
    }
}
