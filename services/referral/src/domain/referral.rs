//! A referral's life: total transitions from state and command to state and events, or a named refusal.
//!
//! # Invariants
//! - At most one clinic holds a referral, and at most one ever accepts it.
//! - A clinic that claims accepts before the clock of the claim runs out, or lets go.
//! - A facility that is asked fits, and is asked once.
//! - A referral ends unplaced, cancelled or completed, and nothing moves it from there.
//! - Each event adds one to the sequence, from 1.

use chrono::TimeDelta;
use harborline_disclosure::DataClass;
use harborline_types::{Acuity, ContactId, FacilityId, ParticipantId, Person, Phi, ReferralId, Timestamp};

use super::{
    Asking, ClinicView, DeclineReason, EventKind, OfferState, ReferralState, ServiceKind, Terms, next_facility,
};

/// Nobody promises an hour that lies further ahead: such an instant is a mistake.
const FURTHEST_AHEAD: TimeDelta = TimeDelta::days(366);

/// What a counselor asks for.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The contact that it is about.
    pub contact: ContactId,
    /// Whose contact it is; `None` for an unknown caller.
    pub participant: Option<ParticipantId>,
    /// How urgent the contact was when the referral was made; `None` when that is not known.
    pub acuity: Option<Acuity>,
    /// What the person needs.
    pub service: ServiceKind,
    /// ISO 3166-2 code of where the person is; `None` when unknown.
    pub jurisdiction: Option<String>,
    /// What the clinic must know.
    pub summary: Phi<String>,
    /// What the summary holds; at least one, each once.
    pub classes: Vec<DataClass>,
}

impl Draft {
    /// The most referrals of one contact that are open at once.
    pub const MOST_OPEN: usize = 10;

    /// Whether one more may be made beside so many that are open.
    ///
    /// # Errors
    /// `TooMany`; never for somebody whose life is in danger.
    pub fn fits_beside(&self, open: usize) -> Result<(), TooMany> {
        if open < Self::MOST_OPEN || self.service.is_emergency() { Ok(()) } else { Err(TooMany) }
    }
}

/// The contact has as many referrals open as one may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany;

/// One referral, with everybody who was asked.
#[derive(Clone, Debug)]
pub struct Referral {
    /// Which.
    pub id: ReferralId,
    /// What was asked for.
    pub draft: Draft,
    /// Where it stands for the program.
    pub state: ReferralState,
    /// The facility that holds the offer, or accepted.
    pub facility: Option<FacilityId>,
    /// When the claim lapses, while there is one.
    pub accept_by: Option<Timestamp>,
    /// Who is responsible, once accepted; while on hold, who put the person on the wait list.
    pub owner: Option<Owner>,
    /// The number of events so far.
    pub sequence: i32,
    /// Who was asked, in the order of asking.
    pub offers: Vec<Offer>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The named person at a clinic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Who.
    pub person: Person,
    /// When the person in care is expected at the latest.
    pub expected_by: Timestamp,
}

/// One facility that was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Which.
    pub facility: FacilityId,
    /// Where the referral stands for it.
    pub state: OfferState,
    /// When it was asked.
    pub offered_at: Timestamp,
    /// When the offer passes on if it is not claimed.
    pub claim_by: Timestamp,
    /// When the claim lapses if the clinic does not accept; stays as it was when the claim is over.
    pub accept_by: Option<Timestamp>,
    /// The referral's sequence at this offer's last change.
    pub sequence: i32,
    /// When a consent was revoked under which the facility was told.
    pub consent_revoked_at: Option<Timestamp>,
}

/// One entry of a referral's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// From 1, without gaps.
    pub sequence: i32,
    /// What happened.
    pub kind: EventKind,
    /// The facility that it concerns.
    pub facility: Option<FacilityId>,
    /// Why, when declined.
    pub decline_reason: Option<DeclineReason>,
    /// When.
    pub at: Timestamp,
}

/// A referral after a command, and what happened.
pub type Step = (Referral, Vec<Event>);

/// Why a command is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The clinic was never asked.
    NotAsked,
    /// The state, as the caller sees it, does not allow this.
    State(&'static str),
    /// The person would be expected in the past.
    ExpectedInThePast,
    /// The person would be expected so far ahead that the instant must be a mistake.
    ExpectedTooFarAhead,
}

/// What comes of looking at an offer or a claim whose time may be over.
#[derive(Debug)]
pub enum Lapse {
    /// The referral passed on.
    Passed(Box<Step>),
    /// Its time is not over.
    NotYet(Timestamp),
    /// It was answered in time, or withdrawn.
    Answered,
}

