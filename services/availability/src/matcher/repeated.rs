//! Calls that were answered before (P7).
//!
//! Most are found in the answers of the last while. An older one either collides with the stored answer, and the round is
//! done once more with all stored answers in hand; or it is refused, since what it asks was done long ago: whoever is to
//! be refused is looked up first.

use std::collections::HashSet;

use harborline_identity::Call;
use harborline_store::{Bound, OnceKey, StoreError};

use super::mailbox::{Ask, Outcome, Reply};
use super::rounds::Matcher;
use crate::domain::matcher::Round;
use crate::store::PostOutcome;

/// What is told to who asked again from elsewhere; their posts are done with.
pub(super) type Replays = Vec<(Reply, PostOutcome)>;

impl Matcher<'_> {
    /// Takes out what was answered before and what is asked twice, and answers it.
    pub(super) async fn take_repeated(
        &mut self,
        bound: &mut Bound,
        asks: &mut Vec<Ask>,
        careful: bool,
    ) -> Result<Replays, StoreError> {
        if careful {
            self.look_up(bound, asks.iter().map(|ask| ask.key.clone()).collect()).await?;
        }
        let (mut replays, mut first) = (Vec::new(), HashSet::new());
        for ask in std::mem::take(asks) {
            if self.recent.get(&ask.key).is_some() {
                replays.extend(self.replay(ask));
            } else if first.insert(ask.key.clone()) {
                asks.push(ask);
            } else {
                // The same call at the same time: its answer will be there in the next round, or it is not done.
                ask.reply.send(Outcome::Moved);
            }
        }
        Ok(replays)
    }

    /// The same for what is to be refused: nothing was done for it in this round.
    pub(super) async fn take_refused(
        &mut self,
        bound: &mut Bound,
        asks: &mut Vec<Ask>,
        round: &mut Round,
    ) -> Result<Replays, StoreError> {
        let refused = asks.iter().zip(&round.answers).filter(|(_, answer)| answer.is_err());
        let refused: Vec<OnceKey> = refused.map(|(ask, _)| ask.key.clone()).collect();
        if !self.look_up(bound, refused).await? {
            return Ok(Vec::new());
        }
        let mut replays = Vec::new();
        for (ask, answer) in std::mem::take(asks).into_iter().zip(std::mem::take(&mut round.answers)) {
            if answer.is_err() && self.recent.get(&ask.key).is_some() {
                replays.extend(self.replay(ask));
            } else {
                asks.push(ask);
                round.answers.push(answer);
            }
        }
        Ok(replays)
    }

    /// Looks for stored answers, and keeps them. False when there are none.
    async fn look_up(&mut self, bound: &mut Bound, keys: Vec<OnceKey>) -> Result<bool, StoreError> {
        let Some(book) = self.book.as_ref().filter(|_| !keys.is_empty()) else { return Ok(false) };
        let answered = book.get(bound.conn(), &keys).await?;
        let found = !answered.is_empty();
        answered.into_iter().for_each(|answered| self.recent.add(answered));
        Ok(found)
    }

    /// Answers again; who asked from elsewhere is told with the round.
    fn replay(&self, ask: Ask) -> Option<(Reply, PostOutcome)> {
        let (hash, answer) = self.recent.get(&ask.key)?;
        let same = *hash == ask.request_hash;
        if ask.reply.post().is_some() {
            // Who repeats another body under the same id finds that out by what is stored.
            let told = if same { PostOutcome::Done(answer.clone(), None) } else { PostOutcome::Stored };
            return Some((ask.reply, told));
        }
        // The same act: its row is there since the first answer.
        ask.call.iter().filter(|_| same).for_each(Call::put_on_record);
        ask.reply.send(if same { Outcome::Done(answer.clone()) } else { Outcome::Reused });
        None
    }
}
