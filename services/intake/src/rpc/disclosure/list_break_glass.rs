//! Lists emergency accesses, the newest first.

use harborline_identity::Subject;
use harborline_proto::intake::v1::{ListBreakGlassRequest, ListBreakGlassResponse};
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_store::PageTokens;
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
    let scope = call.scope()?;
    let filter = ListBreakGlassRequest { page_size: 0, page_token: String::new(), ..request.clone() };
    let tokens = PageTokens::of(scope.program(), "ListBreakGlass", &filter);
    let after = tokens.position(&request.page_token)?;
    let (keys, reader) = (app.store.keys(&scope).await?, app.store.reader(&scope));
    let mut taken = store::break_glass_list(reader, &keys, &scope, request.unreviewed_only, after, size + 1).await?;
    let next_page_token = tokens.cut(&mut taken, size, |one| one.id);
    for one in &taken {
        call.concerns(Subject::Participant(one.participant));
    }
    let now = app.now();
    Ok(ListBreakGlassResponse { accesses: taken.into_iter().map(|one| access(one, now)).collect(), next_page_token })
}
