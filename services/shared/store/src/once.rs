//! Calls that may be repeated (P7): same request id, same answer, one effect.
//!
//! The answer is stored in the state's own transaction, not in a cache, so a crash between effect and answer cannot
//! happen. Failures are not stored: the caller repeats, and it is tried again.
//!
//! Answers carry health information, so they are sealed; and the request's hash is keyed, for a plain one of a telephone
//! number can be guessed.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use harborline_identity::{Call, ProgramScope};
use harborline_keys::{Place, ProgramKeys, Sealed};
use harborline_types::RequestId;
use prost::Message;

use crate::access::{self, AccessRecord};
use crate::connections::Mode;
use crate::{Store, StoreError, Tx};

/// What a repeatable call finds.
pub enum Once<A> {
    /// The call was answered before; this is the answer.
    Replay(A),
    /// The call is new. Dropping the transaction undoes everything.
    Fresh(OnceTx<A>),
}

/// The transaction of one repeatable call, which must end with its answer.
pub struct OnceTx<A> {
    tx: Tx,
    key: Box<Key>,
    call: Box<Call>,
    answer: std::marker::PhantomData<fn(A)>,
}

struct Key {
    scope: ProgramScope,
    caller: String,
    method: &'static str,
    request_id: RequestId,
    keys: Arc<ProgramKeys>,
}

impl Key {
    /// Where the answer is sealed for.
    fn place(&self) -> Place {
        answer_place(&self.caller, self.method, self.request_id)
    }

    /// The statement that claims the request id. It goes with the begin, in a message that takes no parameters: so what it
    /// says is written out, in letters and digits alone.
    fn claim(&self, hash: &[u8; 32]) -> String {
        let bytes = |bytes: &[u8]| format!("decode('{}', 'base64')", BASE64.encode(bytes));
        let text = |text: &str| format!("convert_from({}, 'UTF8')", bytes(text.as_bytes()));
        format!(
            "insert into answered_request (program_id, caller, method, request_id, request_hash)
             values ('{}', {}, {}, '{}', {}) on conflict on constraint answered_request_key do nothing",
            self.scope.program().0,
            text(&self.caller),
            text(self.method),
            self.request_id.0,
            bytes(hash),
        )
    }
}

/// Where the answer of a call is sealed for.
pub(crate) fn answer_place(caller: &str, method: &str, request_id: RequestId) -> Place {
    Place::new("answered_request", "answer", format_args!("{request_id}/{method}/{caller}"))
}

impl Store {
    /// Begins a call that may be repeated. `method` is the RPC's name; `request` is hashed, so that the same id with
    /// another body is refused.
    ///
    /// # Errors
    /// `REQUEST_ID_REUSED`, or when the database does not answer.
    pub async fn begin_once<A: Message + Default>(
        &self,
        call: &Call,
        method: &'static str,
        request_id: RequestId,
        request: &impl Message,
    ) -> Result<Once<A>, harborline_status::ServiceError> {
        let scope = call.scope()?;
        let keys = self.keys(&scope).await?;
        let hash = keys.digest("answered_request.request_hash", &request.encode_to_vec());
        let key = Box::new(Key { scope, caller: call.caller_key(), method, request_id, keys });
        let once = self.claim(call, key, hash).await?;
        if matches!(once, Once::Replay(_)) {
            // The key names the caller: only who was permitted the first time finds the answer.
            call.repeats_permitted();
        }
        Ok(once)
    }

    async fn claim<A: Message + Default>(
        &self,
        call: &Call,
        key: Box<Key>,
        hash: [u8; 32],
    ) -> Result<Once<A>, StoreError> {
        let (mut tx, claimed) = self.begin_with(key.scope.program(), Mode::Write, &key.claim(&hash)).await?;
        if claimed == 1 {
            return Ok(Once::Fresh(OnceTx { tx, key, call: Box::new(call.clone()), answer: std::marker::PhantomData }));
        }

        let (known_hash, answer): (Vec<u8>, Option<Sealed>) = sqlx::query_as(
            "select request_hash, answer from answered_request
             where program_id = $1 and caller = $2 and method = $3 and request_id = $4",
        )
        .bind(key.scope.program())
        .bind(&key.caller)
        .bind(key.method)
        .bind(key.request_id)
        .fetch_one(tx.conn())
        .await?;
        if known_hash != hash {
            return Err(StoreError::RequestIdReused);
        }
        let answer = answer.ok_or_else(|| StoreError::Fault("an answered request without its answer".to_owned()))?;
        let answer = key.keys.open_bytes(&key.place(), &answer)?;
        let answer =
            A::decode(answer.as_slice()).map_err(|_| StoreError::Fault("an answer does not decode".to_owned()))?;
        // The same act: its row is there since the first answer.
        call.put_on_record();
        Ok(Once::Replay(answer))
    }
}

impl<A: Message> OnceTx<A> {
    /// Stores the answer, the act's row of the record and the duties in one statement, and commits them with the effect.
    ///
    /// # Errors
    /// When the database does not answer; the caller repeats.
    pub async fn commit_answering(mut self, answer: A) -> Result<A, StoreError> {
        let sealed = self.key.keys.seal_bytes(&self.key.place(), answer.encode_to_vec())?;
        let record = AccessRecord::of(&self.call, &self.key.scope);
        let mut query = self.tx.last_statement();
        if let Some(record) = &record {
            query.push(", recorded as (");
            access::part(&mut query, record);
            query.push(")");
        }
        query.push(" update answered_request set answer = ").push_bind(sealed);
        query.push(" where program_id = ").push_bind(self.key.scope.program());
        query.push(" and caller = ").push_bind(self.key.caller.clone()).push(" and method = ");
        query.push_bind(self.key.method).push(" and request_id = ").push_bind(self.key.request_id);
        query.build().execute(self.tx.conn()).await?;
        self.tx.commit_only().await?;
        if record.is_some() {
            self.call.put_on_record();
        }
        Ok(answer)
    }
}

impl<A> std::ops::Deref for OnceTx<A> {
    type Target = Tx;

    fn deref(&self) -> &Tx {
        &self.tx
    }
}

impl<A> std::ops::DerefMut for OnceTx<A> {
    fn deref_mut(&mut self) -> &mut Tx {
        &mut self.tx
    }
}
