//! What other replicas ask of a pool's matcher: a row that is there until its command is done, or a hint that carries the
//! same while somebody is known to decide. A hint may be lost; who is not answered posts the row.

use std::collections::HashSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use harborline_identity::ProgramScope;
use harborline_store::{AnswerBook, Answered, Bound, HintKey, OnceKey, Store, StoreError};
use harborline_types::{ContactId, PersonId, ProgramId, RequestId};
use uuid::Uuid;

use super::{pools_hint, post_hint};
use crate::domain::matcher::Refused;

/// A posted call.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Post {
    pub(crate) post_id: Uuid,
    pub(crate) caller: String,
    pub(crate) method: String,
    pub(crate) request_id: RequestId,
    pub(crate) person_id: Option<PersonId>,
    pub(crate) body: Vec<u8>,
    /// Who posted it; none until it is posted.
    pub(crate) replica_id: Option<Uuid>,
}

impl Post {
    /// A call to post. The same call has the same id, whoever posts it.
    pub(crate) fn new(scope: &ProgramScope, key: OnceKey, person: Option<PersonId>, body: Vec<u8>) -> Self {
        let OnceKey { caller, method, request_id } = key;
        let subject = format!("{}/{caller}/{method}/{request_id}", scope.program());
        let post_id = RequestId::derived("post", subject).0;
        Self { post_id, caller, method, request_id, person_id: person, body, replica_id: None }
    }

    /// Under what it is answered.
    pub(crate) fn key(&self) -> OnceKey {
        OnceKey { caller: self.caller.clone(), method: self.method.clone(), request_id: self.request_id }
    }
}

/// Posts calls for the pool's matcher, but for those that were answered; answers which are posted.
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

/// The answers that are there, of calls that were posted.
pub(crate) async fn answers_get(
    store: &Store,
    scope: &ProgramScope,
    book: &AnswerBook,
    keys: &[OnceKey],
) -> Result<Vec<Answered>, StoreError> {
    let mut tx = store.begin(scope).await?;
    book.get(tx.conn(), keys).await
}

/// What is posted, in the order in which it came.
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

/// What became of a post, as who posted it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The encoded answer, and the contact that it is about where the matcher has named it.
    Done(Vec<u8>, Option<ContactId>),
    /// Why it is refused.
    Refused(Refused),
    /// The answer is stored.
    Stored,
}

impl Outcome {
    /// What became of which post.
    pub(crate) fn read(hint: &str) -> Option<(Uuid, Self)> {
        let (post, outcome) = hint.split_once('\n').unwrap_or((hint, ""));
        let mut parts = outcome.split(' ');
        let outcome = match parts.next()? {
            "done" => {
                let contact = parts.next()?.parse().ok();
                Self::Done(BASE64.decode(parts.next()?).ok()?, contact)
            }
            "refused" => Self::Refused(parts.next()?.parse().ok()?),
            _ => Self::Stored,
        };
        Some((post.parse().ok()?, outcome))
    }
}

/// Tells a replica what became of something that it posted.
pub(crate) fn outcome_hint(replica: Uuid, program: ProgramId, post: Uuid, outcome: &Outcome) -> HintKey {
    let hint = HintKey::new("post-outcome", format_args!("{replica}/{program}/{post}")).to(replica);
    match outcome {
        Outcome::Done(answer, contact) => {
            let contact = contact.map_or_else(|| "-".to_owned(), |contact| contact.to_string());
            hint.carrying(&format!("done {contact} {}", BASE64.encode(answer)))
        }
        Outcome::Refused(refused) => hint.carrying(&format!("refused {}", refused.as_str())),
        Outcome::Stored => hint,
    }
}

/// What a replica that posts watches.
pub(crate) fn outcomes_watch(replica: Uuid, program: ProgramId) -> HintKey {
    HintKey::new("post-outcome", format_args!("{replica}/{program}")).to(replica)
}

/// Asks the replica that decides, without a row; none when the call is too long for that.
pub(crate) fn ask_hint(leader: Uuid, program: ProgramId, from: Uuid, post: &Post) -> Option<HintKey> {
    let person = post.person_id.as_ref().map(PersonId::as_str).unwrap_or_default();
    let texts = [post.caller.as_bytes(), person.as_bytes(), &post.body].map(|bytes| BASE64.encode(bytes)).join(" ");
    let carries = format!("{from} {} {} {texts}", post.method, post.request_id);
    let bare = HintKey::new("ask", format_args!("{leader}/{program}/{}", post.post_id)).to(leader);
    let carrying = bare.clone().carrying(&carries);
    (carrying != bare).then_some(carrying)
}

/// What a replica that decides for a program watches.
pub(crate) fn asks_watch(leader: Uuid, program: ProgramId) -> HintKey {
    HintKey::new("ask", format_args!("{leader}/{program}")).to(leader)
}

impl Post {
    /// Reads what was asked by a hint.
    pub(crate) fn read(hint: &str) -> Option<Self> {
        let (post, carried) = hint.split_once('\n')?;
        let mut parts = carried.split(' ');
        let replica_id = Some(parts.next()?.parse().ok()?);
        let (method, request_id) = (parts.next()?.to_owned(), RequestId(parts.next()?.parse().ok()?));
        let mut bytes = || BASE64.decode(parts.next()?).ok();
        let (caller, person) = (String::from_utf8(bytes()?).ok()?, String::from_utf8(bytes()?).ok()?);
        let (person_id, body) = (PersonId::parse(&person), bytes()?);
        Some(Self { post_id: post.parse().ok()?, caller, method, request_id, person_id, body, replica_id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn below(hint: &HintKey) -> &str {
        hint.as_str().splitn(4, '/').nth(3).unwrap()
    }

    #[test]
    fn a_call_is_asked_by_a_hint_as_it_is_posted_and_a_long_one_is_not() {
        let (program, [leader, from, post_id, request]) = (ProgramId::new(), [(); 4].map(|()| Uuid::new_v4()));
        let post = |body: usize, person_id| {
            let (caller, method) = ("person/ana of the night".to_owned(), "AcceptOffer".to_owned());
            let (request_id, body) = (RequestId(request), vec![0; body]);
            Post { post_id, caller, method, request_id, person_id, body, replica_id: Some(from) }
        };
        for post in [post(100, PersonId::parse("ana of the night")), post(0, None)] {
            let hint = ask_hint(leader, program, from, &post).unwrap();
            assert_eq!(Post::read(below(&hint)), Some(post));
        }
        assert_eq!(ask_hint(leader, program, from, &post(8_000, None)), None);
    }

    #[test]
    fn who_asked_is_told_what_became_of_it() {
        let (replica, program, post) = (Uuid::new_v4(), ProgramId::new(), Uuid::new_v4());
        let outcomes = [
            Outcome::Done(vec![1, 2, 3], Some(ContactId::new())),
            Outcome::Done(Vec::new(), None),
            Outcome::Refused(Refused::OfferClosed),
            Outcome::Stored,
        ];
        for outcome in outcomes {
            let hint = outcome_hint(replica, program, post, &outcome);
            assert_eq!(Outcome::read(below(&hint)), Some((post, outcome)));
        }
        let large = outcome_hint(replica, program, post, &Outcome::Done(vec![0; 8_000], None));
        assert_eq!(Outcome::read(below(&large)), Some((post, Outcome::Stored)));
    }
}
