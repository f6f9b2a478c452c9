//! A program in which somebody has reached out, with everything that follows from it.

use harborline_identity::{Role, ServiceName};
use harborline_proto::{
    availability::v1 as availability, common::v1 as common, followup::v1 as followup, intake::v1 as intake,
    referral::v1 as referral, triage::v1 as triage,
};
use harborline_testkit::wait_until;
use harborline_tests::{As, Stage};
use harborline_types::{ProgramId, RequestId};
use prost::Message;
use tonic::Streaming;
use uuid::Uuid;

/// Works in both programs.
pub(super) const COUNSELOR: &str = "counselor-of-both";
/// Works in the lived-in program only.
pub(super) const THEIR_COUNSELOR: &str = "counselor-of-theirs";
/// Appears in every text of the lived-in program.
pub(super) const MARK: &str = "only-theirs";

/// The ids of the lived-in program.
#[derive(Default)]
pub(super) struct Known {
    pub(super) contact: String,
    pub(super) participant: String,
    pub(super) entry: String,
    pub(super) support_person: String,
    pub(super) consent: String,
    pub(super) access: String,
    pub(super) offer: String,
    pub(super) facility: Uuid,
    pub(super) referral: String,
    pub(super) plan: String,
    pub(super) decision: String,
    pub(super) lowering: String,
    pub(super) shift: String,
    pub(super) swap: String,
    pub(super) requirement: String,
}

impl Known {
    /// What nobody of another program may be told.
    pub(super) fn texts(&self) -> Vec<String> {
        let ids =
            [&self.contact, &self.participant, &self.consent, &self.access, &self.offer, &self.referral, &self.plan];
        let ids = ids.into_iter().chain([
            &self.entry,
            &self.support_person,
            &self.shift,
            &self.swap,
            &self.requirement,
            &self.decision,
            &self.lowering,
        ]);
        let texts = ids.cloned().chain([self.facility.to_string(), MARK.to_owned(), THEIR_COUNSELOR.to_owned()]);
        texts.collect()
    }
}

pub(super) fn request_id() -> String {
    RequestId::new().to_string()
}

pub(super) fn admin() -> As {
    As::Person("administrator", Role::Administrator)
}

async fn made<A: Message + Default>(
    stage: &Stage,
    program: ProgramId,
    who: &As,
    method: &str,
    request: &impl Message,
) -> A {
    let answer = stage.call(&format!("harborline.{method}"), who, program, request.encode_to_vec()).await;
    let answer = answer.unwrap_or_else(|status| panic!("{method}: {status}"));
    A::decode(answer.unwrap_or_default().as_slice()).unwrap()
}

/// Puts a program under 42 CFR Part 2.
pub(super) async fn under_part2(stage: &Stage, program: ProgramId) {
    put_program(stage, program, Some(true)).await;
}

async fn put_program(stage: &Stage, program: ProgramId, part2_program: Option<bool>) {
    let request = intake::PutProgramRequest {
        request_id: request_id(),
        name: "A program".to_owned(),
        clinical_director: Some(intake::Person { person_id: "director".to_owned(), name: "Director".to_owned() }),
        backup_line: "988".to_owned(),
        backup_text_line: String::new(),
        same_caller_within: None,
        part2_program,
        etag: String::new(),
    };
    let _: intake::PutProgramResponse =
        made(stage, program, &admin(), "intake.v1.ProgramService/PutProgram", &request).await;
}

/// A program that can take contacts and where nobody has reached out.
pub(super) async fn prepared(stage: &Stage, program: ProgramId) {
    put_program(stage, program, None).await;
    put_counselor(stage, program, COUNSELOR).await;
    let rules = availability::RosterRules { time_zone: "UTC".to_owned(), ..Default::default() };
    let request = availability::PutRosterRulesRequest { request_id: request_id(), rules: Some(rules) };
    let _: availability::PutRosterRulesResponse =
        made(stage, program, &admin(), "availability.v1.ShiftService/PutRosterRules", &request).await;
}

/// A local day on which no shift has begun.
pub(super) fn a_day() -> String {
    (chrono::Utc::now().date_naive() + chrono::Days::new(2)).to_string()
}

