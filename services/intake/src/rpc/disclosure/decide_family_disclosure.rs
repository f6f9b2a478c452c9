//! Decides what a family member may be told, and gives the counselor the sentence to say.

use harborline_disclosure::{
    Consent, Consented, DataClass, Extent, FamilyDecision, FamilyQuestion, FamilyThreat, ParticipantState, Preference,
    Purpose, Question, Recipient, Relationship, decide, decide_family,
};
use harborline_identity::{Act, Call, NotedAct, ProgramScope, Subject};
use harborline_proto::intake::v1::{DecideFamilyDisclosureRequest, DecideFamilyDisclosureResponse, FamilyScope};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::{Once, OnceTx, Tx};
use harborline_types::wire::{number, numbers};
use harborline_types::{ConsentId, ContactId, ParticipantId, Phi, RequestId, SupportPersonId, Timestamp};
use tonic::Request;
use uuid::Uuid;

use crate::app::App;
use crate::rpc::acting::acting;
use crate::rpc::permit::{facts_of_contact, learn_before_change};

use crate::error::IntakeError;
use crate::store::{self, FamilyAsking};
use crate::wire::participant::optional_word;

struct DecideFamily {
    request_id: RequestId,
    contact: ContactId,
    participant: Option<ParticipantId>,
    asker: Asker,
    state: ParticipantState,
    preference: Preference,
    threat: FamilyThreat,
    classes: Vec<DataClass>,
    is_verified: bool,
    in_best_interest: bool,
}

/// Who asks.
enum Asker {
    /// As the counselor says.
    Said(Asking),
    /// A support person on record.
    OnRecord(SupportPersonId),
}

/// What is known of who asks.
#[derive(Clone)]
struct Asking {
    name: Phi<String>,
    relationship: Relationship,
    represents: bool,
}

impl Asker {
    fn parse(fields: &mut Fields, request: &DecideFamilyDisclosureRequest) -> Option<Self> {
        if let Some(id) = fields.optional_id("support_person_id", &request.support_person_id)? {
            let name = fields.text("name", &request.name, 0..=200);
            let relationship = optional_word::<Relationship>(fields, "relationship", request.relationship);
            return name.zip(relationship).map(|_| Self::OnRecord(id));
        }
        let name = fields.text("name", &request.name, 1..=200);
        let relationship = fields.word("relationship", request.relationship);
        Some(Self::Said(Asking { name: name?.into(), relationship: relationship?, represents: request.represents }))
    }
}

impl DecideFamily {
    fn parse(request: &DecideFamilyDisclosureRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let contact = fields.id("contact_id", &request.contact_id);
        let participant = fields.optional_id("participant_id", &request.participant_id);
        let asker = Asker::parse(&mut fields, request);
        let state = fields.word("participant_state", request.participant_state);
        let preference = fields.word("preference", request.preference);
        let classes = fields.words("data_classes", &request.data_classes);
        let threat = fields.word("threat", request.threat);
        let (Some(request_id), Some(contact), Some(participant), Some(asker)) =
            (request_id, contact, participant, asker)
        else {
            return Err(fields.refused());
        };
        let (Some(state), Some(preference), Some(mut classes), Some(threat)) = (state, preference, classes, threat)
        else {
            return Err(fields.refused());
        };
        if classes.is_empty() {
            classes.push(DataClass::GeneralPhi);
        }
        Ok(Self {
            request_id,
            contact,
            participant,
            asker,
            state,
            preference,
            threat,
            classes,
            is_verified: request.is_verified,
            in_best_interest: request.in_best_interest,
        })
    }

    /// The classes that a consent in force covers for who asks, each with its consent.
    fn consented(
        &self,
        asking: &Asking,
        participant: Option<ParticipantId>,
        consents: &[Consent],
        is_part2: bool,
        now: Timestamp,
    ) -> Vec<(Consented, ConsentId)> {
        let asked = self.classes.iter().map(|class| class.in_program(is_part2));
        let covered = asked.filter_map(|class| {
            let question = Question {
                participant,
                class,
                purpose: Purpose::FamilyInvolvement,
                recipient: Recipient::Person { name: &asking.name, relationship: asking.relationship },
                through: None,
                now,
            };
            let id = decide(&question, consents, None).ok()?.consent()?;
            let is_written = consents.iter().any(|consent| consent.id == id && consent.is_written());
            Some((Consented { class, is_written }, id))
        });
        covered.collect()
    }
}

