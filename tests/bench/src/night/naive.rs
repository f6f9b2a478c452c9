//! Two policies to compare with, written as plainly as can be and apart from the product: every decision looks at
//! everybody who waits and at everybody on duty.

use std::time::Duration;

use anyhow::Context;

use super::cast::{At, Cast};
use super::engine::{Deed, Dispatcher, News, Told};

/// Offers in a row without an answer before a break, and steps of widening before somebody silent is asked again.
const SILENT_OFFERS: u32 = 2;
const ASK_AGAIN: usize = 3;

/// Who goes first, and who is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// The riskiest, then the longest wait; by a counselor with nothing urgent in hand, the least loaded, then the
    /// least flexible. The reference of PERFORMANCE.md.
    RiskiestFirst,
    /// The longest wait, whatever the risk; by whoever is idle longest.
    FirstCome,
}

#[derive(Clone, Debug, Default)]
struct Seat {
    on_duty: bool,
    leaving: bool,
    on_break: bool,
    silent: u32,
    idle_since: At,
    held: Vec<usize>,
}

#[derive(Clone, Debug)]
struct Asked {
    caller: usize,
    counselor: usize,
    until: At,
}

/// A policy that looks at everything, always.
pub(crate) struct Naive<'a> {
    cast: &'a Cast,
    order: Order,
    seats: Vec<Seat>,
    waiting: Vec<usize>,
    asked: Vec<Asked>,
    /// Who refused or missed whom: caller, counselor, whether it was a refusal.
    refused: Vec<(usize, usize, bool)>,
}

impl<'a> Naive<'a> {
    pub(crate) fn open(cast: &'a Cast, order: Order) -> Self {
        let seats = vec![Seat::default(); cast.counselors.len()];
        Self { cast, order, seats, waiting: vec![], asked: vec![], refused: vec![] }
    }

    fn note(&mut self, now: At, deed: Deed) -> anyhow::Result<()> {
        match deed {
            Deed::ComesOnDuty(counselor) => {
                self.seats[counselor] = Seat { on_duty: true, idle_since: now, ..Seat::default() }
            }
            Deed::Leaves(counselor) => self.seats[counselor].leaving = true,
            Deed::ComesBack(counselor) => self.seats[counselor].on_break = false,
            Deed::Arrives(caller) => self.waiting.push(caller),
            Deed::GivesUp(caller) => {
                self.waiting.retain(|waiting| *waiting != caller);
                self.take_back(now, caller);
            }
            Deed::Accepts(caller) => {
                let at = self.asked.iter().position(|asked| asked.caller == caller).context("nobody is asked")?;
                let asked = self.asked.remove(at);
                self.seats[asked.counselor].silent = 0;
            }
            Deed::Declines(caller) => {
                let counselor = self.take_back(now, caller).context("nobody is asked")?;
                self.seats[counselor].silent = 0;
                self.refused.push((caller, counselor, true));
                self.waiting.push(caller);
            }
            Deed::WrapsUp(caller) => self.free(now, caller),
            Deed::Ends(_) | Deed::Nothing => {}
        }
        Ok(())
    }

    fn take_back(&mut self, now: At, caller: usize) -> Option<usize> {
        let at = self.asked.iter().position(|asked| asked.caller == caller)?;
        self.free(now, caller);
        Some(self.asked.remove(at).counselor)
    }

    fn free(&mut self, now: At, caller: usize) {
        for seat in self.seats.iter_mut().filter(|seat| seat.held.contains(&caller)) {
            seat.held.retain(|held| *held != caller);
            seat.idle_since = now;
        }
    }

    fn run_out(&mut self, now: At, news: &mut Vec<News>) {
        let over: Vec<Asked> = self.asked.iter().filter(|asked| asked.until <= now).cloned().collect();
        for Asked { caller, counselor, .. } in over {
            self.take_back(now, caller);
            self.refused.push((caller, counselor, false));
            self.waiting.push(caller);
            news.push(News::RanOut(caller));
            self.seats[counselor].silent += 1;
            if self.seats[counselor].silent >= SILENT_OFFERS {
                self.seats[counselor].silent = 0;
                self.seats[counselor].on_break = true;
                news.push(News::OnBreak(counselor));
            }
        }
    }

