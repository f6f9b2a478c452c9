//! Every RPC made once so that it is answered, with markers wherever the contract takes any text.

use harborline::clients::Clients;
use harborline::mesh::DEVELOPMENT_PROGRAM;
use harborline_identity::Role;
use harborline_proto::availability::v1 as availability;
use harborline_proto::common::v1::{
    Acuity, Channel, ClosingDuty, CounselorKind, DataClass, ListRecordedAccessesResponse, Signal,
};
use harborline_proto::followup::v1 as followup;
use harborline_proto::intake::v1 as intake;
use harborline_proto::partner::v1 as partner;
use harborline_proto::referral::v1 as referral;
use harborline_proto::triage::v1 as triage;
use harborline_tests::Stage;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::contract::Value;
use super::driver::{COUNSELOR, Driver, Instead, token_of};
use super::people;

pub(super) fn number(value: impl Into<i32>) -> Value {
    Value::Number(i64::from(value.into()))
}

fn id(id: &str) -> Value {
    Value::Text(id.to_owned())
}

/// An offer to the counselor, who stays present for as long as the task lives.
async fn an_offer(counselor: &Clients) -> (availability::Offer, JoinHandle<()>) {
    let mut attend = counselor.attend.clone();
    let mut stream = attend.attend(availability::AttendRequest::default()).await.expect("attends").into_inner();
    let offer = loop {
        let state = stream.message().await.expect("the stream goes on").expect("the stream goes on");
        if let Some(offer) = state.offers.into_iter().next() {
            break offer;
        }
    };
    (offer, tokio::spawn(async move { while let Ok(Some(_)) = stream.message().await {} }))
}

/// Plays one story that touches every RPC.
pub(super) async fn play(driver: &mut Driver<'_>, stage: &Stage) {
    set_up(driver).await;
    roster(driver, stage).await;
    consent(driver, stage).await;
    let contact = answer_a_contact(driver, stage).await;
    refer(driver, &contact).await;
    close(driver, &contact).await;
    decide(driver).await;
    follow_up(driver, &contact).await;
    queue(driver).await;
    tell_the_hub(driver, &contact).await;
}

async fn set_up(driver: &mut Driver<'_>) {
    driver.must::<intake::PutProgramResponse>("ProgramService/PutProgram", &[]).await;
    driver.must::<intake::EndPart2ProtectionResponse>("ProgramService/EndPart2Protection", &[]).await;
    driver.must::<intake::GetProgramResponse>("ProgramService/GetProgram", &[]).await;
    driver.must::<intake::PutProgramResponse>("ProgramService/PutProgram", &[]).await;
    driver.must::<intake::GetProgramResponse>("ProgramService/GetProgram", &[]).await;
    driver.must::<availability::PutPoolResponse>("RosterService/PutPool", &[]).await;
    driver.must::<availability::GetPoolResponse>("RosterService/GetPool", &[]).await;
    let clinician = number(CounselorKind::LicensedClinician);
    let counselor: Instead<'_> = &[("counselor.kind", clinician)];
    driver.must::<availability::PutCounselorResponse>("RosterService/PutCounselor", counselor).await;
    driver.must::<availability::GetCounselorResponse>("RosterService/GetCounselor", &[]).await;
    // Somebody of the roster.
    let on_call: Instead<'_> = &[("supervisor_id", id(COUNSELOR))];
    driver.must::<availability::PutSupervisorOnCallResponse>("RosterService/PutSupervisorOnCall", on_call).await;
    driver.must::<availability::ListCounselorsResponse>("RosterService/ListCounselors", &[]).await;
    driver.must::<referral::PutFacilityResponse>("ReferralService/PutFacility", &[]).await;
    driver.must::<referral::ListFacilitiesResponse>("ReferralService/ListFacilities", &[]).await;
    let enrolled: intake::EnrollParticipantResponse = driver.must("ProgramService/EnrollParticipant", &[]).await;
    driver.ids.insert("participant_id", enrolled.participant_id);
    driver.must::<intake::GetCareBriefResponse>("ProgramService/GetCareBrief", &[]).await;
    people::import(driver).await;
    people::keep_participant(driver).await;
    people::keep_support_person(driver).await;
    people::keep_rules(driver).await;
    people::write_safety_plan(driver).await;
    driver.must::<intake::ListAccessesResponse>("AccessService/ListAccesses", &[]).await;
    let subjects: Instead<'_> = &[("subject_ids", id(&driver.ids["participant_id"]))];
    driver.must::<ListRecordedAccessesResponse>("AccessRecordService/ListRecordedAccesses", subjects).await;
    driver.must::<triage::GetProtocolResponse>("TriageService/GetProtocol", &[]).await;
}

