use std::net::SocketAddr;
use std::time::Duration;

use futures::FutureExt;
use harborline_status::{Reason, reason_of};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_util::sync::CancellationToken;
use tonic::Code;
use tonic::transport::{Channel, Endpoint};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;

use super::*;
use crate::{ClientTls, Listeners, PURPOSE_KEY, Readiness, ServeError, ServerTls, install_crypto, neighbor};

const TRIAGE: &str = "harborline.triage.v1.TriageService";

/// A server on sockets.
pub(super) struct Running {
    pub(super) public: SocketAddr,
    pub(super) mesh: SocketAddr,
    health: SocketAddr,
    readiness: Readiness,
    shutdown: CancellationToken,
    serving: JoinHandle<Result<(), ServeError>>,
}

impl Running {
    pub(super) async fn of(world: &World, server: Server, settings: &GrpcSettings) -> Self {
        install_crypto();
        let listeners = Listeners::bind(settings).await.unwrap();
        let [public, mesh, health] =
            [&listeners.public, &listeners.mesh, &listeners.health].map(|listener| listener.local_addr().unwrap());
        let (readiness, shutdown) = (server.readiness(), CancellationToken::new());
        let tls = ServerTls::load(&world.identity(ServiceName::Triage)).unwrap();
        let serving = tokio::spawn(server.serve(listeners, tls, shutdown.clone()));
        Self { public, mesh, health, readiness, shutdown, serving }
    }

    /// A client with the certificate of intake that expects `expected` at the other end.
    fn client(&self, world: &World, expected: ServiceName) -> TriageServiceClient<MeshClient> {
        let tls = ClientTls::load(&world.identity(ServiceName::Intake)).unwrap();
        let address = format!("https://localhost:{}", self.mesh.port());
        TriageServiceClient::new(neighbor(expected, &address, &tls).unwrap())
    }

    pub(super) async fn end(self) {
        self.shutdown.cancel();
        self.serving.await.unwrap().unwrap();
    }
}

pub(super) fn plain(address: SocketAddr) -> Channel {
    Endpoint::from_shared(format!("http://{address}")).unwrap().connect_lazy()
}

