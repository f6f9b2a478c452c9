//! The neighbors, behind the mesh.

use harborline_identity::ProgramScope;
use harborline_proto::availability::v1::ticket_service_client::TicketServiceClient;
use harborline_proto::followup::v1::follow_up_service_client::FollowUpServiceClient;
use harborline_proto::referral::v1::disclosure_service_client::DisclosureServiceClient;
use harborline_proto::triage::v1::triage_service_client::TriageServiceClient;
use harborline_proto::{
    availability::v1 as availability, common::v1 as common, followup::v1 as followup, referral::v1 as referral,
    triage::v1 as triage,
};
use harborline_runtime::{MeshClient, for_program};
use harborline_status::Fields;
use harborline_types::wire::{instant, number, numbers, timestamp};
use harborline_types::{ConsentId, ContactId, Person, PersonId, ReferralId, RequestId, Timestamp, wire_enum};
use prost_types::Duration;
use tonic::Status;

use super::{asq, read_assessment};
use crate::domain::assessment::Assessment;
use crate::domain::ending::{AttemptOutcome, ContactEnding};
use crate::ports::{
    AssignmentMade, AttemptEnded, AvailabilityPort, ContactEnded, CounselorWanted, FactsToAssess, FollowUpPort,
    InContact, JoinedNow, NewestAssessment, ReferralPort, SecondCounselor, TicketRaised, TriagePort,
};

wire_enum!(ContactEnding, followup::ContactEnding { Closed, BrokenOff, CallBack, HandedOff });
wire_enum!(AttemptOutcome, followup::AttemptOutcome { Reached, NotReached, Declined, NotMade });

#[tonic::async_trait]
impl TriagePort for MeshClient {
    async fn assess_contact(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        facts: FactsToAssess,
    ) -> Result<Assessment, Status> {
        let request = triage::AssessContactRequest {
            request_id: request_id.to_string(),
            contact_id: facts.contact.to_string(),
            channel: number(facts.channel),
            caller: number(facts.caller),
            language: facts.language,
            jurisdiction: facts.jurisdiction.unwrap_or_default(),
            signals: numbers(&facts.signals),
            self_screening: facts.self_screening.as_ref().map(asq),
            carried_acuity: facts.carried.map_or(0, number),
        };
        let answer = TriageServiceClient::new(self.clone()).assess_contact(for_program(scope, request)).await?;
        assessment(answer.into_inner().assessment.as_ref())
    }

    async fn newest_assessment(&self, scope: &ProgramScope, contact: ContactId) -> Result<NewestAssessment, Status> {
        let request = triage::GetAssessmentRequest { contact_id: contact.to_string() };
        let mut client = TriageServiceClient::new(self.clone());
        let answer = client.get_assessment(for_program(scope, request)).await?.into_inner();
        let lowering_waits = !answer.lowering_id.is_empty();
        Ok(NewestAssessment { assessment: assessment(answer.assessment.as_ref())?, lowering_waits })
    }
}

/// Triage's assessment, or every field of it that is wrong.
fn assessment(wire: Option<&common::Assessment>) -> Result<Assessment, Status> {
    let mut fields = Fields::new();
    let read = read_assessment(&mut fields, wire);
    fields.finish()?;
    read.ok_or_else(|| Status::unknown("triage answered without an assessment"))
}

#[tonic::async_trait]
impl AvailabilityPort for MeshClient {
    async fn request_counselor(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        wanted: CounselorWanted,
    ) -> Result<(), Status> {
        let waited = wanted.waited_before;
        let request = availability::RequestCounselorRequest {
            request_id: request_id.to_string(),
            contact_id: wanted.contact.to_string(),
            acuity: number(wanted.acuity),
            need: Some(wanted.need.into()),
            preferred_counselor_id: wanted.preferred.map(|id| id.to_string()).unwrap_or_default(),
            outbound: wanted.is_outbound,
            waited_before: Some(Duration { seconds: waited.num_seconds(), nanos: waited.subsec_nanos() }),
        };
        TicketServiceClient::new(self.clone()).request_counselor(for_program(scope, request)).await.map(drop)
    }

    async fn raise_ticket(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        raised: TicketRaised,
    ) -> Result<(), Status> {
        let request = availability::RaiseTicketRequest {
            request_id: request_id.to_string(),
            contact_id: raised.contact.to_string(),
            acuity: number(raised.acuity),
            need: raised.need.map(Into::into),
            caller_is_back: raised.caller_is_back,
        };
        TicketServiceClient::new(self.clone()).raise_ticket(for_program(scope, request)).await.map(drop)
    }

    async fn withdraw_ticket(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        contact: ContactId,
        is_handed_off: bool,
    ) -> Result<(), Status> {
        let request = availability::WithdrawTicketRequest {
            request_id: request_id.to_string(),
            contact_id: contact.to_string(),
            handed_off: is_handed_off,
        };
        TicketServiceClient::new(self.clone()).withdraw_ticket(for_program(scope, request)).await.map(drop)
    }

