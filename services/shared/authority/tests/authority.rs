//! What services and clients rely on: stable keys, verifiable tokens, certificates that name a service.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, sync::Arc, thread};

use chrono::TimeDelta;
use harborline_authority::{AUDIENCE, Authority, AuthorityError, ISSUER, SERVICE_CERTIFICATE_DAYS, TokenRequest};
use jsonwebtoken::{Algorithm, DecodingKey, TokenData, Validation, errors::ErrorKind, jwk::JwkSet};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, server::WebPkiClientVerifier,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use serde_json::Value;
use uuid::Uuid;
use x509_parser::prelude::{FromDer, GeneralName, Pem, X509Certificate};

fn given_authority(dir: &Path) -> Authority {
    Authority::open_or_create(&dir.join("authority")).unwrap()
}

fn request() -> TokenRequest {
    TokenRequest {
        subject: "counselor-7".to_owned(),
        program: Uuid::from_u128(1),
        roles: vec!["counselor".to_owned()],
        clinic: None,
        participant: None,
        credential: None,
        name: None,
        lifetime: TimeDelta::minutes(10),
    }
}

/// Verifies as a service does: the key is found in the key set by the token's `kid`.
fn verify(token: &str, jwks: &str, audience: &str) -> Result<TokenData<Value>, jsonwebtoken::errors::Error> {
    let keys: JwkSet = serde_json::from_str(jwks).unwrap();
    let kid = jsonwebtoken::decode_header(token).unwrap().kid.unwrap();
    let key = DecodingKey::from_jwk(keys.find(&kid).unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_audience(&[audience]);
    validation.set_issuer(&[ISSUER]);
    validation.set_required_spec_claims(&["exp", "nbf", "aud", "iss", "sub"]);
    validation.validate_nbf = true;
    jsonwebtoken::decode(token, &key, &validation)
}

fn with_certificate<T>(pem: &str, look: impl FnOnce(&X509Certificate<'_>) -> T) -> T {
    let pem = Pem::iter_from_buffer(pem.as_bytes()).next().unwrap().unwrap();
    look(&X509Certificate::from_der(&pem.contents).unwrap().1)
}

#[test]
fn opening_again_gives_the_same_keys() {
    let dir = tempfile::tempdir().unwrap();
    let first = given_authority(dir.path());
    let second = given_authority(dir.path());
    assert_eq!(first.jwks(), second.jwks());
    assert_eq!(first.ca_pem(), second.ca_pem());
    verify(&second.token(&request()).unwrap(), first.jwks(), AUDIENCE).unwrap();
    assert_eq!(fs::read_to_string(first.jwks_path()).unwrap(), first.jwks());
    assert_eq!(fs::read_to_string(first.ca_path()).unwrap(), first.ca_pem());
}

#[test]
fn two_that_create_at_once_end_up_with_the_same_keys() {
    let dir = tempfile::tempdir().unwrap();
    let key_sets: Vec<String> = thread::scope(|scope| {
        let creators: Vec<_> = (0..8).map(|_| scope.spawn(|| given_authority(dir.path()).jwks().to_owned())).collect();
        creators.into_iter().map(|creator| creator.join().unwrap()).collect()
    });
    assert!(key_sets.iter().all(|key_set| *key_set == key_sets[0]));
    let left: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["authority"]);
}

#[test]
fn only_the_owner_reads_the_private_keys() {
    let dir = tempfile::tempdir().unwrap();
    let authority = given_authority(dir.path());
    authority.write_service_files("intake", &dir.path().join("intake")).unwrap();
    let mode = |path: &str| fs::metadata(dir.path().join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("authority"), 0o700);
    assert_eq!(mode("authority/ca.key"), 0o600);
    assert_eq!(mode("authority/signing.key"), 0o600);
    assert_eq!(mode("intake/intake.key"), 0o600);
    let identity = authority.service_certificate("intake").unwrap();
    assert!(!format!("{authority:?} {identity:?}").contains("PRIVATE"));
}

#[test]
fn the_key_set_is_public_and_says_what_the_key_is_for() {
    let dir = tempfile::tempdir().unwrap();
    let authority = given_authority(dir.path());
    let key_set: Value = serde_json::from_str(authority.jwks()).unwrap();
    let key = &key_set["keys"][0];
    assert_eq!(
        (&key["kty"], &key["crv"], &key["alg"], &key["use"]),
        (&"EC".into(), &"P-256".into(), &"ES256".into(), &"sig".into())
    );
    assert!(key["kid"].is_string());
    assert!(key.get("d").is_none(), "the private part must stay private");
}

#[test]
fn a_token_says_who_for_which_program_and_for_how_long() {
    let dir = tempfile::tempdir().unwrap();
    let authority = given_authority(dir.path());
    let asked = TokenRequest { clinic: Some(Uuid::from_u128(2)), name: Some("Ana Ruiz".to_owned()), ..request() };
    let token = verify(&authority.token(&asked).unwrap(), authority.jwks(), AUDIENCE).unwrap();
    assert_eq!(token.header.typ.as_deref(), Some("at+jwt"));
    let claims = token.claims;
    assert_eq!(claims["sub"], "counselor-7");
    assert_eq!(claims["program"], Uuid::from_u128(1).to_string());
    assert_eq!(claims["clinic"], Uuid::from_u128(2).to_string());
    assert_eq!(claims["roles"], serde_json::json!(["counselor"]));
    assert_eq!(claims["name"], "Ana Ruiz");
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 600);
    assert_eq!(claims["nbf"], claims["iat"]);
    assert!(claims["jti"].as_str().unwrap().parse::<Uuid>().is_ok());
}

