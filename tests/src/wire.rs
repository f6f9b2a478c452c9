//! Calling any RPC of the mesh by its name, as anybody, in any program.

use std::net::SocketAddr;
use std::time::Duration;

use harborline_authority::TokenRequest;
use harborline_identity::{Role, ServiceName};
use harborline_types::ProgramId;
use tonic::client::Grpc;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Request, Status};
use uuid::Uuid;

use crate::Stage;
use crate::encoded::Encoded;

/// How long a stream may be silent before it counts as one that has nothing to say.
const SILENCE: Duration = Duration::from_secs(2);

/// Who makes a call.
#[derive(Clone, Debug)]
pub enum As {
    /// A person with this subject and role.
    Person(&'static str, Role),
    /// A partner clinic.
    Clinic(Uuid),
    /// One of the services, by its certificate.
    Service(ServiceName),
}

impl Stage {
    /// Calls `package.Service/Method` in a program with an encoded request; the first answer, encoded, or none when the
    /// call ended without one or its stream stays silent.
    ///
    /// # Errors
    /// The status.
    ///
    /// # Panics
    /// When the stage cannot give the caller what it needs.
    pub async fn call(
        &self,
        method: &str,
        who: &As,
        program: ProgramId,
        request: Vec<u8>,
    ) -> Result<Option<Vec<u8>>, Status> {
        let to = served_by(method);
        let mut request = Request::new(tokio_stream::iter([request]));
        let channel = match who {
            As::Person(subject, role) => {
                self.bear_token(&mut request, subject, *role, program, None);
                self.channel(to)
            }
            As::Clinic(clinic) => {
                self.bear_token(&mut request, "clinic", Role::Clinic, program, Some(*clinic));
                self.clinic_channel(to, *clinic).expect("the authority signs")
            }
            As::Service(from) => {
                let program = program.0.to_string().parse().expect("an id is ASCII");
                request.metadata_mut().insert("harborline-program", program);
                self.mesh_channel(*from, self.addresses[&to].mesh)
            }
        };
        let mut client = Grpc::new(channel);
        client.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
        let path = format!("/{method}").parse().expect("a method is a path");
        let mut answers = client.streaming(request, path, Encoded).await?.into_inner();
        // Silence is an answer of its own.
        tokio::time::timeout(SILENCE, answers.message()).await.unwrap_or(Ok(None))
    }

    fn bear_token<T>(
        &self,
        request: &mut Request<T>,
        subject: &str,
        role: Role,
        program: ProgramId,
        clinic: Option<Uuid>,
    ) {
        let token = TokenRequest {
            subject: subject.to_owned(),
            program: program.0,
            roles: vec![role.to_string()],
            clinic,
            participant: None,
            credential: None,
            name: None,
            lifetime: chrono::TimeDelta::hours(1),
        };
        let token = self.authority.token(&token).expect("the authority signs");
        request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().expect("a token is ASCII"));
    }

    /// A channel with a service's certificate to a mesh listener.
    ///
    /// # Panics
    /// When the service has no certificate.
    pub fn mesh_channel(&self, from: ServiceName, to: SocketAddr) -> Channel {
        let secret = |kind: &str| {
            let file = self.path().join("secrets").join(format!("{from}.{kind}"));
            std::fs::read(file).expect("every service has a certificate")
        };
        let authorities = std::fs::read(self.authority.ca_path()).expect("the authority has a certificate");
        let tls = ClientTlsConfig::new()
            .ca_certificate(Certificate::from_pem(authorities))
            .identity(Identity::from_pem(secret("pem"), secret("key")))
            .domain_name("localhost");
        let address = format!("https://{to}");
        let endpoint = Endpoint::from_shared(address).expect("an address is a URI");
        endpoint.tls_config(tls).expect("the certificates fit").connect_lazy()
    }
}

/// The service that serves a method.
fn served_by(method: &str) -> ServiceName {
    match method.split('.').nth(1).unwrap_or_default() {
        "partner" => ServiceName::Referral,
        // Every service but intake serves what is common; one stands for all.
        "common" => ServiceName::Triage,
        area => area.parse().expect("an area of the contracts is a service"),
    }
}