/// A shift of one counselor that another takes, and what is asked of the roster.
async fn roster(driver: &mut Driver<'_>, stage: &Stage) {
    driver.must::<availability::PutRosterRulesResponse>("ShiftService/PutRosterRules", &[]).await;
    driver.must::<availability::GetRosterRulesResponse>("ShiftService/GetRosterRules", &[]).await;
    for name in ["shift_id", "requirement_id"] {
        driver.ids.insert(name, Uuid::now_v7().to_string());
    }
    let line: Instead<'_> = &[("shift.kind", number(availability::ShiftKind::Line)), ("shift.rung", Value::Absent)];
    driver.must::<availability::PutShiftResponse>("ShiftService/PutShift", line).await;
    driver.must::<availability::ListShiftsResponse>("ShiftService/ListShifts", &[]).await;
    driver.must::<availability::GetRosterResponse>("ShiftService/GetRoster", &[]).await;
    driver.must::<availability::GetOnCallLadderResponse>("ShiftService/GetOnCallLadder", &[]).await;

    let to_anybody: Instead<'_> = &[("offered_to", Value::Absent), ("in_return", Value::Absent)];
    let offered: availability::OfferShiftSwapResponse = driver.must("ShiftService/OfferShiftSwap", to_anybody).await;
    driver.ids.insert("swap_id", offered.swap.expect("a swap").swap_id);
    driver.must::<availability::ListShiftSwapsResponse>("ShiftService/ListShiftSwaps", &[]).await;
    let colleague = format!("{COUNSELOR}-colleague");
    let hired: Instead<'_> =
        &[("counselor.counselor_id", id(&colleague)), ("counselor.channels", number(Channel::Video))];
    driver.must::<availability::PutCounselorResponse>("RosterService/PutCounselor", hired).await;
    let own = driver.extras.authorization.clone();
    driver.extras.authorization = token_of(stage, &colleague, DEVELOPMENT_PROGRAM.0, Role::ALL, None);
    driver.must::<availability::AcceptShiftSwapResponse>("ShiftService/AcceptShiftSwap", &[]).await;
    driver.extras.authorization = own;
    driver.must::<availability::ApproveShiftSwapResponse>("ShiftService/ApproveShiftSwap", &[]).await;
    driver.must::<availability::CancelShiftResponse>("ShiftService/CancelShift", &[]).await;
    let closed = Uuid::now_v7().to_string();
    driver.ids.insert("shift_id", closed);
    driver.must::<availability::PutShiftResponse>("ShiftService/PutShift", line).await;
    let offered: availability::OfferShiftSwapResponse = driver.must("ShiftService/OfferShiftSwap", to_anybody).await;
    driver.ids.insert("swap_id", offered.swap.expect("a swap").swap_id);
    driver.must::<availability::CloseShiftSwapResponse>("ShiftService/CloseShiftSwap", &[]).await;

    driver.must::<availability::PutCoverageRequirementResponse>("CoverageService/PutCoverageRequirement", &[]).await;
    driver.must::<availability::GetCoverageResponse>("CoverageService/GetCoverage", &[]).await;
    driver
        .must::<availability::ListCoverageRequirementsResponse>("CoverageService/ListCoverageRequirements", &[])
        .await;
    // One half hour.
    let from = chrono::Utc::now().timestamp();
    let until = Value::Number(from - from.rem_euclid(1800) + 1800);
    let forecast: Instead<'_> = &[("until.seconds", until), ("target_share", Value::Absent)];
    driver.must::<availability::ForecastCoverageResponse>("CoverageService/ForecastCoverage", forecast).await;
    driver
        .must::<availability::RemoveCoverageRequirementResponse>("CoverageService/RemoveCoverageRequirement", &[])
        .await;
}

