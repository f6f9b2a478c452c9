//! Enrolls many participants: rows come in, results go out in the same order.
//!
//! Each row is enrolled as EnrollParticipant does it, in a transaction and with a row of the record of its own; its request
//! id follows from its source and key, so that the same row is one person. A few rows are on their way at once; what
//! follows waits with the client, so that memory is bounded whatever their number. A fault that is not the row's ends the
//! stream: the client sends again.

use std::sync::Arc;

use futures::stream::{BoxStream, StreamExt};
use harborline_identity::Call;
use harborline_proto::common::v1::Reason;
use harborline_proto::intake::v1::{
    EnrollParticipantRequest, ImportOutcome, ImportParticipantsRequest, ImportParticipantsResponse, WrongField,
};
use harborline_runtime::{call, next_message};
use harborline_status::{Fields, ServiceError};
use harborline_types::RequestId;
use tonic::{Request, Status, Streaming};

use crate::app::App;
use crate::error::IntakeError;
use crate::rpc::program::enroll_participant::{Enrolled, enroll};

/// What is sent.
pub(super) type Answers = BoxStream<'static, Result<ImportParticipantsResponse, Status>>;

/// Rows on their way at once: few, since whoever calls for help needs the database too.
const AT_ONCE: usize = 4;

/// The label of the hash from which a row's request id follows.
const ROW: &str = "import_participants.row";

pub(super) async fn handle(
    app: &Arc<App>,
    request: Request<Streaming<ImportParticipantsRequest>>,
) -> Result<Answers, IntakeError> {
    let call = call(&request)?;
    // Each row is on record by itself.
    call.put_on_record();
    let importing = app.clone();
    let results = request.into_inner().map(move |row| {
        let (app, call) = (importing.clone(), call.further_act());
        async move {
            let row = next_message(row)?;
            Ok(result(&app, &call, row).await.map_err(ServiceError::from)?)
        }
    });
    Ok(app.streams.limit(results.buffered(AT_ONCE)).boxed())
}

/// What one row comes to.
async fn result(
    app: &App,
    call: &Call,
    row: ImportParticipantsRequest,
) -> Result<ImportParticipantsResponse, IntakeError> {
    let row_key = row.row_key.clone();
    let (outcome, participant_id, refused) = match import(app, call, row).await {
        Ok(Enrolled::New(id)) => (ImportOutcome::Enrolled, id.to_string(), None),
        Ok(Enrolled::Before(participant_id)) => (ImportOutcome::Known, participant_id, None),
        Ok(Enrolled::NotKept) => (ImportOutcome::Right, String::new(), None),
        Err(error) => (ImportOutcome::Refused, String::new(), Some(of_the_row(error)?)),
    };
    let wrong = refused.iter().flat_map(ServiceError::wrong_fields).cloned();
    Ok(ImportParticipantsResponse {
        row_key,
        outcome: outcome.into(),
        participant_id,
        reason: refused.as_ref().map_or(0, |refused| refused.reason().into()),
        wrong_fields: wrong.map(|(field, description)| WrongField { field, description }).collect(),
    })
}

async fn import(app: &App, call: &Call, row: ImportParticipantsRequest) -> Result<Enrolled, IntakeError> {
    let mut fields = Fields::new();
    fields.text("source", &row.source, 1..=200);
    fields.text("row_key", &row.row_key, 1..=200);
    let participant = fields.message("participant", row.participant.as_ref()).into_owned();
    fields.finish()?;
    let request_id = request_id(app, call, &row).await?.to_string();
    let participant = EnrollParticipantRequest { request_id, ..participant };
    let enrolled = enroll(app, call, "ImportParticipants", &participant, !row.dry_run).await;
    enrolled.map_err(|error| match error {
        IntakeError::Service(error) if error.reason() == Reason::RequestInvalid => {
            let within =
                |(field, description): &(String, String)| (format!("participant.{field}"), description.clone());
            ServiceError::invalid(error.wrong_fields().iter().map(within).collect()).into()
        }
        error => error,
    })
}

/// By the program's key: a row's key at its source may be a number by which a person is known there. Both are taken as they
/// are, and the length of the first keeps them apart.
async fn request_id(app: &App, call: &Call, row: &ImportParticipantsRequest) -> Result<RequestId, IntakeError> {
    let keys = app.store.keys(&call.scope()?).await?;
    let hash = keys.digest(ROW, format!("{}/{}/{}", row.source.len(), row.source, row.row_key).as_bytes());
    Ok(RequestId::derived("ImportParticipants", format_args!("{hash:?}")))
}

/// The refusal, where it is the row's fault.
fn of_the_row(error: IntakeError) -> Result<ServiceError, IntakeError> {
    let error = ServiceError::from(error);
    match error.reason() {
        Reason::RequestInvalid
        | Reason::DedicatedNumberTaken
        | Reason::SafetyPlanSectionFull
        | Reason::RequestIdReused => Ok(error),
        _ => Err(error.into()),
    }
}
