//! Merges what the five services have on record about one participant. Each answers a page behind the same place, so
//! that a page is right however the acts are spread; a neighbor that does not answer is named, never silently missing.

use std::time::Duration;

use futures::future::join_all;
use harborline_audit::{Place, recorded_tokens};
use harborline_identity::{Facts, ProgramScope, ServiceName, Subject};
use harborline_proto::common::v1::{Access, ListRecordedAccessesRequest};
use harborline_proto::intake::v1::{ListAccessesRequest, ListAccessesResponse};
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_store::PageTokens;
use harborline_types::{ParticipantId, wire};
use tonic::Request;
use uuid::Uuid;

use crate::app::App;
use crate::error::IntakeError;
use crate::store;

/// How long a neighbor may take. A page without it is answered after that.
const PATIENCE: Duration = Duration::from_secs(2);

pub(super) async fn handle(
    app: &App,
    request: Request<ListAccessesRequest>,
) -> Result<ListAccessesResponse, IntakeError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let participant = fields.id::<ParticipantId>("participant_id", &request.participant_id);
    let size = fields.page_size("page_size", request.page_size);
    let (Some(participant), Some(size)) = (participant, size) else { return Err(fields.refused().into()) };
    let scope = call.scope()?;
    let filter = ListAccessesRequest { page_size: 0, page_token: String::new(), ..request.clone() };
    let tokens = PageTokens::of(scope.program(), "ListAccesses", &filter);
    let before: Option<Place> = tokens.position(&request.page_token)?;
    call.concerns(Subject::Participant(participant));
    let is_own = call.person()?.own_participant() == Some(participant);
    call.permit(&Facts { is_own, ..Facts::default() })?;
    let reader = app.store.reader(&scope);
    let known = store::participant_exists(reader, &scope, participant).await?;
    if !known {
        return Err(IntakeError::ParticipantNotFound(participant));
    }

    let contacts = store::contacts_of_participant(reader, &scope, participant).await?;
    let subjects: Vec<Uuid> = std::iter::once(participant.0).chain(contacts.into_iter().map(|id| id.0)).collect();
    let (mut accesses, _) = app.accesses.page(&scope, &subjects, before, size + 1).await?;
    let subject_ids: Vec<String> = subjects.iter().map(Uuid::to_string).collect();
    let recorded = recorded_tokens(&scope, &subject_ids);
    let asking = ListRecordedAccessesRequest {
        subject_ids,
        page_size: i32::try_from(size).unwrap_or_default(),
        page_token: before.map(|place| recorded.write(place)).unwrap_or_default(),
    };
    let (found, incomplete_services) = ask_neighbors(app, &scope, &asking).await;
    accesses.extend(found);
    Ok(page(&tokens, accesses, size, incomplete_services))
}

/// What the neighbors have on record, and who of them did not answer.
async fn ask_neighbors(
    app: &App,
    scope: &ProgramScope,
    asking: &ListRecordedAccessesRequest,
) -> (Vec<Access>, Vec<String>) {
    let asked = app.ports.records.iter().map(|(service, port)| async move {
        let answer = tokio::time::timeout(PATIENCE, port.list_recorded_accesses(scope, asking.clone())).await;
        (*service, answer.ok().and_then(Result::ok))
    });
    let (mut found, mut silent) = (Vec::new(), Vec::new());
    for (service, answer) in join_all(asked).await {
        match answer {
            Some(answer) => found.extend(answer.accesses),
            None => silent.push(ServiceName::to_string(&service)),
        }
    }
    (found, silent)
}

/// The newest of all, and where the next page begins. Each service has answered as many as a page holds, if it has them,
/// so that a full page may be followed by another one.
fn page(
    tokens: &PageTokens,
    accesses: Vec<Access>,
    size: i64,
    incomplete_services: Vec<String>,
) -> ListAccessesResponse {
    let mut placed: Vec<_> = accesses.into_iter().filter_map(|access| Some((place(&access)?, access))).collect();
    placed.sort_unstable_by_key(|(place, _)| std::cmp::Reverse(*place));
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let is_full = placed.len() >= size;
    placed.truncate(size);
    let last = placed.last().filter(|_| is_full).map(|(place, _)| *place);
    ListAccessesResponse {
        accesses: placed.into_iter().map(|(_, access)| access).collect(),
        next_page_token: last.map(|place| tokens.write(place)).unwrap_or_default(),
        incomplete_services,
    }
}

fn place(access: &Access) -> Option<Place> {
    let at = wire::instant(access.at.as_ref()?)?;
    Some(Place { at, record: access.access_id.parse().ok()? })
}