    async fn request_second_counselor(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        wanted: SecondCounselor,
    ) -> Result<(), Status> {
        let request = availability::RequestSecondCounselorRequest {
            request_id: request_id.to_string(),
            contact_id: wanted.contact.to_string(),
            counselor_id: wanted.counselor.to_string(),
            need: Some(wanted.need.into()),
        };
        TicketServiceClient::new(self.clone()).request_second_counselor(for_program(scope, request)).await.map(drop)
    }

    async fn release_counselor(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        contact: ContactId,
    ) -> Result<(), Status> {
        let request = availability::ReleaseCounselorRequest {
            request_id: request_id.to_string(),
            contact_id: contact.to_string(),
        };
        TicketServiceClient::new(self.clone()).release_counselor(for_program(scope, request)).await.map(drop)
    }

    async fn get_assignment(&self, scope: &ProgramScope, contact: ContactId) -> Result<InContact, Status> {
        let request = availability::GetAssignmentRequest { contact_id: contact.to_string() };
        let mut client = TicketServiceClient::new(self.clone());
        let answer = client.get_assignment(for_program(scope, request)).await?.into_inner();
        let counselor = answer.assignment.and_then(assignment_made);
        Ok(InContact { counselor, joined: answer.joined.into_iter().filter_map(joined_now).collect() })
    }
}

fn assignment_made(wire: availability::Assignment) -> Option<AssignmentMade> {
    let accepted_at = instant(wire.accepted_at.as_ref()?)?;
    let id = PersonId::parse(&wire.counselor_id)?;
    let counselor = Person { id, name: wire.counselor_name };
    Some(AssignmentMade { counselor, number: wire.number, accepted_at })
}

fn joined_now(wire: availability::Joined) -> Option<JoinedNow> {
    let (ticket, person) = (wire.ticket_id.parse().ok()?, PersonId::parse(&wire.person_id)?);
    Some(JoinedNow { ticket, sequence: wire.sequence, person })
}

#[tonic::async_trait]
impl FollowUpPort for MeshClient {
    async fn plan_follow_ups(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        ended: ContactEnded,
    ) -> Result<(), Status> {
        let request = followup::PlanFollowUpsRequest {
            request_id: request_id.to_string(),
            contact_id: ended.contact.to_string(),
            participant_id: ended.participant.map(|id| id.to_string()).unwrap_or_default(),
            acuity: number(ended.acuity),
            channel: number(ended.channel),
            caller: number(ended.caller),
            closed_at: Some(timestamp(ended.ended_at)),
            reachable: ended.reachable,
            reasons: ended.reasons,
            sequence: ended.sequence,
            ending: number(ended.ending),
            again: ended.again,
            returned_contact_id: ended.returned.map(|id| id.to_string()).unwrap_or_default(),
        };
        FollowUpServiceClient::new(self.clone()).plan_follow_ups(for_program(scope, request)).await.map(drop)
    }

    async fn record_attempt(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        ended: AttemptEnded,
    ) -> Result<(), Status> {
        let request = followup::RecordAttemptRequest {
            request_id: request_id.to_string(),
            plan_id: ended.plan.to_string(),
            number: ended.number,
            outcome: number(ended.outcome),
            ended_at: Some(timestamp(ended.ended_at)),
        };
        FollowUpServiceClient::new(self.clone()).record_attempt(for_program(scope, request)).await.map(drop)
    }

    async fn stop_follow_ups(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        contact: ContactId,
        caller_is_back: bool,
    ) -> Result<(), Status> {
        let request = followup::StopFollowUpsRequest {
            request_id: request_id.to_string(),
            contact_id: contact.to_string(),
            caller_is_back,
        };
        FollowUpServiceClient::new(self.clone()).stop_follow_ups(for_program(scope, request)).await.map(drop)
    }
}

#[tonic::async_trait]
impl ReferralPort for MeshClient {
    async fn record_consent_revoked(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        consent: ConsentId,
        revoked_at: Timestamp,
    ) -> Result<(), Status> {
        let request = referral::RecordConsentRevokedRequest {
            request_id: request_id.to_string(),
            consent_id: consent.to_string(),
            revoked_at: Some(timestamp(revoked_at)),
        };
        DisclosureServiceClient::new(self.clone()).record_consent_revoked(for_program(scope, request)).await.map(drop)
    }

    async fn describe_referral(&self, scope: &ProgramScope, referral: ReferralId) -> Result<(), Status> {
        let request = referral::DescribeReferralRequest { referral_id: referral.to_string() };
        DisclosureServiceClient::new(self.clone()).describe_referral(for_program(scope, request)).await.map(drop)
    }
}
