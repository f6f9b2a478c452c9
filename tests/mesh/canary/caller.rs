//! Calls made of bytes: any request, right or wrong, with any metadata, and all that comes back kept.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use harborline_config::IdentitySettings;
use harborline_identity::{Caller, PersonCaller, Role, ServiceName};
use harborline_policy::Matrix;
use harborline_runtime::ClientTls;
use harborline_runtime::client::{MeshClient, neighbor};
use harborline_testkit::WAIT_LIMIT;
use harborline_tests::Stage;
use harborline_types::PersonId;
use prost::bytes::{Buf, BufMut};
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::metadata::AsciiMetadataValue;
use tonic::transport::Channel;
use tonic::{Request, Status};
use uuid::Uuid;

use super::contract::Method;

/// The ways into a mesh: its public listeners, and its mesh listeners as any of the services.
pub(super) struct Ways<'a> {
    stage: &'a Stage,
    matrix: Matrix,
    mesh: BTreeMap<(ServiceName, ServiceName), MeshClient>,
    /// The clinic's way to referral.
    clinic: Channel,
}

/// What a call brings beside its message.
#[derive(Clone, Default)]
pub(super) struct Extras {
    /// An access token, for a call on a public listener.
    pub(super) authorization: String,
    /// One of a clinic, for a call beside its certificate.
    pub(super) of_clinic: String,
    /// More metadata.
    pub(super) metadata: Vec<(&'static str, String)>,
    /// How long the caller waits.
    pub(super) timeout: Option<Duration>,
}

impl<'a> Ways<'a> {
    /// Every way into the stage's mesh.
    pub(super) fn into_mesh(stage: &'a Stage, clinic: Uuid) -> Self {
        let mut mesh = BTreeMap::new();
        for from in ServiceName::ALL {
            let secrets = stage.folder().join("secrets");
            let identity = IdentitySettings {
                issuer: "unused".to_owned(),
                audience: "unused".to_owned(),
                jwks_file: stage.authority.jwks_path(),
                jwks_url: None,
                jwks_ca_file: PathBuf::new(),
                jwks_refresh_seconds: 60,
                jwks_cache_file: PathBuf::new(),
                jwks_cache_hours: 24,
                tls_ca_file: stage.authority.ca_path(),
                tls_cert_file: secrets.join(format!("{from}.pem")),
                tls_key_file: secrets.join(format!("{from}.key")),
            };
            let tls = ClientTls::load(&identity).expect("the mesh's own certificates");
            for to in ServiceName::ALL {
                let address = format!("https://{}", stage.addresses[to].mesh);
                mesh.insert((*from, *to), neighbor(*to, &address, &tls).expect("a mesh address"));
            }
        }
        let clinic = stage.clinic_channel(ServiceName::Referral, clinic).expect("the authority signs");
        Self { stage, matrix: Matrix::embedded().expect("the reviewed matrix"), mesh, clinic }
    }

    /// The service that calls this RPC; none for an RPC of people.
    pub(super) fn calling_service(&self, method: &Method) -> Option<ServiceName> {
        let id = PersonId::parse("anybody").expect("an id");
        let person = PersonCaller::new(id, Role::ALL);
        let row = self.matrix.row(&method.path).expect("a row for each call");
        if row.may_admit(&Caller::Person(person)) {
            return None;
        }
        let allowed = |service: &&ServiceName| row.may_admit(&Caller::Service(**service));
        Some(*ServiceName::ALL.iter().find(allowed).expect("somebody may make each call"))
    }

    /// Makes a call the way that the access table says; answers the first message, or how it was refused, and
    /// everything that came with it as text.
    pub(super) async fn call(&self, method: &Method, message: Vec<u8>, extras: &Extras) -> Answered {
        match self.calling_service(method) {
            Some(service) => {
                let way = Grpc::new(self.mesh[&(service, method.service)].clone());
                answered(first(way, extras.around(message), path(method)).await)
            }
            None if method.path.starts_with("harborline.partner.") => {
                with_token(self.clinic.clone(), method, extras.around(message), &extras.of_clinic).await
            }
            None => self.public(method, message, extras).await,
        }
    }

    /// Makes a call on a public listener.
    pub(super) async fn public(&self, method: &Method, message: Vec<u8>, extras: &Extras) -> Answered {
        with_token(self.stage.channel(method.service), method, extras.around(message), &extras.authorization).await
    }
}

async fn with_token(channel: Channel, method: &Method, mut request: Message, token: &str) -> Answered {
    request.metadata_mut().insert("authorization", AsciiMetadataValue::try_from(token).expect("ASCII"));
    answered(first(Grpc::new(channel), request, path(method)).await)
}

/// An answer or a refusal, and everything else that the caller was told.
type Answered = (Result<Vec<u8>, Status>, String);

type Message = Request<tokio_stream::Once<Vec<u8>>>;

impl Extras {
    fn around(&self, message: Vec<u8>) -> Message {
        let mut request = Request::new(tokio_stream::once(message));
        for (name, value) in &self.metadata {
            request.metadata_mut().insert(*name, AsciiMetadataValue::try_from(value.as_str()).expect("ASCII"));
        }
        request.set_timeout(self.timeout.unwrap_or(WAIT_LIMIT));
        request
    }
}

fn path(method: &Method) -> PathAndQuery {
    PathAndQuery::try_from(format!("/{}", method.path)).expect("a path")
}

fn answered(outcome: Result<(Vec<u8>, String), Status>) -> Answered {
    match outcome {
        Ok((message, told)) => (Ok(message), told),
        Err(status) => {
            let told = told(&status);
            (Err(status), told)
        }
    }
}

/// Everything that a status tells.
fn told(status: &Status) -> String {
    let details = String::from_utf8_lossy(status.details());
    format!("{:?} {} {details} {:?}", status.code(), status.message(), status.metadata())
}

async fn first<S>(mut way: Grpc<S>, request: Message, path: PathAndQuery) -> Result<(Vec<u8>, String), Status>
where
    S: tonic::client::GrpcService<tonic::body::Body>,
    S::ResponseBody: tonic::codegen::Body + Send + 'static,
    <S::ResponseBody as tonic::codegen::Body>::Error: Into<tonic::codegen::StdError>,
    S::Error: Into<tonic::codegen::StdError>,
{
    way.ready().await.map_err(|error| Status::from_error(error.into()))?;
    let response = way.streaming(request, path, Raw).await?;
    let told = format!("{:?}", response.metadata());
    let mut stream = response.into_inner();
    // A stream that has nothing to say yet has begun, and that is an answer.
    match tokio::time::timeout(Duration::from_millis(200), stream.message()).await {
        Ok(message) => Ok((message?.unwrap_or_default(), told)),
        Err(_) => Ok((Vec::new(), told)),
    }
}

/// Messages as the bytes that they are.
struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Raw;
    type Decoder = Raw;

    fn encoder(&mut self) -> Raw {
        Raw
    }

    fn decoder(&mut self) -> Raw {
        Raw
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        let mut bytes = vec![0; from.remaining()];
        from.copy_to_slice(&mut bytes);
        Ok(Some(bytes))
    }
}
