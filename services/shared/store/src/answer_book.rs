//! Calls that may be repeated (P7), for who answers many of them in one statement.
//!
//! The rows are those of [`Store::begin_once`](crate::Store::begin_once): the same answers, sealed for the same places,
//! whichever replica wrote them. A call that was answered before fails the statement by `answered_request_key`.

use std::sync::Arc;

use harborline_identity::{Call, ProgramScope};
use harborline_keys::{ProgramKeys, Sealed};
use harborline_types::RequestId;
use sqlx::{PgConnection, Postgres, QueryBuilder};

use crate::once::answer_place;
use crate::{Store, StoreError};

/// What makes one call repeatable.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OnceKey {
    /// Who called.
    pub caller: String,
    /// The RPC's name.
    pub method: String,
    /// The caller's own id of the call.
    pub request_id: RequestId,
}

impl OnceKey {
    /// The key of a call.
    pub fn of(call: &Call, method: &str, request_id: RequestId) -> Self {
        Self { caller: call.caller_key(), method: method.to_owned(), request_id }
    }
}

/// A call that was answered.
#[derive(Clone)]
pub struct Answered {
    /// Which.
    pub key: OnceKey,
    /// What was asked, as [`AnswerBook::digest`] has it.
    pub request_hash: Vec<u8>,
    /// The answer, encoded.
    pub answer: Vec<u8>,
}

/// The stored answers of one program.
pub struct AnswerBook {
    scope: ProgramScope,
    keys: Arc<ProgramKeys>,
}

impl Store {
    /// The stored answers of the scope's program.
    ///
    /// # Errors
    /// As [`Store::keys`].
    pub async fn answers(&self, scope: &ProgramScope) -> Result<AnswerBook, StoreError> {
        Ok(AnswerBook { scope: *scope, keys: self.keys(scope).await? })
    }
}

impl AnswerBook {
    /// The keyed hash by which the same id with another body is known.
    pub fn digest(&self, request: &[u8]) -> Vec<u8> {
        self.keys.digest("answered_request.request_hash", request).to_vec()
    }

    /// Writes the part of a statement that stores answers; `from` is what it depends on.
    ///
    /// # Errors
    /// When an answer cannot be sealed.
    pub fn part(&self, query: &mut QueryBuilder<Postgres>, from: &str, answers: &[Answered]) -> Result<(), StoreError> {
        let mut sealed = Vec::new();
        for one in answers {
            let place = answer_place(&one.key.caller, &one.key.method, one.key.request_id);
            sealed.push(self.keys.seal_bytes(&place, one.answer.clone())?.bytes().to_vec());
        }
        let texts = |read: fn(&Answered) -> &String| answers.iter().map(|one| read(one).clone()).collect::<Vec<_>>();
        query.push(
            "insert into answered_request (program_id, caller, method, request_id, request_hash, answer) select ",
        );
        query.push_bind(self.scope.program()).push(", new.* from ").push(from).push(", unnest(");
        query.push_bind(texts(|one| &one.key.caller)).push("::text[], ");
        query.push_bind(texts(|one| &one.key.method)).push("::text[], ");
        query.push_bind(answers.iter().map(|one| one.key.request_id).collect::<Vec<_>>()).push("::uuid[], ");
        query.push_bind(answers.iter().map(|one| one.request_hash.clone()).collect::<Vec<_>>()).push("::bytea[], ");
        query.push_bind(sealed).push("::bytea[]) as new");
        Ok(())
    }

    /// The answers that these calls were given before.
    ///
    /// # Errors
    /// When the database does not answer, or an answer cannot be opened.
    pub async fn get(&self, connection: &mut PgConnection, keys: &[OnceKey]) -> Result<Vec<Answered>, StoreError> {
        let rows: Vec<(String, String, RequestId, Vec<u8>, Sealed)> = sqlx::query_as(
            "select caller, method, request_id, request_hash, answer
             from unnest($2::text[], $3::text[], $4::uuid[]) as asked (caller, method, request_id)
             join answered_request using (caller, method, request_id)
             where program_id = $1 and answer is not null",
        )
        .bind(self.scope.program())
        .bind(keys.iter().map(|key| key.caller.clone()).collect::<Vec<_>>())
        .bind(keys.iter().map(|key| key.method.clone()).collect::<Vec<_>>())
        .bind(keys.iter().map(|key| key.request_id).collect::<Vec<_>>())
        .fetch_all(connection)
        .await?;
        let answered = rows.into_iter().map(|(caller, method, request_id, request_hash, sealed)| {
            let place = answer_place(&caller, &method, request_id);
            let answer = self.keys.open_bytes(&place, &sealed)?.to_vec();
            Ok(Answered { key: OnceKey { caller, method, request_id }, request_hash, answer })
        });
        answered.collect()
    }
}
