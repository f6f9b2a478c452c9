//! Contacts of a caller who was there before, and what a caller says who reaches out again.

use harborline_identity::ProgramScope;
use harborline_keys::{ProgramKeys, Sealed};
use harborline_store::{StoreError, Tx};
use harborline_types::{Acuity, Channel, ContactId, Phi, Timestamp};
use sqlx::{Executor, FromRow, Postgres};

use super::contact_row::ContactRow;
use super::stated::{self, contact_place, statement_place};
use crate::domain::contact::{Contact, Direction};
use crate::domain::facts::Facts;
use crate::domain::returning::VerifiedCaller;

const NUMBER: &str = "contact.callback_number";

/// The hash by which the contacts of a number are found. A call that we make is no contact of the number's holder.
pub(super) fn number_hash(keys: &ProgramKeys, contact: &Contact, facts: &Facts) -> Option<Vec<u8>> {
    let number = facts.callback_number.as_ref().filter(|_| contact.direction() == Direction::Inbound);
    number.map(|number| keys.look_up(NUMBER, number).to_vec())
}

/// The inbound contact of a verified caller that has not ended.
pub(crate) async fn contact_open_of_caller(
    tx: &mut Tx,
    scope: &ProgramScope,
    caller: &VerifiedCaller,
) -> Result<Option<ContactId>, StoreError> {
    let open = sqlx::query_scalar(
        "select contact_id from contact
         where program_id = $1 and verified_caller = $2 and direction = 'inbound' and ended_at is null",
    )
    .bind(scope.program())
    .bind(caller.as_str())
    .fetch_optional(tx.conn())
    .await?;
    Ok(open)
}

/// The last contact of a verified caller that ended after `since`: one that they opened, or a call in which somebody was. Before
/// these, a call that is being made: a person who calls back goes on with it.
pub(crate) async fn contact_last_of_caller(
    tx: &mut Tx,
    scope: &ProgramScope,
    caller: &VerifiedCaller,
    since: Timestamp,
) -> Result<Option<Contact>, StoreError> {
    let keys = tx.keys().await?;
    let row: Option<ContactRow> = sqlx::query_as(
        "select * from contact
         where program_id = $1 and verified_caller = $2
           and (ended_at > $3 and (direction = 'inbound' or answered_at is not null)
                or direction = 'outbound' and ended_at is null)
         order by ended_at desc nulls first, contact_id desc limit 1",
    )
    .bind(scope.program())
    .bind(caller.as_str())
    .bind(since)
    .fetch_optional(tx.conn())
    .await?;
    row.map(|row| row.open(&keys)).transpose()
}

/// The most urgent level among the contacts with a number that are open, or ended after `since`: those of `caller` left out,
/// whose last level counts by itself.
pub(crate) async fn contact_acuity_of_number(
    tx: &mut Tx,
    scope: &ProgramScope,
    number: &Phi<String>,
    caller: Option<&VerifiedCaller>,
    since: Timestamp,
) -> Result<Option<Acuity>, StoreError> {
    let hash = tx.keys().await?.look_up(NUMBER, number);
    let level = sqlx::query_scalar(
        "select min(acuity) from contact
         where program_id = $1 and callback_number_hash = $2 and (ended_at is null or ended_at > $3)
           and ($4::text is null or verified_caller is distinct from $4)",
    )
    .bind(scope.program())
    .bind(hash.as_slice())
    .bind(since)
    .bind(caller.map(VerifiedCaller::as_str))
    .fetch_one(tx.conn())
    .await?;
    Ok(level)
}

/// The newest contact of a chain that the caller opened.
pub(crate) async fn contact_newest_of_chain(
    reader: impl Executor<'_, Database = Postgres>,
    keys: &ProgramKeys,
    scope: &ProgramScope,
    chain: ContactId,
) -> Result<Option<Contact>, StoreError> {
    let row: Option<ContactRow> = sqlx::query_as(
        "select * from contact
         where program_id = $1 and (contact_id = $2 or origin_contact_id = $2) and direction = 'inbound'
         order by contact_id desc limit 1",
    )
    .bind(scope.program())
    .bind(chain)
    .fetch_optional(reader)
    .await?;
    row.map(|row| row.open(keys)).transpose()
}

/// The inbound contacts of a chain that have not ended.
pub(crate) async fn contacts_open_of_chain(
    tx: &mut Tx,
    scope: &ProgramScope,
    chain: ContactId,
) -> Result<Vec<ContactId>, StoreError> {
    let open = sqlx::query_scalar(
        "select contact_id from contact
         where program_id = $1 and (contact_id = $2 or origin_contact_id = $2) and direction = 'inbound'
           and ended_at is null order by contact_id",
    )
    .bind(scope.program())
    .bind(chain)
    .fetch_all(tx.conn())
    .await?;
    Ok(open)
}

