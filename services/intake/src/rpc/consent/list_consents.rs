//! Lists a participant's consents, also the ended ones.

use harborline_identity::Subject;
use harborline_proto::intake::v1::{ListConsentsRequest, ListConsentsResponse};
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_types::ParticipantId;
use tonic::Request;

use super::record_consent::permit_keeping;
use crate::app::App;
use crate::error::IntakeError;
use crate::{store, wire};

pub(super) async fn handle(
    app: &App,
    request: Request<ListConsentsRequest>,
) -> Result<ListConsentsResponse, IntakeError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let Some(id) = fields.id::<ParticipantId>("participant_id", &request.participant_id) else {
        return Err(fields.refused().into());
    };
    let scope = call.scope()?;
    call.concerns(Subject::Participant(id));
    permit_keeping(&call, id)?;
    if !store::participant_exists(app.store.reader(&scope), &scope, id).await? {
        return Err(IntakeError::ParticipantNotFound(id));
    }
    let keys = app.store.keys(&scope).await?;
    let records = store::consent_list(app.store.reader(&scope), &keys, &scope, id).await?;
    Ok(ListConsentsResponse { consents: records.into_iter().map(wire::consent::consent).collect() })
}
