use harborline_identity::Subject;
use harborline_proto::intake::v1::{ListBreakGlassRequest, ListBreakGlassResponse};
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_store::PageToken;
use tonic::Request;

use crate::app::App;
use crate::error::IntakeError;
use crate::store;
use crate::wire::break_glass::access;

pub(super) async fn handle(
    app: &App,
    request: Request<ListBreakGlassRequest>,
) -> Result<ListBreakGlassResponse, IntakeError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let Some(size) = fields.page_size("page_size", request.page_size) else { return Err(fields.refused().into()) };
    let after = PageToken::parse(&request.page_token)?.position()?;
    let scope = call.scope()?;
    let (keys, reader) = (app.store.keys(&scope).await?, app.store.reader(&scope));
    let mut taken = store::break_glass_list(reader, &keys, &scope, request.unreviewed_only, after, size + 1).await?;
    let more = taken.len() as i64 > size;
    if more {
        taken.pop();
    }
    for one in &taken {
        call.concerns(Subject::Participant(one.participant));
    }
    let next_page_token = taken.last().filter(|_| more).map(|last| PageToken::write(last.id)).unwrap_or_default();
    let now = app.now();
    Ok(ListBreakGlassResponse { accesses: taken.into_iter().map(|one| access(one, now)).collect(), next_page_token })
}
