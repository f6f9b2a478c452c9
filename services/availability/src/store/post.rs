//! What other replicas ask of a pool's matcher: a row that is there until its command is done.

use harborline_identity::ProgramScope;
use harborline_store::{Bound, HintKey, OnceKey, Store, StoreError};
use harborline_types::{PersonId, RequestId};
use uuid::Uuid;

use super::{pools_hint, post_hint};

/// A posted call.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Post {
    pub(crate) post_id: Uuid,
    pub(crate) caller: String,
    pub(crate) method: String,
    pub(crate) request_id: RequestId,
    pub(crate) person_id: Option<PersonId>,
    pub(crate) body: Vec<u8>,
}

impl Post {
    /// A call to post. The same call has the same id, whoever posts it.
    pub(crate) fn new(scope: &ProgramScope, key: OnceKey, person: Option<PersonId>, body: Vec<u8>) -> Self {
        let OnceKey { caller, method, request_id } = key;
        let subject = format!("{}/{caller}/{method}/{request_id}", scope.program());
        let post_id = RequestId::derived("post", subject).0;
        Self { post_id, caller, method, request_id, person_id: person, body }
    }

    /// Under what it is answered.
    pub(crate) fn key(&self) -> OnceKey {
        OnceKey { caller: self.caller.clone(), method: self.method.clone(), request_id: self.request_id }
    }
}

/// Posts a call for the pool's matcher, unless it was answered or is posted already.
pub(crate) async fn post_add(store: &Store, scope: &ProgramScope, post: &Post) -> Result<(), StoreError> {
    let mut tx = store.begin(scope).await?;
    sqlx::query(
        "insert into matcher_post (program_id, post_id, caller, method, request_id, person_id, body)
         select $1, $2, $3, $4, $5, $6, $7
         where not exists (select from answered_request
                           where program_id = $1 and caller = $3 and method = $4 and request_id = $5)
         on conflict on constraint matcher_post_key do nothing",
    )
    .bind(scope.program())
    .bind(post.post_id)
    .bind(&post.caller)
    .bind(&post.method)
    .bind(post.request_id)
    .bind(&post.person_id)
    .bind(&post.body)
    .execute(tx.conn())
    .await?;
    tx.hint(post_hint(scope.program()));
    tx.hint(pools_hint());
    tx.commit().await
}

/// What is posted, in the order in which it came.
pub(crate) async fn post_list(bound: &mut Bound, scope: &ProgramScope) -> Result<Vec<Post>, StoreError> {
    let posts = sqlx::query_as(
        "select post_id, caller, method, request_id, person_id, body from matcher_post
         where program_id = $1 order by posted_at, post_id limit 1024",
    )
    .bind(scope.program())
    .fetch_all(bound.conn())
    .await?;
    Ok(posts)
}

/// Tells who posted a call what became of it: `done`, and the answer is stored; or why it is refused.
pub(crate) fn outcome_hint(post: Uuid, outcome: &str) -> HintKey {
    HintKey::new("post-outcome", format_args!("{post}/{outcome}"))
}

/// What the one who posted watches.
pub(crate) fn outcome_watch(post: Uuid) -> HintKey {
    HintKey::new("post-outcome", post)
}