impl Referral {
    /// Refers somebody on: the first facility that fits is asked at once.
    pub fn create(id: ReferralId, draft: Draft, asking: &Asking<'_>) -> Step {
        let referral = Self {
            id,
            draft,
            state: ReferralState::Unplaced,
            facility: None,
            accept_by: None,
            owner: None,
            sequence: 0,
            offers: Vec::new(),
            created_at: asking.now,
        };
        referral.ask_next(Vec::new(), asking)
    }

    /// The clinic takes the offer up for evaluation, late or not, as long as nobody else was asked meanwhile.
    ///
    /// # Errors
    /// When the clinic does not hold the offer, or has claimed before.
    pub fn claim(mut self, clinic: FacilityId, terms: &Terms, now: Timestamp) -> Result<Step, Refused> {
        self.held_by(clinic, &[OfferState::Offered])?;
        self.state = ReferralState::Claimed;
        self.accept_by = Some(now + terms.accept_within(self.draft.acuity));
        if let Some(offer) = self.offers.iter_mut().find(|offer| offer.facility == clinic) {
            offer.accept_by = self.accept_by;
        }
        let event = self.happened(EventKind::Claimed, Some(clinic), None, now);
        Ok((self, vec![event]))
    }

    /// The clinic accepts, with the person who is responsible from now on; late or not, as long as its claim has not
    /// lapsed. When it expects the person later than the terms let them go for, it has them on its wait list, and they
    /// stay with the program.
    ///
    /// # Errors
    /// When the clinic does not hold the offer, or expects the person in the past or absurdly far ahead.
    pub fn accept(mut self, clinic: FacilityId, owner: Owner, terms: &Terms, now: Timestamp) -> Result<Step, Refused> {
        self.held_by(clinic, &[OfferState::Offered, OfferState::Claimed, OfferState::OnHold])?;
        if owner.expected_by < now {
            return Err(Refused::ExpectedInThePast);
        }
        if owner.expected_by > now + FURTHEST_AHEAD {
            return Err(Refused::ExpectedTooFarAhead);
        }
        let is_soon = owner.expected_by <= now + terms.expected_within;
        let (state, kind) = if is_soon {
            (ReferralState::Accepted, EventKind::Accepted)
        } else {
            (ReferralState::OnHold, EventKind::OnHold)
        };
        self.state = state;
        self.accept_by = None;
        self.owner = Some(owner);
        let event = self.happened(kind, Some(clinic), None, now);
        Ok((self, vec![event]))
    }

    /// The clinic declines; the next facility that fits is asked.
    ///
    /// # Errors
    /// When the clinic does not hold the offer, or has accepted it.
    pub fn decline(mut self, clinic: FacilityId, reason: DeclineReason, asking: &Asking<'_>) -> Result<Step, Refused> {
        self.held_by(clinic, &[OfferState::Offered, OfferState::Claimed, OfferState::OnHold])?;
        let event = self.happened(EventKind::Declined, Some(clinic), Some(reason), asking.now);
        Ok(self.ask_next(vec![event], asking))
    }

    /// Passes an offer on that was not claimed in time.
    pub fn lapse_offer(self, clinic: FacilityId, asking: &Asking<'_>) -> Lapse {
        let offer = self.offer(clinic).filter(|offer| offer.state == OfferState::Offered);
        let due_at = offer.map(|offer| offer.claim_by);
        self.lapse(clinic, due_at, asking)
    }

    /// Passes a claimed referral on whose clinic did not accept in time.
    pub fn lapse_claim(self, clinic: FacilityId, asking: &Asking<'_>) -> Lapse {
        let claim = self.offer(clinic).filter(|offer| offer.state == OfferState::Claimed);
        let due_at = claim.and_then(|offer| offer.accept_by);
        self.lapse(clinic, due_at, asking)
    }

    fn lapse(mut self, clinic: FacilityId, due_at: Option<Timestamp>, asking: &Asking<'_>) -> Lapse {
        let Some(due_at) = due_at else { return Lapse::Answered };
        if asking.now < due_at {
            return Lapse::NotYet(due_at);
        }
        let event = self.happened(EventKind::Declined, Some(clinic), Some(DeclineReason::NoAnswer), asking.now);
        Lapse::Passed(Box::new(self.ask_next(vec![event], asking)))
    }

