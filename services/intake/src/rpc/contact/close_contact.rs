//! Ends a contact when the duties of its acuity are done, or leaves those that are open to a supervisor.

use harborline_identity::ProgramScope;
use harborline_proto::intake::v1::{CloseContactRequest, CloseContactResponse};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::{Once, Tx};
use harborline_types::{ContactId, Phi, RequestId};
use tonic::Request;

use crate::app::App;
use crate::domain::closing::MayWait;
use crate::domain::contact::Outcome;
use crate::domain::decision::DecisionKind;
use crate::error::IntakeError;
use crate::rpc::acting::actor;
use crate::rpc::newest_assessment::{Word, newest_assessment};
use crate::rpc::permit::{change_if_permitted, learn_before_change, look_first};
use crate::{store, wire};

/// Under which name answers to repeats are kept.
const CLOSE: &str = "CloseContact";

struct CloseContact {
    request_id: RequestId,
    contact: ContactId,
    outcome: Outcome,
    note: Phi<String>,
}

impl CloseContact {
    fn parse(request: &CloseContactRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let contact = fields.id("contact_id", &request.contact_id);
        let outcome = fields.word("outcome", request.outcome);
        let note = fields.text("note", &request.note, 0..=8000);
        let (Some(request_id), Some(contact), Some(outcome), Some(note)) = (request_id, contact, outcome, note) else {
            return Err(fields.refused());
        };
        Ok(Self { request_id, contact, outcome, note: note.into() })
    }
}

/// Which open duties the contact may be closed with: by triage's word or, while triage is silent, by what it told before.
async fn may_wait(tx: &mut Tx, scope: &ProgramScope, contact: ContactId, word: &Word) -> Result<MayWait, IntakeError> {
    Ok(match word {
        Word::Newest { lowering_waits: true, .. } => MayWait::Everything,
        Word::Newest { .. } | Word::None => MayWait::Nothing,
        Word::Silence => {
            let chain = store::contact_for_update(tx, scope, contact).await?.chain();
            let lowering_waits = store::decision_is_open(tx, scope, chain, DecisionKind::Lowering).await?;
            if lowering_waits { MayWait::Everything } else { MayWait::Proven }
        }
    })
}

pub(super) async fn handle(
    app: &App,
    request: Request<CloseContactRequest>,
) -> Result<CloseContactResponse, IntakeError> {
    let (call, request) = split(request)?;
    let command = CloseContact::parse(&request)?;
    let scope = call.scope()?;
    let by = actor(&call)?;
    learn_before_change(app, &call, &scope, command.contact).await?;
    if let Some(answer) = look_first(app, &call, CLOSE, command.request_id, &request, command.contact).await? {
        return Ok(answer);
    }
    let word = newest_assessment(app, &scope, command.contact).await;
    let mut tx = match app.store.begin_once(&call, CLOSE, command.request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let now = app.now();
    let may_wait = may_wait(&mut tx, &scope, command.contact, &word).await?;
    let contact = change_if_permitted(&mut tx, &call, &scope, command.contact, |contact| {
        word.heard_by(contact, now).close(command.outcome, by, may_wait, now)
    });
    let contact = contact.await?;
    store::contact_record_note(&mut tx, &scope, contact.id, &command.note).await?;
    Ok(tx.commit_answering(CloseContactResponse { contact: Some(wire::contact(&contact)) }).await?)
}
