//! Triage's contract with an answer of the test's choosing, an authority, and servers around them.

mod abuse;
mod client;
mod clinics;
mod credentials;
mod jwks;
mod jwks_cache;
mod policy;
mod record;
mod server;
mod stack;
mod web;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use futures::FutureExt;
use futures::future::BoxFuture;
use harborline_authority::{AUDIENCE, Authority, ISSUER, TokenRequest};
use harborline_config::{GrpcSettings, IdentitySettings};
use harborline_identity::{AccessLog, Call, Facts, Recorded, ServiceName};
use harborline_policy::Policy;
use harborline_proto::triage::v1::triage_service_client::TriageServiceClient;
use harborline_proto::triage::v1::triage_service_server::{TriageService, TriageServiceServer};
use harborline_proto::triage::v1::{
    AssessContactRequest, AssessContactResponse, ConfirmLoweringRequest, ConfirmLoweringResponse, GetAssessmentRequest,
    GetAssessmentResponse, GetLoweringRequest, GetLoweringResponse, GetProtocolRequest, GetProtocolResponse,
    JudgeAcuityRequest, JudgeAcuityResponse, RecordScreeningRequest, RecordScreeningResponse,
};
use harborline_status::ServiceError;
use harborline_types::ProgramId;
use tempfile::TempDir;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::{Authenticator, FinishedCall, MeshClient, Server, ServerBuilder};

pub(super) const GET_ASSESSMENT: &str = "/harborline.triage.v1.TriageService/GetAssessment";
pub(super) const PROGRAM: Uuid = Uuid::from_u128(7);

pub(super) type Answer = BoxFuture<'static, Result<(), Status>>;

/// Answers GetAssessment as the test says; each other method does one thing, or is not there.
#[derive(Clone)]
struct Triage(Arc<dyn Fn(Call) -> Answer + Send + Sync>);

#[tonic::async_trait]
impl TriageService for Triage {
    async fn get_assessment(
        &self,
        request: Request<GetAssessmentRequest>,
    ) -> Result<Response<GetAssessmentResponse>, Status> {
        let (call, _request) = crate::split(request)?;
        // The caller in these tests is the contact's own counselor.
        call.permit(&Facts { is_assigned: true, ..Facts::default() })?;
        (self.0)(call).await?;
        Ok(Response::new(GetAssessmentResponse::default()))
    }

    async fn assess_contact(
        &self,
        _: Request<AssessContactRequest>,
    ) -> Result<Response<AssessContactResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    /// Asks the policy with nothing known of the record.
    async fn record_screening(
        &self,
        request: Request<RecordScreeningRequest>,
    ) -> Result<Response<RecordScreeningResponse>, Status> {
        let (call, _request) = crate::split(request)?;
        call.permit(&Facts::default())?;
        Ok(Response::new(RecordScreeningResponse::default()))
    }

    /// Forgets to ask the policy.
    async fn judge_acuity(&self, _: Request<JudgeAcuityRequest>) -> Result<Response<JudgeAcuityResponse>, Status> {
        Ok(Response::new(JudgeAcuityResponse::default()))
    }

    async fn get_lowering(&self, _: Request<GetLoweringRequest>) -> Result<Response<GetLoweringResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn confirm_lowering(
        &self,
        _: Request<ConfirmLoweringRequest>,
    ) -> Result<Response<ConfirmLoweringResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn get_protocol(&self, _: Request<GetProtocolRequest>) -> Result<Response<GetProtocolResponse>, Status> {
        Err(Status::unimplemented(""))
    }
}

/// Keeps what goes on record, or refuses to.
#[derive(Default)]
pub(super) struct Kept {
    rows: Mutex<Vec<Row>>,
    is_broken: AtomicBool,
}