    /// The program takes the referral back before it was accepted.
    ///
    /// # Errors
    /// When it was accepted, or has ended.
    pub fn cancel(mut self, now: Timestamp) -> Result<Step, Refused> {
        let (ReferralState::Offered | ReferralState::Claimed | ReferralState::OnHold) = self.state else {
            return Err(Refused::State(self.state.as_str()));
        };
        let holder = self.facility.take();
        (self.accept_by, self.owner) = (None, None);
        self.state = ReferralState::Cancelled;
        let event = self.happened(EventKind::Cancelled, holder, None, now);
        Ok((self, vec![event]))
    }

    /// The accepted person was seen, or one on the wait list was.
    ///
    /// # Errors
    /// When the clinic has not accepted, or said so before.
    pub fn complete(mut self, clinic: FacilityId, now: Timestamp) -> Result<Step, Refused> {
        self.held_by(clinic, &[OfferState::Accepted, OfferState::OnHold])?;
        self.state = ReferralState::Completed;
        let event = self.happened(EventKind::Completed, Some(clinic), None, now);
        Ok((self, vec![event]))
    }

    /// A consent was revoked under which these facilities were told. Where the referral stands does not change by it:
    /// the person is as welcome as before.
    pub fn consent_revoked(mut self, told: &[FacilityId], revoked_at: Timestamp, now: Timestamp) -> Step {
        let mut events = Vec::new();
        for facility in told {
            if let Some(offer) = self.offers.iter_mut().find(|offer| offer.facility == *facility) {
                offer.consent_revoked_at = offer.consent_revoked_at.max(Some(revoked_at));
                events.push(self.happened(EventKind::ConsentRevoked, Some(*facility), None, now));
            }
        }
        (self, events)
    }

    /// What a facility was asked, if it was.
    pub fn offer(&self, facility: FacilityId) -> Option<&Offer> {
        self.offers.iter().find(|offer| offer.facility == facility)
    }

    /// What a clinic sees; nothing when it was never asked.
    pub fn seen_by(&self, clinic: FacilityId) -> Option<ClinicView> {
        let offer = self.offer(clinic)?;
        let view = ClinicView {
            referral: self.id,
            contact: self.draft.contact,
            state: offer.state,
            service: self.draft.service,
            jurisdiction: self.draft.jurisdiction.clone(),
            discloses: offer.state.discloses(),
            offered_at: offer.offered_at,
            claim_by: offer.claim_by,
            accept_by: offer.accept_by.filter(|_| offer.state == OfferState::Claimed),
            expected_by: self.owner.as_ref().filter(|_| offer.state.promises()).map(|owner| owner.expected_by),
            sequence: offer.sequence,
            consent_revoked_at: offer.consent_revoked_at,
        };
        Some(view)
    }

    fn held_by(&self, clinic: FacilityId, states: &[OfferState]) -> Result<(), Refused> {
        let offer = self.offer(clinic).ok_or(Refused::NotAsked)?;
        if states.contains(&offer.state) { Ok(()) } else { Err(Refused::State(offer.state.as_str())) }
    }

    /// Asks the next facility that fits, or ends unplaced.
    fn ask_next(mut self, mut events: Vec<Event>, asking: &Asking<'_>) -> Step {
        (self.accept_by, self.owner) = (None, None);
        let (service, jurisdiction) = (self.draft.service, self.draft.jurisdiction.as_deref());
        self.facility =
            next_facility(asking.facilities, service, jurisdiction, |facility| self.offer(facility).is_some());
        let kind = match self.facility {
            Some(facility) => {
                self.state = ReferralState::Offered;
                self.offers.push(Offer {
                    facility,
                    state: OfferState::Offered,
                    offered_at: asking.now,
                    claim_by: asking.now + asking.claim_within,
                    accept_by: None,
                    sequence: self.sequence,
                    consent_revoked_at: None,
                });
                EventKind::Offered
            }
            None => {
                self.state = ReferralState::Unplaced;
                EventKind::Unplaced
            }
        };
        events.push(self.happened(kind, self.facility, None, asking.now));
        (self, events)
    }

    /// Adds one to the history, and brings the facility's offer to where the event leaves it.
    fn happened(
        &mut self,
        kind: EventKind,
        facility: Option<FacilityId>,
        decline_reason: Option<DeclineReason>,
        at: Timestamp,
    ) -> Event {
        self.sequence += 1;
        let concerned = self.offers.iter_mut().find(|offer| Some(offer.facility) == facility);
        if let Some(offer) = concerned {
            offer.state = kind.offer_state().unwrap_or(offer.state);
            offer.sequence = self.sequence;
        }
        Event { sequence: self.sequence, kind, facility, decline_reason, at }
    }
}
