//! One program never sees another's: every RPC of the contracts, called with the ids of another program.

mod cases;
mod other_program;
mod somebody_else;

use std::collections::{BTreeMap, BTreeSet};

use cases::{Expected, cases};
use harborline::mesh::DEVELOPMENT_PROGRAM;
use harborline_identity::ServiceName;
use harborline_testkit::wait_until;
use harborline_tests::{Stage, StageOptions};
use harborline_types::ProgramId;
use other_program::Known;
use prost::Message;
use sqlx::{Connection, PgConnection};
use tonic::Code;

fn methods_of_the_contracts() -> BTreeSet<String> {
    let files = prost_types::FileDescriptorSet::decode(harborline_proto::DESCRIPTORS).unwrap().file;
    let ours = files.iter().filter(|file| file.package().starts_with("harborline."));
    ours.flat_map(|file| file.service.iter().map(move |service| (file.package(), service)))
        .flat_map(|(package, service)| {
            let name = move |method: &str| format!("{package}.{}/{method}", service.name());
            service.method.iter().map(move |method| name(method.name()))
        })
        .collect()
}

#[test]
fn every_rpc_of_the_contracts_has_one_case_in_the_sweep() {
    let cases = cases(&Known::default());
    let swept: BTreeSet<String> = cases.iter().map(|case| case.method.clone()).collect();
    let methods = methods_of_the_contracts();
    let missing: Vec<_> = methods.difference(&swept).collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
    let unknown: Vec<_> = swept.difference(&methods).collect();
    assert!(unknown.is_empty(), "a case for {unknown:?}, of which there is no RPC");
    assert_eq!(swept.len(), cases.len(), "a method has two cases");
}

/// What is wrong with an answer to the other program's caller.
fn fault(
    expected: Expected,
    answer: &Result<Option<Vec<u8>>, tonic::Status>,
    request: &[u8],
    known: &Known,
) -> Option<String> {
    match (expected, answer) {
        (Expected::NotFound, Err(status)) if status.code() == Code::NotFound => None,
        (Expected::Nothing, Ok(None)) => None,
        (Expected::Nothing, Ok(Some(answer))) if answer.is_empty() => None,
        (Expected::Own, Ok(answer)) => {
            let told =
                |text: &&String| contains(answer.as_deref().unwrap_or_default(), text) && !contains(request, text);
            known.texts().iter().find(told).map(|text| format!("tells {text}"))
        }
        (_, Ok(answer)) => Some(format!("answers {} bytes", answer.as_ref().map_or(0, Vec::len))),
        (_, Err(status)) => Some(format!("{:?}: {}", status.code(), status.message())),
    }
}

/// Ends a message about faults.
const LISTED: &str = "\nAn RPC that needs another request or answer is listed in tests/mesh/tenancy/cases";

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn another_programs_ids_are_not_there_for_any_rpc() {
    let stage = Stage::start(StageOptions::default()).await;
    let (theirs, ours) = (DEVELOPMENT_PROGRAM, ProgramId::new());
    let (known, _on_duty) = other_program::lived_in(&stage, theirs).await;
    other_program::prepared(&stage, ours).await;

    let mut faults = BTreeMap::new();
    // What an RPC makes in its own program would be found there, under the same id, by those that come after it.
    let (makes, finds): (Vec<_>, Vec<_>) = cases(&known).into_iter().partition(|case| case.expected == Expected::Own);
    for case in finds.into_iter().chain(makes) {
        let answer = stage.call(&case.method, &case.who, ours, case.request.clone()).await;
        if let Some(fault) = fault(case.expected, &answer, &case.request, &known) {
            faults.insert(case.method.clone(), fault);
        }
    }
    assert!(faults.is_empty(), "{faults:#?}{LISTED}");

    // The ids are good ones: for their own program's callers they are there.
    for case in cases(&known).into_iter().filter(|case| case.expected != Expected::Own) {
        let method = &case.method;
        let ask = || stage.call(method, &case.who, theirs, case.request.clone());
        let answer = match case.expected {
            // A stream may be silent for a while, on a busy machine.
            Expected::Nothing => wait_until(method, || async { ask().await.transpose() }).await.map(Some),
            _ => ask().await,
        };
        let found = match (case.expected, &answer) {
            (Expected::Nothing, answer) => {
                answer.as_ref().is_ok_and(|answer| answer.as_ref().is_some_and(|it| !it.is_empty()))
            }
            (_, Ok(_)) => true,
            // Known, and no longer in a state for it, or not this caller's: what is not there is NOT_FOUND before that, and
            // who may not make the call at all was refused above.
            (_, Err(status)) => matches!(status.code(), Code::FailedPrecondition | Code::PermissionDenied),
        };
        if !found {
            faults.insert(case.method.clone(), format!("proves nothing: its own program is answered {answer:?}"));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}{LISTED}");
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_of_every_service_keeps_programs_apart_and_no_service_owns_one() {
    let stage = Stage::start(StageOptions::default()).await;
    let open = "select relname::text from pg_class
                where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and relname <> '_sqlx_migrations'
                  and not (relrowsecurity and exists (select from pg_policy where polrelid = pg_class.oid
                           and pg_get_expr(polqual, polrelid) like '%program_id = current_program()%'))";
    let unbound = "select rolname::text from pg_roles where pg_has_role(rolname, 'harborline_serving', 'member')
                   and rolname like '%serving' and (rolsuper or rolbypassrls
                        or exists (select from pg_class where relowner = pg_roles.oid))";
    for service in ServiceName::ALL {
        let mut database = PgConnection::connect(stage.database(*service)).await.unwrap();
        let tables: i64 = sqlx::query_scalar("select count(*) from pg_policy").fetch_one(&mut database).await.unwrap();
        assert!(tables > 3, "{service} has {tables} policies");
        let open: Vec<String> = sqlx::query_scalar(open).fetch_all(&mut database).await.unwrap();
        assert!(open.is_empty(), "{service} shows every program's rows of {open:?}");
        let unbound: Vec<String> = sqlx::query_scalar(unbound).fetch_all(&mut database).await.unwrap();
        assert!(unbound.is_empty(), "no policy binds {unbound:?}");
        let serving = "select count(*) from pg_stat_activity where datname = current_database()
                       and application_name = 'harborline-' || $1 and usename <> 'harborline_' || $1 || '_serving'";
        let others: i64 = sqlx::query_scalar(serving).bind(service.as_str()).fetch_one(&mut database).await.unwrap();
        assert_eq!(others, 0, "{service} serves as another role");
    }
    stage.stop().await;
}