/// A call on record: its method, and whether it was refused.
type Row = (&'static str, bool);

impl Kept {
    fn keep(&self, call: &Call, refused: bool) -> Recorded {
        if self.is_broken.load(Ordering::Relaxed) {
            return async { Err(ServiceError::unavailable("no record can be written", "the test says so")) }.boxed();
        }
        let (_, method) = call.recorded_as().expect("the layer says how the call goes on record");
        self.rows.lock().unwrap().push((method, refused));
        async { Ok(()) }.boxed()
    }
}

impl AccessLog for Kept {
    fn answered(&self, call: &Call) -> Recorded {
        self.keep(call, false)
    }

    fn refused(&self, call: &Call) -> Recorded {
        self.keep(call, true)
    }
}

/// An authority in a folder of its own, with a certificate for each service.
pub(super) struct World {
    authority: Authority,
    folder: TempDir,
    finished: Arc<Mutex<Vec<FinishedCall>>>,
    log: Arc<Kept>,
}

impl World {
    pub(super) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let authority = Authority::open_or_create(&folder.path().join("authority")).unwrap();
        for service in ServiceName::ALL {
            authority.write_service_files(service.as_str(), &folder.path().join("tls")).unwrap();
        }
        Self { authority, folder, finished: Arc::default(), log: Arc::default() }
    }

    pub(super) fn identity(&self, service: ServiceName) -> IdentitySettings {
        let file = |extension: &str| -> PathBuf { self.folder.path().join(format!("tls/{service}.{extension}")) };
        IdentitySettings {
            issuer: ISSUER.to_owned(),
            audience: AUDIENCE.to_owned(),
            jwks_file: self.authority.jwks_path(),
            jwks_url: None,
            jwks_ca_file: PathBuf::new(),
            jwks_refresh_seconds: 300,
            jwks_cache_file: PathBuf::new(),
            jwks_cache_hours: 24,
            tls_ca_file: self.authority.ca_path(),
            tls_cert_file: file("pem"),
            tls_key_file: file("key"),
        }
    }

    /// A request with the access token of somebody in this role.
    pub(super) fn request_as<T>(&self, role: &str, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.metadata_mut().insert("authorization", self.bearer(role).parse().unwrap());
        request
    }

    pub(super) fn bearer(&self, role: &str) -> String {
        let token = self.authority.token(&TokenRequest {
            subject: "ana".to_owned(),
            program: PROGRAM,
            roles: vec![role.to_owned()],
            clinic: None,
            participant: None,
            credential: None,
            name: None,
            lifetime: chrono::TimeDelta::minutes(5),
        });
        format!("Bearer {}", token.unwrap())
    }

    /// Triage, answering GetAssessment so.
    pub(super) fn triage(&self, answer: impl Fn(Call) -> Answer + Send + Sync + 'static) -> Server {
        self.triage_with(&settings(), answer)
    }

    pub(super) fn triage_with(
        &self,
        settings: &GrpcSettings,
        answer: impl Fn(Call) -> Answer + Send + Sync + 'static,
    ) -> Server {
        let authenticator = Authenticator::from_settings(&self.identity(ServiceName::Triage), policy()).unwrap();
        let finished = Arc::clone(&self.finished);
        ServerBuilder::new(ServiceName::Triage, settings, authenticator, self.log.clone())
            .observe(move |call| finished.lock().unwrap().push(call))
            .add_service(TriageServiceServer::new(Triage(Arc::new(answer))))
            .build()
            .unwrap()
    }

    pub(super) fn finished(&self) -> Vec<FinishedCall> {
        self.finished.lock().unwrap().clone()
    }
}

pub(super) fn policy() -> Arc<Policy> {
    Arc::new(Policy::embedded().unwrap())
}

pub(super) fn settings() -> GrpcSettings {
    let any = "127.0.0.1:0".parse().unwrap();
    GrpcSettings {
        public_listen: any,
        mesh_listen: any,
        health_listen: any,
        default_deadline_ms: 20_000,
        max_deadline_ms: 30_000,
        stream_max_age_seconds: 600,
        drain_seconds: 10,
        max_connection_age_seconds: 600,
        max_in_flight: 64,
        max_pending_resets: 4096,
        max_error_resets: 4096,
        person_requests_per_second: 0,
        person_burst: 200,
        person_streams: 0,
        front_end_requests_per_second: 0,
        front_end_burst: 200,
        front_end_streams: 0,
        clinic_requests_per_second: 0,
        clinic_burst: 200,
        clinic_streams: 0,
        web_origins: vec!["https://app.example.org".to_owned()],
    }
}

pub(super) fn fine() -> Answer {
    async { Ok(()) }.boxed()
}

pub(super) fn question() -> GetAssessmentRequest {
    GetAssessmentRequest { contact_id: Uuid::nil().to_string() }
}

/// A request of a service, for the program of these tests.
pub(super) fn in_program<T>(message: T) -> Request<T> {
    let scope = Call::of_duty(ServiceName::Intake, ProgramId(PROGRAM), None).scope().unwrap();
    crate::for_program(&scope, message)
}

/// A client on the public side of a server.
pub(super) fn public(server: &Server) -> TriageServiceClient<tonic::transport::Channel> {
    TriageServiceClient::new(server.duplex(None))
}

/// A client on the mesh side of a server, as intake.
pub(super) fn as_intake(server: &Server) -> TriageServiceClient<MeshClient> {
    TriageServiceClient::new(MeshClient::over(ServiceName::Triage, server.duplex(Some(ServiceName::Intake))))
}

/// Messages do not print, so neither does a result that holds one.
pub(super) trait Refused {
    /// The status of a call that was refused.
    fn refused(self) -> Status;
}

impl<T> Refused for Result<T, Status> {
    fn refused(self) -> Status {
        self.err().expect("the call is refused")
    }
}
