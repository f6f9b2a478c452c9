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
    desk: usize,
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
        let seats = vec![Seat::default(); cast.desks.len()];
        Self { cast, order, seats, waiting: vec![], asked: vec![], refused: vec![] }
    }

    fn note(&mut self, now: At, deed: Deed) -> anyhow::Result<()> {
        match deed {
            Deed::SitsDown(desk) => self.seats[desk] = Seat { on_duty: true, idle_since: now, ..Seat::default() },
            Deed::Leaves(desk) => self.seats[desk].leaving = true,
            Deed::ComesBack(desk) => self.seats[desk].on_break = false,
            Deed::Arrives(caller) => self.waiting.push(caller),
            Deed::GivesUp(caller) => {
                self.waiting.retain(|waiting| *waiting != caller);
                self.take_back(now, caller);
            }
            Deed::Accepts(caller) => {
                let at = self.asked.iter().position(|asked| asked.caller == caller).context("nobody is asked")?;
                let asked = self.asked.remove(at);
                self.seats[asked.desk].silent = 0;
            }
            Deed::Declines(caller) => {
                let desk = self.take_back(now, caller).context("nobody is asked")?;
                self.seats[desk].silent = 0;
                self.refused.push((caller, desk, true));
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
        Some(self.asked.remove(at).desk)
    }

    fn free(&mut self, now: At, caller: usize) {
        for seat in self.seats.iter_mut().filter(|seat| seat.held.contains(&caller)) {
            seat.held.retain(|held| *held != caller);
            seat.idle_since = now;
        }
    }

    fn run_out(&mut self, now: At, news: &mut Vec<News>) {
        let over: Vec<Asked> = self.asked.iter().filter(|asked| asked.until <= now).cloned().collect();
        for Asked { caller, desk, .. } in over {
            self.take_back(now, caller);
            self.refused.push((caller, desk, false));
            self.waiting.push(caller);
            news.push(News::RanOut(caller));
            self.seats[desk].silent += 1;
            if self.seats[desk].silent >= SILENT_OFFERS {
                self.seats[desk].silent = 0;
                self.seats[desk].on_break = true;
                news.push(News::OnBreak(desk));
            }
        }
    }

    fn go_home(&mut self, news: &mut Vec<News>) {
        for (desk, seat) in self.seats.iter_mut().enumerate() {
            if seat.on_duty && seat.leaving && seat.held.is_empty() {
                seat.on_duty = false;
                news.push(News::OffDuty(desk));
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
            let able = (0..self.seats.len()).filter(|desk| self.could_take(caller, *desk, now));
            let best = match self.order {
                Order::RiskiestFirst => able.min_by_key(|desk| {
                    let load = self.seats[*desk].held.len() * 840 / self.cast.desks[*desk].capacity.max(1) as usize;
                    (self.has_urgent_in_hand(*desk), load, self.could_do(*desk), self.seats[*desk].idle_since)
                }),
                Order::FirstCome => able.min_by_key(|desk| self.seats[*desk].idle_since),
            };
            let Some(desk) = best else { continue };
            self.waiting.retain(|waiting| *waiting != caller);
            self.seats[desk].held.push(caller);
            let until = now + self.cast.rules.timeout(self.cast.callers[caller].acuity);
            self.asked.push(Asked { caller, desk, until });
            news.push(News::Asked { caller, desk });
        }
    }

    fn could_take(&self, caller: usize, desk: usize, now: At) -> bool {
        let (seat, waited) = (&self.seats[desk], now - self.cast.callers[caller].arrives);
        let again = self.cast.rules.widened(waited) >= ASK_AGAIN;
        let refused = self.refused.iter().any(|(by, who, ever)| *by == caller && *who == desk && (*ever || !again));
        let too_early = self.cast.rules.widened(waited) == 0 && self.has_urgent_in_hand(desk);
        let whole = seat.held.iter().any(|held| self.cast.is_exclusive(*held));
        seat.on_duty
            && !seat.leaving
            && !seat.on_break
            && !refused
            && !too_early
            && self.cast.has_room(desk, caller, seat.held.len(), whole)
            && self.cast.fits(caller, desk, waited)
    }

    fn has_urgent_in_hand(&self, desk: usize) -> bool {
        self.seats[desk].held.iter().any(|held| self.cast.callers[*held].acuity.is_urgent())
    }

    /// How much a counselor could do: the fewer, the sooner they are asked.
    fn could_do(&self, desk: usize) -> usize {
        let desk = &self.cast.desks[desk];
        desk.languages.len() + desk.licenses.len() + desk.skills.len() + desk.channels.len() + desk.kind as usize
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
