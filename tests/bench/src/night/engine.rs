//! A night, event by event, in virtual time: who arrives, who answers, who leaves.
//!
//! # Invariants
//! - The same cast and policy give the same night: events of one instant come in the order in which they were planned.
//! - The engine keeps its own books of who waits and who holds whom, and asks a policy for nothing but its decisions;
//!   a decision that the books do not allow ends the run.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use anyhow::ensure;

use super::books::{End, Night, Stand};
use super::cast::{At, Cast};
use super::watch;
use crate::chance::Chance;

/// Something that happens. Callers and counselors go by their number in the cast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Deed {
    /// A counselor comes on duty.
    ComesOnDuty(usize),
    /// A counselor's shift ends; what is in hand is still done.
    Leaves(usize),
    /// A counselor's break is over.
    ComesBack(usize),
    Arrives(usize),
    /// A caller loses patience.
    GivesUp(usize),
    /// The counselor who is asked for this caller takes the call.
    Accepts(usize),
    /// The counselor who is asked for this caller gives the offer back.
    Declines(usize),
    /// The conversation is over.
    Ends(usize),
    WrapsUp(usize),
    /// Time has passed.
    Nothing,
}

/// What a policy decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// A counselor is asked for a caller.
    Asked {
        caller: usize,
        counselor: usize,
    },
    /// The offer for this caller ran out.
    RanOut(usize),
    /// The backup line has this caller.
    HandedOff(usize),
    /// A counselor was put on break after silence.
    OnBreak(usize),
    OffDuty(usize),
}

/// A policy's answer to a deed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    /// What ran out and who went counts before the rest, which is in the order of the decisions.
    pub(crate) news: Vec<News>,
    /// When it wants to be called again, if nothing happens before.
    pub(crate) next: Option<At>,
}

/// A policy at work.
pub(crate) trait Dispatcher {
    /// Takes note of what happened, and decides.
    fn act(&mut self, now: At, deed: Deed) -> anyhow::Result<Told>;
}

type Planned = Reverse<(At, u64, Deed, u64)>;

struct Engine<'a> {
    cast: &'a Cast,
    night: Night,
    agenda: BinaryHeap<Planned>,
    planned: u64,
    alarm: Option<At>,
}

/// Plays a night. With `watched`, P3 is checked after every event.
///
/// # Errors
/// When a policy decides what the books do not allow, or somebody is lost.
pub(crate) fn play(cast: &Cast, policy: &mut impl Dispatcher, watched: bool) -> anyhow::Result<Night> {
    let mut engine = Engine { cast, night: Night::before(cast), agenda: BinaryHeap::new(), planned: 0, alarm: None };
    for (number, counselor) in cast.counselors.iter().enumerate() {
        engine.plan(counselor.from, Deed::ComesOnDuty(number), 0);
        engine.plan(counselor.until, Deed::Leaves(number), 0);
    }
    for (number, caller) in cast.callers.iter().enumerate() {
        engine.plan(caller.arrives, Deed::Arrives(number), 0);
    }
    while let Some((now, deed)) = engine.next() {
        if engine.note(now, deed)? {
            let told = policy.act(now, deed)?;
            engine.hear_all(now, &told.news, watched)?;
            engine.alarm = told.next;
        }
    }
    let lost = engine.night.cases.iter().filter(|case| case.end.is_none()).count();
    ensure!(lost == 0, "{lost} callers are lost");
    Ok(engine.night)
}

