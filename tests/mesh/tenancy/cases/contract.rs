//! The cases that are made from the contract: a sound request, all of whose ids are the other program's.

use std::collections::BTreeSet;

use harborline_identity::Role;
use harborline_policy::{Matrix, Party, Row};
use harborline_tests::As;
use harborline_tests::limits::sound_requests;
use prost::Message;
use prost_reflect::{DynamicMessage, ReflectMessage, Value};

use super::{Case, Expected};
use crate::tenancy::other_program::{COUNSELOR, Known, THEIR_COUNSELOR, request_id};

/// One case for each RPC that has none in the list: NOT_FOUND.
pub(super) fn others(listed: &BTreeSet<String>, known: &Known) -> Vec<Case> {
    let matrix = Matrix::embedded().expect("the matrix of this build is right");
    let others = sound_requests().into_iter().filter(|(method, _)| !listed.contains(method));
    let case = |(method, mut request): (String, DynamicMessage)| {
        name_theirs(&mut request, known);
        let row = matrix.row(&method).expect("every RPC has a row");
        let unconditional = is_of_a_participant(&request).then(|| unconditional(row)).flatten();
        let who = unconditional.unwrap_or_else(|| caller(row, known));
        Case { who, method, expected: Expected::NotFound, request: request.encode_to_vec() }
    };
    others.map(case).collect()
}

/// Whether the first thing that a request names is a participant: there the policy is asked before it is known whether there
/// is one, and refuses a counselor who has no contact of theirs.
fn is_of_a_participant(request: &DynamicMessage) -> bool {
    let descriptor = request.descriptor();
    let mut ids = descriptor.fields().filter(|field| field.name().ends_with("_id") && field.name() != "request_id");
    ids.next().is_some_and(|field| field.name() == "participant_id")
}

/// A person who may make the call whatever is true of the record.
fn unconditional(row: &Row) -> Option<As> {
    let role = row.allow.iter().find_map(|party| if let Party::Role(role) = party { Some(*role) } else { None });
    role.map(|role| As::Person(role.as_str(), role))
}

/// A counselor where one may make the call, since what most rules ask about is whom a counselor has: a record of another
/// program is not found before that is asked.
fn caller(row: &Row, known: &Known) -> As {
    let parties = || row.allow.iter().chain(row.allow_if.keys()).copied();
    let counselor = Party::Role(Role::Counselor);
    let party = if parties().any(|party| party == counselor) { Some(counselor) } else { parties().next() };
    match party.expect("somebody may make the call") {
        Party::Role(Role::Counselor) => As::Person(COUNSELOR, Role::Counselor),
        Party::Role(Role::Clinic) => As::Clinic(known.facility),
        Party::Role(role) => As::Person(role.as_str(), role),
        Party::Service(service) => As::Service(service),
    }
}

/// Puts the other program's ids into every field that has one, by the field's name.
fn name_theirs(message: &mut DynamicMessage, known: &Known) {
    for (field, value) in message.fields_mut() {
        name_theirs_in(value, field.name(), known);
    }
}

fn name_theirs_in(value: &mut Value, field: &str, known: &Known) {
    match value {
        Value::Message(inner) => name_theirs(inner, known),
        Value::List(entries) => entries.iter_mut().for_each(|entry| name_theirs_in(entry, field, known)),
        Value::String(text) => {
            if let Some(id) = theirs(field, known) {
                *text = id;
            }
        }
        _ => {}
    }
}

/// The other program's id for a field of this name; of a thing that this program has none of, none.
fn theirs(field: &str, known: &Known) -> Option<String> {
    if field == "support_person_id" {
        return Some(known.support_person.clone());
    }
    // `origin_contact_id` is a contact's too.
    let thing = field.strip_suffix("_id")?.rsplit('_').next()?;
    Some(match thing {
        "request" => request_id(),
        "contact" => known.contact.clone(),
        "participant" => known.participant.clone(),
        "entry" => known.entry.clone(),
        "consent" => known.consent.clone(),
        "glass" => known.access.clone(),
        "offer" => known.offer.clone(),
        "facility" => known.facility.to_string(),
        "referral" => known.referral.clone(),
        "plan" => known.plan.clone(),
        "decision" => known.decision.clone(),
        "lowering" => known.lowering.clone(),
        "shift" => known.shift.clone(),
        "swap" => known.swap.clone(),
        "requirement" => known.requirement.clone(),
        "counselor" => THEIR_COUNSELOR.to_owned(),
        _ => return None,
    })
}
