//! OpenContact as it is asked: its fields, and the caller's identity as far as it is vouched for.

use harborline_identity::{Call, Caller, PersonCaller, Role};
use harborline_proto::intake::v1::OpenContactRequest;
use harborline_status::{Fields, ServiceError};
use harborline_types::{Acuity, CallerKind, Channel, ContactId, Need, ParticipantId, Phi, RequestId, Timestamp};

use crate::domain::care::Participant;
use crate::domain::contact::{Change, Contact};
use crate::domain::facts::{Facts, SelfScreening};
use crate::domain::provisional;
use crate::domain::returning::{Carried, Statement, VerifiedCaller};
use crate::domain::transitions::Opening;
use crate::wire;

/// OpenContact, as it is asked.
pub(super) struct OpenContact {
    pub(super) request_id: RequestId,
    pub(super) channel: Channel,
    pub(super) caller: CallerKind,
    pub(super) participant: Option<ParticipantId>,
    pub(super) language: Option<String>,
    pub(super) jurisdiction: Option<String>,
    pub(super) facts: Facts,
}

impl OpenContact {
    pub(super) fn parse(request: &OpenContactRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let channel = fields.word("channel", request.channel);
        let caller = fields.word("caller", request.caller);
        let participant = participant(&mut fields, caller, &request.participant_id);
        let language = fields.optional_language("language", &request.language);
        let jurisdiction = fields.optional_jurisdiction("jurisdiction", &request.jurisdiction);
        let facts = facts(&mut fields, request);
        let (Some(request_id), Some(channel), Some(caller), Some(participant)) =
            (request_id, channel, caller, participant)
        else {
            return Err(fields.refused());
        };
        let (Some(language), Some(jurisdiction), Some(facts)) = (language, jurisdiction, facts) else {
            return Err(fields.refused());
        };
        Ok(Self { request_id, channel, caller, participant, language, jurisdiction, facts })
    }

    /// The contact, which takes from the participant what the front end did not say.
    pub(super) fn open(
        &self,
        participant: Option<&Participant>,
        verified_caller: Option<VerifiedCaller>,
        carried: Carried,
        now: Timestamp,
    ) -> Change {
        let language = self.language.clone().or_else(|| participant.map(|known| known.language.clone()));
        let language = language.unwrap_or_else(|| "en".to_owned());
        let jurisdiction =
            self.jurisdiction.clone().or_else(|| participant.and_then(|known| known.jurisdiction.clone()));
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
            caller: self.caller,
            participant: self.participant,
            language,
            jurisdiction,
            assessment: provisional::assess(&self.facts, need, now),
            call_back_rules: self.facts.call_back_rules,
            verified_caller,
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

    /// The caller's identity, if it is vouched for: a participant's by the front end or their own access token, and of
    /// another caller the holder of the token. A caller's own word, and a number, vouch for nobody.
    pub(super) fn verified_caller(&self, call: &Call) -> Option<VerifiedCaller> {
        match (opener(call), self.caller, self.participant) {
            (None, CallerKind::Participant, Some(id)) => Some(VerifiedCaller::participant(id)),
            (Some(person), CallerKind::Participant, Some(id)) => {
                (person.participant == Some(id)).then(|| VerifiedCaller::participant(id))
            }
            (Some(person), caller, about) => Some(VerifiedCaller::token_holder(&person.id, caller, about)),
            (None, ..) => None,
        }
    }
}

fn participant(fields: &mut Fields, caller: Option<CallerKind>, text: &str) -> Option<Option<ParticipantId>> {
    match caller {
        Some(CallerKind::Participant) => fields.id("participant_id", text).map(Some),
        Some(CallerKind::Unknown) if !text.is_empty() => {
            fields.fault("participant_id", "must be empty for an unknown caller");
            None
        }
        _ => fields.optional_id("participant_id", text),
    }
}

fn facts(fields: &mut Fields, request: &OpenContactRequest) -> Option<Facts> {
    let callback_number = fields.optional_phone("callback_number", &request.callback_number);
    let own_words = fields.text("own_words", &request.own_words, 0..=4000);
    let signals = fields.words("signals", &request.signals);
    let screening: Option<Option<SelfScreening>> = match &request.self_screening {
        None => Some(None),
        Some(wire) => wire::read_self_screening(fields, wire).map(Some),
    };
    Some(Facts {
        signals: signals?,
        self_screening: screening?,
        callback_number: callback_number?.map(Phi::new),
        call_back_rules: request.call_back_rules.as_ref().map(wire::read_call_back_rules).unwrap_or_default(),
        own_words: own_words.map(|words| (!words.is_empty()).then(|| Phi::new(words)))?,
    })
}

/// The caller, if the call is made with their own access token and not by a front end.
pub(super) fn opener(call: &Call) -> Option<&PersonCaller> {
    let Caller::Person(person) = call.caller() else { return None };
    let is_for_somebody = person.roles.contains(&Role::FrontEnd);
    (!is_for_somebody).then_some(person)
}
