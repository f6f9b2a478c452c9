//! Sealing and verifying against a real Postgres, and what its superuser can do to it without being found out: nothing.

use std::time::Duration;

use harborline_audit::{Break, Checkpoint, Kind, PublicKey, Sealer, SigningKey, Verdict, checkpoints, verify};
use harborline_identity::{AccessLog, Call, Recording, ServiceName, Subject};
use harborline_store::{AccessWriter, MIGRATIONS, Store};
use harborline_testkit::{Database, counselor, owner, some_program};
use harborline_types::{ContactId, ProgramId};
use sqlx::AssertSqlSafe;

const SERVICE: ServiceName = ServiceName::Intake;

struct World {
    store: Store,
    writer: AccessWriter,
    key: String,
    public: PublicKey,
    program: ProgramId,
}

impl World {
    async fn new() -> Self {
        let store = Database::fresh(&MIGRATIONS).await.store;
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap().serialize_pem();
        let public = SigningKey::from_pem(key.as_bytes()).unwrap().public();
        Self { writer: AccessWriter::start(&store), store, key, public, program: some_program() }
    }

    /// A world with six sealed records, and a seventh in a seal of its own.
    async fn lived_in() -> Self {
        let world = Self::new().await;
        for _ in 0..6 {
            world.read(world.program).await;
        }
        world.sealer().await.seal().await.unwrap();
        world.read(world.program).await;
        world.sealer().await.seal().await.unwrap();
        assert_eq!(world.verify(&[]).await.unwrap().sealed, 7);
        world
    }

    async fn sealer(&self) -> std::sync::Arc<Sealer> {
        Sealer::new(self.store.clone(), SERVICE, SigningKey::from_pem(self.key.as_bytes()).unwrap())
    }

    async fn read(&self, program: ProgramId) {
        self.writer.answered(&call(program)).await.unwrap();
    }

    async fn verify(&self, known: &[Checkpoint]) -> Verdict {
        let mut database = owner(&self.store).acquire().await.unwrap();
        verify(&mut database, SERVICE, self.program, std::slice::from_ref(&self.public), known).await.unwrap()
    }

    async fn checkpoints(&self) -> Vec<Checkpoint> {
        let mut database = owner(&self.store).acquire().await.unwrap();
        checkpoints(&mut database, SERVICE, self.program, 100).await.unwrap()
    }

    /// Does something as the superuser.
    async fn tamper(&self, statement: &str) {
        sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&owner(&self.store)).await.unwrap();
    }

    async fn count(&self, what: &str) -> i64 {
        sqlx::query_scalar(AssertSqlSafe(format!("select {what}"))).fetch_one(&owner(&self.store)).await.unwrap()
    }
}

fn call(program: ProgramId) -> Call {
    let call = counselor(program, "ana");
    call.goes_on_record(Recording::Read, "harborline.intake.v1.ContactService/GetContact");
    call.concerns(Subject::Contact(ContactId::new()));
    call
}

/// What is done to the database, and the break that is found.
const TAMPERED: &[(&str, &str, i64, Kind)] = &[
    (
        "an edit",
        "update access_record r set caller = 'person:nobody' from access_chain c
         where c.record_id = r.record_id and c.position = 3",
        3,
        Kind::Edited,
    ),
    (
        "an edit of what it concerns",
        "update access_record r set contacts = '{}' from access_chain c
         where c.record_id = r.record_id and c.position = 7",
        7,
        Kind::Edited,
    ),
    (
        "the deletion of a record",
        "delete from access_record r using access_chain c where c.record_id = r.record_id and c.position = 3",
        3,
        Kind::Deleted,
    ),
    (
        "the deletion of a record with its place",
        "with cut as (delete from access_chain where position = 3 returning record_id)
         delete from access_record r using cut where cut.record_id = r.record_id",
        3,
        Kind::Deleted,
    ),
    (
        "two records that changed places",
        "alter table access_chain drop constraint access_chain_record;
         update access_chain c set record_id = other.record_id from access_chain other
         where c.position in (2, 5) and other.position = 7 - c.position",
        2,
        Kind::Reordered,
    ),
    (
        "an end that was cut off",
        "with cut as (delete from access_chain where position = 7 returning record_id)
         delete from access_record r using cut where cut.record_id = r.record_id",
        7,
        Kind::Truncated,
    ),
    (
        "a record that was forged and spliced in",
        "update access_chain set position = position + 1000 where position > 2;
         update access_chain set position = position - 999 where position > 1000;
         insert into access_record select program_id, transaction_id, gen_random_uuid(), at, 'person:nobody', roles,
             purpose, method, act, participants, contacts, recipient, basis, rule, trace_id
             from access_record order by record_id limit 1;
         insert into access_chain select program_id, 3, record_id, sha256('forged') from access_record
             where caller = 'person:nobody'",
        3,
        Kind::Spliced,
    ),
    (
        "a checkpoint of somebody else's",
        "update access_checkpoint set signature = sha256('a') || sha256('b') where position = 7",
        7,
        Kind::Forged,
    ),
];

