//! Finds support persons by a number, or by words of their name.

use harborline_identity::Subject;
use harborline_proto::intake::v1::{FindSupportPersonsRequest, FindSupportPersonsResponse};
use harborline_runtime::split;
use harborline_status::Fields;
use tonic::Request;

use crate::app::App;
use crate::error::IntakeError;
use crate::{store, wire};

/// So many are answered at most.
const MOST: usize = 20;

pub(super) async fn handle(
    app: &App,
    request: Request<FindSupportPersonsRequest>,
) -> Result<FindSupportPersonsResponse, IntakeError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let look_ups = wire::support_person::read_look_ups(&mut fields, &request);
    fields.finish()?;
    let look_ups = look_ups.unwrap_or_default();
    let scope = call.scope()?;
    let keys = app.store.keys(&scope).await?;
    let most = i64::try_from(MOST).unwrap_or(i64::MAX).saturating_add(1);
    let mut found = store::support_person_look_up(app.store.reader(&scope), &keys, &scope, &look_ups, most).await?;
    let has_more = found.len() > MOST;
    found.truncate(MOST);
    found.iter().for_each(|person| call.concerns(Subject::Participant(person.participant)));
    let support_persons = found.into_iter().map(wire::support_person::summary).collect();
    Ok(FindSupportPersonsResponse { support_persons, has_more })
}