#[test]
fn a_token_without_clinic_and_name_leaves_them_out() {
    let dir = tempfile::tempdir().unwrap();
    let authority = given_authority(dir.path());
    let claims = verify(&authority.token(&request()).unwrap(), authority.jwks(), AUDIENCE).unwrap().claims;
    assert!(claims.get("clinic").is_none() && claims.get("name").is_none());
}

#[test]
fn a_token_for_another_audience_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let authority = given_authority(dir.path());
    let refused = verify(&authority.token(&request()).unwrap(), authority.jwks(), "elsewhere").unwrap_err();
    assert_eq!(refused.kind(), &ErrorKind::InvalidAudience);
}

#[test]
fn a_token_that_would_never_be_valid_is_not_signed() {
    let dir = tempfile::tempdir().unwrap();
    let authority = given_authority(dir.path());
    for lifetime in [TimeDelta::zero(), TimeDelta::minutes(-1), TimeDelta::MAX] {
        let refused = authority.token(&TokenRequest { lifetime, ..request() }).unwrap_err();
        assert!(matches!(refused, AuthorityError::Lifetime), "{refused}");
    }
}

#[test]
fn a_service_certificate_names_the_service_and_its_uses() {
    let dir = tempfile::tempdir().unwrap();
    // Opened twice: the second reads the CA from its files.
    given_authority(dir.path());
    let authority = given_authority(dir.path());
    let identity = authority.service_certificate("triage").unwrap();
    with_certificate(authority.ca_pem(), |ca| {
        with_certificate(&identity.cert_pem, |leaf| {
            assert_eq!(leaf.issuer(), ca.subject());
            assert!(ca.is_ca() && !leaf.is_ca());
            let names = &leaf.subject_alternative_name().unwrap().unwrap().value.general_names;
            let expected = [
                GeneralName::URI("spiffe://harborline/triage"),
                GeneralName::DNSName("localhost"),
                GeneralName::DNSName("triage"),
                GeneralName::IPAddress(&[127, 0, 0, 1]),
            ];
            assert_eq!(names.as_slice(), expected.as_slice());
            let usage = leaf.extended_key_usage().unwrap().unwrap().value;
            assert!(usage.server_auth && usage.client_auth && !usage.any);
            let validity = leaf.validity();
            let days = (validity.not_after.timestamp() - validity.not_before.timestamp()) / 86_400;
            assert_eq!(days, SERVICE_CERTIFICATE_DAYS);
        });
    });
}

