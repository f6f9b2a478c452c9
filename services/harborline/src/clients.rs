//! Clients of the five services, each with somebody's token.

use std::future::Future;
use std::time::{Duration, Instant};

use harborline_identity::{Role, ServiceName};
use harborline_proto::availability::v1::attend_service_client::AttendServiceClient;
use harborline_proto::availability::v1::roster_service_client::RosterServiceClient;
use harborline_proto::availability::v1::ticket_service_client::TicketServiceClient;
use harborline_proto::availability::v1::transfer_service_client::TransferServiceClient;
use harborline_proto::followup::v1::follow_up_service_client::FollowUpServiceClient;
use harborline_proto::intake::v1::access_service_client::AccessServiceClient;
use harborline_proto::intake::v1::caller_service_client::CallerServiceClient;
use harborline_proto::intake::v1::contact_service_client::ContactServiceClient;
use harborline_proto::intake::v1::decision_service_client::DecisionServiceClient;
use harborline_proto::intake::v1::disclosure_service_client::DisclosureServiceClient;
use harborline_proto::intake::v1::participant_service_client::ParticipantServiceClient;
use harborline_proto::intake::v1::program_rule_service_client::ProgramRuleServiceClient;
use harborline_proto::intake::v1::program_service_client::ProgramServiceClient;
use harborline_proto::intake::v1::safety_plan_service_client::SafetyPlanServiceClient;
use harborline_proto::intake::v1::support_person_service_client::SupportPersonServiceClient;
use harborline_proto::partner::v1::partner_service_client::PartnerServiceClient;
use harborline_proto::referral::v1::referral_service_client::ReferralServiceClient;
use harborline_proto::triage::v1::triage_service_client::TriageServiceClient;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

use crate::mesh::Mesh;

/// How long somebody keeps repeating a call that is not answered.
const PATIENCE: Duration = Duration::from_secs(300);
/// How long one try may take.
const TRY_LIMIT: Duration = Duration::from_secs(30);

/// A channel that adds a token to every call.
pub type Authed = InterceptedService<Channel, Token>;

/// Adds an access token.
#[derive(Clone)]
pub struct Token(MetadataValue<Ascii>);

impl Interceptor for Token {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

/// All contracts, as one person reaches them.
#[derive(Clone)]
pub struct Clients {
    /// Programs, and enrolling in them.
    pub programs: ProgramServiceClient<Authed>,
    /// Participants as people.
    pub participants: ParticipantServiceClient<Authed>,
    /// Safety plans.
    pub safety_plans: SafetyPlanServiceClient<Authed>,
    /// What may be told to family, and access in an emergency.
    pub disclosures: DisclosureServiceClient<Authed>,
    /// Family members and other support persons.
    pub support_persons: SupportPersonServiceClient<Authed>,
    /// Program rules.
    pub program_rules: ProgramRuleServiceClient<Authed>,
    /// Who callers turned out to be.
    pub callers: CallerServiceClient<Authed>,
    /// Contacts.
    pub contacts: ContactServiceClient<Authed>,
    /// Who saw what.
    pub accesses: AccessServiceClient<Authed>,
    /// What supervisors decide.
    pub decisions: DecisionServiceClient<Authed>,
    /// Assessments.
    pub triage: TriageServiceClient<Authed>,
    /// The roster.
    pub roster: RosterServiceClient<Authed>,
    /// Being on shift.
    pub attend: AttendServiceClient<Authed>,
    /// The queue.
    pub tickets: TicketServiceClient<Authed>,
    /// Transfers and conferences.
    pub transfers: TransferServiceClient<Authed>,
    /// Referrals.
    pub referrals: ReferralServiceClient<Authed>,
    /// A clinic's side of referrals.
    pub partner: PartnerServiceClient<Authed>,
    /// Follow-up plans.
    pub follow_ups: FollowUpServiceClient<Authed>,
}

/// Answers an access token, a new one each time.
pub type TokenOf = Box<dyn Fn() -> anyhow::Result<String> + Send + Sync>;

impl Clients {
    /// The clients of somebody with these roles. A clinic's go to the mesh listeners, with its certificate; everybody
    /// else's go to the public ones.
    ///
    /// # Errors
    /// When the authority cannot sign.
    pub fn of(mesh: &Mesh, subject: &str, roles: &[Role], clinic: Option<Uuid>) -> anyhow::Result<Self> {
        Self::with(mesh, &mesh.token(subject, roles, clinic)?, clinic)
    }

