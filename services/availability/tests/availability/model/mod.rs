//! P2 and P3 under whatever may happen, in any order: a model beside two real replicas and a real Postgres.
//!
//! A sequence of [moves](moves) is played against both. The [reference] knows from the answers alone where each contact
//! is; after each move the [books] of the database must say the same, no slot and no contact may be given twice at any
//! instant, every offer must have gone to who goes first (order), and soon nobody waits whom somebody free could take.
//! At the end everybody was answered or has left, and every slot is back.
//!
//! Timers do not fire: what is to run out is made to, on record, while nobody decides.
//!
//! # Not chosen
//! A state machine that is run ahead of the system under test: whom an offer goes to is the system's to say, so what a
//! move can be made with is known only when it is made. What is drawn here are the moves' numbers; a sequence that fails
//! is made smaller move by move.

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
