//! Who is on duty, indexed by what they can do and who of them has room.
//!
//! Every attribute is a set of seats; who fits a need is the AND of a few sets, and costs the same for a need that
//! many can meet, one can, or nobody can. Seats with room lie on shelves, one per load and flexibility, in the order of
//! their idle time, so that the least loaded, then the least flexible and then the longest idle is found without looking
//! at all of them. The order as a whole is [`ASKING_ORDER`](super::ASKING_ORDER).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use harborline_types::{Acuity, Channel, CounselorKind, PersonId, Skill, SkillLevel, TicketId, Timestamp};

use super::bits::Bits;
use super::seat::{Load, Seat};
use crate::domain::counselor::primary_tag;
use crate::domain::{FatigueRules, Requirements, Spared, Target};

/// What comes before the idle time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    /// The least loaded first.
    load: Load,
    /// The least flexible first.
    flexibility: usize,
}

/// Seats with room and of one rank.
#[derive(Clone, Debug, Default)]
struct Shelf {
    seats: Bits,
    by_idle: BTreeSet<IdleOrder>,
}

/// The longest idle first; between equals, by id.
pub(super) type IdleOrder = (Timestamp, PersonId, usize);

/// Everybody on duty.
#[derive(Clone, Debug)]
pub(super) struct Seats {
    seats: Vec<Option<Seat>>,
    /// How much who sits there can do today.
    flexibility: Vec<usize>,
    vacant: Vec<usize>,
    by_id: HashMap<PersonId, usize>,
    /// Where each seat lies, and by what.
    shelved: HashMap<usize, (Rank, IdleOrder)>,
    /// None is empty.
    shelves: BTreeMap<Rank, Shelf>,
    /// When a credential begins or ends to be valid, on the domain's clock.
    turns: BTreeSet<(Timestamp, usize)>,
    pub(super) all: Bits,
    pub(super) askable: Bits,
    whole: Bits,
    room: Bits,
    /// Counselors with a contact of acuity 1 or 2 in hand.
    pub(super) urgent_in_hand: Bits,
    channels: BTreeMap<Channel, Bits>,
    /// Who has at least this standing.
    standings: BTreeMap<CounselorKind, Bits>,
    languages: HashMap<String, Bits>,
    /// Who is licensed in a jurisdiction now.
    licenses: HashMap<String, Bits>,
    /// Who has a skill at least at a level, by level.
    skills: HashMap<String, [Bits; SkillLevel::ALL.len()]>,
    none: Bits,
    fatigue: FatigueRules,
    /// The real instant up to which `spared` is right.
    now: Timestamp,
    /// Who is spared every contact, and who those of acuity 1 and 2; the latter holds the former.
    spared: Bits,
    spared_urgent: Bits,
    /// When that changes by itself.
    strain_turns: BTreeSet<(Timestamp, usize)>,
    strain_turn_of: HashMap<usize, Timestamp>,
    /// Who is supervisor on call.
    pub(super) on_call: Option<PersonId>,
}

