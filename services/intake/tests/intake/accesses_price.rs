//! What being on record costs. Run with `--ignored --nocapture`, alone.

use std::time::{Duration, Instant};

use futures::future::join_all;
use harborline_identity::{AccessLog, Call, Recording, Role};
use harborline_proto::intake::v1 as pb;
use harborline_proto::intake::v1::contact_service_server::ContactService;
use harborline_store::AccessWriter;
use harborline_testkit::{owner, request};

use crate::fixture::{Given, open_request};

/// Calls at once.
const AT_ONCE: usize = 8;
/// Calls of one caller in a round.
const CALLS: u32 = 60;
/// Rounds with, and as many without, in turn.
const ROUNDS: usize = 9;

/// The time of one call, when so many are made at once.
async fn timed(act: impl AsyncFn()) -> Duration {
    let began = Instant::now();
    join_all((0..AT_ONCE).map(async |_| {
        for _ in 0..CALLS {
            act().await;
        }
    }))
    .await;
    began.elapsed() / (CALLS * AT_ONCE as u32)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn call(given: &Given, recording: Option<Recording>, method: &'static str) -> Call {
    let call = given.as_("front-end", Role::FrontEnd);
    if let Some(recording) = recording {
        call.goes_on_record(recording, method);
    }
    call
}

#[tokio::test]
#[ignore = "measures"]
#[allow(clippy::print_stdout, reason = "the figures are for who runs it")]
async fn the_price_of_being_on_record() {
    let given = Given::new().await;
    let writer = AccessWriter::start(&given.store);
    let contact_id = given.open().await;
    let open = async |recording: Option<Recording>| {
        timed(async || {
            let call = call(&given, recording, "harborline.intake.v1.ContactService/OpenContact");
            given.rpc.open_contact(request(&call, open_request())).await.unwrap();
        })
        .await
    };
    let get = async |recording: Option<Recording>| {
        timed(async || {
            let call = call(&given, recording, "harborline.intake.v1.ContactService/GetContact");
            let message = pb::GetContactRequest { contact_id: contact_id.clone() };
            given.rpc.get_contact(request(&call, message)).await.unwrap();
            writer.answered(&call).await.unwrap();
        })
        .await
    };
    let (mut opens, mut gets) = ((Vec::new(), Vec::new()), (Vec::new(), Vec::new()));
    for _ in 0..ROUNDS {
        opens.0.push(open(None).await);
        opens.1.push(open(Some(Recording::Write)).await);
        gets.0.push(get(None).await);
        gets.1.push(get(Some(Recording::Read)).await);
    }
    println!("OpenContact: without {:?}, on record {:?}", median(opens.0), median(opens.1));
    println!("GetContact: without {:?}, on record {:?}", median(gets.0), median(gets.1));
    let size = "select count(*), avg(pg_column_size(r))::float8, pg_total_relation_size('access_record')
                from access_record r";
    let (rows, row, table): (i64, f64, i64) = sqlx::query_as(size).fetch_one(&owner(&given.store)).await.unwrap();
    println!("{rows} rows of {row:.0} bytes, {:.0} bytes each with the index", table as f64 / rows as f64);
    let arrays =
        "select oprname::text || ' ' || proleakproof::text from pg_operator o join pg_proc p on p.oid = o.oprcode
                  where oprname in ('&&', '@>') and oprleft = 'anyarray'::regtype
                  union all select 'uuid = ' || proleakproof::text from pg_proc where proname = 'uuid_eq'";
    let leakproof: Vec<String> = sqlx::query_scalar(arrays).fetch_all(&owner(&given.store)).await.unwrap();
    println!("leakproof: {leakproof:?}");
}