/// Whoever took an access does not review it, and the driver is one person.
/// Does something with another supervisor's token.
async fn as_another_supervisor(driver: &mut Driver<'_>, stage: &Stage, act: impl AsyncFnOnce(&mut Driver<'_>)) {
    let known = driver.extras.authorization.clone();
    let (reviewer, program) = (format!("{COUNSELOR}-who-reviews"), DEVELOPMENT_PROGRAM.0);
    driver.extras.authorization = token_of(stage, &reviewer, program, &[Role::Supervisor], None);
    act(driver).await;
    driver.extras.authorization = known;
}

/// Puts a consent on record to what is protected under Part 2, and that ends with an event, which is words.
async fn record_consent(driver: &mut Driver<'_>) {
    let absent = ["expires_at", "does_not_expire", "expired_at", "revoked_at"].map(|field| format!("consent.{field}"));
    let part2 = ("consent.data_classes", Value::Numbers(vec![i64::from(i32::from(DataClass::Part2Sud))]));
    let consent: Vec<_> = absent.iter().map(|field| (field.as_str(), Value::Absent)).chain([part2]).collect();
    let recorded: intake::RecordConsentResponse = driver.must("ConsentService/RecordConsent", &consent).await;
    driver.ids.insert("consent_id", recorded.consent.expect("a consent").consent_id);
}

async fn consent(driver: &mut Driver<'_>, stage: &Stage) {
    record_consent(driver).await;
    driver.must::<intake::ConfirmConsentResponse>("ConsentService/ConfirmConsent", &[]).await;
    driver.must::<intake::ExpireConsentResponse>("ConsentService/ExpireConsent", &[]).await;
    driver.must::<intake::ListConsentsResponse>("ConsentService/ListConsents", &[]).await;
    driver.must::<intake::RevokeConsentResponse>("ConsentService/RevokeConsent", &[]).await;
    let taken: intake::BreakGlassResponse = driver.must("DisclosureService/BreakGlass", &[]).await;
    driver.ids.insert("break_glass_id", taken.access.expect("an access").break_glass_id);
    driver.must::<intake::EndBreakGlassResponse>("DisclosureService/EndBreakGlass", &[]).await;
    driver.must::<intake::ListBreakGlassResponse>("DisclosureService/ListBreakGlass", &[]).await;
    as_another_supervisor(driver, stage, async |driver| {
        driver.must::<intake::ReviewBreakGlassResponse>("DisclosureService/ReviewBreakGlass", &[]).await;
    })
    .await;
    driver.must::<referral::RecordConsentRevokedResponse>("DisclosureService/RecordConsentRevoked", &[]).await;
}

/// Opens a contact with signals that anybody may answer; answers its id.
async fn open(driver: &mut Driver<'_>) -> String {
    let signals: Instead<'_> = &[("signals", Value::Numbers(vec![i64::from(i32::from(Signal::Stress))]))];
    let opened: intake::OpenContactResponse = driver.must("ContactService/OpenContact", signals).await;
    let contact = opened.contact.expect("a contact").contact_id;
    driver.ids.insert("contact_id", contact.clone());
    contact
}

