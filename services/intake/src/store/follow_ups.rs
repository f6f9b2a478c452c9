//! What followup is told of a contact, in order, and which of the follow-ups that were asked for are over.

use harborline_identity::ProgramScope;
use harborline_store::{StoreError, Tx};
use harborline_types::{ContactId, ParticipantId, Timestamp};
use sqlx::{Executor, FromRow, Postgres};

use crate::domain::contact::FollowUpRequest;

/// One thing to tell followup.
#[derive(FromRow)]
pub(crate) struct ToTell {
    pub(crate) position: i32,
    pub(crate) kind: FollowUpRequest,
    /// The contact whose end asks for it.
    pub(crate) asked_by: ContactId,
    /// Which of the follow-ups that were asked for, from 1; 0 where none is asked for.
    pub(crate) number: i64,
}

/// Notes what followup is to be told, after all that it is to be told before. What asks for follow-ups has a number from
/// then on. The transaction holds the chain's contact.
pub(crate) async fn follow_up_request_add(
    tx: &mut Tx,
    scope: &ProgramScope,
    chain: ContactId,
    kind: FollowUpRequest,
    asked_by: ContactId,
) -> Result<(), StoreError> {
    sqlx::query(
        "with asked as (
             update contact set follow_ups_asked = follow_ups_asked + ($3 not in ('stop', 'caller_back'))::int
             where program_id = $1 and contact_id = $2
             returning follow_ups_asked
         )
         insert into follow_up_request (program_id, contact_id, position, kind, asked_by, number)
         select $1, $2, 1 + (select count(*) from follow_up_request where program_id = $1 and contact_id = $2), $3, $4,
                case when $3 not in ('stop', 'caller_back') then follow_ups_asked end
         from asked",
    )
    .bind(scope.program())
    .bind(chain)
    .bind(kind)
    .bind(asked_by)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What followup is to be told next of a chain; none when it has been told everything.
pub(crate) async fn follow_up_request_next(
    reader: impl Executor<'_, Database = Postgres>,
    scope: &ProgramScope,
    chain: ContactId,
) -> Result<Option<ToTell>, StoreError> {
    let next = sqlx::query_as(
        "select position, kind, asked_by, coalesce(number, 0) as number from follow_up_request
         where program_id = $1 and contact_id = $2 and sent_at is null order by position limit 1",
    )
    .bind(scope.program())
    .bind(chain)
    .fetch_optional(reader)
    .await?;
    Ok(next)
}

/// Notes that followup was told.
pub(crate) async fn follow_up_request_sent(
    tx: &mut Tx,
    scope: &ProgramScope,
    chain: ContactId,
    position: i32,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "update follow_up_request set sent_at = $4 where program_id = $1 and contact_id = $2 and position = $3",
    )
    .bind(scope.program())
    .bind(chain)
    .bind(position)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// How often follow-ups of the chain were asked for.
pub(crate) async fn follow_ups_asked(tx: &mut Tx, scope: &ProgramScope, chain: ContactId) -> Result<i64, StoreError> {
    let asked = "select follow_ups_asked from contact where program_id = $1 and contact_id = $2";
    Ok(sqlx::query_scalar(asked).bind(scope.program()).bind(chain).fetch_one(tx.conn()).await?)
}

/// The chains of a participant of which follow-ups are open, or a supervisor's decision.
pub(crate) async fn chains_followed_up(
    tx: &mut Tx,
    scope: &ProgramScope,
    participant: ParticipantId,
) -> Result<Vec<ContactId>, StoreError> {
    let chains = sqlx::query_scalar(
        "select contact_id from contact
         where program_id = $1 and participant_id = $2 and (follow_ups_asked > follow_ups_ended or exists (
             select from decision where decision.program_id = $1 and decision.contact_id = contact.contact_id
             and decided_at is null and withdrawn_at is null))
         order by contact_id",
    )
    .bind(scope.program())
    .bind(participant)
    .fetch_all(tx.conn())
    .await?;
    Ok(chains)
}

/// Whether the last word was that nobody calls.
pub(crate) async fn follow_ups_stopped(
    tx: &mut Tx,
    scope: &ProgramScope,
    chain: ContactId,
) -> Result<bool, StoreError> {
    let last: Option<FollowUpRequest> = sqlx::query_scalar(
        "select kind from follow_up_request where program_id = $1 and contact_id = $2 order by position desc limit 1",
    )
    .bind(scope.program())
    .bind(chain)
    .fetch_optional(tx.conn())
    .await?;
    Ok(matches!(last, Some(FollowUpRequest::Stop | FollowUpRequest::CallerBack)))
}

/// Whether follow-ups of the chain are open.
pub(crate) async fn follow_ups_open(tx: &mut Tx, scope: &ProgramScope, chain: ContactId) -> Result<bool, StoreError> {
    let open = sqlx::query_scalar(
        "select follow_ups_asked > follow_ups_ended from contact where program_id = $1 and contact_id = $2",
    )
    .bind(scope.program())
    .bind(chain)
    .fetch_one(tx.conn())
    .await?;
    Ok(open)
}

/// Notes that no follow-up is left of what was asked for up to this number; answers whether none is left at all. A number
/// that was never asked for counts as the last one.
pub(crate) async fn follow_ups_end(
    tx: &mut Tx,
    scope: &ProgramScope,
    chain: ContactId,
    up_to: i64,
) -> Result<bool, StoreError> {
    let over = sqlx::query_scalar(
        "update contact set follow_ups_ended = greatest(follow_ups_ended, least($3, follow_ups_asked))
         where program_id = $1 and contact_id = $2
         returning follow_ups_ended = follow_ups_asked",
    )
    .bind(scope.program())
    .bind(chain)
    .bind(up_to)
    .fetch_one(tx.conn())
    .await?;
    Ok(over)
}