impl Seats {
    /// Nobody yet, before any time: the first instant that it is told is later, whichever it is.
    pub(super) fn empty(fatigue: FatigueRules) -> Self {
        Self {
            seats: Vec::new(),
            flexibility: Vec::new(),
            vacant: Vec::new(),
            by_id: HashMap::new(),
            shelved: HashMap::new(),
            shelves: BTreeMap::new(),
            turns: BTreeSet::new(),
            all: Bits::default(),
            askable: Bits::default(),
            whole: Bits::default(),
            room: Bits::default(),
            urgent_in_hand: Bits::default(),
            channels: BTreeMap::new(),
            standings: BTreeMap::new(),
            languages: HashMap::new(),
            licenses: HashMap::new(),
            skills: HashMap::new(),
            none: Bits::default(),
            fatigue,
            now: Timestamp::MIN_UTC,
            spared: Bits::default(),
            spared_urgent: Bits::default(),
            strain_turns: BTreeSet::new(),
            strain_turn_of: HashMap::new(),
            on_call: None,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(super) fn position(&self, id: &PersonId) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    pub(super) fn get(&self, id: &PersonId) -> Option<&Seat> {
        self.seats.get(self.position(id)?)?.as_ref()
    }

    pub(super) fn at(&self, position: usize) -> Option<&Seat> {
        self.seats.get(position)?.as_ref()
    }

    /// Seats somebody, or seats them anew with what they are able to do now. What they hold stays.
    pub(super) fn put(&mut self, seat: Seat, today: Timestamp) {
        let id = seat.on_duty.counselor.id.clone();
        let position = self.position(&id).unwrap_or_else(|| {
            let position = self.vacant.pop().unwrap_or(self.seats.len());
            if position == self.seats.len() {
                self.seats.push(None);
                self.flexibility.push(0);
            }
            self.by_id.insert(id, position);
            position
        });
        self.describe(position, false, today);
        self.seats[position] = Some(seat);
        self.describe(position, true, today);
        self.refresh(position);
    }

    pub(super) fn remove(&mut self, id: &PersonId, today: Timestamp) -> Option<Seat> {
        let position = self.by_id.remove(id)?;
        self.describe(position, false, today);
        let seat = self.seats[position].take();
        self.refresh(position);
        self.vacant.push(position);
        seat
    }

    /// Changes a seat's day: presence and what is in hand, not what the counselor can do.
    pub(super) fn change<T>(&mut self, id: &PersonId, change: impl FnOnce(&mut Seat) -> T) -> Option<T> {
        let position = self.position(id)?;
        let changed = change(self.seats[position].as_mut()?);
        self.refresh(position);
        Some(changed)
    }

    /// Lets credentials begin and end, and tired people recover: `today` is an instant of the domain's clock, `now` is
    /// real time.
    pub(super) fn advance(&mut self, now: Timestamp, today: Timestamp) {
        self.now = now;
        while let Some((_, position)) = self.strain_turns.first().copied().filter(|(turn, _)| *turn <= now) {
            self.strain_turns.pop_first();
            self.spare(position);
        }
        while let Some((_, position)) = self.turns.first().copied().filter(|(turn, _)| *turn <= today) {
            self.turns.pop_first();
            self.license(position, today);
            self.refresh(position);
        }
    }

    /// When somebody has had enough for now.
    pub(super) fn set_fatigue(&mut self, rules: FatigueRules) {
        self.fatigue = rules;
        (0..self.seats.len()).for_each(|position| self.spare(position));
    }

    /// Who is spared a contact of this acuity, as long as there is somebody else.
    pub(super) fn spared(&self, acuity: Acuity) -> &Bits {
        if acuity.is_urgent() { &self.spared_urgent } else { &self.spared }
    }

    fn spare(&mut self, position: usize) {
        if let Some(turn) = self.strain_turn_of.remove(&position) {
            self.strain_turns.remove(&(turn, position));
        }
        let seat = self.seats.get(position).and_then(Option::as_ref);
        let guarded = seat.map(|seat| {
            let strain = &seat.on_duty.strain;
            (self.fatigue.spares(strain, self.now), self.fatigue.turns_at(strain, self.now))
        });
        let (spared, turn) = guarded.unwrap_or((Spared::Nothing, None));
        self.spared.set(position, spared == Spared::Everything);
        self.spared_urgent.set(position, spared != Spared::Nothing);
        if let Some(turn) = turn {
            self.strain_turn_of.insert(position, turn);
            self.strain_turns.insert((turn, position));
        }
    }

    /// Puts what a counselor can do into the sets, or takes it out.
    fn describe(&mut self, position: usize, is_in: bool, today: Timestamp) {
        let Some(seat) = self.seats.get(position).and_then(Option::as_ref) else { return };
        let counselor = seat.on_duty.counselor.clone();
        self.all.set(position, is_in);
        for channel in &counselor.channels {
            self.channels.entry(*channel).or_default().set(position, is_in);
        }
        for kind in CounselorKind::ALL.iter().filter(|kind| **kind <= counselor.kind) {
            self.standings.entry(*kind).or_default().set(position, is_in);
        }
        for language in &counselor.languages {
            self.languages.entry(primary_tag(language).to_owned()).or_default().set(position, is_in);
        }
        for skill in &counselor.skills {
            let levels = self.skills.entry(skill.name.clone()).or_default();
            levels[..=skill.level as usize].iter_mut().for_each(|level| level.set(position, is_in));
        }
        for credential in &counselor.credentials {
            self.licenses.entry(credential.jurisdiction.clone()).or_default().set(position, false);
            for turn in [credential.valid_from, credential.valid_until] {
                if is_in && turn > today {
                    self.turns.insert((turn, position));
                } else {
                    self.turns.remove(&(turn, position));
                }
            }
        }
        if is_in {
            self.license(position, today);
        }
    }

    fn license(&mut self, position: usize, today: Timestamp) {
        let Some(seat) = self.seats.get(position).and_then(Option::as_ref) else { return };
        let counselor = &seat.on_duty.counselor;
        self.flexibility[position] = counselor.flexibility(today);
        for credential in &counselor.credentials {
            let valid = counselor.is_licensed_in(&credential.jurisdiction, today);
            self.licenses.entry(credential.jurisdiction.clone()).or_default().set(position, valid);
        }
    }

    /// Puts a seat where it belongs after its day changed.
    fn refresh(&mut self, position: usize) {
        let seat = self.seats[position].as_ref();
        let askable = seat.is_some_and(Seat::is_askable);
        let whole = seat.is_some_and(|seat| seat.held.is_empty());
        let room = seat.is_some_and(Seat::has_room_for_message);
        self.askable.set(position, askable);
        self.whole.set(position, whole);
        self.room.set(position, room);
        self.urgent_in_hand.set(position, seat.is_some_and(|seat| seat.has_urgent_apart_from(|_| false)));
        self.spare(position);

        if let Some((rank, order)) = self.shelved.remove(&position)
            && let Some(shelf) = self.shelves.get_mut(&rank)
        {
            shelf.seats.set(position, false);
            shelf.by_idle.remove(&order);
            if shelf.by_idle.is_empty() {
                self.shelves.remove(&rank);
            }
        }
        let order = self.order_apart_from(position, |_| false);
        if let Some((rank, order)) = order.filter(|_| askable && (whole || room)) {
            let shelf = self.shelves.entry(rank).or_default();
            shelf.seats.set(position, true);
            shelf.by_idle.insert(order.clone());
            self.shelved.insert(position, (rank, order));
        }
    }

    /// The first of the counselors who can be asked: the least loaded, apart from some tickets, then the least flexible,
    /// then the longest idle.
    pub(super) fn order_apart_from(
        &self,
        position: usize,
        is_apart: impl Fn(TicketId) -> bool,
    ) -> Option<(Rank, IdleOrder)> {
        let seat = self.at(position)?;
        let rank = Rank { load: seat.load_apart_from(is_apart), flexibility: self.flexibility[position] };
        Some((rank, (seat.on_duty.idle_since, seat.on_duty.counselor.id.clone(), position)))
    }

    /// The sets that a need's requirements name, in the order in which a wait is explained.
    pub(super) fn meeting<'a>(&'a self, asked: &Requirements<'_>) -> [Option<&'a Bits>; 4] {
        let named = |sets: &'a HashMap<String, Bits>, name: &str| sets.get(name).unwrap_or(&self.none);
        [
            Some(self.channels.get(&asked.channel).unwrap_or(&self.none)),
            asked.at_least.map(|kind| self.standings.get(&kind).unwrap_or(&self.none)),
            asked.language.map(|language| named(&self.languages, primary_tag(language))),
            asked.jurisdiction.map(|jurisdiction| named(&self.licenses, jurisdiction)),
        ]
    }

    /// Who has a skill at its level or above.
    pub(super) fn skilled(&self, skill: &Skill) -> &Bits {
        self.skills.get(&skill.name).map_or(&self.none, |levels| &levels[skill.level as usize])
    }

    /// Who has room for this channel.
    pub(super) fn with_room(&self, channel: Channel) -> &Bits {
        if channel == Channel::Message { &self.room } else { &self.whole }
    }

    /// Who could be asked now by a need's requirements: present, able, and with room.
    pub(super) fn candidates(&self, asked: &Requirements<'_>) -> Bits {
        let mut candidates = self.able(asked);
        candidates.and(self.with_room(asked.channel));
        candidates
    }

    /// Who could be asked if they had room.
    pub(super) fn able(&self, asked: &Requirements<'_>) -> Bits {
        let mut candidates = self.askable.clone();
        for set in self.meeting(asked).into_iter().flatten() {
            candidates.and(set);
        }
        for skill in asked.skills {
            candidates.and(self.skilled(skill));
        }
        if let Some(target) = asked.only {
            candidates.and(&self.only(target));
        }
        candidates
    }

    /// Where the one person sits who is asked for; nowhere when they are not on duty.
    pub(super) fn only(&self, target: &Target) -> Bits {
        let id = match target {
            Target::Person(id) => Some(id),
            Target::SupervisorOnCall => self.on_call.as_ref(),
            Target::Skilled => None,
        };
        let mut bits = Bits::default();
        id.and_then(|id| self.position(id)).inspect(|position| bits.set(*position, true));
        bits
    }

    /// The candidate who is the least loaded, then the least flexible, then the longest idle.
    pub(super) fn best(&self, candidates: &Bits) -> Option<usize> {
        self.shelves.values().find_map(|shelf| shelf.longest_idle(candidates, self))
    }
}

impl Shelf {
    /// Walks the idle order where many are candidates, and the candidates where few are: neither walk is long.
    fn longest_idle(&self, candidates: &Bits, seats: &Seats) -> Option<usize> {
        let count = self.seats.count_with(candidates);
        if count == 0 {
            return None;
        }
        let walk = self.by_idle.iter().take(count).map(|(_, _, position)| *position);
        let early = walk.clone().find(|position| candidates.contains(*position));
        early.or_else(|| self.seats.common(candidates).min_by_key(|position| seats.idle(*position)))
    }
}

impl Seats {
    fn idle(&self, position: usize) -> Option<(Timestamp, &PersonId)> {
        let on_duty = &self.at(position)?.on_duty;
        Some((on_duty.idle_since, &on_duty.counselor.id))
    }
}
