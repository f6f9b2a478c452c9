//! The steps of a contact change its rows in place, without an entry in any index, while they are open.

use harborline_proto::common::v1::Acuity;
use harborline_testkit::{owner, wait_until};

use crate::fixture::{Given, unhurried};

/// How many of a table's updates were in place. Waits until Postgres, which counts late, has counted this many in all.
async fn in_place(given: &Given, table: &str, updates: i64) -> i64 {
    let counted = "select n_tup_hot_upd from pg_stat_user_tables where relname = $1 and n_tup_upd = $2";
    let database = owner(&given.store);
    wait_until(&format!("{table} has {updates} updates"), || async {
        sqlx::query_scalar(counted).bind(table).bind(updates).fetch_optional(&database).await.unwrap()
    })
    .await
}

#[tokio::test]
async fn the_rows_of_an_answered_and_released_ticket_change_in_place() {
    let given = Given::new(unhurried()).await;
    let mut ana = given.on_duty("ana").await;
    let contact = given.enqueue(Acuity::High).await;
    ana.take_next().await;
    given.release(contact).await;
    let steps = given.ticket(contact).await.events;
    // If the matcher had not heard of Ana yet, the ticket waited first, and the offer was an update. That one is not in
    // place: it enters the ticket into the index by counselor.
    let waited = i64::from(steps[0].at != steps[1].at);
    assert_eq!(in_place(&given, "ticket", waited + 2).await, 2);
    assert_eq!(in_place(&given, "offer", 1).await, 1);
}

#[tokio::test]
async fn a_round_reads_what_it_changes_and_not_its_program_s_history_that_nobody_has_counted() {
    let given = Given::new(unhurried()).await;
    let mut ana = given.on_duty("ana").await;
    let database = owner(&given.store);
    // A first contact, after which the statements of the matcher are planned for nearly empty tables.
    let before = given.enqueue(Acuity::High).await;
    ana.take_next().await;
    given.release(before).await;
    ana.finish(before).await;
    let history = "insert into ticket (program_id, ticket_id, contact_id, state, acuity, channel, language, skills)
                   select $1, gen_random_uuid(), gen_random_uuid(), 'released', 3, 'phone', 'en', '{}'
                   from generate_series(1, 3000)";
    sqlx::query(history).bind(given.program).execute(&database).await.unwrap();
    let contact = given.enqueue(Acuity::High).await;
    ana.take_next().await;
    given.release(contact).await;
    ana.finish(contact).await;
    let read = "select idx_tup_fetch from pg_stat_user_tables where relname = 'ticket' and n_tup_upd >= 6";
    let read: i64 = wait_until("the updates are counted", || async {
        sqlx::query_scalar(read).fetch_optional(&database).await.unwrap()
    })
    .await;
    assert!(read < 1_000, "{read} tickets were read");
}