#[tokio::test]
async fn whatever_a_superuser_does_to_the_record_is_found_at_its_place() {
    for (what, statement, position, kind) in TAMPERED {
        let world = World::lived_in().await;
        world.tamper(statement).await;
        let broken = world.verify(&[]).await.unwrap_err();
        assert_eq!(broken, Break { position: *position, kind: *kind }, "{what}");
    }
}

#[tokio::test]
async fn an_end_cut_off_with_its_checkpoint_shows_by_the_checkpoint_that_was_kept_elsewhere() {
    let world = World::lived_in().await;
    let kept = world.checkpoints().await;
    world.tamper("delete from access_checkpoint where position = 7").await;
    let cut = "with cut as (delete from access_chain where position = 7 returning record_id)
               delete from access_record r using cut where cut.record_id = r.record_id";
    world.tamper(cut).await;
    assert_eq!(world.verify(&[]).await.unwrap().sealed, 6, "by itself it looks whole");
    assert_eq!(world.verify(&kept).await.unwrap_err(), Break { position: 7, kind: Kind::Truncated });
}

#[tokio::test]
async fn another_programs_chain_in_the_place_of_ones_own_is_found() {
    let world = World::lived_in().await;
    let other = some_program();
    world.read(other).await;
    world.sealer().await.seal().await.unwrap();
    for table in ["access_record", "access_chain", "access_checkpoint"] {
        world.tamper(&format!("delete from {table} where program_id = '{}'", world.program)).await;
        world
            .tamper(&format!("update {table} set program_id = '{}' where program_id = '{other}'", world.program))
            .await;
    }
    assert_eq!(world.verify(&[]).await.unwrap_err(), Break { position: 1, kind: Kind::Forged });
}

#[tokio::test]
async fn a_record_that_nobody_seals_is_found() {
    let world = World::lived_in().await;
    let forged =
        "insert into access_record (program_id, record_id, at, caller, roles, purpose, method, act, participants,
                  contacts) select program_id, gen_random_uuid(), now() - interval '5 minutes', 'person:nobody', roles,
                  purpose, method, act, participants, contacts from access_record limit 1";
    world.tamper(forged).await;
    assert_eq!(world.verify(&[]).await.unwrap_err(), Break { position: 8, kind: Kind::Unsealed });
}

#[tokio::test]
async fn two_sealers_and_many_writers_seal_everything_once_and_without_a_gap() {
    let world = World::new().await;
    let (programs, rounds) = ([world.program, some_program(), some_program()], 40_usize);
    let writing = futures::future::join_all(programs.iter().flat_map(|program| {
        (0..4).map(|_| async {
            for _ in 0..rounds {
                world.read(*program).await;
            }
        })
    }));
    let done = tokio::sync::Notify::new();
    let sealing = async || {
        let sealer = world.sealer().await;
        let mut is_done = Box::pin(done.notified());
        loop {
            sealer.seal().await.unwrap();
            let pause = tokio::time::timeout(Duration::from_millis(3), &mut is_done);
            if pause.await.is_ok() {
                return;
            }
        }
    };
    let writers = async {
        writing.await;
        done.notify_waiters();
    };
    tokio::join!(writers, sealing(), sealing());
    world.sealer().await.seal().await.unwrap();
    let all = i64::try_from(programs.len() * 4 * rounds).unwrap();
    assert_eq!(world.count("count(*) from access_record").await, all);
    assert_eq!(world.count("count(distinct record_id) from access_chain").await, all);
    let gaps =
        "count(*) from (select max(position) - count(*) as gap from access_chain group by program_id) g where gap <> 0";
    assert_eq!(world.count(gaps).await, 0);
    assert_eq!(world.count("count(*) from access_subject").await, all);
    assert_eq!(world.verify(&[]).await.unwrap().sealed, all / 3);
}

#[tokio::test]
async fn who_commits_late_is_sealed_all_the_same() {
    let world = World::new().await;
    let late = call(world.program);
    let mut tx = world.store.begin(&late.scope().unwrap()).await.unwrap();
    tx.put_on_record(&late).await.unwrap();
    for _ in 0..3 {
        world.read(world.program).await;
        world.sealer().await.seal().await.unwrap();
    }
    assert_eq!(world.count("count(*) from access_chain").await, 3);
    tx.commit().await.unwrap();
    world.sealer().await.seal().await.unwrap();
    assert_eq!(world.verify(&[]).await.unwrap().sealed, 4);
}

#[tokio::test]
async fn a_copy_in_a_server_with_younger_transactions_goes_on() {
    let world = World::lived_in().await;
    world.tamper("update access_checkpoint set sealed_below = sealed_below + 1000000000").await;
    for _ in 0..2 {
        world.read(world.program).await;
        world.sealer().await.seal().await.unwrap();
    }
    assert_eq!(world.verify(&[]).await.unwrap().sealed, 9);
}

#[tokio::test]
async fn a_sealer_that_has_nothing_to_do_writes_nothing() {
    let world = World::lived_in().await;
    let before = world.checkpoints().await.len();
    assert_eq!(world.sealer().await.seal().await.unwrap(), Duration::ZERO);
    assert_eq!(world.checkpoints().await.len(), before);
}