impl Engine<'_> {
    fn plan(&mut self, at: At, deed: Deed, ask: u64) {
        self.planned += 1;
        self.agenda.push(Reverse((at, self.planned, deed, ask)));
    }

    /// The next thing that happens: what is planned and still holds, or the policy's own alarm.
    fn next(&mut self) -> Option<(At, Deed)> {
        loop {
            let planned = self.agenda.peek().map(|Reverse((at, ..))| *at);
            if let Some(alarm) = self.alarm.filter(|alarm| planned.is_none_or(|at| *alarm < at)) {
                self.alarm = None;
                return Some((alarm, Deed::Nothing));
            }
            let Reverse((at, _, deed, ask)) = self.agenda.pop()?;
            if self.still_holds(deed, ask) {
                return Some((at, deed));
            }
        }
    }

    /// An answer to an offer that ran out is not given; who has been answered does not give up.
    fn still_holds(&self, deed: Deed, ask: u64) -> bool {
        match deed {
            Deed::Accepts(caller) | Deed::Declines(caller) => {
                let case = &self.night.cases[caller];
                matches!(case.stand, Stand::Asked(_)) && case.asks == ask
            }
            Deed::GivesUp(caller) => matches!(self.night.cases[caller].stand, Stand::Waits | Stand::Asked(_)),
            _ => true,
        }
    }

    /// Writes down what happens. False when the policy need not know.
    fn note(&mut self, now: At, deed: Deed) -> anyhow::Result<bool> {
        match deed {
            Deed::ComesOnDuty(counselor) => self.night.seats[counselor].on_duty = true,
            Deed::Leaves(counselor) => self.night.seats[counselor].leaving = true,
            Deed::ComesBack(counselor) => {
                let seat = &mut self.night.seats[counselor];
                seat.on_break = false;
                return Ok(seat.on_duty);
            }
            Deed::Arrives(caller) => {
                self.night.cases[caller].stand = Stand::Waits;
                self.night.queue += 1;
                self.night.longest_queue = self.night.longest_queue.max(self.night.queue);
                self.plan(now + self.cast.callers[caller].patience, Deed::GivesUp(caller), 0);
            }
            Deed::GivesUp(caller) => {
                self.let_go(caller);
                self.end(now, caller, End::Left);
            }
            Deed::Accepts(caller) => {
                let Stand::Asked(counselor) = self.night.cases[caller].stand else { anyhow::bail!("nobody is asked") };
                self.end(now, caller, End::Answered);
                self.night.cases[caller].stand = Stand::Talks(counselor);
                self.plan(now + self.cast.callers[caller].talk, Deed::Ends(caller), 0);
            }
            Deed::Declines(caller) => {
                let counselor = self.let_go(caller);
                self.night.cases[caller].declined.extend(counselor);
            }
            Deed::Ends(caller) => {
                let Stand::Talks(counselor) = self.night.cases[caller].stand else { anyhow::bail!("nobody talks") };
                self.night.cases[caller].stand = Stand::WrapUp(counselor);
                self.plan(now + self.cast.callers[caller].wrap_up, Deed::WrapsUp(caller), 0);
            }
            Deed::WrapsUp(caller) => {
                self.let_go(caller);
                self.night.cases[caller].stand = Stand::Gone;
            }
            Deed::Nothing => {}
        }
        Ok(true)
    }

    /// Frees the counselor whom a caller holds.
    fn let_go(&mut self, caller: usize) -> Option<usize> {
        let case = &mut self.night.cases[caller];
        let (Stand::Asked(counselor) | Stand::Talks(counselor) | Stand::WrapUp(counselor)) = case.stand else {
            return None;
        };
        case.stand = Stand::Waits;
        self.night.seats[counselor].held.retain(|held| *held != caller);
        Some(counselor)
    }

    fn end(&mut self, now: At, caller: usize, end: End) {
        let case = &mut self.night.cases[caller];
        case.stand = Stand::Gone;
        case.end = Some((end, now - self.cast.callers[caller].arrives));
        self.night.queue -= 1;
    }

    /// Writes down everything that was decided at once.
    fn hear_all(&mut self, now: At, news: &[News], watched: bool) -> anyhow::Result<()> {
        let decides = |news: &News| matches!(news, News::Asked { .. } | News::HandedOff(_));
        let (decided, before): (Vec<News>, Vec<News>) = news.iter().copied().partition(decides);
        before.into_iter().try_for_each(|news| self.hear(now, news))?;
        for news in decided {
            if let News::Asked { caller, counselor } = news
                && watched
            {
                watch::order(self.cast, &self.night, caller, counselor, now)?;
            }
            self.hear(now, news)?;
        }
        if watched { watch::nobody_waits_in_vain(self.cast, &self.night, now) } else { Ok(()) }
    }

    /// Writes down what was decided, and plans what follows from it.
    fn hear(&mut self, now: At, news: News) -> anyhow::Result<()> {
        match news {
            News::Asked { caller, counselor } => {
                watch::may_be_asked(self.cast, &self.night, caller, counselor, now)?;
                let case = &mut self.night.cases[caller];
                case.stand = Stand::Asked(counselor);
                case.asks += 1;
                case.offered.get_or_insert(now - self.cast.callers[caller].arrives);
                self.night.seats[counselor].held.push(caller);
                self.answer(now, caller);
            }
            News::RanOut(caller) => {
                let counselor = self.let_go(caller);
                ensure!(counselor.is_some(), "no offer ran out");
                self.night.cases[caller].silent.extend(counselor);
            }
            News::HandedOff(caller) => {
                ensure!(self.night.cases[caller].stand == Stand::Waits, "who does not wait is handed off");
                self.end(now, caller, End::HandedOff);
            }
            News::OnBreak(counselor) => {
                self.night.seats[counselor].on_break = true;
                self.plan(now + self.cast.habits.rests, Deed::ComesBack(counselor), 0);
            }
            News::OffDuty(counselor) => {
                let seat = &mut self.night.seats[counselor];
                ensure!(seat.leaving && seat.held.is_empty(), "somebody goes with a caller in hand");
                seat.on_duty = false;
            }
        }
        Ok(())
    }

    /// What the counselor who is asked will do: the n-th offer of a caller is answered alike under every policy.
    fn answer(&mut self, now: At, caller: usize) {
        let (ask, habits) = (self.night.cases[caller].asks, &self.cast.habits);
        let mut chance = Chance::of(self.cast.seed, "answer", (caller as u64) << 16 | ask);
        let (shortest, longest) = habits.answers_within;
        let delay = chance.between(shortest, longest);
        if chance.happens(habits.misses) {
            return;
        }
        let declines = chance.happens(habits.declines);
        self.plan(now + delay, if declines { Deed::Declines(caller) } else { Deed::Accepts(caller) }, ask);
    }
}