async fn answer_a_contact(driver: &mut Driver<'_>, stage: &Stage) -> String {
    let counselor = stage.person(COUNSELOR, &[harborline_identity::Role::Counselor]);
    open(driver).await;
    let (declined, presence) = an_offer(&counselor).await;
    let offer: Instead<'_> = &[("offer_id", id(&declined.offer_id))];
    driver.must::<availability::DeclineOfferResponse>("AttendService/DeclineOffer", offer).await;
    driver.must::<intake::LeaveContactResponse>("ContactService/LeaveContact", &[]).await;
    presence.abort();

    let contact = open(driver).await;
    let (offered, _presence) = an_offer(&counselor).await;
    assert_eq!(offered.contact_id, contact, "the other contact has left");
    let offer: Instead<'_> = &[("offer_id", id(&offered.offer_id))];
    driver.must::<availability::AcceptOfferResponse>("AttendService/AcceptOffer", offer).await;
    for method in ["Attend", "SetBreak"] {
        driver.must::<availability::SetBreakResponse>(&format!("AttendService/{method}"), &[]).await;
    }
    driver.must::<triage::RecordScreeningResponse>("TriageService/RecordScreening", &[]).await;
    driver.must::<triage::JudgeAcuityResponse>("TriageService/JudgeAcuity", &[("acuity", number(Acuity::High))]).await;
    lower_by_another(driver, stage).await;
    driver.must::<triage::GetAssessmentResponse>("TriageService/GetAssessment", &[]).await;
    people::identify(driver).await;
    driver.must::<intake::GetContactDetailsResponse>("ContactService/GetContactDetails", &[]).await;
    for method in ["GetContact", "WatchContact", "ListContacts"] {
        driver.must::<intake::GetContactResponse>(&format!("ContactService/{method}"), &[]).await;
    }
    driver.must::<intake::ListCustodyResponse>("ContactService/ListCustody", &[]).await;
    driver.must::<intake::CheckDisclosureResponse>("MeshService/CheckDisclosure", &[]).await;
    driver.must::<intake::DecideFamilyDisclosureResponse>("DisclosureService/DecideFamilyDisclosure", &[]).await;
    ask_somebody_in(driver, stage).await;
    driver.must::<availability::GetAssignmentResponse>("TicketService/GetAssignment", &[]).await;
    driver.must::<availability::GetTicketResponse>("TicketService/GetTicket", &[]).await;
    driver.must::<availability::ExplainTicketResponse>("TicketService/ExplainTicket", &[]).await;
    driver.must::<availability::ListTicketsResponse>("TicketService/ListTickets", &[]).await;
    look_over(driver).await;
    contact
}

/// A lowering is judged, and somebody else confirms it.
async fn lower_by_another(driver: &mut Driver<'_>, stage: &Stage) {
    let lower: Instead<'_> = &[("acuity", number(Acuity::Routine))];
    let judged: triage::JudgeAcuityResponse = driver.must("TriageService/JudgeAcuity", lower).await;
    driver.ids.insert("lowering_id", judged.lowering_id);
    driver.must::<intake::RecordLoweringResponse>("MeshService/RecordLowering", &[]).await;
    driver.must::<triage::GetLoweringResponse>("TriageService/GetLowering", &[]).await;
    as_another_supervisor(driver, stage, async |driver| {
        driver.must::<triage::ConfirmLoweringResponse>("TriageService/ConfirmLowering", &[]).await;
    })
    .await;
}

/// How the line runs.
async fn look_over(driver: &mut Driver<'_>) {
    let later = chrono::Utc::now().timestamp() + 3_600;
    let measured: Instead<'_> = &[
        ("until.seconds", Value::Number(later)),
        ("short_abandon.seconds", Value::Number(5)),
        ("time_zone", Value::Absent),
    ];
    driver.must::<availability::GetMeasuresResponse>("MeasureService/GetMeasures", measured).await;
    driver.must::<availability::WatchBoardResponse>("BoardService/WatchBoard", &[]).await;
}

/// Somebody else is asked into the contact that the driver has, and has it in the end.
async fn ask_somebody_in(driver: &mut Driver<'_>, stage: &Stage) {
    let another = format!("{COUNSELOR}-too");
    let clinician = number(CounselorKind::LicensedClinician);
    let counselor: Instead<'_> = &[("counselor.counselor_id", id(&another)), ("counselor.kind", clinician)];
    driver.must::<availability::PutCounselorResponse>("RosterService/PutCounselor", counselor).await;
    let target: Instead<'_> = &[
        ("target.counselor_id", id(&another)),
        ("target.need", Value::Absent),
        ("target.supervisor_on_call", Value::Absent),
    ];
    let asked: availability::RequestConferenceResponse = driver.must("TransferService/RequestConference", target).await;
    driver.ids.insert("ticket_id", asked.ticket_id);
    driver.must::<availability::LeaveConferenceResponse>("TransferService/LeaveConference", &[]).await;
    driver.must::<availability::EndConferenceResponse>("TransferService/EndConference", &[]).await;
    let second: availability::RequestSecondCounselorResponse =
        driver.must("TicketService/RequestSecondCounselor", &[]).await;
    driver.ids.insert("ticket_id", second.ticket_id);
    driver.must::<availability::EndConferenceResponse>("TransferService/EndConference", &[]).await;
    driver.must::<availability::RequestTransferResponse>("TransferService/RequestTransfer", target).await;
    driver.must::<availability::CancelTransferResponse>("TransferService/CancelTransfer", &[]).await;

    driver.must::<availability::RequestTransferResponse>("TransferService/RequestTransfer", target).await;
    let mut another = stage.person(&another, &[harborline_identity::Role::Counselor]);
    let (offered, _presence) = an_offer(&another).await;
    let accept =
        availability::AcceptOfferRequest { request_id: Uuid::now_v7().to_string(), offer_id: offered.offer_id };
    another.attend.accept_offer(accept).await.expect("joins");
    driver.must::<availability::CompleteTransferResponse>("TransferService/CompleteTransfer", &[]).await;
}