/// Both ends of a mutual TLS connection, each trusting the CA of the given authority.
fn handshake(client: &Authority, server: &Authority, server_name: &'static str) -> Result<(), rustls::Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let roots = |authority: &Authority| {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(authority.ca_pem().as_bytes()).unwrap()).unwrap();
        Arc::new(roots)
    };
    let identity = |authority: &Authority, name: &str| {
        let identity = authority.service_certificate(name).unwrap();
        let certificate = CertificateDer::from_pem_slice(identity.cert_pem.as_bytes()).unwrap();
        (vec![certificate], PrivateKeyDer::from_pem_slice(identity.key_pem.as_bytes()).unwrap())
    };
    let (chain, key) = identity(server, "triage");
    let verifier = WebPkiClientVerifier::builder_with_provider(roots(server), provider.clone()).build().unwrap();
    let config = ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions()?;
    let config = config.with_client_cert_verifier(verifier).with_single_cert(chain, key)?;
    let mut server = ServerConnection::new(Arc::new(config))?;

    let (chain, key) = identity(client, "intake");
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let config = config.with_root_certificates(roots(client)).with_client_auth_cert(chain, key)?;
    let mut client = ClientConnection::new(Arc::new(config), server_name.try_into().unwrap())?;

    while client.is_handshaking() || server.is_handshaking() {
        let mut wire = Vec::new();
        client.write_tls(&mut wire).unwrap();
        server.read_tls(&mut wire.as_slice()).unwrap();
        server.process_new_packets()?;
        wire.clear();
        server.write_tls(&mut wire).unwrap();
        client.read_tls(&mut wire.as_slice()).unwrap();
        client.process_new_packets()?;
    }
    Ok(())
}

#[test]
fn a_clinic_certificate_names_the_clinic_and_cannot_be_a_server() {
    let dir = tempfile::tempdir().unwrap();
    let identity = given_authority(dir.path()).clinic_certificate(Uuid::from_u128(7)).unwrap();
    with_certificate(&identity.cert_pem, |leaf| {
        let names = &leaf.subject_alternative_name().unwrap().unwrap().value.general_names;
        let uri = "spiffe://harborline/clinic/00000000-0000-0000-0000-000000000007";
        assert_eq!(names.as_slice(), [GeneralName::URI(uri)]);
        let usage = leaf.extended_key_usage().unwrap().unwrap().value;
        assert!(usage.client_auth && !usage.server_auth && !usage.any);
    });
}

#[test]
fn services_of_one_authority_trust_each_other_and_no_one_else() {
    let dir = tempfile::tempdir().unwrap();
    let made = given_authority(dir.path());
    // Opened again: it signs with the CA that it read from its files.
    let opened = given_authority(dir.path());
    handshake(&made, &opened, "triage").unwrap();
    handshake(&opened, &made, "localhost").unwrap();
    handshake(&made, &opened, "127.0.0.1").unwrap();

    let stranger = Authority::open_or_create(&dir.path().join("stranger")).unwrap();
    let refused = handshake(&stranger, &made, "triage").unwrap_err();
    assert!(matches!(refused, rustls::Error::InvalidCertificate(_)), "{refused}");
    let refused = handshake(&made, &opened, "referral").unwrap_err();
    assert!(matches!(refused, rustls::Error::InvalidCertificate(_)), "{refused}");
}

#[test]
fn a_name_that_cannot_be_a_file_or_host_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let authority = given_authority(dir.path());
    for name in ["", "../intake", "Intake", "-intake", "intake.example"] {
        let refused = authority.write_service_files(name, dir.path()).unwrap_err();
        assert!(matches!(refused, AuthorityError::Name { .. }), "{refused}");
    }
}

#[test]
fn a_folder_with_other_things_in_it_is_not_taken_over() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("letters"), "dear").unwrap();
    let refused = Authority::open_or_create(dir.path()).unwrap_err();
    assert!(matches!(refused, AuthorityError::Io { .. }), "{refused}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn an_audit_key_outlives_every_start_and_its_public_half_is_found_again() {
    let dir = tempfile::tempdir().unwrap();
    let authority = given_authority(dir.path());
    let file = |name: &str| dir.path().join("tls").join(name);
    let read = |name: &str| std::fs::read_to_string(file(name)).unwrap();
    authority.write_audit_key("intake", &dir.path().join("tls")).unwrap();
    let (private, public) = (read("intake.audit.key"), read("intake.audit.pub"));
    std::fs::remove_file(file("intake.audit.pub")).unwrap();
    authority.write_audit_key("intake", &dir.path().join("tls")).unwrap();
    assert_eq!((read("intake.audit.key"), read("intake.audit.pub")), (private, public));
    assert_eq!(std::fs::metadata(file("intake.audit.key")).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(authority.write_audit_key("../intake", dir.path()).is_err());
}
