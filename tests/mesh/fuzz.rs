//! Whatever bytes are sent to whatever method: a proper refusal or an answer, never a fault.
//!
//! Requests are made from a seed and the contracts. What breaks something is saved in `tests/corpus`, in a folder of the
//! method's name, and is sent in every later run. The short run has a fixed seed; for a long one with seeds of its own:
//!
//! ```text
//! cargo test -p harborline-tests --test mesh fuzz -- --ignored --nocapture
//! ```

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use futures::StreamExt;
use harborline_identity::ServiceName;
use harborline_status::{Reason, reason_of, violations_of};
use harborline_tests::fuzz::{Dice, Method, methods, request};
use tonic::{Code, Status};
use uuid::Uuid;

use crate::callers::Callers;

/// The seed of the short run.
const SEED: u64 = 988;
/// Requests of the short run for each method, beside the corpus.
const ROUNDS: usize = 40;
/// When a run is longer, what is left of it is skipped.
const SHORT: Duration = Duration::from_secs(15);
const LONG: Duration = Duration::from_secs(600);
/// Calls at once.
const AT_ONCE: usize = 4;
/// A service may grow by so much (kilobytes) in a run: buffers, caches and an allocator's leavings, but no request.
const MOST_GROWTH_KB: u64 = 96 * 1024;

fn corpus_folder(method: &Method) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(method.folder())
}

/// What the requests of a method are made from: a valid one, and those that were saved, in the order of their names.
fn corpus(method: &Method) -> Vec<Vec<u8>> {
    let saved = std::fs::read_dir(corpus_folder(method)).into_iter().flatten();
    let mut saved: Vec<_> = saved.map(|entry| entry.expect("a file").path()).collect();
    saved.sort();
    let saved = saved.iter().map(|file| std::fs::read(file).expect("a saved request"));
    std::iter::once(method.valid(&mut Dice::new(SEED))).chain(saved).collect()
}

fn memory_kb(mesh: &Callers, service: ServiceName) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", mesh.stage.pid(service)));
    let status = status.expect("the service runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory is known");
    line.trim().trim_end_matches(" kB").parse().expect("kilobytes")
}

/// What is wrong with an answer; none when it is as the contract says.
fn fault(answer: &Result<Vec<u8>, Status>) -> Option<String> {
    let status = answer.as_ref().err()?;
    let wrong = |what: &str| Some(format!("{what}: {:?} {:?}", status.code(), status.message()));
    let Some(reason) = reason_of(status) else { return wrong("a status without a reason") };
    let is_known = matches!(
        status.code(),
        Code::InvalidArgument
            | Code::NotFound
            | Code::FailedPrecondition
            | Code::PermissionDenied
            | Code::AlreadyExists
            | Code::Aborted
    );
    if !is_known {
        return wrong("a fault");
    }
    let names_fields = !violations_of(status).is_empty();
    // What is no message, or too large to be read, has no fields to name.
    let is_no_message = status.message().contains("message");
    if reason == Reason::RequestInvalid && !names_fields && !is_no_message {
        return wrong("a wrong request without a wrong field");
    }
    None
}

/// Sends everything, the first rounds however slow the machine is and the others until the limit; answers what was wrong.
async fn run(seed: u64, rounds: Range<usize>, limit: Duration) -> Vec<String> {
    let (mesh, began) = (Callers::start().await, Instant::now());
    let mut requests = Vec::new();
    let methods = methods();
    for service in ServiceName::ALL {
        let callers = mesh.of(*service);
        for method in methods.iter().filter(|method| method.service == *service) {
            let caller = Callers::admitted(&method.name, &[], &callers).await;
            let corpus = corpus(method);
            let mut dice =
                Dice::new(seed ^ method.name.bytes().fold(0_u64, |sum, byte| sum.wrapping_mul(31) ^ u64::from(byte)));
            let fresh: Vec<_> = (0..rounds.end).map(|_| request(method, &corpus, &mut dice)).collect();
            requests.extend(
                corpus
                    .into_iter()
                    .chain(fresh)
                    .enumerate()
                    .map(|(round, message)| (round, method.clone(), caller.clone(), message)),
            );
        }
    }
    // By rounds, so that a run that is cut short has visited every method as often as every other.
    requests.sort_by_key(|(round, ..)| *round);
    let before: BTreeMap<_, _> = ServiceName::ALL.iter().map(|service| (service, memory_kb(&mesh, *service))).collect();
    let faults = futures::stream::iter(requests).map(|(round, method, caller, message)| async move {
        if round >= rounds.start && began.elapsed() > limit {
            return None;
        }
        let what = fault(&caller.call(&method.name, message.clone()).await)?;
        Some(format!("{}: {what}\n  {}", method.name, hex(&message)))
    });
    let mut faults: Vec<_> = faults.buffer_unordered(AT_ONCE).filter_map(std::future::ready).collect().await;
    for (service, before) in before {
        let (after, starts) = (memory_kb(&mesh, *service), mesh.stage.starts(*service));
        if after > before + MOST_GROWTH_KB {
            faults.push(format!("{service} grew from {before} to {after} kB"));
        }
        if starts != 1 {
            faults.push(format!("{service} was started {starts} times"));
        }
        let log = mesh.stage.log(*service);
        let bad = log.lines().filter(|line| line.contains("panicked") || line.contains("internal fault"));
        faults.extend(bad.take(5).map(|line| format!("{service} logged {line}")));
    }
    mesh.stage.stop().await;
    faults
}

/// The beginning of a message, as it can be saved again.
fn hex(message: &[u8]) -> String {
    let mut text = String::new();
    for byte in message.iter().take(400) {
        let _ = write!(text, "{byte:02x}");
    }
    if message.len() > 400 { format!("{text}… ({} bytes)", message.len()) } else { text }
}

#[track_caller]
fn assert_none(faults: &[String], seed: u64) {
    let shown = faults.iter().take(20).cloned().collect::<Vec<_>>().join("\n");
    assert!(faults.is_empty(), "{} faults with the seed {seed}:\n{shown}", faults.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_whatever_its_bytes_is_a_fault_of_ours() {
    assert_none(&run(SEED, 1..ROUNDS, SHORT).await, SEED);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs for minutes; see above"]
async fn no_request_of_a_long_run_is_a_fault_of_ours() {
    let seed = Uuid::new_v4().as_u64_pair().0;
    assert_none(&run(seed, 10..200 * ROUNDS, LONG).await, seed);
}

#[test]
fn what_was_saved_is_of_methods_that_there_are() {
    let known: Vec<_> = methods().iter().map(Method::folder).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for entry in std::fs::read_dir(folder).expect("the corpus") {
        let saved = entry.expect("a folder").file_name().into_string().expect("our names are UTF-8");
        assert!(known.contains(&saved), "{saved}");
    }
}
