//! Statements of rounds that fail because a test wants it.

use sqlx::PgPool;

/// Counts statements past the failures, which a rollback does not undo: up to this number they fail.
const LAST: i64 = 1_000;

/// Before each statement that writes steps of tickets. The line's own role knows nothing of it.
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

/// Makes a database whose rounds can be made to fail.
pub(super) async fn prepare(database: &PgPool) {
    for statement in PREPARED {
        sqlx::query(statement).execute(database).await.unwrap();
    }
}

/// Lets the next statements of rounds fail, this many.
pub(super) async fn fail_next(database: &PgPool, times: u8) {
    sqlx::query("select setval('failing', $1)").bind(LAST - i64::from(times)).execute(database).await.unwrap();
}
