//! Somebody else's participant: every RPC that names one, called by each role, is refused as if there were nobody.

use std::collections::BTreeMap;

use harborline::mesh::DEVELOPMENT_PROGRAM;
use harborline_identity::Role;
use harborline_policy::{Matrix, Party};
use harborline_tests::{As, Stage, StageOptions};
use harborline_types::ParticipantId;
use tonic::Code;

use super::cases::{Case, cases};
use super::contains;
use super::other_program::{self, Known};

/// RPCs that anybody may call about anybody: what they answer tells nothing of the participant.
const OPEN_TO_ALL: &str = "harborline.intake.v1.ContactService/OpenContact";

/// Those who call, in turn: one alone would make more requests than one caller may.
const STRANGERS: [&str; 4] = ["stranger-1", "stranger-2", "stranger-3", "stranger-4"];

/// What a caller learns of an answer: its code and its words, without the participant's own id.
fn learned(answer: &Result<Option<Vec<u8>>, tonic::Status>, participant: &str) -> (Code, String) {
    match answer {
        Ok(_) => (Code::Ok, String::new()),
        Err(status) => (status.code(), status.message().replace(participant, "")),
    }
}

/// The cases that name the participant of `known`.
fn naming(known: &Known) -> impl Iterator<Item = Case> {
    let participant = known.participant.clone();
    cases(known).into_iter().filter(move |case| contains(&case.request, &participant))
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_participant_is_refused_to_each_role_as_nobody_is() {
    let stage = Stage::start(StageOptions::default()).await;
    let (mut known, _on_duty) = other_program::lived_in(&stage, DEVELOPMENT_PROGRAM).await;
    other_program::under_part2(&stage, DEVELOPMENT_PROGRAM).await;
    let enrolled: Vec<Case> = naming(&known).collect();
    let participant = std::mem::replace(&mut known.participant, ParticipantId::new().to_string());
    let nobody: Vec<Case> = naming(&known).collect();
    assert!(enrolled.len() > 8 && enrolled.len() == nobody.len(), "{} and {}", enrolled.len(), nobody.len());

    let matrix = Matrix::embedded().unwrap();
    let (mut faults, mut refused) = (BTreeMap::new(), 0);
    for (index, (case, of_nobody)) in enrolled.iter().zip(&nobody).enumerate() {
        let method = &case.method;
        let row = matrix.row(method).unwrap();
        for role in Role::ALL.iter().filter(|role| **role != Role::Clinic) {
            // A role that may see every participant of the program may know which there are.
            if row.allow.contains(&Party::Role(*role)) && *method != OPEN_TO_ALL {
                continue;
            }
            let stranger = As::Person(STRANGERS[index % STRANGERS.len()], *role);
            let ask = |request: Vec<u8>| stage.call(method, &stranger, DEVELOPMENT_PROGRAM, request);
            let of_somebody = learned(&ask(case.request.clone()).await, &participant);
            let of_nobody = learned(&ask(of_nobody.request.clone()).await, &known.participant);
            let expected = [Code::PermissionDenied, Code::Ok];
            let is_right = of_somebody.0 == expected[usize::from(row.allow.contains(&Party::Role(*role)))];
            if !is_right || of_somebody != of_nobody {
                faults.insert(format!("{method} by {role}"), format!("{of_somebody:?}, and of nobody {of_nobody:?}"));
            }
            refused += usize::from(of_somebody.0 == Code::PermissionDenied);
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(refused > 40, "only {refused} calls were refused");
    stage.stop().await;
}