pub(super) fn shift(id: &str, counselor: &str) -> availability::Shift {
    availability::Shift {
        shift_id: id.to_owned(),
        counselor_id: counselor.to_owned(),
        kind: availability::ShiftKind::Line.into(),
        first_day: a_day(),
        starts: "08:00".to_owned(),
        ends: "16:00".to_owned(),
        ..Default::default()
    }
}

pub(super) fn requirement(id: &str, skill: &str) -> availability::CoverageRequirement {
    availability::CoverageRequirement {
        requirement_id: id.to_owned(),
        at_least: 1,
        skills: vec![skill.to_owned()],
        starts: "08:00".to_owned(),
        ends: "16:00".to_owned(),
        ..Default::default()
    }
}

/// The lived-in program's roster: a shift, offered to anybody, and what is asked of it.
async fn rostered(stage: &Stage, program: ProgramId, known: &mut Known) {
    (known.shift, known.requirement) = (Uuid::now_v7().to_string(), Uuid::now_v7().to_string());
    let shift = Some(shift(&known.shift, THEIR_COUNSELOR));
    let request = availability::PutShiftRequest { request_id: request_id(), shift };
    let _: availability::PutShiftResponse =
        made(stage, program, &admin(), "availability.v1.ShiftService/PutShift", &request).await;
    let request = offering(known);
    let counselor = As::Person(THEIR_COUNSELOR, Role::Counselor);
    let offered: availability::OfferShiftSwapResponse =
        made(stage, program, &counselor, "availability.v1.ShiftService/OfferShiftSwap", &request).await;
    known.swap = offered.swap.unwrap().swap_id;
    let requirement = Some(requirement(&known.requirement, MARK));
    let request = availability::PutCoverageRequirementRequest { request_id: request_id(), requirement };
    let _: availability::PutCoverageRequirementResponse =
        made(stage, program, &admin(), "availability.v1.CoverageService/PutCoverageRequirement", &request).await;
}

pub(super) fn offering(known: &Known) -> availability::OfferShiftSwapRequest {
    let given = Some(availability::ShiftDay { shift_id: known.shift.clone(), day: a_day() });
    availability::OfferShiftSwapRequest { request_id: request_id(), given, ..Default::default() }
}

async fn put_counselor(stage: &Stage, program: ProgramId, id: &str) {
    let request = availability::PutCounselorRequest { request_id: request_id(), counselor: Some(counselor(id)) };
    let _: availability::PutCounselorResponse =
        made(stage, program, &admin(), "availability.v1.RosterService/PutCounselor", &request).await;
}

pub(super) fn counselor(id: &str) -> availability::Counselor {
    availability::Counselor {
        counselor_id: id.to_owned(),
        name: id.to_owned(),
        kind: common::CounselorKind::LicensedClinician.into(),
        languages: vec!["en".to_owned()],
        channels: vec![common::Channel::Phone.into()],
        message_capacity: 1,
        ..Default::default()
    }
}

pub(super) fn enrollment(name: &str) -> intake::EnrollParticipantRequest {
    let lines = || vec![name.to_owned()];
    intake::EnrollParticipantRequest {
        profile: None,
        safety_plan: vec![intake::SafetyPlanDraft {
            section: intake::SafetyPlanSection::OwnCoping.into(),
            words: Some(intake::SafetyPlanWords { text: name.to_owned(), ..Default::default() }),
        }],
        request_id: request_id(),
        name: name.to_owned(),
        dedicated_number: "+15550100001".to_owned(),
        verification_phrase: name.to_owned(),
        language: "en".to_owned(),
        jurisdiction: String::new(),
        responsible_clinician: Some(intake::Person { person_id: "clinician".to_owned(), name: name.to_owned() }),
        care_brief: Some(intake::CareBrief { goals: lines(), challenges: lines(), program_rules: lines() }),
    }
}

pub(super) fn facility(id: Uuid, name: &str) -> referral::Facility {
    referral::Facility {
        facility_id: id.to_string(),
        name: name.to_owned(),
        services: vec![referral::ServiceKind::Outpatient.into()],
        jurisdictions: Vec::new(),
        rank: 1,
        accepting: true,
        etag: String::new(),
    }
}

pub(super) fn opening(participant: &str) -> intake::OpenContactRequest {
    intake::OpenContactRequest {
        request_id: request_id(),
        channel: common::Channel::Phone.into(),
        caller: common::CallerKind::Participant.into(),
        participant_id: participant.to_owned(),
        language: "en".to_owned(),
        own_words: MARK.to_owned(),
        ..Default::default()
    }
}