    fn go_home(&mut self, news: &mut Vec<News>) {
        for (counselor, seat) in self.seats.iter_mut().enumerate() {
            if seat.on_duty && seat.leaving && seat.held.is_empty() {
                seat.on_duty = false;
                news.push(News::OffDuty(counselor));
            }
        }
    }

    fn ask(&mut self, now: At, news: &mut Vec<News>) {
        let mut queue = self.waiting.clone();
        match self.order {
            Order::RiskiestFirst => queue.sort_by_key(|caller| self.cast.place(*caller)),
            Order::FirstCome => queue.sort_unstable(),
        }
        for caller in queue {
            let able = (0..self.seats.len()).filter(|counselor| self.could_take(caller, *counselor, now));
            let best = match self.order {
                Order::RiskiestFirst => able.min_by_key(|counselor| {
                    let load = self.seats[*counselor].held.len() * 840
                        / self.cast.counselors[*counselor].capacity.max(1) as usize;
                    (
                        self.has_urgent_in_hand(*counselor),
                        load,
                        self.could_do(*counselor),
                        self.seats[*counselor].idle_since,
                    )
                }),
                Order::FirstCome => able.min_by_key(|counselor| self.seats[*counselor].idle_since),
            };
            let Some(counselor) = best else { continue };
            self.waiting.retain(|waiting| *waiting != caller);
            self.seats[counselor].held.push(caller);
            let until = now + self.cast.rules.timeout(self.cast.callers[caller].acuity);
            self.asked.push(Asked { caller, counselor, until });
            news.push(News::Asked { caller, counselor });
        }
    }

    fn could_take(&self, caller: usize, counselor: usize, now: At) -> bool {
        let (seat, waited) = (&self.seats[counselor], now - self.cast.callers[caller].arrives);
        let again = self.cast.rules.widened(waited) >= ASK_AGAIN;
        let refused =
            self.refused.iter().any(|(by, who, ever)| *by == caller && *who == counselor && (*ever || !again));
        let too_early = self.cast.rules.widened(waited) == 0 && self.has_urgent_in_hand(counselor);
        let whole = seat.held.iter().any(|held| self.cast.is_exclusive(*held));
        seat.on_duty
            && !seat.leaving
            && !seat.on_break
            && !refused
            && !too_early
            && self.cast.has_room(counselor, caller, seat.held.len(), whole)
            && self.cast.fits(caller, counselor, waited)
    }

    fn has_urgent_in_hand(&self, counselor: usize) -> bool {
        self.seats[counselor].held.iter().any(|held| self.cast.callers[*held].acuity.is_urgent())
    }

    /// How much a counselor could do: the fewer, the sooner they are asked.
    fn could_do(&self, counselor: usize) -> usize {
        let counselor = &self.cast.counselors[counselor];
        counselor.languages.len()
            + counselor.licenses.len()
            + counselor.skills.len()
            + counselor.channels.len()
            + counselor.kind as usize
    }

    fn hand_off(&mut self, now: At, news: &mut Vec<News>) {
        let cast = self.cast;
        let late = |caller: &usize| now - cast.callers[*caller].arrives >= cast.rules.backup_after;
        news.extend(self.waiting.iter().copied().filter(late).map(News::HandedOff));
        self.waiting.retain(|caller| !late(caller));
    }

    /// When something runs out or is given up next.
    fn next(&self, now: At) -> Option<At> {
        let rules = &self.cast.rules;
        let steps: Vec<Duration> = rules.widen_after.iter().copied().chain([rules.backup_after]).collect();
        let waits = self.waiting.iter().flat_map(|caller| {
            let arrived = self.cast.callers[*caller].arrives;
            steps.iter().map(move |step| arrived + *step)
        });
        waits.chain(self.asked.iter().map(|asked| asked.until)).filter(|at| *at > now).min()
    }
}

impl Dispatcher for Naive<'_> {
    fn act(&mut self, now: At, deed: Deed) -> anyhow::Result<Told> {
        let mut news = Vec::new();
        self.note(now, deed)?;
        self.run_out(now, &mut news);
        self.go_home(&mut news);
        self.ask(now, &mut news);
        self.hand_off(now, &mut news);
        Ok(Told { next: self.next(now), news })
    }
}