async fn refer(driver: &mut Driver<'_>, contact: &str) {
    driver.ids.insert("contact_id", contact.to_owned());
    // The program is under Part 2: only a consent permits telling the clinic. Perhaps it was signed in the second in which
    // the one before was revoked: then it must be confirmed.
    record_consent(driver).await;
    driver.must::<intake::ConfirmConsentResponse>("ConsentService/ConfirmConsent", &[]).await;
    for ends in [&["ClaimReferral", "AcceptReferral", "CompleteReferral"] as &[&str], &["DeclineReferral"]] {
        create_referral(driver).await;
        for verb in ends {
            driver.must::<partner::GetReferralResponse>(&format!("PartnerService/{verb}"), &[]).await;
        }
    }
    create_referral(driver).await;
    driver.must::<partner::WatchReferralsResponse>("PartnerService/WatchReferrals", &[]).await;
    driver.must::<partner::GetReferralResponse>("PartnerService/GetReferral", &[]).await;
    driver.must::<referral::GetReferralResponse>("ReferralService/GetReferral", &[]).await;
    driver.must::<referral::DescribeReferralResponse>("DisclosureService/DescribeReferral", &[]).await;
    driver.must::<referral::ListReferralsResponse>("ReferralService/ListReferrals", &[]).await;
    driver.must::<referral::CancelReferralResponse>("ReferralService/CancelReferral", &[]).await;
}

async fn create_referral(driver: &mut Driver<'_>) {
    let created: referral::CreateReferralResponse = driver.must("ReferralService/CreateReferral", &[]).await;
    driver.ids.insert("referral_id", created.referral.expect("a referral").referral_id);
}

async fn close(driver: &mut Driver<'_>, contact: &str) {
    driver.ids.insert("contact_id", contact.to_owned());
    let newest: triage::GetAssessmentResponse = driver.must("TriageService/GetAssessment", &[]).await;
    let owed = newest.assessment.expect("an assessment").closing_duties;
    let tickable = owed.into_iter().filter(|duty| *duty != i32::from(ClosingDuty::ScreenComplete));
    let duties: Instead<'_> = &[("closing_duties", Value::Numbers(tickable.map(i64::from).collect()))];
    driver.must::<intake::CompleteClosingDutyResponse>("ContactService/CompleteClosingDuty", duties).await;
    driver.must::<intake::CloseContactResponse>("ContactService/CloseContact", &[]).await;
    driver.must::<availability::FinishWrapUpResponse>("AttendService/FinishWrapUp", &[]).await;
    driver.must::<availability::LeaveShiftResponse>("AttendService/LeaveShift", &[]).await;
}

/// Somebody at risk leaves the queue, and a supervisor decides.
async fn decide(driver: &mut Driver<'_>) {
    let at_risk: Instead<'_> = &[("signals", Value::Numbers(vec![i64::from(i32::from(Signal::AttemptInProgress))]))];
    let opened: intake::OpenContactResponse = driver.must("ContactService/OpenContact", at_risk).await;
    driver.ids.insert("contact_id", opened.contact.expect("a contact").contact_id);
    driver.must::<intake::LeaveContactResponse>("ContactService/LeaveContact", &[]).await;
    let listed: intake::ListDecisionsResponse = driver.must("DecisionService/ListDecisions", &[]).await;
    driver.ids.insert("decision_id", listed.decisions.last().expect("a decision").decision_id.clone());
    let verdict: Instead<'_> = &[("verdict", number(intake::Verdict::DoNotCall))];
    driver.must::<intake::MakeDecisionResponse>("DecisionService/MakeDecision", verdict).await;
}