/// Asks until the answer is as expected; the test's own end is the limit.
async fn until_health_says(channel: &Channel, service: &str, expected: ServingStatus) {
    loop {
        let request = HealthCheckRequest { service: service.to_owned() };
        let answer = HealthClient::new(channel.clone()).check(request).await;
        if answer.is_ok_and(|answer| answer.into_inner().status() == expected) {
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_service_is_known_by_its_certificate() {
    let world = World::new();
    let server = world.triage(|call| {
        assert_eq!(call.caller_key(), "service:intake");
        fine()
    });
    let running = Running::of(&world, server, &settings()).await;
    running.client(&world, ServiceName::Triage).get_assessment(in_program(question())).await.unwrap();
    running.end().await;
}

#[tokio::test]
async fn a_neighbor_with_the_certificate_of_another_service_is_not_spoken_to() {
    let world = World::new();
    let running = Running::of(&world, world.triage(|_| fine()), &settings()).await;
    let status = running.client(&world, ServiceName::Referral).get_assessment(in_program(question())).await.refused();
    assert_eq!(reason_of(&status), Some(Reason::TemporarilyUnavailable));
    assert_eq!(world.finished().len(), 0, "no call arrived");
    running.end().await;
}

#[tokio::test]
async fn nobody_of_another_authority_gets_onto_the_mesh() {
    let (world, elsewhere) = (World::new(), World::new());
    let running = Running::of(&world, world.triage(|_| fine()), &settings()).await;
    let mut forged = elsewhere.identity(ServiceName::Intake);
    forged.tls_ca_file = world.identity(ServiceName::Intake).tls_ca_file;
    let address = format!("https://localhost:{}", running.mesh.port());
    let client = neighbor(ServiceName::Triage, &address, &ClientTls::load(&forged).unwrap()).unwrap();
    let status = TriageServiceClient::new(client).get_assessment(in_program(question())).await.refused();
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(world.finished().len(), 0, "no call arrived");
    running.end().await;
}

#[tokio::test]
async fn nobody_without_a_certificate_gets_onto_the_mesh() {
    let world = World::new();
    let running = Running::of(&world, world.triage(|_| fine()), &settings()).await;
    let mut roots = rustls::RootCertStore::empty();
    for authority in CertificateDer::pem_file_iter(world.identity(ServiceName::Intake).tls_ca_file).unwrap() {
        roots.add(authority.unwrap()).unwrap();
    }
    let config = rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let tcp = TcpStream::connect(running.mesh).await.unwrap();
    let connecting = TlsConnector::from(Arc::new(config)).connect("localhost".try_into().unwrap(), tcp);
    // The client's half of the handshake ends before the server has looked for a certificate.
    let refused = match connecting.await {
        Ok(mut stream) => stream.read_u8().await.err(),
        Err(error) => Some(error),
    };
    assert!(refused.unwrap().to_string().contains("CertificateRequired"));
    running.end().await;
}

#[tokio::test]
async fn a_peer_that_is_slow_to_shake_hands_keeps_nobody_waiting() {
    let world = World::new();
    let running = Running::of(&world, world.triage(|_| fine()), &settings()).await;
    let _silent = TcpStream::connect(running.mesh).await.unwrap();
    running.client(&world, ServiceName::Triage).get_assessment(in_program(question())).await.unwrap();
    running.end().await;
}

#[tokio::test]
async fn a_person_needs_a_token_on_the_public_listener() {
    let world = World::new();
    let running = Running::of(&world, world.triage(|_| fine()), &settings()).await;
    let mut client = TriageServiceClient::new(plain(running.public));
    let refused = client.get_assessment(in_program(question())).await.refused();
    assert_eq!(reason_of(&refused), Some(Reason::CredentialInvalid));
    client.get_assessment(world.request_as("counselor", question())).await.unwrap();
    drop(client);
    running.end().await;
}

#[tokio::test]
async fn a_browser_of_a_known_origin_may_call_and_read_why_it_was_refused() {
    let world = World::new();
    let running = Running::of(&world, world.triage(|_| fine()), &settings()).await;
    let preflight = format!(
        "OPTIONS {GET_ASSESSMENT} HTTP/1.1\r\nhost: triage\r\norigin: https://app.example.org\r\n\
         access-control-request-method: POST\r\naccess-control-request-headers: authorization\r\n\
         connection: close\r\n\r\n"
    );
    let answer = over_http1(running.public, &preflight).await;
    assert!(answer.contains("access-control-allow-origin: https://app.example.org"), "{answer}");
    let call = format!(
        "POST {GET_ASSESSMENT} HTTP/1.1\r\nhost: triage\r\norigin: https://app.example.org\r\n\
         content-type: application/grpc-web+proto\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    );
    let answer = over_http1(running.public, &call).await;
    assert!(answer.contains("content-type: application/grpc-web+proto"), "{answer}");
    assert!(answer.contains("grpc-status: 16"), "{answer}");
    let exposed = answer.lines().find(|line| line.starts_with("access-control-expose-headers")).unwrap();
    assert!(exposed.contains("grpc-status-details-bin"), "{exposed}");
    let foreign = over_http1(running.public, &preflight.replace("app.example.org", "elsewhere.example.org")).await;
    assert!(!foreign.contains("access-control-allow-origin"), "{foreign}");
    running.end().await;
}

#[tokio::test]
async fn a_browser_may_send_every_header_that_the_stack_reads_and_read_what_it_answers() {
    let world = World::new();
    let running = Running::of(&world, world.triage(|_| fine()), &settings()).await;
    let read =
        ["authorization", "content-type", "x-request-id", PURPOSE_KEY, "grpc-timeout", "traceparent", "tracestate"];
    let of_libraries = ["x-grpc-web", "x-user-agent"];
    let asked = [read.as_slice(), of_libraries.as_slice()].concat().join(",");
    let preflight = format!(
        "OPTIONS {GET_ASSESSMENT} HTTP/1.1\r\nhost: triage\r\norigin: https://app.example.org\r\n\
         access-control-request-method: POST\r\naccess-control-request-headers: {asked}\r\nconnection: close\r\n\r\n"
    );
    let answer = over_http1(running.public, &preflight).await;
    let list = |answer: &str, name: &str| -> Vec<String> {
        let line = answer.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        line.split(',').map(|header| header.trim().to_owned()).collect()
    };
    let allowed = list(&answer, "access-control-allow-headers: ");
    for header in read.iter().chain(&of_libraries) {
        assert!(allowed.iter().any(|allowed| allowed == header), "{header} is not allowed: {answer}");
    }
    // Nothing else may be sent: a program is named by services alone.
    assert_eq!(allowed.len(), read.len() + of_libraries.len(), "{allowed:?}");

    let call = format!(
        "POST {GET_ASSESSMENT} HTTP/1.1\r\nhost: triage\r\norigin: https://app.example.org\r\n\
         content-type: application/grpc-web+proto\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    );
    let answer = over_http1(running.public, &call).await;
    let exposed = list(&answer, "access-control-expose-headers: ");
    let ours = ["x-", "grpc-"];
    let sent = answer.lines().filter_map(|line| line.split_once(':')).map(|(name, _)| name);
    for header in sent.filter(|name| ours.iter().any(|prefix| name.starts_with(prefix))) {
        assert!(exposed.iter().any(|exposed| exposed == header), "{header} cannot be read: {answer}");
    }
    running.end().await;
}

async fn over_http1(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.to_lowercase()
}

#[tokio::test]
async fn the_contracts_can_be_looked_up_without_a_token() {
    let world = World::new();
    let running = Running::of(&world, world.triage(|_| fine()), &settings()).await;
    let list = MessageRequest::ListServices(String::new());
    let request = ServerReflectionRequest { host: String::new(), message_request: Some(list) };
    let mut client = ServerReflectionClient::new(plain(running.public));
    let mut answers = client.server_reflection_info(tokio_stream::once(request)).await.unwrap().into_inner();
    let answer = format!("{:?}", answers.message().await.unwrap());
    assert!(answer.contains(TRIAGE), "{answer}");
    drop((answers, client));
    running.end().await;
}

#[tokio::test]
async fn health_follows_readiness_and_is_all_that_its_listener_serves() {
    let world = World::new();
    let running = Running::of(&world, world.triage(|_| fine()), &settings()).await;
    let channel = plain(running.health);
    for service in ["", TRIAGE] {
        until_health_says(&channel, service, ServingStatus::NotServing).await;
    }
    running.readiness.set_serving(true);
    for service in ["", TRIAGE] {
        until_health_says(&channel, service, ServingStatus::Serving).await;
    }
    let mut triage = TriageServiceClient::new(channel);
    let status = triage.get_assessment(world.request_as("counselor", question())).await.refused();
    assert_eq!(status.code(), Code::Unimplemented);
    running.end().await;
}

#[tokio::test]
async fn a_call_in_flight_is_finished_while_health_says_that_the_replica_leaves() {
    let world = World::new();
    let (entered, leave) = (Arc::new(Semaphore::new(0)), Arc::new(Notify::new()));
    let (inside, may_leave) = (Arc::clone(&entered), Arc::clone(&leave));
    let server = world.triage(move |_| {
        inside.add_permits(1);
        let leave = Arc::clone(&may_leave);
        async move {
            leave.notified().await;
            Ok(())
        }
        .boxed()
    });
    let running = Running::of(&world, server, &settings()).await;
    running.readiness.set_serving(true);
    let health = plain(running.health);
    until_health_says(&health, TRIAGE, ServingStatus::Serving).await;
    let mut client = running.client(&world, ServiceName::Triage);
    let mut request = in_program(question());
    request.set_timeout(Duration::from_secs(20));
    let in_flight = tokio::spawn(async move { client.get_assessment(request).await });
    let _inside = entered.acquire().await.unwrap();
    running.shutdown.cancel();
    running.readiness.set_serving(true);
    until_health_says(&health, TRIAGE, ServingStatus::NotServing).await;
    leave.notify_one();
    in_flight.await.unwrap().unwrap();
    running.serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn serving_ends_although_a_peer_says_nothing() {
    let world = World::new();
    let short = GrpcSettings { drain_seconds: 1, ..settings() };
    let running = Running::of(&world, world.triage_with(&short, |_| fine()), &short).await;
    let _on_public = TcpStream::connect(running.public).await.unwrap();
    let config = ClientTls::load(&world.identity(ServiceName::Intake)).unwrap().current();
    let tcp = TcpStream::connect(running.mesh).await.unwrap();
    let _on_mesh = TlsConnector::from(config).connect("localhost".try_into().unwrap(), tcp).await.unwrap();
    // Served after the silent ones, so that they are known to be there.
    running.client(&world, ServiceName::Triage).get_assessment(in_program(question())).await.unwrap();
    running.end().await;
}

#[tokio::test]
async fn a_renewed_certificate_is_used_without_a_restart() {
    let (world, other) = (World::new(), World::new());
    let identity = world.identity(ServiceName::Triage);
    let tls = ServerTls::load(&identity).unwrap();
    let before = tls.current();
    assert!(Arc::ptr_eq(&before, &tls.current()), "not loaded again while nothing changes");
    let renewed = other.identity(ServiceName::Triage);
    std::fs::copy(renewed.tls_key_file, &identity.tls_key_file).unwrap();
    std::fs::copy(renewed.tls_cert_file, &identity.tls_cert_file).unwrap();
    let date = std::time::SystemTime::UNIX_EPOCH;
    std::fs::File::options().write(true).open(&identity.tls_cert_file).unwrap().set_modified(date).unwrap();
    assert!(!Arc::ptr_eq(&before, &tls.current()));
}
