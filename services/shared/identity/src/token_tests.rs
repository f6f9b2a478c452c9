use std::fs::File;
use std::path::PathBuf;
use std::time::SystemTime;

use futures::FutureExt;
use harborline_testkit::TokenIssuer;
use jsonwebtoken::{Algorithm, EncodingKey, crypto, get_current_timestamp};
use rcgen::{KeyPair, PKCS_ED25519};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::{KeySetError, Role};

const ISSUER: &str = "https://authority.harborline.invalid";
const AUDIENCE: &str = "harborline";

fn issuer(kid: &str) -> TokenIssuer {
    TokenIssuer::generate(kid, ISSUER, AUDIENCE, Uuid::nil(), "counselor")
}

/// A key set in a file.
struct KeyFile {
    folder: TempDir,
    writes: u64,
}

impl KeyFile {
    fn of(issuers: &[&TokenIssuer]) -> Self {
        let mut file = Self { folder: TempDir::new().unwrap(), writes: 0 };
        file.put(&key_set(issuers));
        file
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("jwks.json")
    }

    /// Dated so that the change can be seen.
    fn put(&mut self, text: &str) {
        std::fs::write(self.path(), text).unwrap();
        self.writes += 1;
        let date = SystemTime::UNIX_EPOCH + Duration::from_secs(self.writes);
        File::options().write(true).open(self.path()).unwrap().set_modified(date).unwrap();
    }

    fn verifier(&self) -> TokenVerifier {
        TokenVerifier::from_jwks_file(self.path(), ISSUER, AUDIENCE).unwrap()
    }
}

fn key_set(issuers: &[&TokenIssuer]) -> String {
    json!({ "keys": issuers.iter().map(|issuer| issuer.jwk()).collect::<Vec<_>>() }).to_string()
}

fn with(mut object: Value, field: &str, value: Value) -> Value {
    object[field] = value;
    object
}

async fn refusal(verifier: &TokenVerifier, token: &str) -> Option<Reason> {
    verifier.verify(token).await.err().map(|error| error.reason())
}

#[tokio::test]
async fn a_token_of_ours_says_who_holds_it_and_for_which_program() {
    let issuer = issuer("one");
    let verifier = KeyFile::of(&[&issuer]).verifier();
    let claims = with(with(issuer.claims(), "name", json!("Ana")), "roles", json!(["counselor", "astronaut"]));
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt"] {
        let token = issuer.token(&with(issuer.header(), "typ", json!(typ)), &claims);
        let (person, program) = verifier.verify(&token).await.unwrap();
        assert_eq!(person.id.as_str(), "ana");
        assert_eq!(person.name, "Ana");
        assert_eq!(person.roles, [Role::Counselor], "an unknown role is ignored");
        assert_eq!(person.clinic, None);
        assert_eq!(program, ProgramId(Uuid::nil()));
    }
}

#[tokio::test]
async fn a_token_signed_with_an_edwards_key_counts_and_one_meant_for_encryption_does_not() {
    let pair = KeyPair::generate_for(&PKCS_ED25519).unwrap();
    let key = EncodingKey::from_ed_der(&pair.serialize_der());
    let issuer = issuer("two");
    let x = issuer_text(pair.public_key_raw());
    let header = json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": "edwards" });
    let message = format!("{}.{}", issuer_text(header.to_string().as_bytes()), {
        issuer_text(issuer.claims().to_string().as_bytes())
    });
    let token = format!("{message}.{}", crypto::sign(message.as_bytes(), &key, Algorithm::EdDSA).unwrap());
    let jwk = json!({ "kid": "edwards", "kty": "OKP", "crv": "Ed25519", "x": x });
    let mut file = KeyFile::of(&[&issuer]);
    file.put(&json!({ "keys": [jwk] }).to_string());
    let verifier = file.verifier();
    assert_eq!(refusal(&verifier, &token).await, None);
    file.put(&json!({ "keys": [with(jwk, "use", json!("enc")), issuer.jwk()] }).to_string());
    assert_eq!(refusal(&verifier, &token).await, Some(Reason::CredentialInvalid));
}