async fn follow_up(driver: &mut Driver<'_>, contact: &str) {
    driver.ids.insert("contact_id", contact.to_owned());
    let planned: followup::PlanFollowUpsResponse = driver.must("FollowUpService/PlanFollowUps", &[]).await;
    driver.ids.insert("plan_id", planned.plan.expect("a plan").plan_id);
    driver.must::<followup::RecordAttemptResponse>("FollowUpService/RecordAttempt", &[]).await;
    driver.must::<followup::StopFollowUpsResponse>("FollowUpService/StopFollowUps", &[]).await;
    driver.must::<followup::GetFollowUpPlanResponse>("FollowUpService/GetFollowUpPlan", &[]).await;
    driver.must::<followup::ListFollowUpPlansResponse>("FollowUpService/ListFollowUpPlans", &[]).await;
    driver.must::<followup::GetSessionDigestResponse>("FollowUpService/GetSessionDigest", &[]).await;
    driver.must::<followup::AcknowledgeSessionDigestResponse>("FollowUpService/AcknowledgeSessionDigest", &[]).await;
}

async fn queue(driver: &mut Driver<'_>) {
    let unknown = Uuid::now_v7().to_string();
    driver.ids.insert("contact_id", unknown);
    driver.must::<availability::RequestCounselorResponse>("TicketService/RequestCounselor", &[]).await;
    driver.must::<availability::RaiseTicketResponse>("TicketService/RaiseTicket", &[]).await;
    driver.must::<availability::GetAssignmentResponse>("TicketService/GetAssignment", &[]).await;
    driver.must::<availability::WithdrawTicketResponse>("TicketService/WithdrawTicket", &[]).await;
    driver.must::<availability::ReleaseCounselorResponse>("TicketService/ReleaseCounselor", &[]).await;
    let unknown = Uuid::now_v7().to_string();
    driver.ids.insert("contact_id", unknown);
    driver.must::<triage::AssessContactResponse>("TriageService/AssessContact", &[]).await;
}

/// What other services tell intake, told by the driver in their names.
async fn tell_the_hub(driver: &mut Driver<'_>, closed: &str) {
    open(driver).await;
    driver.must::<intake::RecordAssessmentResponse>("MeshService/RecordAssessment", &[]).await;
    driver.must::<intake::RecordAssignmentResponse>("MeshService/RecordAssignment", &[]).await;
    driver.must::<intake::RecordJoinedResponse>("MeshService/RecordJoined", &[]).await;
    driver.must::<intake::RecordCounselorLostResponse>("MeshService/RecordCounselorLost", &[]).await;
    driver.must::<intake::RecordSupervisorOnCallResponse>("MeshService/RecordSupervisorOnCall", &[]).await;
    open(driver).await;
    driver.must::<intake::RecordBackupOfferedResponse>("MeshService/RecordBackupOffered", &[]).await;
    driver.must::<intake::ConfirmHandOffResponse>("ContactService/ConfirmHandOff", &[]).await;
    driver.ids.insert("contact_id", closed.to_owned());
    driver.ids.insert("origin_contact_id", closed.to_owned());
    driver.must::<intake::RegisterReferralResponse>("MeshService/RegisterReferral", &[]).await;
    driver.must::<intake::RecordReferralAcceptedResponse>("MeshService/RecordReferralAccepted", &[]).await;
    driver.must::<intake::RecordReferralEndedResponse>("MeshService/RecordReferralEnded", &[]).await;
    driver.must::<intake::OpenOutboundContactResponse>("MeshService/OpenOutboundContact", &[]).await;
    driver.must::<intake::RecordAttemptOverdueResponse>("MeshService/RecordAttemptOverdue", &[]).await;
    driver.must::<intake::RecordFollowUpsEndedResponse>("MeshService/RecordFollowUpsEnded", &[]).await;
    driver.must::<intake::DescribeContactResponse>("MeshService/DescribeContact", &[]).await;
    driver.must::<intake::DescribeParticipantResponse>("MeshService/DescribeParticipant", &[]).await;
}
