//! The part of the story that is about participants as people.

use harborline_proto::intake::v1 as intake;

use super::accepted::number;
use super::contract::Value;
use super::driver::{Driver, Instead, NUMBER};

/// Another participant, of a list.
pub(super) async fn import(driver: &mut Driver<'_>) {
    let number = Value::Text(NUMBER.replace("5559", "5558"));
    let kept: Instead<'_> = &[("dry_run", Value::Absent), ("participant.dedicated_number", number)];
    let result: intake::ImportParticipantsResponse = driver.must("ParticipantService/ImportParticipants", kept).await;
    assert_eq!(result.outcome(), intake::ImportOutcome::Enrolled, "{:?}", result.reason());
}

/// What is known of the participant as a person, and how they are found.
pub(super) async fn keep_participant(driver: &mut Driver<'_>) {
    let known: intake::GetParticipantResponse = driver.must("ParticipantService/GetParticipant", &[]).await;
    let etag = known.participant.expect("a participant").etag;
    let edit: Instead<'_> = &[("etag", Value::Text(etag))];
    let edited: intake::UpdateParticipantResponse = driver.must("ParticipantService/UpdateParticipant", edit).await;
    let etag = edited.participant.expect("a participant").etag;
    let away: Instead<'_> = &[("etag", Value::Text(etag)), ("status", number(intake::ParticipantStatus::OnLeave))];
    let status = "ParticipantService/ChangeParticipantStatus";
    driver.must::<intake::ChangeParticipantStatusResponse>(status, away).await;
    let phrase = "ParticipantService/ReplaceVerificationPhrase";
    driver.must::<intake::ReplaceVerificationPhraseResponse>(phrase, &[]).await;
    driver.must::<intake::RecordWhereaboutsResponse>("ParticipantService/RecordWhereabouts", &[]).await;
    let all: Instead<'_> = &[("statuses", Value::Absent), ("responsible_clinician_id", Value::Absent)];
    driver.must::<intake::ListParticipantsResponse>("ParticipantService/ListParticipants", all).await;
    let by_number: Instead<'_> = &[("name", Value::Absent)];
    driver.must::<intake::FindParticipantsResponse>("ParticipantService/FindParticipants", by_number).await;
}

/// The caller turns out to be the participant.
pub(super) async fn identify(driver: &mut Driver<'_>) {
    driver.must::<intake::VerifyCallerResponse>("CallerService/VerifyCaller", &[]).await;
    let known: Instead<'_> = &[("basis", number(intake::IdentificationBasis::Recognized))];
    driver.must::<intake::IdentifyCallerResponse>("CallerService/IdentifyCaller", known).await;
    driver.must::<intake::ListIdentificationsResponse>("CallerService/ListIdentifications", &[]).await;
    driver.must::<intake::ListFiredRulesResponse>("ProgramRuleService/ListFiredRules", &[]).await;
}

/// Somebody supports the participant, and then no more; somebody else does from then on.
pub(super) async fn keep_support_person(driver: &mut Driver<'_>) {
    let call = |verb: &str| format!("SupportPersonService/{verb}");
    let added: intake::AddSupportPersonResponse = driver.must(&call("AddSupportPerson"), &[]).await;
    let person = added.support_person.expect("a support person");
    driver.ids.insert("support_person_id", person.support_person_id);
    let edit: Instead<'_> = &[("etag", Value::Text(person.etag))];
    driver.must::<intake::UpdateSupportPersonResponse>(&call("UpdateSupportPerson"), edit).await;
    driver.must::<intake::ListSupportPersonsResponse>(&call("ListSupportPersons"), &[]).await;
    let by_number: Instead<'_> = &[("name", Value::Absent)];
    driver.must::<intake::FindSupportPersonsResponse>(&call("FindSupportPersons"), by_number).await;
    driver.must::<intake::EndSupportPersonResponse>(&call("EndSupportPerson"), &[]).await;
    let added: intake::AddSupportPersonResponse = driver.must(&call("AddSupportPerson"), &[]).await;
    driver.ids.insert("support_person_id", added.support_person.expect("a support person").support_person_id);
}

/// A rule of the participant is put, and ended; they have harmed themselves.
pub(super) async fn keep_rules(driver: &mut Driver<'_>) {
    let call = |verb: &str| format!("ProgramRuleService/{verb}");
    let put: intake::PutProgramRuleResponse = driver.must(&call("PutProgramRule"), &[]).await;
    let edit: Instead<'_> = &[("etag", Value::Text(put.rule.expect("a rule").etag))];
    let ended: intake::EndProgramRuleResponse = driver.must(&call("EndProgramRule"), edit).await;
    // It holds again, and asks nobody to join: who joins in this story is asked for otherwise.
    let again: Instead<'_> =
        &[("etag", Value::Text(ended.rule.expect("a rule").etag)), ("rule.asks_second_counselor", Value::Absent)];
    driver.must::<intake::PutProgramRuleResponse>(&call("PutProgramRule"), again).await;
    driver.must::<intake::ListProgramRulesResponse>(&call("ListProgramRules"), &[]).await;
    driver.must::<intake::ListProgramRuleVersionsResponse>(&call("ListProgramRuleVersions"), &[]).await;
    driver.must::<intake::RecordSelfHarmResponse>(&call("RecordSelfHarm"), &[]).await;
}

/// A safety plan is written, and agreed to.
pub(super) async fn write_safety_plan(driver: &mut Driver<'_>) {
    let call = |name: &str| format!("SafetyPlanService/{name}SafetyPlan");
    let added: intake::AddSafetyPlanEntryResponse = driver.must("SafetyPlanService/AddSafetyPlanEntry", &[]).await;
    driver.ids.insert("entry_id", added.entry_id.clone());
    let of = |plan: &intake::SafetyPlan| {
        let entry = plan.entries.iter().find(|entry| entry.entry_id == added.entry_id);
        Value::Text(entry.expect("the entry is there").etag.clone())
    };
    let plan = added.plan.expect("a plan");
    let edit: Instead<'_> = &[("etag", of(&plan))];
    let changed: intake::ChangeSafetyPlanEntryResponse =
        driver.must("SafetyPlanService/ChangeSafetyPlanEntry", edit).await;
    driver.must::<intake::MoveSafetyPlanEntryResponse>("SafetyPlanService/MoveSafetyPlanEntry", &[]).await;
    let edit: Instead<'_> = &[("etag", of(&changed.plan.expect("a plan")))];
    let removed: intake::RemoveSafetyPlanEntryResponse =
        driver.must("SafetyPlanService/RemoveSafetyPlanEntry", edit).await;
    let version = removed.plan.expect("a plan").version;
    let newest: Instead<'_> = &[("version", Value::Number(version)), ("contact_id", Value::Absent)];
    driver.must::<intake::AgreeToSafetyPlanResponse>(&call("AgreeTo"), newest).await;
    driver.must::<intake::ReviewSafetyPlanResponse>(&call("Review"), newest).await;
    driver.must::<intake::GetSafetyPlanResponse>(&call("Get"), &[]).await;
    driver.must::<intake::GetSafetyPlanTextResponse>("SafetyPlanService/GetSafetyPlanText", &[]).await;
    driver.must::<intake::WatchSafetyPlanResponse>(&call("Watch"), &[]).await;
    let versions = "SafetyPlanService/ListSafetyPlanVersions";
    driver.must::<intake::ListSafetyPlanVersionsResponse>(versions, &[]).await;
    let compared = "SafetyPlanService/CompareSafetyPlanVersions";
    driver.must::<intake::CompareSafetyPlanVersionsResponse>(compared, &[]).await;
}
