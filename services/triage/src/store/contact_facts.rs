//! What is known about a contact.

use harborline_identity::ProgramScope;
use harborline_keys::{Place, ProgramKeys, Sealed};
use harborline_store::{Store, StoreError, Tx};
use harborline_types::{Acuity, CallerKind, Channel, ContactId, Phi, Signal};
use serde::{Deserialize, Serialize};

use crate::domain::asq::AsqResult;
use crate::domain::facts::Facts;

/// A contact's facts, with what a signed lowering has overruled.
pub(crate) struct Kept {
    pub(crate) facts: Facts,
    pub(crate) signed_over: Vec<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    channel: Channel,
    caller: CallerKind,
    language: String,
    jurisdiction: Option<String>,
    known: Sealed,
}

/// What is sealed of a contact's facts.
#[derive(Serialize, Deserialize)]
struct Known {
    signals: Vec<Signal>,
    /// The result of the newest complete ASQ.
    asq: Option<AsqResult>,
    /// The most serious result of what the caller answered in the front end.
    self_screening: Option<AsqResult>,
    /// Names of the rules that a signed lowering has overruled.
    signed_over: Vec<String>,
    /// The last level of an earlier contact of the same caller.
    #[serde(default)]
    carried: Option<u8>,
}

fn place(contact: ContactId) -> Place {
    Place::new("contact_facts", "known", contact)
}

fn seal(keys: &ProgramKeys, contact: ContactId, facts: &Facts, signed_over: &[String]) -> Result<Sealed, StoreError> {
    let known = Known {
        signals: facts.signals.clone(),
        asq: facts.asq,
        self_screening: facts.self_screening,
        signed_over: signed_over.to_vec(),
        carried: facts.carried.map(Acuity::level),
    };
    Ok(keys.seal(&place(contact), &Phi::new(known))?)
}

/// Whether anything is known of a contact. Only a contact of the program becomes known: intake assesses its own, and is
/// asked about everybody else's word.
pub(crate) async fn contact_is_known(
    store: &Store,
    scope: &ProgramScope,
    contact: ContactId,
) -> Result<bool, StoreError> {
    let known =
        sqlx::query_scalar("select exists (select 1 from contact_facts where program_id = $1 and contact_id = $2)")
            .bind(scope.program())
            .bind(contact)
            .fetch_one(store.reader(scope))
            .await?;
    Ok(known)
}

/// Locks a contact's facts until the transaction ends, so that its assessments follow one another. A contact that is
/// not known yet begins bare.
pub(crate) async fn contact_facts_for_update(
    tx: &mut Tx,
    scope: &ProgramScope,
    contact: ContactId,
) -> Result<Kept, StoreError> {
    let (keys, bare) = (tx.keys().await?, Facts::bare());
    let row: Row = sqlx::query_as(
        "insert into contact_facts (program_id, contact_id, channel, caller, language, known)
         values ($1, $2, $3, $4, $5, $6)
         on conflict on constraint contact_facts_key do update set known = contact_facts.known
         returning channel, caller, language, jurisdiction, known",
    )
    .bind(scope.program())
    .bind(contact)
    .bind(bare.channel)
    .bind(bare.caller)
    .bind(&bare.language)
    .bind(seal(&keys, contact, &bare, &[])?)
    .fetch_one(tx.conn())
    .await?;
    let known: Known = keys.open(&place(contact), &row.known)?.into_exposed();
    let facts = Facts {
        channel: row.channel,
        caller: row.caller,
        language: row.language,
        jurisdiction: row.jurisdiction,
        signals: known.signals,
        asq: known.asq,
        self_screening: known.self_screening,
        carried: known.carried.and_then(Acuity::from_level),
    };
    Ok(Kept { facts, signed_over: known.signed_over })
}

/// Saves a contact's facts.
pub(crate) async fn contact_facts_save(
    tx: &mut Tx,
    scope: &ProgramScope,
    contact: ContactId,
    facts: &Facts,
    signed_over: &[String],
) -> Result<(), StoreError> {
    let keys = tx.keys().await?;
    sqlx::query(
        "update contact_facts set channel = $3, caller = $4, language = $5, jurisdiction = $6, known = $7
         where program_id = $1 and contact_id = $2",
    )
    .bind(scope.program())
    .bind(contact)
    .bind(facts.channel)
    .bind(facts.caller)
    .bind(&facts.language)
    .bind(&facts.jurisdiction)
    .bind(seal(&keys, contact, facts, signed_over)?)
    .execute(tx.conn())
    .await?;
    Ok(())
}
