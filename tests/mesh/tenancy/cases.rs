//! One case for every RPC of the contracts: those whose answer or request is a matter of their own are listed here, all
//! others are made from the contract.

mod availability;
mod contract;
mod coverage;
mod disclosure;
mod followup;
mod intake;
mod referral;
mod safety_plan;
mod triage;

pub(super) use disclosure::{access, consent};
pub(super) use followup::plan;

use std::collections::BTreeSet;
use std::time::SystemTime;

use harborline_identity::Role;
use harborline_proto::{common::v1 as common, intake::v1 as pb};
use harborline_tests::As;
use prost::Message;
use prost_types::Timestamp;

use super::other_program::{COUNSELOR, Known};

/// What the caller of another program gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// NOT_FOUND.
    NotFound,
    /// An answer without a single byte: an empty list, or silence of a stream.
    Nothing,
    /// What concerns the caller's own program, and not a word of the other's. Of an RPC that takes no id, or by which
    /// intake itself speaks of its contact, and is trusted: it makes something of the caller's own program.
    Own,
}

/// One RPC, called with the other program's ids.
pub(super) struct Case {
    /// `package.Service/Method`.
    pub(super) method: String,
    pub(super) who: As,
    pub(super) expected: Expected,
    pub(super) request: Vec<u8>,
}

fn case(method: &str, who: As, expected: Expected, request: impl Message) -> Case {
    Case { method: format!("harborline.{method}"), who, expected, request: request.encode_to_vec() }
}

/// The whole sweep.
pub(super) fn cases(known: &Known) -> Vec<Case> {
    let mut cases: Vec<Case> = [
        intake::contacts(known),
        intake::programs(known),
        safety_plan::safety_plans(known),
        disclosure::disclosures(known),
        triage::triage(known),
        availability::roster(),
        availability::attend(known),
        availability::tickets(known),
        coverage::shifts(known),
        coverage::coverage(),
        availability::overview(),
        referral::referrals(known),
        followup::follow_ups(known),
    ]
    .into_iter()
    .flatten()
    .collect();
    let listed: BTreeSet<String> = cases.iter().map(|case| case.method.clone()).collect();
    cases.extend(contract::others(&listed, known));
    cases
}

fn counselor_calls() -> As {
    As::Person(COUNSELOR, Role::Counselor)
}

fn supervisor() -> As {
    As::Person("supervisor", Role::Supervisor)
}

fn now() -> Option<Timestamp> {
    Some(SystemTime::now().into())
}

fn person() -> Option<pb::Person> {
    Some(pb::Person { person_id: "somebody".to_owned(), name: "Somebody".to_owned() })
}

fn need() -> Option<common::Need> {
    let channel = common::Channel::Phone.into();
    Some(common::Need { channel, language: "en".to_owned(), ..Default::default() })
}
