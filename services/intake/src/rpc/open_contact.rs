use harborline_identity::{Call, Caller, Role};
use harborline_proto::intake::v1::{OpenContactRequest, OpenContactResponse};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::{CallerKind, Channel, ContactId, Need, ParticipantId, PersonId, Phi, RequestId, Timestamp};
use tonic::Request;
use tracing::Instrument;

use crate::app::{App, concerns, contact_span};
use crate::domain::care::Participant;
use crate::domain::contact::{Change, Contact};
use crate::domain::facts::{Facts, SelfScreening};
use crate::domain::provisional;
use crate::domain::transitions::Opening;
use crate::error::IntakeError;
use crate::{store, wire};

struct OpenContact {
    request_id: RequestId,
    channel: Channel,
    caller: CallerKind,
    participant: Option<ParticipantId>,
    language: Option<String>,
    jurisdiction: Option<String>,
    facts: Facts,
}

impl OpenContact {
    fn parse(request: &OpenContactRequest) -> Result<Self, ServiceError> {
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
    fn open(&self, participant: Option<&Participant>, now: Timestamp) -> Change {
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
        };
        Contact::open(opening, now)
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

/// Who opens the contact for themselves, and not, as a front end, for somebody.
fn opener(call: &Call) -> Option<&PersonId> {
    let Caller::Person(person) = call.caller() else { return None };
    let is_for_somebody = person.roles.contains(&Role::FrontEnd);
    (!is_for_somebody).then_some(&person.id)
}

pub(super) async fn handle(
    app: &App,
    request: Request<OpenContactRequest>,
) -> Result<OpenContactResponse, IntakeError> {
    let (call, request) = split(request)?;
    let command = OpenContact::parse(&request)?;
    let scope = call.scope()?;
    let mut tx = match app.store.begin_once(&call, "OpenContact", command.request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let program = store::program_share(&mut tx, &scope).await?.ok_or(IntakeError::ProgramNotReady)?;
    let participant = match command.participant {
        Some(id) => {
            let keys = tx.keys().await?;
            let found = store::participant_find(tx.conn(), &keys, &scope, id).await?;
            Some(found.ok_or(IntakeError::ParticipantNotFound(id))?)
        }
        None => None,
    };
    let change = command.open(participant.as_ref(), app.now());
    concerns(&call, &change.contact);
    let answer = OpenContactResponse {
        contact: Some(wire::contact(&change.contact)),
        backup_line: program.backup_line,
        backup_text_line: program.backup_text_line.unwrap_or_default(),
    };
    let span = contact_span(&change.contact);
    async move {
        store::contact_insert(&mut tx, &scope, &change.contact, &command.facts).await?;
        if let Some(opener) = opener(&call) {
            store::contact_record_opener(&mut tx, &scope, change.contact.id, opener).await?;
        }
        store::change_follow(&mut tx, &scope, &change).await?;
        Ok(tx.commit_answering(answer).await?)
    }
    .instrument(span)
    .await
}
