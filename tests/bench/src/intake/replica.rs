//! One replica of intake, as a process of its own.
//!
//! The product's handlers over gRPC and a real Postgres, with stored answers, sealing and the record of accesses. Duties
//! are held: they commit, and no worker fulfills them. Not in the path: TLS, tokens, the layers around the handlers but the
//! record, and tracing. One worker thread, as the product's default.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use harborline_identity::{AccessLog, Call, Recording, Role};
use harborline_intake::{App, DecisionTimes, Rpc};
use harborline_notify::Nobody;
use harborline_policy::{Policy, Record};
use harborline_proto::intake::v1::contact_service_server::ContactServiceServer;
use harborline_proto::intake::v1::program_service_server::ProgramServiceServer;
use harborline_runtime::StreamAge;
use harborline_store::AccessWriter;
use harborline_testkit::person;
use harborline_types::{Clock, ProgramId};
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tonic::body::Body;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tower::ServiceExt;

use super::unasked;
use crate::process::{stop_with_parent, store};

/// The RPCs that are called, and by whom.
const CALLS: [(&str, Role); 5] = [
    ("harborline.intake.v1.ContactService/OpenContact", Role::FrontEnd),
    ("harborline.intake.v1.ContactService/GetContact", Role::FrontEnd),
    ("harborline.intake.v1.ProgramService/GetProgram", Role::FrontEnd),
    ("harborline.intake.v1.ProgramService/PutProgram", Role::Administrator),
    ("harborline.intake.v1.ProgramService/EnrollParticipant", Role::Administrator),
];

/// What a replica is started with.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Its database.
    #[arg(long)]
    dsn: String,
    /// The program that its callers are of.
    #[arg(long)]
    program: ProgramId,
    /// Where the keys are.
    #[arg(long)]
    keys: PathBuf,
}

/// Serves until standard input closes; says where it listens once it does.
pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let store = store(arguments.dsn, &arguments.keys)?;
    let shutdown = CancellationToken::new();
    stop_with_parent(shutdown.clone());
    let streams = StreamAge::new(Duration::from_secs(3600), shutdown.clone());
    let times = DecisionTimes { decide_within: TimeDelta::minutes(15), page_again_after: TimeDelta::minutes(5) };
    let (policy, record) = (Arc::new(Policy::embedded()?), AccessWriter::start(&store));
    let front = Front { policy, record, program: arguments.program };
    let rpc = Rpc::new(App::new(store, Clock::System, unasked::neighbors(), Arc::new(Nobody), times, streams));

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let ready = format!("{}\n", listener.local_addr()?);
    let around = move |routes: Routes| {
        let front = front.clone();
        tower::service_fn(move |request| front.clone().answer(request, routes.clone()))
    };
    let server = Server::builder()
        .max_concurrent_streams(50_000)
        .layer(tower::layer::layer_fn(around))
        .add_service(ContactServiceServer::new(rpc.clone()))
        .add_service(ProgramServiceServer::new(rpc))
        .serve_with_incoming(TcpIncoming::from(listener).with_nodelay(Some(true)));
    std::io::stdout().write_all(ready.as_bytes())?;
    tokio::select! {
        served = server => served?,
        () = shutdown.cancelled() => {}
    }
    Ok(())
}

/// What stands between a connection and the handlers: callers are believed, and go on record as in the product.
#[derive(Clone)]
struct Front {
    policy: Arc<Policy>,
    record: AccessWriter,
    program: ProgramId,
}

impl Front {
    async fn answer(self, mut request: Request, routes: Routes) -> Result<Response, std::convert::Infallible> {
        let known = CALLS.iter().find(|(method, _)| request.uri().path().strip_prefix('/') == Some(method));
        let row = known.and_then(|(method, role)| Some((*method, *role, self.policy.matrix().row(method)?)));
        let Some((method, role, row)) = row else {
            return Ok(Status::unimplemented("the bench does not call this").into_http());
        };
        let call = person(self.program, "bench-caller", &[role]).judged(method, row.purpose, self.policy.clone());
        let recording = match row.record {
            Record::Read => Recording::Read,
            Record::Write => Recording::Write,
            Record::None => Recording::None,
        };
        call.goes_on_record(recording, method);
        request.extensions_mut().insert(call.clone());
        let response = routes.oneshot(request).await?;
        Ok(self.recorded(&call, recording, response).await)
    }

    /// The answer, once its call is on record. A write has put itself there.
    async fn recorded(&self, call: &Call, recording: Recording, response: Response) -> Response {
        if recording == Recording::None || call.is_on_record() {
            return response;
        }
        match self.record.answered(call).await {
            Ok(()) => response,
            Err(error) => Status::from(error).into_http(),
        }
    }
}

type Request = http::Request<Body>;
type Response = http::Response<Body>;