/// Writes what counts when the caller is called back, as it is after another statement.
pub(crate) async fn contact_save_call_back(
    tx: &mut Tx,
    scope: &ProgramScope,
    contact: &Contact,
    facts: &Facts,
) -> Result<(), StoreError> {
    let keys = tx.keys().await?;
    sqlx::query("update contact set stated = $3, callback_number_hash = $4 where program_id = $1 and contact_id = $2")
        .bind(scope.program())
        .bind(contact.id)
        .bind(stated::seal(&keys, &contact_place(contact.id), facts)?)
        .bind(number_hash(&keys, contact, facts))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Writes what a caller said when reaching out for the `openings`-th time. Triage is told unless it is no news.
pub(crate) async fn statement_insert(
    tx: &mut Tx,
    scope: &ProgramScope,
    contact: &Contact,
    channel: Channel,
    facts: &Facts,
    is_news: bool,
) -> Result<(), StoreError> {
    let place = statement_place(contact.id, contact.openings);
    let keys = tx.keys().await?;
    let sealed = stated::seal(&keys, &place, facts)?;
    sqlx::query(
        "insert into statement (program_id, contact_id, number, channel, stated, stated_at, told_at)
         values ($1, $2, $3, $4, $5, $6, case when $7 then null else $6 end)",
    )
    .bind(scope.program())
    .bind(contact.id)
    .bind(contact.openings)
    .bind(channel)
    .bind(sealed)
    .bind(contact.last_opened_at)
    .bind(is_news)
    .execute(tx.conn())
    .await?;
    Ok(())
}

#[derive(FromRow)]
struct StatementRow {
    number: i32,
    stated: Sealed,
}

/// What triage was not told yet, in order, with its number.
pub(crate) async fn statements_untold(
    reader: impl Executor<'_, Database = Postgres>,
    keys: &ProgramKeys,
    scope: &ProgramScope,
    contact: ContactId,
) -> Result<Vec<(i32, Facts)>, StoreError> {
    let rows: Vec<StatementRow> = sqlx::query_as(
        "select number, stated from statement
         where program_id = $1 and contact_id = $2 and told_at is null order by number",
    )
    .bind(scope.program())
    .bind(contact)
    .fetch_all(reader)
    .await?;
    let open =
        |row: StatementRow| Ok((row.number, stated::open(keys, &statement_place(contact, row.number), &row.stated)?));
    rows.into_iter().map(open).collect()
}

/// What a caller stated when reaching out again.
pub(crate) struct Stated {
    pub(crate) facts: Facts,
    pub(crate) channel: Channel,
    pub(crate) at: Timestamp,
}

#[derive(FromRow)]
struct StatedRow {
    number: i32,
    channel: Channel,
    stated: Sealed,
    stated_at: Timestamp,
}

/// What the caller of a contact stated after the opening, in order.
pub(crate) async fn statements(
    reader: impl Executor<'_, Database = Postgres>,
    keys: &ProgramKeys,
    scope: &ProgramScope,
    contact: ContactId,
) -> Result<Vec<Stated>, StoreError> {
    let rows: Vec<StatedRow> = sqlx::query_as(
        "select number, channel, stated, stated_at from statement
         where program_id = $1 and contact_id = $2 order by number",
    )
    .bind(scope.program())
    .bind(contact)
    .fetch_all(reader)
    .await?;
    let open = |row: StatedRow| {
        let facts = stated::open(keys, &statement_place(contact, row.number), &row.stated)?;
        Ok(Stated { facts, channel: row.channel, at: row.stated_at })
    };
    rows.into_iter().map(open).collect()
}

/// Whether triage was not told something that the caller stated again.
pub(crate) async fn statement_is_untold(
    tx: &mut Tx,
    scope: &ProgramScope,
    contact: ContactId,
) -> Result<bool, StoreError> {
    let is_untold = sqlx::query_scalar(
        "select exists (select 1 from statement where program_id = $1 and contact_id = $2 and told_at is null)",
    )
    .bind(scope.program())
    .bind(contact)
    .fetch_one(tx.conn())
    .await?;
    Ok(is_untold)
}

/// Notes that triage was told.
pub(crate) async fn statement_told(
    tx: &mut Tx,
    scope: &ProgramScope,
    contact: ContactId,
    number: i32,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("update statement set told_at = $4 where program_id = $1 and contact_id = $2 and number = $3")
        .bind(scope.program())
        .bind(contact)
        .bind(number)
        .bind(now)
        .execute(tx.conn())
        .await?;
    Ok(())
}
