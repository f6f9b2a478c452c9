use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use harborline_status::Reason;
use jsonwebtoken::{EncodingKey, Header, encode, get_current_timestamp};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, SignatureAlgorithm};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::Role;

const ISSUER: &str = "https://authority.harborline.invalid";
const AUDIENCE: &str = "harborline";

struct Authority {
    folder: TempDir,
    keys: Vec<Value>,
}

struct Signer {
    header: Header,
    key: EncodingKey,
}

impl Authority {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap(), keys: Vec::new() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("jwks.json")
    }

    /// Adds a key and writes the file, dated so that the change can be seen.
    fn signer(&mut self, id: &str, algorithm: Algorithm) -> Signer {
        let is_edwards = algorithm == Algorithm::EdDSA;
        let kind: &SignatureAlgorithm = if is_edwards { &PKCS_ED25519 } else { &PKCS_ECDSA_P256_SHA256 };
        let pair = KeyPair::generate_for(kind).unwrap();
        let der = pair.serialize_der();
        let key = if is_edwards { EncodingKey::from_ed_der(&der) } else { EncodingKey::from_ec_der(&der) };
        let jwk = public_jwk(id, is_edwards, pair.public_key_raw());
        self.keys.push(jwk);
        std::fs::write(self.path(), json!({ "keys": self.keys }).to_string()).unwrap();
        let date = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(self.keys.len() as u64);
        std::fs::File::options().write(true).open(self.path()).unwrap().set_modified(date).unwrap();
        let mut header = Header::new(algorithm);
        header.typ = Some(TOKEN_TYPE.to_owned());
        header.kid = Some(id.to_owned());
        Signer { header, key }
    }

    fn verifier(&self) -> TokenVerifier {
        TokenVerifier::from_jwks_file(self.path(), ISSUER, AUDIENCE).unwrap()
    }
}

fn public_jwk(id: &str, is_edwards: bool, public: &[u8]) -> Value {
    let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    if is_edwards {
        return json!({ "kid": id, "kty": "OKP", "crv": "Ed25519", "x": text(public) });
    }
    let (x, y) = public[1..].split_at(32);
    json!({ "kid": id, "kty": "EC", "crv": "P-256", "x": text(x), "y": text(y) })
}

impl Signer {
    fn token(&self, claims: &Value) -> String {
        encode(&self.header, claims, &self.key).unwrap()
    }
}

fn claims() -> Value {
    let now = get_current_timestamp();
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "counselor-ana", "nbf": now, "exp": now + 600,
        "program": Uuid::nil(), "roles": ["counselor", "astronaut"], "name": "Ana",
    })
}

fn claims_with(key: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[key] = value;
    claims
}

fn claims_without(key: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(key);
    claims
}

fn is_refused(verifier: &TokenVerifier, token: &str) -> bool {
    verifier.verify(token).is_err_and(|error| error.reason() == Reason::CredentialInvalid)
}

#[test]
fn a_token_of_ours_says_who_holds_it_and_for_which_program() {
    let mut authority = Authority::new();
    for algorithm in [Algorithm::ES256, Algorithm::EdDSA] {
        let signer = authority.signer(&format!("{algorithm:?}"), algorithm);
        let (person, program) = authority.verifier().verify(&signer.token(&claims())).unwrap();
        assert_eq!(person.id.as_str(), "counselor-ana");
        assert_eq!(person.name, "Ana");
        assert_eq!(person.roles, [Role::Counselor], "an unknown role is ignored");
        assert_eq!(person.clinic, None);
        assert_eq!(program, ProgramId(Uuid::nil()));
    }
}

#[test]
fn a_token_for_others_or_out_of_its_time_is_refused() {
    let mut authority = Authority::new();
    let signer = authority.signer("one", Algorithm::ES256);
    let verifier = authority.verifier();
    let now = get_current_timestamp();
    for wrong in [
        claims_with("iss", json!("https://elsewhere.invalid")),
        claims_with("aud", json!("billing")),
        claims_with("exp", json!(now - SKEW_SECONDS - 60)),
        claims_with("nbf", json!(now + SKEW_SECONDS + 60)),
        claims_with("sub", json!(" ")),
        claims_with("program", json!("not a uuid")),
        claims_without("iss"),
        claims_without("aud"),
        claims_without("exp"),
        claims_without("sub"),
        claims_without("program"),
    ] {
        assert!(is_refused(&verifier, &signer.token(&wrong)), "{wrong}");
    }
    assert!(!is_refused(&verifier, &signer.token(&claims_with("exp", json!(now - 10)))), "within the skew");
    assert!(is_refused(&verifier, ""));
    assert!(is_refused(&verifier, "a.b.c"));
}

#[test]
fn another_type_of_token_or_a_key_of_somebody_else_is_refused() {
    let mut authority = Authority::new();
    let mut signer = authority.signer("one", Algorithm::ES256);
    let verifier = authority.verifier();
    let forger = Authority::new().signer("one", Algorithm::ES256);
    assert!(is_refused(&verifier, &forger.token(&claims())), "same key id, another key");
    signer.header.typ = Some("JWT".to_owned());
    assert!(is_refused(&verifier, &signer.token(&claims())), "an id token is no access token");
    signer.header.typ = Some(TOKEN_TYPE.to_owned());
    signer.header.kid = None;
    assert!(is_refused(&verifier, &signer.token(&claims())), "a token must name its key");
}

#[test]
fn the_algorithm_is_the_keys_and_not_the_tokens_choice() {
    let mut authority = Authority::new();
    let signer = authority.signer("one", Algorithm::ES256);
    let verifier = authority.verifier();
    let mut header = signer.header.clone();
    header.alg = Algorithm::HS256;
    let public = serde_json::to_vec(&authority.keys[0]).unwrap();
    let forged = encode(&header, &claims(), &EncodingKey::from_secret(&public)).unwrap();
    assert!(is_refused(&verifier, &forged));
}

#[test]
fn a_key_that_was_added_later_is_found_when_the_file_has_changed() {
    let mut authority = Authority::new();
    authority.signer("one", Algorithm::ES256);
    let verifier = authority.verifier();
    let second = authority.signer("two", Algorithm::EdDSA);
    assert!(verifier.verify(&second.token(&claims())).is_ok());
}

#[test]
fn a_key_set_without_a_usable_key_is_refused_at_the_start() {
    let authority = Authority::new();
    std::fs::write(authority.path(), r#"{"keys":[]}"#).unwrap();
    let refused = TokenVerifier::from_jwks_file(authority.path(), ISSUER, AUDIENCE);
    assert!(matches!(refused, Err(IdentityError::NoKeys { .. })));
}
