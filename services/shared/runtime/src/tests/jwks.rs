use std::net::SocketAddr;
use std::sync::atomic::AtomicUsize;

use harborline_identity::TokenVerifier;
use harborline_status::{Reason, reason_of};
use harborline_testkit::{TokenIssuer, wait_for};
use serde_json::json;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::jwks::Fetcher;
use crate::{AuthenticatorError, install_crypto};

/// Keeps a client waiting until it leaves by itself.
const SILENCE: &str = "";

/// Answers every request with what it was last told to.
#[derive(Clone)]
pub(super) struct Provider {
    answer: Arc<Mutex<String>>,
    asked: Arc<AtomicUsize>,
    pub(super) address: SocketAddr,
}

impl Provider {
    pub(super) async fn start(answer: String, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let provider = Self { answer: Arc::new(Mutex::new(answer)), asked: Arc::default(), address };
        let serving = provider.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                match &tls {
                    Some(tls) => {
                        if let Ok(stream) = tls.accept(stream).await {
                            serving.answer(stream).await;
                        }
                    }
                    None => serving.answer(stream).await,
                }
            }
        });
        provider
    }

    async fn answer(&self, mut stream: impl AsyncRead + AsyncWrite + Unpin) {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let Ok(byte) = stream.read_u8().await else { return };
            request.push(byte);
        }
        let answer = self.answer.lock().unwrap().clone();
        if answer == SILENCE {
            let _ = stream.read_u8().await;
            return;
        }
        // A client that has read enough may be gone already.
        let _ = stream.write_all(answer.as_bytes()).await;
        let _ = stream.shutdown().await;
    }

    pub(super) fn say(&self, answer: String) {
        *self.answer.lock().unwrap() = answer;
    }

    pub(super) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

pub(super) fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

pub(super) fn key_set(issuers: &[&TokenIssuer]) -> String {
    json!({ "keys": issuers.iter().map(|issuer| issuer.jwk()).collect::<Vec<_>>() }).to_string()
}

pub(super) fn issuer(kid: &str) -> TokenIssuer {
    TokenIssuer::generate(kid, ISSUER, AUDIENCE, PROGRAM, "counselor")
}

/// Triage with the keys of this address, fetched every second.
fn triage_with_keys_of(world: &World, address: &str, ca_file: PathBuf) -> Result<Server, AuthenticatorError> {
    let identity = IdentitySettings {
        jwks_file: PathBuf::new(),
        jwks_url: Some(address.to_owned()),
        jwks_ca_file: ca_file,
        jwks_refresh_seconds: 1,
        ..world.identity(ServiceName::Triage)
    };
    let authenticator = Authenticator::from_settings(&identity, super::policy())?;
    let triage = TriageServiceServer::new(Triage(Arc::new(|_| fine())));
    let builder = ServerBuilder::new(ServiceName::Triage, &settings(), authenticator, Arc::new(Kept::default()));
    Ok(builder.add_service(triage).build().unwrap())
}

pub(super) async fn refusal(server: &Server, issuer: &TokenIssuer) -> Option<Reason> {
    let mut request = Request::new(question());
    request.metadata_mut().insert("authorization", format!("Bearer {}", issuer.good()).parse().unwrap());
    public(server).get_assessment(request).await.err().map(|status| reason_of(&status).expect("a reason"))
}

