//! OpenContact as it is asked: its fields, and the caller's identity as far as it is vouched for.

use harborline_identity::{Call, Caller, PersonCaller, Role};
use harborline_proto::intake::v1::OpenContactRequest;
use harborline_status::{Fields, Ignored, PhoneNumber, Said, ServiceError};
use harborline_types::wire::WireEnum;
use harborline_types::{Acuity, CallerKind, Channel, ContactId, Need, ParticipantId, Phi, RequestId, Timestamp};

use crate::domain::caller::{Identity, TokenHolder};
use crate::domain::contact::{Change, Contact};
use crate::domain::facts::Facts;
use crate::domain::participant::Participant;
use crate::domain::provisional;
use crate::domain::returning::{Carried, Statement};
use crate::domain::transitions::Opening;
use crate::wire;

/// Characters of a caller's own words that are kept.
const MOST_WORDS: usize = 4000;

/// Characters that are kept of a callback number that cannot be read.
const MOST_TYPED: usize = 200;

/// OpenContact, as it is asked. Of what a person said nothing refuses: it is taken as far as it can be. A request without
/// its id, or of a channel that is not known here, cannot be answered: that is the front end's fault, and no person's.
pub(super) struct OpenContact {
    pub(super) request_id: RequestId,
    pub(super) channel: Channel,
    caller: CallerKind,
    participant: Option<ParticipantId>,
    pub(super) language: Option<String>,
    pub(super) jurisdiction: Option<String>,
    pub(super) facts: Facts,
    /// What was not taken as it was sent.
    pub(super) ignored: Vec<Ignored>,
}

impl OpenContact {
    pub(super) fn parse(request: &OpenContactRequest) -> Result<Self, ServiceError> {
        let (mut fields, mut said) = (Fields::new(), Said::default());
        let request_id = fields.request_id(&request.request_id);
        let channel = fields.word("channel", request.channel);
        let caller = CallerKind::from_wire(request.caller).unwrap_or_else(|| {
            said.note("caller", "is none of the values: taken as an unknown caller, about nobody");
            CallerKind::Unknown
        });
        // An id that cannot be read names nobody, like one that nobody has.
        let participant = request.participant_id.parse().ok();
        if participant.is_none() && !request.participant_id.is_empty() {
            said.note("participant_id", "is no UUID: taken for nobody's");
        }
        let language = said.language("language", &request.language);
        let jurisdiction = said.jurisdiction("jurisdiction", &request.jurisdiction);
        let facts = facts(&mut said, request);
        let (Some(request_id), Some(channel)) = (request_id, channel) else {
            return Err(fields.refused());
        };
        let ignored = said.ignored();
        Ok(Self { request_id, channel, caller, participant, language, jurisdiction, facts, ignored })
    }

    /// The contact, which takes from the participant who calls what was not said.
    pub(super) fn open(
        &self,
        identity: Identity,
        participant: Option<&Participant>,
        carried: Carried,
        now: Timestamp,
    ) -> Change {
        let language = self.language.clone().or_else(|| participant.map(|known| known.details.language.clone()));
        let language = language.unwrap_or_else(|| "en".to_owned());
        let jurisdiction =
            self.jurisdiction.clone().or_else(|| participant.and_then(|known| known.details.jurisdiction.clone()));
        let need = Need {
            channel: self.channel,
            at_least: None,
            language: language.clone(),
            jurisdiction: jurisdiction.clone(),
            skills: Vec::new(),
        };
        let opening = Opening {
            id: ContactId::new(),
            channel: self.channel,
            caller: identity.kind,
            participant: identity.participant,
            language,
            jurisdiction,
            assessment: provisional::assess(&self.facts, need, now),
            call_back_rules: self.facts.call_back_rules,
            verified_caller: identity.verified,
            carried,
        };
        Contact::open(opening, now)
    }

    /// What it adds to a contact of the caller that is open.
    pub(super) fn again(&self, same_number: Option<Acuity>, now: Timestamp) -> Statement<'_> {
        Statement {
            channel: self.channel,
            language: self.language.clone(),
            jurisdiction: self.jurisdiction.clone(),
            facts: &self.facts,
            same_number,
            at: now,
        }
    }

    /// A caller who names nobody is about somebody.
    pub(super) fn is_about(&mut self, participant: ParticipantId) {
        self.participant = Some(participant);
    }

    /// Who reaches out: by the access token of their own, and else by the front end's word.
    pub(super) fn identity(&self, call: &Call) -> Identity {
        match opener(call) {
            Some(person) => Identity::of(&holder(person), self.caller, self.participant),
            None => Identity::told(self.caller, self.participant),
        }
    }
}

fn holder(person: &PersonCaller) -> TokenHolder {
    TokenHolder {
        id: person.id.clone(),
        is_participant: person.roles.contains(&Role::Participant),
        is_family_member: person.roles.contains(&Role::FamilyMember),
        participant: person.participant,
    }
}

fn facts(said: &mut Said, request: &OpenContactRequest) -> Facts {
    let (callback_number, callback_as_typed) = match said.phone("callback_number", &request.callback_number) {
        PhoneNumber::Possible(number) => (Some(number), None),
        PhoneNumber::Withheld => (None, None),
        PhoneNumber::Unreadable => (None, said.text("callback_number", &request.callback_number, MOST_TYPED)),
    };
    Facts {
        signals: said.words("signals", &request.signals),
        self_screening: request.self_screening.as_ref().map(|wire| wire::read_self_screening(said, wire)),
        callback_number: callback_number.map(Phi::new),
        callback_as_typed: callback_as_typed.map(Phi::new),
        call_back_rules: request.call_back_rules.as_ref().map(wire::read_call_back_rules).unwrap_or_default(),
        own_words: said.text("own_words", &request.own_words, MOST_WORDS).map(Phi::new),
    }
}

/// The caller, if the call is made with their own access token and not by a front end.
pub(super) fn opener(call: &Call) -> Option<&PersonCaller> {
    let Caller::Person(person) = call.caller() else { return None };
    person.speaks_for_themselves().then_some(person)
}