/// A program where a counselor is asked, a clinic is asked, and a plan is made. Also the counselor's stream.
pub(super) async fn lived_in(stage: &Stage, program: ProgramId) -> (Known, Streaming<availability::AttendResponse>) {
    prepared(stage, program).await;
    put_counselor(stage, program, THEIR_COUNSELOR).await;
    let mut known = Known { facility: Uuid::now_v7(), ..Known::default() };
    rostered(stage, program, &mut known).await;
    let enrolled: intake::EnrollParticipantResponse =
        made(stage, program, &admin(), "intake.v1.ProgramService/EnrollParticipant", &enrollment(MARK)).await;
    known.participant = enrolled.participant_id;
    known.entry = entry(stage, program, &known.participant).await;
    known.support_person = support_person(stage, program, &known.participant).await;
    let method = "intake.v1.ProgramRuleService/PutProgramRule";
    let _: intake::PutProgramRuleResponse = made(stage, program, &admin(), method, &rule(&known.participant)).await;
    let consent = Some(super::cases::consent(&known, MARK));
    let request = intake::RecordConsentRequest { request_id: request_id(), consent };
    let supervisor = As::Person("supervisor", Role::Supervisor);
    let recorded: intake::RecordConsentResponse =
        made(stage, program, &supervisor, "intake.v1.ConsentService/RecordConsent", &request).await;
    known.consent = recorded.consent.unwrap().consent_id;
    let counselor = As::Person(COUNSELOR, Role::Counselor);
    let request = super::cases::access(&known, MARK);
    let taken: intake::BreakGlassResponse =
        made(stage, program, &counselor, "intake.v1.DisclosureService/BreakGlass", &request).await;
    known.access = taken.access.unwrap().break_glass_id;
    let request =
        referral::PutFacilityRequest { request_id: request_id(), facility: Some(facility(known.facility, MARK)) };
    let _: referral::PutFacilityResponse =
        made(stage, program, &admin(), "referral.v1.ReferralService/PutFacility", &request).await;

    let mut clients = stage.person(COUNSELOR, &[Role::Counselor]);
    let mut on_duty = clients.attend.attend(availability::AttendRequest::default()).await.unwrap().into_inner();
    let front_end = As::Person("front-end", Role::FrontEnd);
    let opened: intake::OpenContactResponse =
        made(stage, program, &front_end, "intake.v1.ContactService/OpenContact", &opening(&known.participant)).await;
    known.contact = opened.contact.unwrap().contact_id;
    while known.offer.is_empty() {
        let state = on_duty.message().await.unwrap().expect("the stream goes on");
        known.offer = state.offers.first().map(|offer| offer.offer_id.clone()).unwrap_or_default();
    }

    let request = referral::CreateReferralRequest {
        request_id: request_id(),
        contact_id: known.contact.clone(),
        service: referral::ServiceKind::Outpatient.into(),
        jurisdiction: String::new(),
        summary: MARK.to_owned(),
        data_classes: Vec::new(),
    };
    let referred: referral::CreateReferralResponse =
        made(stage, program, &supervisor, "referral.v1.ReferralService/CreateReferral", &request).await;
    known.referral = referred.referral.unwrap().referral_id;
    let planned: followup::PlanFollowUpsResponse = made(
        stage,
        program,
        &As::Service(ServiceName::Intake),
        "followup.v1.FollowUpService/PlanFollowUps",
        &super::cases::plan(&known),
    )
    .await;
    known.plan = planned.plan.unwrap().plan_id;
    assessed(stage, program, &known).await;
    known.decision = to_decide(stage, program, &known).await;
    known.lowering = lowered(stage, program, &known).await;
    (known, on_duty)
}

/// The entry of a participant's safety plan.
async fn entry(stage: &Stage, program: ProgramId, participant_id: &str) -> String {
    let request = intake::GetSafetyPlanRequest { participant_id: participant_id.to_owned(), version: 0 };
    let supervisor = As::Person("supervisor", Role::Supervisor);
    let method = "intake.v1.SafetyPlanService/GetSafetyPlan";
    let read: intake::GetSafetyPlanResponse = made(stage, program, &supervisor, method, &request).await;
    read.plan.unwrap_or_default().entries.remove(0).entry_id
}