fn issuer_text(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

#[tokio::test]
async fn every_token_of_the_table_is_refused() {
    let issuer = issuer("one");
    let verifier = KeyFile::of(&[&issuer]).verifier();
    let mut wrong = Vec::new();
    for bad in issuer.bad_tokens() {
        if refusal(&verifier, &bad.token).await != Some(Reason::CredentialInvalid) {
            wrong.push(bad.name);
        }
    }
    assert!(wrong.is_empty(), "not refused as they should be: {wrong:#?}");
    assert_eq!(refusal(&verifier, &issuer.good()).await, None, "the one that they all differ from");
}

#[tokio::test]
async fn clocks_may_differ_by_thirty_seconds_on_either_side_and_by_no_more() {
    let issuer = issuer("one");
    let verifier = KeyFile::of(&[&issuer]).verifier();
    let now = get_current_timestamp();
    let at = |claim: &str, time: u64| issuer.token(&issuer.header(), &with(issuer.claims(), claim, json!(time)));
    // Five seconds off the edge, so that a slow machine does not turn one into the other.
    for (claim, counts, does_not) in [("exp", now - 25, now - 31), ("nbf", now + 30, now + 36)] {
        assert_eq!(refusal(&verifier, &at(claim, counts)).await, None, "{claim}");
        assert_eq!(refusal(&verifier, &at(claim, does_not)).await, Some(Reason::CredentialInvalid), "{claim}");
    }
}

#[tokio::test]
async fn a_key_of_the_file_counts_from_its_coming_until_its_going() {
    let (one, two) = (issuer("one"), issuer("two"));
    let mut file = KeyFile::of(&[&one]);
    let verifier = file.verifier();
    let (of_one, of_two) = (one.good(), two.good());
    assert_eq!(refusal(&verifier, &of_two).await, Some(Reason::CredentialInvalid));
    file.put(&key_set(&[&one, &two]));
    assert_eq!(refusal(&verifier, &of_two).await, None);
    file.put(&key_set(&[&two]));
    assert_eq!(refusal(&verifier, &of_one).await, Some(Reason::CredentialInvalid), "removed");
    file.put("half a fi");
    assert_eq!(refusal(&verifier, &of_two).await, None, "an unusable file leaves the known keys");
}

#[test]
fn a_key_set_without_a_usable_key_is_refused_at_the_start() {
    let mut file = KeyFile::of(&[]);
    for unusable in [r#"{"keys":[]}"#, r#"{"keys":[{"kty":"oct","k":"AA","kid":"one"}]}"#] {
        file.put(unusable);
        let refused = TokenVerifier::from_jwks_file(file.path(), ISSUER, AUDIENCE);
        assert!(matches!(refused, Err(IdentityError::Keys { source: KeySetError::NoKeys, .. })));
    }
}

#[tokio::test]
async fn before_the_first_keys_nothing_is_said_about_a_token_and_a_call_does_not_wait_for_ever() {
    let (verifier, _feed) = TokenVerifier::fed(ISSUER, AUDIENCE);
    assert_eq!(refusal(&verifier, &issuer("one").good()).await, Some(Reason::TemporarilyUnavailable));
    assert_eq!(refusal(&verifier, "no token").await, Some(Reason::CredentialInvalid), "seen without a key");
}

#[tokio::test]
async fn an_unknown_key_asks_for_newer_ones_and_the_call_goes_on_with_them() {
    let (one, two) = (issuer("one"), issuer("two"));
    let (verifier, feed) = TokenVerifier::fed(ISSUER, AUDIENCE);
    feed.put(key_set(&[&one]).as_bytes()).unwrap();
    let fetching = async {
        feed.wanted().await;
        feed.put(key_set(&[&one, &two]).as_bytes()).unwrap();
        feed.attempted(Duration::from_secs(10));
    };
    let token = two.good();
    let (refused, ()) = tokio::join!(refusal(&verifier, &token), fetching);
    assert_eq!(refused, None);
    let at_once = refusal(&verifier, &issuer("three").good()).now_or_never();
    assert_eq!(at_once, Some(Some(Reason::CredentialInvalid)), "no use in asking again so soon");
}

#[tokio::test]
async fn fetched_keys_stay_through_a_failure_and_go_with_the_next_set() {
    let (one, two) = (issuer("one"), issuer("two"));
    let (verifier, feed) = TokenVerifier::fed(ISSUER, AUDIENCE);
    feed.put(key_set(&[&one]).as_bytes()).unwrap();
    assert!(feed.put(b"<html>").is_err());
    feed.attempted(Duration::from_secs(10));
    assert_eq!(refusal(&verifier, &one.good()).await, None);
    feed.put(key_set(&[&two]).as_bytes()).unwrap();
    assert_eq!(refusal(&verifier, &one.good()).await, Some(Reason::CredentialInvalid));
    assert!(feed.is_open());
    drop(verifier);
    assert!(!feed.is_open());
}
