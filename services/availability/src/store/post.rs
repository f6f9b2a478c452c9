//! Calls from other replicas to a pool's matcher: a row that is there until its command is done, or, while a leader is
//! known, a hint that carries the same ([`super::carried`]). A hint may be lost: a replica that gets no answer posts
//! the row.

use std::collections::HashSet;

use harborline_identity::ProgramScope;
use harborline_store::{AnswerBook, Answered, Bound, OnceKey, Store, StoreError};
use harborline_types::{PersonId, RequestId};
use uuid::Uuid;

use super::{pools_hint, post_hint};

/// A posted call.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Post {
    pub(crate) post_id: Uuid,
    pub(crate) caller: String,
    pub(crate) method: String,
    pub(crate) request_id: RequestId,
    pub(crate) person_id: Option<PersonId>,
    pub(crate) body: Vec<u8>,
    /// The replica that posted it; none until it is posted.
    pub(crate) replica_id: Option<Uuid>,
}

impl Post {
    /// A call to post. The same call has the same id at every replica.
    pub(crate) fn new(scope: &ProgramScope, key: OnceKey, person: Option<PersonId>, body: Vec<u8>) -> Self {
        let OnceKey { caller, method, request_id } = key;
        let subject = format!("{}/{caller}/{method}/{request_id}", scope.program());
        let post_id = RequestId::derived("post", subject).0;
        Self { post_id, caller, method, request_id, person_id: person, body, replica_id: None }
    }

    /// The key of its stored answer.
    pub(crate) fn key(&self) -> OnceKey {
        OnceKey { caller: self.caller.clone(), method: self.method.clone(), request_id: self.request_id }
    }
}

/// Posts those of these calls that were not answered before; returns which ones.
pub(crate) async fn post_add(
    store: &Store,
    scope: &ProgramScope,
    replica: Uuid,
    posts: &[Post],
) -> Result<HashSet<Uuid>, StoreError> {
    if posts.is_empty() {
        return Ok(HashSet::new());
    }
    let mut tx = store.begin(scope).await?;
    let posted = sqlx::query_scalar(
        "insert into matcher_post (program_id, post_id, caller, method, request_id, person_id, body, replica_id)
         select $1, post_id, caller, method, request_id, person_id, body, $8
         from unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::bytea[])
              as new (post_id, caller, method, request_id, person_id, body)
         where not exists (select from answered_request as answered
                           where answered.program_id = $1 and answered.caller = new.caller
                             and answered.method = new.method and answered.request_id = new.request_id)
         on conflict on constraint matcher_post_key do update set replica_id = excluded.replica_id
         returning post_id",
    )
    .bind(scope.program())
    .bind(posts.iter().map(|post| post.post_id).collect::<Vec<_>>())
    .bind(posts.iter().map(|post| post.caller.clone()).collect::<Vec<_>>())
    .bind(posts.iter().map(|post| post.method.clone()).collect::<Vec<_>>())
    .bind(posts.iter().map(|post| post.request_id).collect::<Vec<_>>())
    .bind(posts.iter().map(|post| post.person_id.clone()).collect::<Vec<_>>())
    .bind(posts.iter().map(|post| post.body.clone()).collect::<Vec<_>>())
    .bind(replica)
    .fetch_all(tx.conn())
    .await?;
    let is_led: bool = sqlx::query_scalar(
        "select exists (select from matcher_lease where program_id = $1 and until >= clock_timestamp())",
    )
    .bind(scope.program())
    .fetch_one(tx.conn())
    .await?;
    tx.hint(post_hint(scope.program()));
    if !is_led {
        tx.hint(pools_hint());
    }
    tx.commit().await?;
    Ok(posted.into_iter().collect())
}

/// The stored answers of these calls.
pub(crate) async fn answers_get(
    store: &Store,
    scope: &ProgramScope,
    book: &AnswerBook,
    keys: &[OnceKey],
) -> Result<Vec<Answered>, StoreError> {
    let mut tx = store.begin(scope).await?;
    book.get(tx.conn(), keys).await
}

/// The posted calls, the oldest first.
pub(crate) async fn post_list(bound: &mut Bound, scope: &ProgramScope) -> Result<Vec<Post>, StoreError> {
    let posts = sqlx::query_as(
        "select post_id, caller, method, request_id, person_id, body, replica_id from matcher_post
         where program_id = $1 order by posted_at, post_id limit 1024",
    )
    .bind(scope.program())
    .fetch_all(bound.conn())
    .await?;
    Ok(posts)
}