/// Calls until the outcome is this one; the test's own end is the limit.
pub(super) async fn until_refusal_is(server: &Server, issuer: &TokenIssuer, outcome: Option<Reason>) {
    while refusal(server, issuer).await != outcome {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn keys_are_fetched_rotated_and_withdrawn() {
    let (world, one, two) = (World::new(), issuer("one"), issuer("two"));
    let provider = Provider::start(ok(&key_set(&[&one])), None).await;
    let server = triage_with_keys_of(&world, &format!("http://{}/jwks", provider.address), PathBuf::new()).unwrap();
    until_refusal_is(&server, &one, None).await;
    assert_eq!(refusal(&server, &two).await, Some(Reason::CredentialInvalid));
    provider.say(ok(&key_set(&[&two])));
    until_refusal_is(&server, &two, None).await;
    assert_eq!(refusal(&server, &one).await, Some(Reason::CredentialInvalid), "withdrawn");
}

#[tokio::test]
async fn the_last_keys_stay_while_the_provider_answers_nonsense() {
    let (world, one) = (World::new(), issuer("one"));
    let provider = Provider::start(ok(&key_set(&[&one])), None).await;
    let address = format!("http://{}/", provider.address);
    let fetcher = Fetcher::new(&address, &world.identity(ServiceName::Triage)).unwrap();
    let (verifier, feed) = TokenVerifier::fed(ISSUER, AUDIENCE);
    fetcher.fetch_into(&feed).await.unwrap();
    let whole = key_set(&[&issuer("other")]);
    // With a key set as their body, which does not count beside this status.
    let failed = ok(&whole).replace("200 OK", "500 Oh");
    let moved = ok(&whole).replace("200 OK\r\n", &format!("302 Found\r\nlocation: http://{}/\r\n", provider.address));
    let padded = format!("{whole}{}", " ".repeat(300 * 1024));
    let cut = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{whole}", whole.len() + 1);
    let nonsense = [
        failed,
        moved,
        ok("<html>"),
        ok(r#"{"keys":[]}"#),
        ok(&padded),
        cut,
        "no HTTP".to_owned(),
        "HTTP/1.1 200 OK\r\n".to_owned(),
    ];
    for answer in nonsense {
        provider.say(answer.clone());
        assert!(fetcher.fetch_into(&feed).await.is_err(), "{answer:.40}");
        assert!(verifier.verify(&one.good()).await.is_ok(), "{answer:.40}");
    }
    provider.say(ok(&whole));
    fetcher.fetch_into(&feed).await.unwrap();
    feed.attempted(std::time::Duration::from_secs(10));
    assert!(verifier.verify(&one.good()).await.is_err(), "a whole set takes the place of the last one");
}

#[tokio::test]
async fn while_no_keys_were_ever_fetched_a_call_is_told_to_come_again_and_then_served() {
    let (world, one) = (World::new(), issuer("one"));
    let provider = Provider::start("no HTTP".to_owned(), None).await;
    let server = triage_with_keys_of(&world, &format!("http://{}/", provider.address), PathBuf::new()).unwrap();
    assert_eq!(refusal(&server, &one).await, Some(Reason::TemporarilyUnavailable));
    provider.say(ok(&key_set(&[&one])));
    until_refusal_is(&server, &one, None).await;
}

#[tokio::test]
async fn a_provider_that_never_answers_is_given_up_and_asked_again() {
    let (world, one) = (World::new(), issuer("one"));
    let provider = Provider::start(SILENCE.to_owned(), None).await;
    let server = triage_with_keys_of(&world, &format!("http://{}/", provider.address), PathBuf::new()).unwrap();
    assert_eq!(refusal(&server, &one).await, Some(Reason::TemporarilyUnavailable), "the call does not wait for it");
    provider.say(ok(&key_set(&[&one])));
    wait_for("the first question is given up", until_refusal_is(&server, &one, None)).await;
}

#[tokio::test]
async fn over_tls_only_a_provider_of_the_named_authority_is_believed() {
    install_crypto();
    let (world, elsewhere, one) = (World::new(), World::new(), issuer("one"));
    let config = |world: &World| {
        let identity = world.identity(ServiceName::Triage);
        let chain = crate::tls::certificates(&identity.tls_cert_file).unwrap();
        let key = rustls_pki_types::pem::PemObject::from_pem_file(&identity.tls_key_file).unwrap();
        rustls::ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).unwrap()
    };
    let genuine = Provider::start(ok(&key_set(&[&one])), Some(TlsAcceptor::from(Arc::new(config(&world))))).await;
    let forged = Provider::start(ok(&key_set(&[&one])), Some(TlsAcceptor::from(Arc::new(config(&elsewhere))))).await;
    let authorities = world.identity(ServiceName::Triage).tls_ca_file;
    let at = |provider: &Provider| format!("https://localhost:{}/jwks", provider.address.port());
    let server = triage_with_keys_of(&world, &at(&genuine), authorities.clone()).unwrap();
    until_refusal_is(&server, &one, None).await;
    let misled = triage_with_keys_of(&world, &at(&forged), authorities).unwrap();
    assert_eq!(refusal(&misled, &one).await, Some(Reason::TemporarilyUnavailable));
    let public_only = triage_with_keys_of(&world, &at(&genuine), PathBuf::new()).unwrap();
    assert_eq!(refusal(&public_only, &one).await, Some(Reason::TemporarilyUnavailable));
    assert_eq!(forged.asked(), 0, "nothing was asked of the forger");
}

#[tokio::test]
async fn many_tokens_with_unknown_keys_ask_the_provider_no_more_often() {
    let one = issuer("one");
    let world = World::new();
    let provider = Provider::start(ok(&key_set(&[&one])), None).await;
    let settings = IdentitySettings { jwks_refresh_seconds: 300, ..world.identity(ServiceName::Triage) };
    let fetcher = Fetcher::new(&format!("http://{}/", provider.address), &settings).unwrap();
    let (verifier, feed) = TokenVerifier::fed(ISSUER, AUDIENCE);
    tokio::spawn(fetcher.run(feed));
    let authenticator = Authenticator::new(verifier, super::policy());
    let triage = TriageServiceServer::new(Triage(Arc::new(|_| fine())));
    let builder = ServerBuilder::new(ServiceName::Triage, &super::settings(), authenticator, Arc::new(Kept::default()));
    let server = builder.add_service(triage).build().unwrap();
    until_refusal_is(&server, &one, None).await;
    for _ in 0..20 {
        assert_eq!(refusal(&server, &issuer("unknown")).await, Some(Reason::CredentialInvalid));
    }
    assert_eq!(provider.asked(), 1);
}

#[test]
fn an_address_that_is_none_is_refused_at_the_start() {
    let world = World::new();
    let refused = triage_with_keys_of(&world, "not an address", PathBuf::new());
    assert!(matches!(refused, Err(AuthenticatorError::Jwks(_))));
}
