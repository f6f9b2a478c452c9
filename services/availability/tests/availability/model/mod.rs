//! P2 and P3 under any events in any order: a model beside two real replicas and a real Postgres.
//!
//! A sequence of [moves](moves) is played against both. The [reference] knows from the answers alone where each contact
//! is. After each move the [books] of the database must say the same; no slot and no contact may be given twice at any
//! instant; every offer must have gone to the contact that goes first ([order]); and soon no contact waits that a free
//! counselor could take. At the end every caller was answered or has left, and every slot is free.
//!
//! Timers do not fire. An offer or a grace that is to run out is ended in the database, while there is no matcher.
//!
//! # Not chosen
//! A state machine that is run ahead of the system under test: the system chooses the counselor of an offer, so the
//! contacts and offers that a move can use are known only when it is made. So a move has numbers that choose among
//! them, and a sequence that fails is shrunk move by move.

mod books;
mod cast;
mod failing;
mod moves;
mod order;
mod play;
mod reference;
mod said;
mod world;

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use moves::{Move, any_moves};
use world::World;

/// Plays moves and checks everything after each; an error says after which move what was wrong.
async fn play_and_check(moves: &[Move]) -> Result<(), String> {
    let mut world = World::open().await;
    let mut books = world.settle(true).await?;
    for (number, step) in moves.iter().enumerate() {
        let failed = |what: String| format!("move {number}, {step:?}:\n{what}");
        let told = world.play(step, &books).await.map_err(failed)?;
        books = world.settle(told).await.map_err(failed)?;
    }
    world.close().await.map_err(|what| format!("at the end:\n{what}"))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 4,
        failure_persistence: None,
        max_shrink_iters: 200,
        max_shrink_time: 180_000,
        ..ProptestConfig::default()
    })]
    #[test]
    fn through_any_sequence_of_moves_no_contact_is_lost_or_passed_over_and_nothing_is_given_twice(
        moves in any_moves(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(play_and_check(&moves.0)).map_err(TestCaseError::fail)?;
    }
}
