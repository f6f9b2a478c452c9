//! The rules, in the order in which they decide.

use super::{
    Consented, EmergencyDuty, Extent, FamilyBasis, FamilyDecision, FamilyOutcome, FamilyQuestion, FamilyThreat,
    ParticipantState, Preference, script,
};
use crate::DataClass;

/// Owed whenever somebody is in danger.
const IN_DANGER: &[EmergencyDuty] = &[EmergencyDuty::GetHelp, EmergencyDuty::TellSupervisor];

/// Owed when something is told because of the danger.
const TOLD_IN_DANGER: &[EmergencyDuty] = &[
    EmergencyDuty::GetHelp,
    EmergencyDuty::TellSupervisor,
    EmergencyDuty::RecordDisclosure,
    EmergencyDuty::TellCareTeam,
];

/// Decides what may be told to somebody close to a participant.
pub fn decide_family(question: &FamilyQuestion<'_>) -> FamilyDecision {
    let asked: Vec<_> = question.classes.iter().map(|class| class.in_program(question.is_part2_program)).collect();
    // Without a written consent nothing but ordinary health information is told, and in a Part 2 program there is none.
    let ordinary: Vec<_> = asked.iter().copied().filter(|class| *class == DataClass::GeneralPhi).collect();

    if !question.is_enrolled {
        return withheld(question, FamilyOutcome::GeneralInfoOnly, FamilyBasis::NotEnrolled);
    }
    // Before an objection, and before recognition: 512(j) asks for good faith, and the caller is the one who can help.
    if question.threat == FamilyThreat::CallerCanLessen && !ordinary.is_empty() {
        return in_danger(ordinary);
    }
    if question.preference == Preference::Objected {
        return withheld(question, FamilyOutcome::ListenOnly, FamilyBasis::Objection);
    }
    let consented = consented(question, &asked);
    if question.is_verified && !consented.is_empty() {
        let is_written = consented.iter().all(|consented| consented.is_written);
        let basis = if is_written { FamilyBasis::WrittenConsent } else { FamilyBasis::SpokenConsent };
        let classes = consented.into_iter().map(|consented| consented.class).collect();
        return shared(question, Extent::AsConsented, basis, classes);
    }
    match without_consent(question, &ordinary) {
        Ok((extent, basis)) => shared(question, extent, basis, ordinary),
        Err(basis) => withheld(question, FamilyOutcome::GeneralInfoOnly, basis),
    }
}

/// What of the classes asked about a consent covers. Some are told to nobody, whatever a consent says.
fn consented(question: &FamilyQuestion<'_>, asked: &[DataClass]) -> Vec<Consented> {
    let is_tellable = |class: &&DataClass| {
        matches!(class, DataClass::GeneralPhi | DataClass::Part2Sud | DataClass::SudCounselingNote)
    };
    let covers = |class: &DataClass| question.consented.iter().copied().find(|consented| consented.class == *class);
    asked.iter().filter(is_tellable).filter_map(covers).collect()
}

fn without_consent(
    question: &FamilyQuestion<'_>,
    ordinary: &[DataClass],
) -> Result<(Extent, FamilyBasis), FamilyBasis> {
    if question.is_part2_program {
        return Err(FamilyBasis::Part2WithoutConsent);
    }
    if !question.is_verified {
        return Err(FamilyBasis::NotVerified);
    }
    if ordinary.is_empty() {
        return Err(FamilyBasis::ClassWithheld);
    }
    if question.represents {
        return Ok((Extent::AsToParticipant, FamilyBasis::Representative));
    }
    let involved = Ok((Extent::RelevantToInvolvement, FamilyBasis::Involvement));
    match (question.preference, question.state) {
        (Preference::Agreed, _) => involved,
        (Preference::DidNotObject, _) if question.relationship.is_close() => involved,
        (Preference::NotAsked, ParticipantState::Able) => Err(FamilyBasis::AskFirst),
        (Preference::NotAsked, ParticipantState::Absent | ParticipantState::Incapacitated)
            if question.relationship.is_close() && question.in_best_interest =>
        {
            Ok((Extent::MinimumInBestInterest, FamilyBasis::BestInterest))
        }
        (Preference::NotAsked | Preference::DidNotObject, _) => Err(FamilyBasis::NotInBestInterest),
        (Preference::Objected, _) => Err(FamilyBasis::Objection),
    }
}

fn duties(question: &FamilyQuestion<'_>) -> &'static [EmergencyDuty] {
    if question.threat == FamilyThreat::Absent { &[] } else { IN_DANGER }
}

fn withheld(question: &FamilyQuestion<'_>, outcome: FamilyOutcome, basis: FamilyBasis) -> FamilyDecision {
    // The danger is what the caller told: it says nothing about who is in care.
    let script = if question.threat == FamilyThreat::Absent { script::NEUTRAL } else { script::NEUTRAL_IN_DANGER };
    FamilyDecision { outcome, extent: Extent::Nothing, classes: Vec::new(), basis, duties: duties(question), script }
}

fn shared(
    question: &FamilyQuestion<'_>,
    extent: Extent,
    basis: FamilyBasis,
    classes: Vec<DataClass>,
) -> FamilyDecision {
    let script = match basis {
        FamilyBasis::WrittenConsent => script::CONSENT,
        FamilyBasis::SpokenConsent => script::SPOKEN_CONSENT,
        FamilyBasis::Representative => script::REPRESENTATIVE,
        FamilyBasis::BestInterest => script::BEST_INTEREST,
        _ => script::INVOLVEMENT,
    };
    FamilyDecision { outcome: FamilyOutcome::Share, extent, classes, basis, duties: duties(question), script }
}

fn in_danger(classes: Vec<DataClass>) -> FamilyDecision {
    FamilyDecision {
        outcome: FamilyOutcome::EmergencyShare,
        extent: Extent::NeededAgainstThreat,
        classes,
        basis: FamilyBasis::SeriousThreat,
        duties: TOLD_IN_DANGER,
        script: script::THREAT,
    }
}
