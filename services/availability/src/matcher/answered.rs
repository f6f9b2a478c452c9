//! The answers of the last while, so that who repeats a call soon costs nothing.
//!
//! An older repetition is found by the key of the stored answers ([`super::repeated`]).

use std::collections::{HashMap, VecDeque};

use harborline_store::{Answered, OnceKey};

/// How many answers are kept.
const KEPT: usize = 4096;

/// Answers by their calls, the oldest forgotten first.
#[derive(Default)]
pub(super) struct Recent {
    answers: HashMap<OnceKey, (Vec<u8>, Vec<u8>)>,
    order: VecDeque<OnceKey>,
}

impl Recent {
    /// The request's hash and the answer of a call.
    pub(super) fn get(&self, key: &OnceKey) -> Option<&(Vec<u8>, Vec<u8>)> {
        self.answers.get(key)
    }

    pub(super) fn add(&mut self, answered: Answered) {
        let Answered { key, request_hash, answer } = answered;
        if self.answers.insert(key.clone(), (request_hash, answer)).is_none() {
            self.order.push_back(key);
        }
        if self.order.len() > KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.answers.remove(&oldest);
        }
    }
}
