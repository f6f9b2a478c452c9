//! Places, turns, and ends.

use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use harborline_config::ComputationSettings;
use harborline_status::{Reason, ServiceError};
use harborline_testkit::{some_program, wait_until};
use harborline_types::{Budget, ProgramId};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::*;

fn computations(at_once: usize, of_one: usize, longest_ms: u64) -> Computations {
    let waiting_of_one_program = 3;
    Computations::new(&ComputationSettings {
        at_once,
        at_once_of_one_program: of_one,
        waiting_of_one_program,
        longest_ms,
    })
}

/// Returns once there are so many.
async fn until_running_and_waiting(computations: &Computations, running: usize, waiting: usize) {
    let wanted = Counts { running, waiting };
    wait_until("they are so many", || async { (computations.counts() == wanted).then_some(()) }).await;
}

/// A computation that goes on until it is told to end.
fn held(
    computations: &Computations,
    program: ProgramId,
) -> (JoinHandle<Result<(), ServiceError>>, oneshot::Sender<()>) {
    let (end, ended) = oneshot::channel();
    let computations = computations.clone();
    let call = tokio::spawn(async move {
        let work = |_| async move {
            let _ = ended.await;
            Ok(())
        };
        computations.run(program, work).await
    });
    (call, end)
}

/// Computes without a pause, and asks again and again whether to go on.
fn endless(allowance: &Allowance) -> Result<(), ServiceError> {
    loop {
        allowance.check()?;
        std::hint::spin_loop();
    }
}

#[tokio::test]
async fn a_program_that_asks_for_much_leaves_places_to_others() {
    let (computations, greedy, other) = (computations(3, 2, 60_000), some_program(), some_program());
    let _calls: Vec<_> = (0..5).map(|_| held(&computations, greedy)).collect();
    until_running_and_waiting(&computations, 2, 3).await;
    computations.run(other, |_| async { Ok::<_, ServiceError>(()) }).await.unwrap();
    let refused = computations.run(greedy, |_| async { Ok::<_, ServiceError>(()) }).await.unwrap_err();
    assert_eq!(refused.reason(), Reason::Overloaded, "as many wait as may");
}

#[tokio::test]
async fn programs_that_wait_take_turns() {
    let (computations, one, two) = (computations(1, 1, 60_000), some_program(), some_program());
    let order = Arc::new(Mutex::new(Vec::new()));
    let (holding, end) = held(&computations, one);
    until_running_and_waiting(&computations, 1, 0).await;
    let mut calls = Vec::new();
    for (program, name) in [(one, "one"), (one, "one again"), (one, "one at last"), (two, "two"), (two, "two again")] {
        let (asked, order) = (computations.clone(), order.clone());
        calls.push(tokio::spawn(async move {
            let work = move |_| async move {
                order.lock().unwrap().push(name);
                Ok::<_, ServiceError>(())
            };
            asked.run(program, work).await
        }));
        until_running_and_waiting(&computations, 1, calls.len()).await;
    }
    end.send(()).unwrap();
    holding.await.unwrap().unwrap();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(*order.lock().unwrap(), ["one", "two", "one again", "two again", "one at last"]);
}

#[tokio::test]
async fn a_call_that_goes_ends_what_is_computed_for_it_and_gives_up_its_turn() {
    let (computations, program) = (computations(1, 1, 60_000), some_program());
    let asked = computations.clone();
    let spinning = tokio::spawn(async move { asked.run(program, |it| async move { endless(&it) }).await });
    until_running_and_waiting(&computations, 1, 0).await;
    let (waiting, _end) = held(&computations, program);
    until_running_and_waiting(&computations, 1, 1).await;
    waiting.abort();
    until_running_and_waiting(&computations, 1, 0).await;
    spinning.abort();
    until_running_and_waiting(&computations, 0, 0).await;
    computations.run(program, |_| async { Ok::<_, ServiceError>(()) }).await.unwrap();
}

#[tokio::test]
async fn what_takes_too_long_is_ended_and_says_so_whether_it_computes_or_waits() {
    let (computations, program) = (computations(1, 1, 100), some_program());
    let spun = computations.run(program, |it| async move { endless(&it) }).await.unwrap_err();
    // It holds its place for a while: a statement that was sent goes on.
    let waited = computations.run(program, |_| pending::<Result<(), ServiceError>>()).await.unwrap_err();
    assert_eq!([spun.reason(), waited.reason()], [Reason::ComputationTooLarge; 2]);
    until_running_and_waiting(&computations, 0, 0).await;
}

#[tokio::test]
async fn the_threads_that_serve_go_on_while_another_computes() {
    // The test's only thread serves: it could not set this if the computation were polled there.
    let (computations, program, goes_on) =
        (computations(1, 1, 60_000), some_program(), Arc::new(AtomicBool::new(true)));
    let (asked, seen) = (computations.clone(), goes_on.clone());
    let work = move |_| async move {
        while seen.load(Ordering::Acquire) {
            std::hint::spin_loop();
        }
        Ok::<_, ServiceError>(())
    };
    let call = tokio::spawn(async move { asked.run(program, work).await });
    until_running_and_waiting(&computations, 1, 0).await;
    goes_on.store(false, Ordering::Release);
    call.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_computation_that_panics_is_a_fault_and_leaves_its_place() {
    let (computations, program) = (computations(1, 1, 60_000), some_program());
    let nothing: Arc<Option<Result<(), ServiceError>>> = Arc::default();
    let work = move |_| async move { Arc::into_inner(nothing).flatten().expect("there is none") };
    let fault = computations.run(program, work).await.unwrap_err();
    assert_eq!(fault.reason(), Reason::InternalFault);
    until_running_and_waiting(&computations, 0, 0).await;
}