    /// The clients of a participant's own application.
    ///
    /// # Errors
    /// When the authority cannot sign.
    pub fn of_participant(mesh: &Mesh, subject: &str, participant: Uuid) -> anyhow::Result<Self> {
        Self::with(mesh, &mesh.participants_token(subject, participant)?, None)
    }

    fn with(mesh: &Mesh, token: &str, clinic: Option<Uuid>) -> anyhow::Result<Self> {
        let token = Token(format!("Bearer {token}").parse()?);
        let to = |service| -> anyhow::Result<Authed> {
            let channel = match clinic {
                Some(facility) => mesh.clinic_channel(service, facility)?,
                None => mesh.channel(service),
            };
            Ok(InterceptedService::new(channel, token.clone()))
        };
        Ok(Self {
            programs: ProgramServiceClient::new(to(ServiceName::Intake)?),
            participants: ParticipantServiceClient::new(to(ServiceName::Intake)?),
            safety_plans: SafetyPlanServiceClient::new(to(ServiceName::Intake)?),
            disclosures: DisclosureServiceClient::new(to(ServiceName::Intake)?),
            support_persons: SupportPersonServiceClient::new(to(ServiceName::Intake)?),
            program_rules: ProgramRuleServiceClient::new(to(ServiceName::Intake)?),
            callers: CallerServiceClient::new(to(ServiceName::Intake)?),
            contacts: ContactServiceClient::new(to(ServiceName::Intake)?),
            accesses: AccessServiceClient::new(to(ServiceName::Intake)?),
            decisions: DecisionServiceClient::new(to(ServiceName::Intake)?),
            triage: TriageServiceClient::new(to(ServiceName::Triage)?),
            roster: RosterServiceClient::new(to(ServiceName::Availability)?),
            attend: AttendServiceClient::new(to(ServiceName::Availability)?),
            tickets: TicketServiceClient::new(to(ServiceName::Availability)?),
            transfers: TransferServiceClient::new(to(ServiceName::Availability)?),
            referrals: ReferralServiceClient::new(to(ServiceName::Referral)?),
            partner: PartnerServiceClient::new(to(ServiceName::Referral)?),
            follow_ups: FollowUpServiceClient::new(to(ServiceName::Followup)?),
        })
    }
}

/// Makes a call, and makes it again while it is not answered: the same request, so that it has one effect.
///
/// # Errors
/// A refusal; or the last failure, when the patience is over.
pub(crate) async fn patiently<A, F, R>(call: F) -> Result<A, Status>
where
    F: Fn() -> R,
    R: Future<Output = Result<Response<A>, Status>>,
{
    let start = Instant::now();
    loop {
        let failure = match tokio::time::timeout(TRY_LIMIT, call()).await {
            Ok(Ok(answer)) => return Ok(answer.into_inner()),
            Ok(Err(status)) => status,
            Err(_) => Status::deadline_exceeded("no answer in time"),
        };
        if !unanswered(&failure) || start.elapsed() > PATIENCE {
            return Err(failure);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A call that can be made again: `calling!(client, method, message)` is a closure for [`patiently`].
macro_rules! calling {
    ($client:expr, $method:ident, $message:expr) => {{
        let (client, message) = ($client.clone(), $message);
        move || {
            let (mut client, message) = (client.clone(), message.clone());
            async move { client.$method(message).await }
        }
    }};
}
pub(crate) use calling;

/// Whether a failure says nothing about the request: the service was not there, or went away.
pub(crate) fn unanswered(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled | Code::Unknown | Code::ResourceExhausted
    )
}
