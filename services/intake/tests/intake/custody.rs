//! The database itself keeps exactly one owner.

use harborline_testkit::{owner, wait_until};
use sqlx::PgPool;

use crate::fixture::Given;

/// Runs statements in one transaction; the name of the constraint that refused.
async fn refused_by(pool: &PgPool, statements: &[&'static str]) -> Option<String> {
    let mut tx = pool.begin().await.unwrap();
    for statement in statements {
        if let Err(error) = sqlx::query(*statement).execute(&mut *tx).await {
            return error.as_database_error().unwrap().constraint().map(str::to_owned);
        }
    }
    let error = tx.commit().await.err()?;
    error.as_database_error().unwrap().constraint().map(str::to_owned)
}

const END: &str = "update custody set until = since + interval '1 minute' where until is null";

#[tokio::test]
async fn a_gap_is_refused() {
    let intake = Given::new().await;
    intake.open().await;
    let late = "insert into custody select program_id, contact_id, 2, 1, role, owner_id, owner_name,
        until + interval '1 second', null from custody where sequence = 1";
    assert_eq!(refused_by(&owner(&intake.store), &[END, late]).await.as_deref(), Some("custody_without_gap"));
}

#[tokio::test]
async fn an_overlap_is_refused() {
    let intake = Given::new().await;
    intake.open().await;
    let early = "insert into custody select program_id, contact_id, 2, 1, role, owner_id, owner_name,
        until - interval '1 second', null from custody where sequence = 1";
    assert_eq!(refused_by(&owner(&intake.store), &[END, early]).await.as_deref(), Some("custody_without_gap"));
}

#[tokio::test]
async fn moving_an_end_away_from_its_successor_is_refused() {
    let intake = Given::new().await;
    let contact = intake.open().await;
    intake.assign(&contact, "ana", 1).await;
    let shorten = "update custody set until = since where sequence = 1";
    let lengthen = "update custody set until = until + interval '1 second' where sequence = 1";
    let delete = "delete from custody where sequence = 1";
    for statement in [shorten, lengthen, delete] {
        assert_eq!(refused_by(&owner(&intake.store), &[statement]).await.as_deref(), Some("custody_without_gap"));
    }
}

#[tokio::test]
async fn a_second_open_interval_is_refused() {
    let intake = Given::new().await;
    intake.open().await;
    let second = "insert into custody select program_id, contact_id, 2, 1, role, owner_id, owner_name, since, null
        from custody where sequence = 1";
    assert_eq!(refused_by(&owner(&intake.store), &[second]).await.as_deref(), Some("custody_one_open"));
}

#[tokio::test]
async fn a_second_beginning_and_an_end_before_the_beginning_are_refused() {
    let intake = Given::new().await;
    intake.open().await;
    let second = "insert into custody select program_id, contact_id, 2, null, role, owner_id, owner_name, since, since
        from custody where sequence = 1";
    assert_eq!(refused_by(&owner(&intake.store), &[second]).await.as_deref(), Some("custody_in_sequence"));
    let before = "update custody set until = since - interval '1 second'";
    assert_eq!(refused_by(&owner(&intake.store), &[before]).await.as_deref(), Some("custody_ends_after_it_begins"));
}

#[tokio::test]
async fn changes_of_supervisor_and_of_contacts_at_once_leave_everybody_with_the_one_on_duty() {
    let intake = Given::new().await;
    let mut contacts = Vec::new();
    for _ in 0..8 {
        contacts.push(intake.open().await);
    }
    let changes = async {
        for sequence in 2..12 {
            intake.put_supervisor(&format!("supervisor-{sequence}"), sequence).await;
        }
    };
    let answers = async {
        for assignment in 1..4 {
            for contact in &contacts {
                intake.assign(contact, "ana", assignment).await;
                intake.lose(contact, assignment).await;
            }
        }
    };
    let openings = async {
        for _ in 0..10 {
            intake.open().await;
        }
    };
    tokio::join!(changes, answers, openings);
    let owners = "select distinct owner_id from custody where until is null";
    let on_duty: Vec<String> = sqlx::query_scalar(owners).fetch_all(&owner(&intake.store)).await.unwrap();
    assert_eq!(on_duty, ["supervisor-11"]);
}

#[tokio::test]
async fn a_contact_that_is_opened_while_the_supervisor_changes_belongs_to_the_new_one() {
    let intake = Given::new().await;
    let mut changing = owner(&intake.store).begin().await.unwrap();
    let change = "update program set supervisor_id = 'night', supervisor_name = 'Night'";
    sqlx::query(change).execute(&mut *changing).await.unwrap();
    let waits = wait_until("the opening waits for the change", || async {
        let waiting = "select count(*) from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'";
        let count: i64 = sqlx::query_scalar(waiting).fetch_one(&owner(&intake.store)).await.unwrap();
        (count > 0).then_some(())
    });
    let ((), contact) = tokio::join!(
        async {
            waits.await;
            changing.commit().await.unwrap();
        },
        intake.open()
    );
    assert_eq!(intake.owners(&contact).await.0, ["night"]);
}
