//! The neighbors as intake sees them: they note what they are asked, and can be away.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use harborline_audit::RecordsPort;
use harborline_identity::ProgramScope;
use harborline_intake::domain::assessment::Assessment;
use harborline_intake::ports::{
    AttemptEnded, AvailabilityPort, ContactEnded, CounselorWanted, FactsToAssess, FollowUpPort, InContact,
    NewestAssessment, ReferralPort, SecondCounselor, TicketRaised, TriagePort,
};
use harborline_proto::common::v1 as common;
use harborline_status::{Fields, Reason, ServiceError};
use harborline_types::wire::instant;
use harborline_types::{AssessmentId, Clock, ConsentId, ContactId, ReferralId, RequestId, Timestamp};
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
    /// Whether a lowering waits for the second person, by triage's word.
    pub(crate) lowering_waits: AtomicBool,
    /// How often triage was asked for its newest assessment.
    pub(crate) newest_asked: AtomicUsize,
    /// Set: triage answers one assessment more, and then is away.
    pub(crate) triage_answers_once: AtomicBool,
    /// What triage answers; none: acuity 3.
    pub(crate) assessment: Mutex<Option<common::Assessment>>,
    /// Who is in a contact.
    pub(crate) in_contact: Mutex<HashMap<ContactId, InContact>>,
    /// The referrals that exist.
    pub(crate) referrals_made: Mutex<HashSet<ReferralId>>,
    pub(crate) to_assess: Asked<FactsToAssess>,
    pub(crate) queued: Asked<CounselorWanted>,
    pub(crate) second_asked: Asked<SecondCounselor>,
    pub(crate) raised: Asked<TicketRaised>,
    /// The contacts that left the queue, and whether the backup line has their callers.
    pub(crate) withdrawn: Asked<(ContactId, bool)>,
    pub(crate) released: Asked<ContactId>,
    pub(crate) planned: Asked<ContactEnded>,
    pub(crate) attempts: Asked<AttemptEnded>,
    /// The contacts for which nobody calls any more, and whether the caller is back.
    pub(crate) stopped: Asked<(ContactId, bool)>,
    pub(crate) revoked: Asked<(ConsentId, Timestamp)>,
}

/// The calls of one kind that took effect, in order. A repeat has no effect.
pub(crate) struct Asked<T>(Mutex<Vec<(RequestId, T)>>);

impl<T> Default for Asked<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone + PartialEq> Asked<T> {
    pub(crate) fn all(&self) -> Vec<T> {
        self.0.lock().unwrap().iter().map(|(_, asked)| asked.clone()).collect()
    }

    pub(crate) fn last(&self) -> Option<T> {
        self.all().pop()
    }

    /// Takes a call as a service would: the same request id with another body is refused.
    fn take(&self, away: &AtomicBool, request_id: RequestId, asked: T) -> Result<(), Status> {
        there(away)?;
        let mut calls = self.0.lock().unwrap();
        match calls.iter().find(|(known, _)| *known == request_id) {
            None => calls.push((request_id, asked)),
            Some((_, known)) if *known == asked => {}
            Some(_) => return Err(Status::invalid_argument("the request id was used with another body")),
        }
        Ok(())
    }
}

fn there(away: &AtomicBool) -> Result<(), Status> {
    if away.load(Ordering::SeqCst) { Err(Status::unavailable("away")) } else { Ok(()) }
}