pub(super) async fn handle(
    app: &App,
    request: Request<DecideFamilyDisclosureRequest>,
) -> Result<DecideFamilyDisclosureResponse, IntakeError> {
    let (call, request) = split(request)?;
    let command = DecideFamily::parse(&request)?;
    call.concerns(Subject::Contact(command.contact));
    learn_before_change(app, &call, &call.scope()?, command.contact).await?;
    let tx = match app.store.begin_once(&call, "DecideFamilyDisclosure", command.request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    story(app, &call, command, tx).await
}

async fn story(
    app: &App,
    call: &Call,
    command: DecideFamily,
    mut tx: OnceTx<DecideFamilyDisclosureResponse>,
) -> Result<DecideFamilyDisclosureResponse, IntakeError> {
    let scope = call.scope()?;
    let keys = tx.keys().await?;
    let contact = store::contact_find(tx.conn(), &keys, &scope, command.contact).await?;
    let contact = contact.ok_or(IntakeError::ContactNotFound(command.contact))?;
    call.permit(&facts_of_contact(tx.conn(), call, &scope, &contact).await?)?;
    let program = store::program_get(tx.conn(), &scope).await?.ok_or(IntakeError::ContactNotFound(contact.id))?;
    let participant = command.participant.or(contact.participant);
    let mut consents = Vec::new();
    if let Some(id) = participant {
        call.concerns(Subject::Participant(id));
        if !store::participant_exists(tx.conn(), &scope, id).await? {
            return Err(IntakeError::ParticipantNotFound(id));
        }
        let keys = tx.keys().await?;
        let records = store::consent_list(tx.conn(), &keys, &scope, id).await?;
        consents = records.into_iter().map(|record| record.consent).collect();
    }
    let now = app.now();
    let (asks, preference) = asking(app, &mut tx, &scope, &command, participant).await?;
    let covered = command.consented(&asks, participant, &consents, program.is_part2, now);
    let consented: Vec<_> = covered.iter().map(|(consented, _)| *consented).collect();
    let question = FamilyQuestion {
        relationship: asks.relationship,
        is_verified: command.is_verified,
        represents: asks.represents,
        is_enrolled: participant.is_some(),
        state: command.state,
        preference,
        classes: &command.classes,
        consented: &consented,
        threat: command.threat,
        in_best_interest: command.in_best_interest,
        is_part2_program: program.is_part2,
    };
    let decision = decide_family(&question);
    let asking = FamilyAsking {
        id: Uuid::now_v7(),
        contact: contact.id,
        participant,
        asker: asks.name,
        decided_by: acting(call)?,
        decided_at: now,
    };
    let is_by_consent = decision.extent == Extent::AsConsented;
    let is_told = |covered: &&(Consented, ConsentId)| is_by_consent && decision.classes.contains(&covered.0.class);
    let consent = covered.iter().find(is_told).map(|(_, id)| *id);
    if decision.extent != Extent::Nothing {
        let basis = consent.map_or_else(|| decision.basis.to_string(), |id| id.to_string());
        let recipient = Some(format!("family_decision/{}", asking.id));
        call.note_act(NotedAct { act: Act::Disclose, recipient, basis: Some(basis) });
    }
    store::family_decision_insert(&mut tx, &scope, &asking, &question, &decision, consent).await?;
    Ok(tx.commit_answering(answer(decision, asking.id, consent)).await?)
}

/// Who asks, and what the participant wants told to them. Who is on record is asked about as the record says.
async fn asking(
    app: &App,
    tx: &mut Tx,
    scope: &ProgramScope,
    command: &DecideFamily,
    participant: Option<ParticipantId>,
) -> Result<(Asking, Preference), IntakeError> {
    let id = match &command.asker {
        Asker::Said(asking) => return Ok((asking.clone(), command.preference)),
        Asker::OnRecord(id) => *id,
    };
    let participant = participant.ok_or(IntakeError::SupportPersonNotFound(id))?;
    let keys = tx.keys().await?;
    let person = store::support_person_find(tx.conn(), &keys, scope, participant, id).await?;
    let person = person.filter(|person| person.ended_at.is_none()).ok_or(IntakeError::SupportPersonNotFound(id))?;
    let details = person.details.into_exposed();
    let preference = details.preference(command.preference);
    let represents = details.represents_on(app.now().date_naive());
    Ok((Asking { name: details.name.into(), relationship: details.relationship, represents }, preference))
}

fn answer(decision: FamilyDecision, id: Uuid, consent: Option<ConsentId>) -> DecideFamilyDisclosureResponse {
    DecideFamilyDisclosureResponse {
        outcome: number(decision.outcome),
        scope: Some(FamilyScope {
            extent: number(decision.extent),
            data_classes: numbers(&decision.classes),
            consent_id: consent.map(|id| id.to_string()).unwrap_or_default(),
        }),
        basis: number(decision.basis),
        duties: numbers(decision.duties),
        script: decision.script.to_owned(),
        decision_id: id.to_string(),
    }
}