/// The key of the rule that is put for the other program's participant.
pub(super) const THEIR_RULE: &str = "their-rule";

/// A rule of one participant.
pub(super) fn rule(participant_id: &str) -> intake::PutProgramRuleRequest {
    let line = intake::RuleLine { act: intake::RuleAct::Other.into(), text: MARK.to_owned() };
    intake::PutProgramRuleRequest {
        request_id: request_id(),
        key: THEIR_RULE.to_owned(),
        participant_id: participant_id.to_owned(),
        etag: String::new(),
        rule: Some(intake::ProgramRule { title: MARK.to_owned(), r#do: vec![line], ..Default::default() }),
    }
}

/// What is known of somebody who supports a participant.
pub(super) fn supporter() -> intake::SupportPersonDetails {
    let relationship = intake::Relationship::Friend.into();
    intake::SupportPersonDetails { name: MARK.to_owned(), relationship, ..Default::default() }
}

/// Somebody who supports a participant.
async fn support_person(stage: &Stage, program: ProgramId, participant_id: &str) -> String {
    let request = intake::AddSupportPersonRequest {
        request_id: request_id(),
        participant_id: participant_id.to_owned(),
        details: Some(supporter()),
        verification_phrase: String::new(),
    };
    let method = "intake.v1.SupportPersonService/AddSupportPerson";
    let added: intake::AddSupportPersonResponse = made(stage, program, &admin(), method, &request).await;
    added.support_person.unwrap_or_default().support_person_id
}

/// A lowering that waits for the second person.
async fn lowered(stage: &Stage, program: ProgramId, known: &Known) -> String {
    let supervisor = As::Person("supervisor", Role::Supervisor);
    let mut lowering = String::new();
    for acuity in [common::Acuity::High, common::Acuity::Routine] {
        let request = triage::JudgeAcuityRequest {
            request_id: request_id(),
            contact_id: known.contact.clone(),
            acuity: acuity.into(),
            reason: format!("why, {MARK}"),
        };
        let judged: triage::JudgeAcuityResponse =
            made(stage, program, &supervisor, "triage.v1.TriageService/JudgeAcuity", &request).await;
        lowering = judged.lowering_id;
    }
    lowering
}

/// A decision about somebody who left the queue: of the family, for the participant has a contact that is open.
async fn to_decide(stage: &Stage, program: ProgramId, known: &Known) -> String {
    let (front_end, supervisor) = (As::Person("front-end", Role::FrontEnd), As::Person("supervisor", Role::Supervisor));
    let opening = intake::OpenContactRequest {
        caller: common::CallerKind::FamilyMember.into(),
        callback_number: "+12025550142".to_owned(),
        signals: vec![common::Signal::AttemptInProgress.into()],
        ..opening(&known.participant)
    };
    let opened: intake::OpenContactResponse =
        made(stage, program, &front_end, "intake.v1.ContactService/OpenContact", &opening).await;
    let leaving = intake::LeaveContactRequest {
        request_id: request_id(),
        contact_id: opened.contact.unwrap_or_default().contact_id,
        channel: 0,
    };
    let _: intake::LeaveContactResponse =
        made(stage, program, &front_end, "intake.v1.ContactService/LeaveContact", &leaving).await;
    let listed: intake::ListDecisionsResponse = made(
        stage,
        program,
        &supervisor,
        "intake.v1.DecisionService/ListDecisions",
        &intake::ListDecisionsRequest::default(),
    )
    .await;
    let broken_off = |decision: &&intake::Decision| decision.kind() == intake::DecisionKind::BrokenOff;
    listed.decisions.iter().find(broken_off).map(|decision| decision.decision_id.clone()).expect("a decision")
}

/// Waits until triage has answered for the contact.
async fn assessed(stage: &Stage, program: ProgramId, known: &Known) {
    let request = harborline_proto::triage::v1::GetAssessmentRequest { contact_id: known.contact.clone() };
    let request = request.encode_to_vec();
    let supervisor = As::Person("supervisor", Role::Supervisor);
    wait_until("triage has assessed the contact", || async {
        let method = "harborline.triage.v1.TriageService/GetAssessment";
        stage.call(method, &supervisor, program, request.clone()).await.ok().map(drop)
    })
    .await;
}
