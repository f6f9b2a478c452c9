//! Lists what a supervisor must decide or has decided.

use harborline_identity::Subject;
use harborline_proto::intake::v1::{ListDecisionsRequest, ListDecisionsResponse};
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_store::PageTokens;
use tonic::Request;

use crate::app::App;
use crate::error::IntakeError;
use crate::store;
use crate::wire::decision::decision;

pub(super) async fn handle(
    app: &App,
    request: Request<ListDecisionsRequest>,
) -> Result<ListDecisionsResponse, IntakeError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let Some(size) = fields.page_size("page_size", request.page_size) else { return Err(fields.refused().into()) };
    let scope = call.scope()?;
    let filter = ListDecisionsRequest { page_size: 0, page_token: String::new(), ..request.clone() };
    let tokens = PageTokens::of(scope.program(), "ListDecisions", &filter);
    let after = tokens.position(&request.page_token)?;
    let (keys, reader) = (app.store.keys(&scope).await?, app.store.reader(&scope));
    let mut decisions = store::decision_list(reader, &keys, &scope, request.open_only, after, size + 1).await?;
    let next_page_token = tokens.cut(&mut decisions, size, |one| one.id);
    for one in &decisions {
        call.concerns(Subject::Contact(one.contact));
    }
    let within = app.decisions.decide_within;
    Ok(ListDecisionsResponse {
        decisions: decisions.into_iter().map(|one| decision(one, within)).collect(),
        next_page_token,
    })
}