#[tonic::async_trait]
impl RecordsPort for Neighbors {
    async fn list_recorded_accesses(
        &self,
        _: &ProgramScope,
        _: common::ListRecordedAccessesRequest,
    ) -> Result<common::ListRecordedAccessesResponse, Status> {
        there(&self.records_away)?;
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

/// The same in intake's own words.
fn own_words(wire: common::Assessment) -> Assessment {
    let mut fields = Fields::new();
    let need = fields.need("need", wire.need.as_ref()).unwrap();
    Assessment {
        id: wire.assessment_id.parse().ok(),
        acuity: fields.word("acuity", wire.acuity).unwrap(),
        reasons: wire.reasons,
        need,
        closing_duties: fields.words("closing_duties", &wire.closing_duties).unwrap(),
        protocol: wire.protocol,
        assessed_at: instant(wire.assessed_at.as_ref().unwrap()).unwrap(),
        sequence: wire.sequence,
    }
}

#[tonic::async_trait]
impl TriagePort for Neighbors {
    async fn assess_contact(
        &self,
        _: &ProgramScope,
        request_id: RequestId,
        facts: FactsToAssess,
    ) -> Result<Assessment, Status> {
        let contact = facts.contact.to_string();
        self.to_assess.take(&self.triage_away, request_id, facts)?;
        if self.triage_answers_once.swap(false, Ordering::SeqCst) {
            self.triage_away.store(true, Ordering::SeqCst);
        }
        let known = self.assessment.lock().unwrap().clone();
        Ok(own_words(known.unwrap_or_else(|| assessment(&contact, 1, common::Acuity::High))))
    }

    async fn newest_assessment(&self, _: &ProgramScope, contact: ContactId) -> Result<NewestAssessment, Status> {
        self.newest_asked.fetch_add(1, Ordering::SeqCst);
        there(&self.triage_away)?;
        let known = self.assessment.lock().unwrap().clone();
        let none = || ServiceError::not_found(Reason::AssessmentNotFound, "assessment", contact);
        let lowering_waits = self.lowering_waits.load(Ordering::SeqCst);
        Ok(NewestAssessment { assessment: own_words(known.ok_or_else(none)?), lowering_waits })
    }
}

#[tonic::async_trait]
impl AvailabilityPort for Neighbors {
    async fn request_counselor(
        &self,
        _: &ProgramScope,
        request_id: RequestId,
        wanted: CounselorWanted,
    ) -> Result<(), Status> {
        if self.hold_requests.load(Ordering::SeqCst) {
            self.arrived.notify_one();
            self.go_on.notified().await;
        }
        self.queued.take(&self.availability_away, request_id, wanted)
    }

    async fn raise_ticket(&self, _: &ProgramScope, request_id: RequestId, raised: TicketRaised) -> Result<(), Status> {
        self.raised.take(&self.availability_away, request_id, raised)
    }

    async fn withdraw_ticket(
        &self,
        _: &ProgramScope,
        request_id: RequestId,
        contact: ContactId,
        is_handed_off: bool,
    ) -> Result<(), Status> {
        if !self.queued.all().iter().any(|queued| queued.contact == contact) {
            return Err(ServiceError::not_found(Reason::TicketNotFound, "ticket", contact).into());
        }
        self.withdrawn.take(&self.availability_away, request_id, (contact, is_handed_off))
    }

    async fn request_second_counselor(
        &self,
        _: &ProgramScope,
        request_id: RequestId,
        wanted: SecondCounselor,
    ) -> Result<(), Status> {
        self.second_asked.take(&self.availability_away, request_id, wanted)
    }

    async fn release_counselor(
        &self,
        _: &ProgramScope,
        request_id: RequestId,
        contact: ContactId,
    ) -> Result<(), Status> {
        self.released.take(&self.availability_away, request_id, contact)
    }

    async fn get_assignment(&self, _: &ProgramScope, contact: ContactId) -> Result<InContact, Status> {
        there(&self.availability_away)?;
        Ok(self.in_contact.lock().unwrap().get(&contact).cloned().unwrap_or_default())
    }
}

#[tonic::async_trait]
impl FollowUpPort for Neighbors {
    async fn plan_follow_ups(
        &self,
        _: &ProgramScope,
        request_id: RequestId,
        ended: ContactEnded,
    ) -> Result<(), Status> {
        self.planned.take(&self.follow_up_away, request_id, ended)
    }

    async fn record_attempt(&self, _: &ProgramScope, request_id: RequestId, ended: AttemptEnded) -> Result<(), Status> {
        self.attempts.take(&self.follow_up_away, request_id, ended)
    }

    async fn stop_follow_ups(
        &self,
        _: &ProgramScope,
        request_id: RequestId,
        contact: ContactId,
        caller_is_back: bool,
    ) -> Result<(), Status> {
        if !self.planned.all().iter().any(|planned| planned.contact == contact) {
            return Err(ServiceError::not_found(Reason::FollowUpPlanNotFound, "follow-up plan", contact).into());
        }
        self.stopped.take(&self.follow_up_away, request_id, (contact, caller_is_back))
    }
}

#[tonic::async_trait]
impl ReferralPort for Neighbors {
    async fn record_consent_revoked(
        &self,
        _: &ProgramScope,
        request_id: RequestId,
        consent: ConsentId,
        revoked_at: Timestamp,
    ) -> Result<(), Status> {
        self.revoked.take(&self.referral_away, request_id, (consent, revoked_at))
    }

    async fn describe_referral(&self, _: &ProgramScope, referral: ReferralId) -> Result<(), Status> {
        there(&self.referral_away)?;
        if self.referrals_made.lock().unwrap().contains(&referral) {
            return Ok(());
        }
        Err(ServiceError::not_found(Reason::ReferralNotFound, "referral", referral).into())
    }
}
