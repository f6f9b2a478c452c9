//! AssessContact: what was stated when the contact was locked.

use harborline_identity::Subject;
use harborline_proto::triage::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, Said, ServiceError};
use harborline_store::Once;
use harborline_types::{ContactId, RequestId, ScreeningId};
use tonic::Request;

use super::locked_contact::LockedContact;
use crate::app::App;
use crate::domain::asq::Answers;
use crate::domain::facts::Stated;
use crate::error::TriageError;
use crate::store::screening::{Screening, screening_insert, self_screening_is_known};
use crate::wire;

struct AssessContact {
    request_id: RequestId,
    contact: ContactId,
    stated: Stated,
    self_screening: Option<Answers>,
}

/// Assesses a contact from everything known of it. Nothing is owed: the caller has the answer.
pub(super) async fn handle(
    app: &App,
    request: Request<pb::AssessContactRequest>,
) -> Result<pb::AssessContactResponse, TriageError> {
    let (call, request) = split(request)?;
    let command = AssessContact::parse(&request)?;
    let scope = call.scope()?;
    call.concerns(Subject::Contact(command.contact));
    let mut tx = match app.store.begin_once(&call, "AssessContact", command.request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let now = app.clock.now();
    let mut locked = LockedContact::lock(&mut tx, scope, command.contact, None).await?;
    let before = locked.known.facts.evidence();
    let self_result = command.stated.self_screening;
    let conclusion = locked.known.learn(&app.protocol, command.stated);
    locked.save(&mut tx).await?;
    if let Some(answers) = command.self_screening
        && !self_screening_is_known(&mut tx, &scope, command.contact, &answers).await?
    {
        let (id, contact) = (ScreeningId::new(), command.contact);
        let screening = Screening { id, contact, answers, result: self_result, by: None, at: now };
        screening_insert(&mut tx, &scope, &screening).await?;
    }
    let assessment = match locked.already_says(&conclusion) {
        Some(newest) => {
            if locked.known.facts.evidence() != before {
                locked.overtake_lowering(&mut tx, now).await?;
            }
            newest
        }
        None => locked.append(&mut tx, conclusion, None, now).await?,
    };
    let answer = pb::AssessContactResponse { assessment: Some(wire::assessment(assessment)) };
    Ok(tx.commit_answering(answer).await?)
}

impl AssessContact {
    fn parse(request: &pb::AssessContactRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let contact = fields.id("contact_id", &request.contact_id);
        let channel = fields.word("channel", request.channel);
        let caller = fields.word("caller", request.caller);
        // Somebody waits for the answer: a code that cannot be read here is as if it were absent.
        let mut said = Said::default();
        let language = said.language("language", &request.language);
        let jurisdiction = said.jurisdiction("jurisdiction", &request.jurisdiction);
        let signals = said.words("signals", &request.signals);
        let carried = match request.carried_acuity {
            0 => Some(None),
            carried => fields.word("carried_acuity", carried).map(Some),
        };
        let self_screening = request.self_screening.as_ref().map(wire::answers);
        let self_screening = self_screening.filter(|answers| *answers != Answers::default());
        let (Some(request_id), Some(contact), Some(channel), Some(caller), Some(carried)) =
            (request_id, contact, channel, caller, carried)
        else {
            return Err(fields.refused());
        };
        fields.finish()?;
        let result = self_screening.and_then(|answers| answers.score_partial());
        let stated = Stated { channel, caller, language, jurisdiction, signals, self_screening: result, carried };
        Ok(Self { request_id, contact, stated, self_screening })
    }
}
