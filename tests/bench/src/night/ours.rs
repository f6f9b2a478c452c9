//! The product's own pool as a policy: the same code that decides in a matcher, round by round, without a database.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use harborline_availability::domain::matcher::{
    CallerGone, Command, OnDuty, Past, Pool, PoolState, Round, Times, Wanted,
};
use harborline_availability::domain::{
    Ageing, Counselor, Credential, DeclineReason, FatigueRules, OfferState, ResponseTimes, Strain, TicketEventKind,
};
use harborline_types::{ContactId, Need, OfferId, PersonId, Skill, TicketId, Timestamp};
use uuid::Uuid;

use super::cast::{At, Cast, NEVER};
use super::engine::{Deed, Dispatcher, News, Told};

/// How long the known counselor goes before others.
const PREFERRED: Duration = Duration::from_secs(5);

/// The product's pool.
pub(crate) struct Ours<'a> {
    cast: &'a Cast,
    pool: Pool,
    names: Vec<PersonId>,
    counselors: HashMap<PersonId, usize>,
    /// The open or accepted offer for a caller.
    offers: HashMap<usize, (OfferId, PersonId)>,
    on_break: Vec<bool>,
    /// Callers who are offered the backup line and have taken it, before the matcher is told.
    to_backup: Vec<usize>,
    /// What each round took on the real clock.
    pub(crate) took: Vec<Duration>,
}

impl<'a> Ours<'a> {
    /// An empty house, open for this night.
    ///
    /// # Errors
    /// Never, unless a counselor's number is no name.
    pub(crate) fn open(cast: &'a Cast) -> anyhow::Result<Self> {
        let names = (0..cast.counselors.len()).map(|counselor| PersonId::parse(&format!("counselor-{counselor:06}")));
        let names: Vec<PersonId> = names.collect::<Option<_>>().context("a counselor has a name")?;
        let counselors = names.iter().cloned().zip(0..).collect();
        let rules = &cast.rules;
        let response = ResponseTimes {
            urgent_offer_timeout: rules.urgent_offer_timeout,
            offer_timeout: rules.offer_timeout,
            widen_after: rules.widen_after.clone(),
            page_after: rules.backup_after / 2,
            backup_after: rules.backup_after,
            presence_grace: NEVER * 10,
            ageing: Ageing::default(),
            // The policies beside it ask one counselor at a time, and so does the reference that the figures are held to.
            emergency_offers: 1,
        };
        let (urgent_in_a_row, recovery, longest_stretch) = rules.fatigue;
        let fatigue = FatigueRules { urgent_in_a_row, recovery, longest_stretch };
        let times = Times { response, fatigue, preferred: PREFERRED, silence: NEVER * 10 };
        let (replicas, today) = (HashMap::from([(Uuid::nil(), instant(At::ZERO))]), instant(At::ZERO));
        let pool = Pool::load(PoolState { tickets: Vec::new(), counselors: Vec::new(), replicas, times, today });
        let (on_break, offers) = (vec![false; cast.counselors.len()], HashMap::new());
        Ok(Self { cast, pool, names, counselors, offers, on_break, to_backup: Vec::new(), took: Vec::new() })
    }

    /// Seats a counselor, as opening the Attend stream does.
    fn seat(&mut self, counselor: usize, now: Timestamp) {
        let plain = &self.cast.counselors[counselor];
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let licensed = |place: &&str| Credential {
            kind: "LCSW".to_owned(),
            number: "1".to_owned(),
            jurisdiction: (*place).to_owned(),
            valid_from: instant(At::ZERO),
            valid_until: instant(NEVER),
        };
        let counselor = Counselor {
            id: self.names[counselor].clone(),
            name: "A counselor".to_owned(),
            kind: plain.kind,
            credentials: plain.licenses.iter().map(licensed).collect(),
            skills: plain.skills.iter().copied().map(Skill::basic).collect(),
            languages: texts(&plain.languages),
            channels: plain.channels.clone(),
            message_capacity: plain.capacity,
            zone: None,
        };
        let on_duty = OnDuty {
            counselor,
            session: Uuid::nil(),
            streams: BTreeMap::from([(Uuid::nil(), Uuid::nil())]),
            disconnected_at: None,
            on_break: false,
            leaving: false,
            silent_count: 0,
            idle_since: now,
            epochs: Vec::new(),
            strain: Strain::rested(now),
        };
        self.pool.on_duty(on_duty, now);
    }

