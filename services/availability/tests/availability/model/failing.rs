//! Makes statements of rounds fail.

use sqlx::PgPool;

/// Statements fail until a sequence has reached this number. A rollback does not undo a sequence.
const LAST: i64 = 1_000;

/// A trigger before each statement that writes steps of tickets, and its sequence.
const PREPARED: [&str; 4] = [
    "create sequence failing minvalue 0",
    "select setval('failing', 1000)",
    "create function fail_if_wanted() returns trigger language plpgsql security definer as $$
     begin
         if nextval('public.failing') <= 1000 then
             raise exception 'as the test wants' using errcode = 'serialization_failure';
         end if;
         return null;
     end $$",
    "create trigger fail_if_wanted before insert on ticket_event for each statement execute function fail_if_wanted()",
];

/// Prepares a database for failures.
pub(super) async fn prepare(database: &PgPool) {
    for statement in PREPARED {
        sqlx::query(statement).execute(database).await.unwrap();
    }
}

/// Makes this many of the next statements of rounds fail.
pub(super) async fn fail_next(database: &PgPool, times: u8) {
    sqlx::query("select setval('failing', $1)").bind(LAST - i64::from(times)).execute(database).await.unwrap();
}
