//! The neighbors as intake sees them: they note what they are asked, and can be away.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use harborline_identity::ProgramScope;
use harborline_intake::ports::{AvailabilityPort, FollowUpPort, RecordsPort, ReferralPort, TriagePort};
use harborline_proto::{availability::v1 as availability, common::v1 as common};
use harborline_proto::{followup::v1 as followup, referral::v1 as referral, triage::v1 as triage};
use harborline_status::{Reason, ServiceError};
use harborline_types::{AssessmentId, Clock};
use prost::Message;
use tokio::sync::Notify;
use tonic::Status;

/// All neighbors.
#[derive(Default)]
pub(crate) struct Neighbors {
    pub(crate) triage_away: AtomicBool,
    pub(crate) availability_away: AtomicBool,
    pub(crate) follow_up_away: AtomicBool,
    pub(crate) referral_away: AtomicBool,
    pub(crate) records_away: AtomicBool,
    /// What each neighbor has on record.
    pub(crate) on_record: Mutex<Vec<common::Access>>,
    /// Set: a request for a counselor says that it has arrived, and waits until it may go on.
    pub(crate) hold_requests: AtomicBool,
    pub(crate) arrived: Notify,
    pub(crate) go_on: Notify,
    /// The lowering that waits for the second person, by triage's word; empty when none does.
    pub(crate) lowering_waits: Mutex<String>,
    /// How often triage was asked for its newest assessment.
    pub(crate) newest_asked: AtomicUsize,
    /// Set: triage answers one assessment more, and then is away.
    pub(crate) triage_answers_once: AtomicBool,
    /// What triage answers; none: acuity 3.
    pub(crate) assessment: Mutex<Option<common::Assessment>>,
    /// The counselor who has it, by contact.
    pub(crate) assignments: Mutex<HashMap<String, availability::GetAssignmentResponse>>,
    /// The referrals that exist.
    pub(crate) referrals_made: Mutex<HashSet<String>>,
    /// The calls that took effect, by name and encoded request.
    calls: Mutex<Vec<(&'static str, Vec<u8>)>>,
    bodies: Mutex<HashMap<(&'static str, String), Vec<u8>>>,
}

impl Neighbors {
    /// The requests of one call that took effect, in order. A repeat has no effect.
    pub(crate) fn asked<M: Message + Default>(&self, call: &str) -> Vec<M> {
        let calls = self.calls.lock().unwrap();
        calls.iter().filter(|(name, _)| *name == call).map(|(_, body)| M::decode(body.as_slice()).unwrap()).collect()
    }

    /// Takes a call as a service would: the same request id with another body is refused.
    fn take(&self, call: &'static str, away: &AtomicBool, id: &str, request: &impl Message) -> Result<(), Status> {
        if away.load(Ordering::SeqCst) {
            return Err(Status::unavailable("away"));
        }
        let body = request.encode_to_vec();
        let known = self.bodies.lock().unwrap().insert((call, id.to_owned()), body.clone());
        match known {
            None => self.calls.lock().unwrap().push((call, body)),
            Some(known) if known == body => {}
            Some(_) => return Err(Status::invalid_argument("the request id was used with another body")),
        }
        Ok(())
    }
}

#[tonic::async_trait]
impl RecordsPort for Neighbors {
    async fn list_recorded_accesses(
        &self,
        _: &ProgramScope,
        _: common::ListRecordedAccessesRequest,
    ) -> Result<common::ListRecordedAccessesResponse, Status> {
        if self.records_away.load(Ordering::SeqCst) {
            return Err(Status::unavailable("away"));
        }
        let accesses = self.on_record.lock().unwrap().clone();
        Ok(common::ListRecordedAccessesResponse { accesses, next_page_token: String::new() })
    }
}

/// An assessment by triage.
pub(crate) fn assessment(contact: &str, sequence: i64, acuity: common::Acuity) -> common::Assessment {
    common::Assessment {
        assessment_id: AssessmentId::new().to_string(),
        contact_id: contact.to_owned(),
        acuity: acuity.into(),
        reasons: vec!["relapse_today".to_owned(), "asq_negative".to_owned()],
        need: Some(common::Need {
            channel: common::Channel::Phone.into(),
            language: "es".to_owned(),
            leveled_skills: vec![common::Skill { name: "grief".to_owned(), level: common::SkillLevel::Expert.into() }],
            ..common::Need::default()
        }),
        closing_duties: vec![common::ClosingDuty::ScreenComplete.into(), common::ClosingDuty::ReasonCoded.into()],
        protocol: "iop-default/1".to_owned(),
        assessed_at: Some(harborline_types::wire::timestamp(Clock::System.now())),
        sequence,
    }
}

#[tonic::async_trait]
impl TriagePort for Neighbors {
    async fn assess_contact(
        &self,
        _: &ProgramScope,
        request: triage::AssessContactRequest,
    ) -> Result<triage::AssessContactResponse, Status> {
        self.take("AssessContact", &self.triage_away, &request.request_id, &request)?;
        if self.triage_answers_once.swap(false, Ordering::SeqCst) {
            self.triage_away.store(true, Ordering::SeqCst);
        }
        let known = self.assessment.lock().unwrap().clone();
        let assessment = known.unwrap_or_else(|| assessment(&request.contact_id, 1, common::Acuity::High));
        Ok(triage::AssessContactResponse { assessment: Some(assessment) })
    }

    async fn get_assessment(
        &self,
        _: &ProgramScope,
        request: triage::GetAssessmentRequest,
    ) -> Result<triage::GetAssessmentResponse, Status> {
        self.newest_asked.fetch_add(1, Ordering::SeqCst);
        if self.triage_away.load(Ordering::SeqCst) {
            return Err(Status::unavailable("away"));
        }
        let assessment = self.assessment.lock().unwrap().clone();
        let assessment = assessment.ok_or_else(|| {
            let contact = request.contact_id.parse::<harborline_types::ContactId>().unwrap();
            Status::from(ServiceError::not_found(Reason::AssessmentNotFound, "assessment", contact))
        })?;
        let lowering_id = self.lowering_waits.lock().unwrap().clone();
        Ok(triage::GetAssessmentResponse { assessment: Some(assessment), lowering_id })
    }
}

#[tonic::async_trait]
impl AvailabilityPort for Neighbors {
    async fn request_counselor(
        &self,
        _: &ProgramScope,
        request: availability::RequestCounselorRequest,
    ) -> Result<availability::RequestCounselorResponse, Status> {
        if self.hold_requests.load(Ordering::SeqCst) {
            self.arrived.notify_one();
            self.go_on.notified().await;
        }
        self.take("RequestCounselor", &self.availability_away, &request.request_id, &request)?;
        Ok(availability::RequestCounselorResponse::default())
    }

    async fn raise_ticket(
        &self,
        _: &ProgramScope,
        request: availability::RaiseTicketRequest,
    ) -> Result<availability::RaiseTicketResponse, Status> {
        self.take("RaiseTicket", &self.availability_away, &request.request_id, &request)?;
        Ok(availability::RaiseTicketResponse {})
    }

    async fn withdraw_ticket(
        &self,
        _: &ProgramScope,
        request: availability::WithdrawTicketRequest,
    ) -> Result<availability::WithdrawTicketResponse, Status> {
        let queued = self.asked::<availability::RequestCounselorRequest>("RequestCounselor");
        if !queued.iter().any(|queued| queued.contact_id == request.contact_id) {
            return Err(ServiceError::not_found(
                Reason::TicketNotFound,
                "ticket",
                request.contact_id.parse::<harborline_types::ContactId>().unwrap(),
            )
            .into());
        }
        self.take("WithdrawTicket", &self.availability_away, &request.request_id, &request)?;
        Ok(availability::WithdrawTicketResponse { withdrawn: true })
    }

    async fn release_counselor(
        &self,
        _: &ProgramScope,
        request: availability::ReleaseCounselorRequest,
    ) -> Result<availability::ReleaseCounselorResponse, Status> {
        self.take("ReleaseCounselor", &self.availability_away, &request.request_id, &request)?;
        Ok(availability::ReleaseCounselorResponse {})
    }

    async fn get_assignment(
        &self,
        _: &ProgramScope,
        request: availability::GetAssignmentRequest,
    ) -> Result<availability::GetAssignmentResponse, Status> {
        if self.availability_away.load(Ordering::SeqCst) {
            return Err(Status::unavailable("away"));
        }
        let known = self.assignments.lock().unwrap().get(&request.contact_id).cloned();
        Ok(known.unwrap_or_default())
    }
}

#[tonic::async_trait]
impl FollowUpPort for Neighbors {
    async fn plan_follow_ups(
        &self,
        _: &ProgramScope,
        request: followup::PlanFollowUpsRequest,
    ) -> Result<followup::PlanFollowUpsResponse, Status> {
        self.take("PlanFollowUps", &self.follow_up_away, &request.request_id, &request)?;
        Ok(followup::PlanFollowUpsResponse::default())
    }

    async fn record_attempt(
        &self,
        _: &ProgramScope,
        request: followup::RecordAttemptRequest,
    ) -> Result<followup::RecordAttemptResponse, Status> {
        self.take("RecordAttempt", &self.follow_up_away, &request.request_id, &request)?;
        Ok(followup::RecordAttemptResponse::default())
    }

    async fn stop_follow_ups(
        &self,
        _: &ProgramScope,
        request: followup::StopFollowUpsRequest,
    ) -> Result<followup::StopFollowUpsResponse, Status> {
        let planned = self.asked::<followup::PlanFollowUpsRequest>("PlanFollowUps");
        if !planned.iter().any(|planned| planned.contact_id == request.contact_id) {
            let contact = request.contact_id.parse::<harborline_types::ContactId>().unwrap();
            return Err(ServiceError::not_found(Reason::FollowUpPlanNotFound, "follow-up plan", contact).into());
        }
        self.take("StopFollowUps", &self.follow_up_away, &request.request_id, &request)?;
        Ok(followup::StopFollowUpsResponse::default())
    }
}

#[tonic::async_trait]
impl ReferralPort for Neighbors {
    async fn record_consent_revoked(
        &self,
        _: &ProgramScope,
        request: referral::RecordConsentRevokedRequest,
    ) -> Result<referral::RecordConsentRevokedResponse, Status> {
        self.take("RecordConsentRevoked", &self.referral_away, &request.request_id, &request)?;
        Ok(referral::RecordConsentRevokedResponse {})
    }

    async fn describe_referral(
        &self,
        _: &ProgramScope,
        request: referral::DescribeReferralRequest,
    ) -> Result<referral::DescribeReferralResponse, Status> {
        if self.referral_away.load(Ordering::SeqCst) {
            return Err(Status::unavailable("away"));
        }
        let made = self.referrals_made.lock().unwrap();
        if !made.contains(&request.referral_id) {
            let referral = request.referral_id.parse::<harborline_types::ReferralId>().unwrap();
            return Err(ServiceError::not_found(Reason::ReferralNotFound, "referral", referral).into());
        }
        Ok(referral::DescribeReferralResponse { state: referral::ReferralState::Offered.into() })
    }
}