    fn wanted(&self, caller: usize) -> Wanted {
        let plain = &self.cast.callers[caller];
        let need = Need {
            channel: plain.channel,
            at_least: plain.at_least,
            language: plain.language.to_owned(),
            jurisdiction: plain.jurisdiction.map(str::to_owned),
            skills: plain.skills.iter().copied().map(Skill::basic).collect(),
        };
        let preferred = plain.knows.and_then(|counselor| self.names.get(counselor)).cloned();
        Wanted {
            ticket: TicketId(id(caller)),
            contact: contact(caller),
            acuity: plain.acuity,
            need,
            preferred,
            outbound: false,
            waited_before: Duration::ZERO,
        }
    }

    /// What the product is told when this happens.
    fn command(&mut self, now: At, deed: Deed) -> anyhow::Result<Option<Command>> {
        let offer = |caller: usize| self.offers.get(&caller).cloned().context("an answer belongs to an offer");
        Ok(Some(match deed {
            Deed::ComesOnDuty(counselor) => {
                self.seat(counselor, instant(now));
                return Ok(None);
            }
            Deed::Nothing => return Ok(None),
            Deed::Leaves(counselor) => Command::LeaveShift(self.names[counselor].clone()),
            Deed::ComesBack(counselor) => {
                self.on_break[counselor] = false;
                Command::SetBreak(self.names[counselor].clone(), false)
            }
            Deed::Arrives(caller) => Command::Request(self.wanted(caller)),
            Deed::GivesUp(caller) => Command::Withdraw(contact(caller), CallerGone::Left),
            Deed::Accepts(caller) => {
                let (offer, counselor) = offer(caller)?;
                Command::Accept(offer, counselor)
            }
            Deed::Declines(caller) => {
                let (offer, counselor) = offer(caller)?;
                Command::Decline(offer, counselor, DeclineReason::Conflict)
            }
            Deed::Ends(caller) => Command::Release(contact(caller)),
            Deed::WrapsUp(caller) => {
                let (_, counselor) = self.offers.remove(&caller).context("who wraps up was offered")?;
                Command::FinishWrapUp(contact(caller), counselor)
            }
        }))
    }

    /// What a round says, in the words of the night.
    fn news(&mut self, round: &Round) -> anyhow::Result<Vec<News>> {
        let mut news = Vec::new();
        for presence in &round.presences {
            let counselor = self.counselors[&presence.counselor];
            if presence.on_break && !self.on_break[counselor] {
                news.push(News::OnBreak(counselor));
            }
            self.on_break[counselor] = presence.on_break;
        }
        news.extend(round.ended.iter().map(|(counselor, _)| News::OffDuty(self.counselors[counselor])));
        for change in &round.changes {
            let caller = change.ticket.id.0.as_u128() as usize;
            let ran_out = change.moved.iter().any(|(_, state)| *state == OfferState::Expired);
            news.extend(ran_out.then_some(News::RanOut(caller)));
            if let Some(made) = &change.made {
                news.push(News::Asked { caller, counselor: self.counselors[&made.counselor] });
                self.offers.insert(caller, (made.id, made.counselor.clone()));
            }
            // A caller who is offered the backup line takes it.
            let offered = change.events.iter().any(|event| event.kind == TicketEventKind::BackupOffered);
            if offered {
                news.push(News::HandedOff(caller));
                self.to_backup.push(caller);
            }
        }
        Ok(news)
    }
}

impl Dispatcher for Ours<'_> {
    fn act(&mut self, now: At, deed: Deed) -> anyhow::Result<Told> {
        let gone = self.to_backup.drain(..).map(|caller| Command::Withdraw(contact(caller), CallerGone::ToBackup));
        let mut commands: Vec<Command> = gone.collect();
        commands.extend(self.command(now, deed)?);
        let (past, at) = (Past::default(), instant(now));
        let begun = Instant::now();
        let round = self.pool.round(&commands, &past, at, at);
        self.took.push(begun.elapsed());
        ensure!(round.answers.iter().all(Result::is_ok), "{deed:?} is refused: {:?}", round.answers);
        let next = round.next.map(|next| (next - instant(At::ZERO)).to_std()).transpose()?;
        Ok(Told { news: self.news(&round)?, next: next.filter(|next| *next > now) })
    }
}

fn id(number: usize) -> Uuid {
    Uuid::from_u128(number as u128)
}

fn contact(caller: usize) -> ContactId {
    ContactId(id(caller))
}

/// An instant of the night, on the clock that is injected.
fn instant(at: At) -> Timestamp {
    Timestamp::UNIX_EPOCH + at
}
