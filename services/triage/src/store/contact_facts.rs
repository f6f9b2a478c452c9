//! What is known about a contact.

use harborline_identity::ProgramScope;
use harborline_store::{Store, StoreError, Tx};
use harborline_types::{CallerKind, Channel, ContactId, Signal};

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
    signals: Vec<Signal>,
    asq: Option<AsqResult>,
    self_screening: Option<AsqResult>,
    signed_over: Vec<String>,
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
    let bare = Facts::bare();
    sqlx::query(
        "insert into contact_facts (program_id, contact_id, channel, caller, language) values ($1, $2, $3, $4, $5)
         on conflict on constraint contact_facts_key do nothing",
    )
    .bind(scope.program())
    .bind(contact)
    .bind(bare.channel)
    .bind(bare.caller)
    .bind(&bare.language)
    .execute(tx.conn())
    .await?;
    let row: Row = sqlx::query_as(
        "select channel, caller, language, jurisdiction, signals, asq, self_screening, signed_over
         from contact_facts where program_id = $1 and contact_id = $2 for update",
    )
    .bind(scope.program())
    .bind(contact)
    .fetch_one(tx.conn())
    .await?;
    let facts = Facts {
        channel: row.channel,
        caller: row.caller,
        language: row.language,
        jurisdiction: row.jurisdiction,
        signals: row.signals,
        asq: row.asq,
        self_screening: row.self_screening,
    };
    Ok(Kept { facts, signed_over: row.signed_over })
}

/// Saves a contact's facts.
pub(crate) async fn contact_facts_save(
    tx: &mut Tx,
    scope: &ProgramScope,
    contact: ContactId,
    facts: &Facts,
    signed_over: &[String],
) -> Result<(), StoreError> {
    sqlx::query(
        "update contact_facts set channel = $3, caller = $4, language = $5, jurisdiction = $6, signals = $7, asq = $8,
                                  self_screening = $9, signed_over = $10
         where program_id = $1 and contact_id = $2",
    )
    .bind(scope.program())
    .bind(contact)
    .bind(facts.channel)
    .bind(facts.caller)
    .bind(&facts.language)
    .bind(&facts.jurisdiction)
    .bind(&facts.signals)
    .bind(facts.asq)
    .bind(facts.self_screening)
    .bind(signed_over)
    .execute(tx.conn())
    .await?;
    Ok(())
}
