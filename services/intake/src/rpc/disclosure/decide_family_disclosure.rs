//! Decides what a family member may be told, and gives the counselor the sentence to say.

use harborline_disclosure::{
    Consent, Consented, DataClass, Extent, FamilyDecision, FamilyQuestion, FamilyThreat, ParticipantState, Preference,
    Purpose, Question, Recipient, Relationship, decide, decide_family,
};
use harborline_identity::{Act, Call, NotedAct, Subject};
use harborline_proto::intake::v1::{DecideFamilyDisclosureRequest, DecideFamilyDisclosureResponse, FamilyScope};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::{Once, OnceTx};
use harborline_types::wire::{number, numbers};
use harborline_types::{ConsentId, ContactId, ParticipantId, Phi, RequestId, Timestamp};
use tonic::Request;
use uuid::Uuid;

use crate::app::App;
use crate::rpc::acting::acting;
use crate::rpc::permit::{facts_of_contact, learn_before_change};

use crate::error::IntakeError;
use crate::store::{self, FamilyAsking};

struct DecideFamily {
    request_id: RequestId,
    contact: ContactId,
    participant: Option<ParticipantId>,
    name: Phi<String>,
    relationship: Relationship,
    state: ParticipantState,
    preference: Preference,
    threat: FamilyThreat,
    classes: Vec<DataClass>,
    is_verified: bool,
    represents: bool,
    in_best_interest: bool,
}

impl DecideFamily {
    fn parse(request: &DecideFamilyDisclosureRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let contact = fields.id("contact_id", &request.contact_id);
        let participant = fields.optional_id("participant_id", &request.participant_id);
        let name = fields.text("name", &request.name, 1..=200);
        let relationship = fields.word("relationship", request.relationship);
        let state = fields.word("participant_state", request.participant_state);
        let preference = fields.word("preference", request.preference);
        let classes = fields.words("data_classes", &request.data_classes);
        let threat = fields.word("threat", request.threat);
        let (Some(request_id), Some(contact), Some(participant), Some(name), Some(relationship)) =
            (request_id, contact, participant, name, relationship)
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
            name: name.into(),
            relationship,
            state,
            preference,
            threat,
            classes,
            is_verified: request.is_verified,
            represents: request.represents,
            in_best_interest: request.in_best_interest,
        })
    }

    /// The classes that a consent in force covers for who asks, each with its consent.
    fn consented(
        &self,
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
                recipient: Recipient::Person { name: &self.name, relationship: self.relationship },
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
    let covered = command.consented(participant, &consents, program.is_part2, now);
    let consented: Vec<_> = covered.iter().map(|(consented, _)| *consented).collect();
    let question = FamilyQuestion {
        relationship: command.relationship,
        is_verified: command.is_verified,
        represents: command.represents,
        is_enrolled: participant.is_some(),
        state: command.state,
        preference: command.preference,
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
        asker: command.name.clone(),
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
