//! Replaces the phrase by which a participant is recognized.

use harborline_identity::Subject;
use harborline_proto::intake::v1::{ReplaceVerificationPhraseRequest, ReplaceVerificationPhraseResponse};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::{ParticipantId, Phi, RequestId};
use tonic::Request;
use uuid::Uuid;

use crate::app::App;
use crate::domain::verification::PhraseHash;
use crate::error::IntakeError;
use crate::store;

struct ReplaceVerificationPhrase {
    request_id: RequestId,
    id: ParticipantId,
    phrase: Phi<String>,
}

impl ReplaceVerificationPhrase {
    fn parse(request: &ReplaceVerificationPhraseRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let id = fields.id("participant_id", &request.participant_id);
        let phrase = fields.text("verification_phrase", &request.verification_phrase, 8..=200);
        let (Some(request_id), Some(id), Some(phrase)) = (request_id, id, phrase) else { return Err(fields.refused()) };
        Ok(Self { request_id, id, phrase: phrase.into() })
    }
}

pub(super) async fn handle(
    app: &App,
    request: Request<ReplaceVerificationPhraseRequest>,
) -> Result<ReplaceVerificationPhraseResponse, IntakeError> {
    let (call, request) = split(request)?;
    let command = ReplaceVerificationPhrase::parse(&request)?;
    let scope = call.scope()?;
    call.concerns(Subject::Participant(command.id));
    let mut tx = match app.store.begin_once(&call, "ReplaceVerificationPhrase", command.request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let mut participant = store::participant_for_update(&mut tx, &scope, command.id, None).await?.participant;
    participant.updated_at = app.now();
    let phrase = PhraseHash::of(&command.phrase, Uuid::new_v4().into_bytes());
    store::participant_save(&mut tx, &scope, &participant, &phrase).await?;
    Ok(tx.commit_answering(ReplaceVerificationPhraseResponse {}).await?)
}
