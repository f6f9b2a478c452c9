//! Access tokens that must not count, as a table: each differs from a good one in the one thing that its row names.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::crypto::sign;
use jsonwebtoken::{Algorithm, EncodingKey, get_current_timestamp};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256};
use serde_json::{Value, json};
use uuid::Uuid;

/// Far outside of the difference that clocks may have.
const LONG: u64 = 300;

/// An ES256 key and what it signs: the issuer of good tokens.
pub struct TokenIssuer {
    pair: KeyPair,
    key: EncodingKey,
    kid: String,
    issuer: String,
    audience: String,
    program: Uuid,
    roles: Vec<String>,
}

/// A token that must be refused.
pub struct BadToken {
    /// What is wrong with it.
    pub name: &'static str,
    /// The token.
    pub token: String,
}

impl TokenIssuer {
    /// An issuer with the key of a PEM file (PKCS #8) that a key set names `kid`.
    ///
    /// # Panics
    /// When the key is no P-256 key in PEM.
    pub fn from_pem(pem: &str, kid: &str, issuer: &str, audience: &str, program: Uuid, role: &str) -> Self {
        let pair = KeyPair::from_pem(pem).expect("a key in PEM");
        let key = EncodingKey::from_ec_der(&pair.serialize_der());
        let (kid, issuer, audience) = (kid.to_owned(), issuer.to_owned(), audience.to_owned());
        Self { pair, key, kid, issuer, audience, program, roles: vec![role.to_owned()] }
    }

    /// An issuer with a new key.
    ///
    /// # Panics
    /// When the machine cannot make one.
    pub fn generate(kid: &str, issuer: &str, audience: &str, program: Uuid, role: &str) -> Self {
        let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("a key");
        Self::from_pem(&pair.serialize_pem(), kid, issuer, audience, program, role)
    }

    /// The public key as a key set names it.
    pub fn jwk(&self) -> Value {
        let (x, y) = self.point().split_at(32);
        json!({ "kid": self.kid, "kty": "EC", "crv": "P-256", "x": encoded(x), "y": encoded(y) })
    }

    /// The header of a good token.
    pub fn header(&self) -> Value {
        json!({ "alg": "ES256", "typ": "at+jwt", "kid": self.kid })
    }

    /// The claims of a good token.
    pub fn claims(&self) -> Value {
        let now = get_current_timestamp();
        json!({
            "iss": self.issuer, "aud": self.audience, "sub": "ana", "nbf": now, "iat": now, "exp": now + LONG,
            "program": self.program, "roles": self.roles,
        })
    }

    /// A token of this header and these claims, signed with ES256.
    pub fn token(&self, header: &Value, claims: &Value) -> String {
        self.signed(&header.to_string(), &claims.to_string())
    }

    /// A good token.
    pub fn good(&self) -> String {
        self.token(&self.header(), &self.claims())
    }

    fn point(&self) -> &[u8] {
        &self.pair.public_key_raw()[1..]
    }

    fn signed(&self, header: &str, claims: &str) -> String {
        let message = message(header, claims);
        let signature = sign(message.as_bytes(), &self.key, Algorithm::ES256).expect("the key signs");
        format!("{message}.{signature}")
    }

    fn with_claim(&self, claim: &str, value: Value) -> String {
        self.token(&self.header(), &with(self.claims(), claim, value))
    }

    fn without_claim(&self, claim: &str) -> String {
        let mut claims = self.claims();
        claims.as_object_mut().expect("an object").remove(claim);
        self.token(&self.header(), &claims)
    }

    fn with_header(&self, field: &str, value: Value) -> String {
        self.token(&with(self.header(), field, value), &self.claims())
    }

    /// Good claims, one of them written twice, the second time with another value.
    fn with_claim_twice(&self, claim: &str, value: &str) -> String {
        let claims = self.claims().to_string();
        let twice = format!("{},\"{claim}\":{value}}}", claims.trim_end_matches('}'));
        self.signed(&self.header().to_string(), &twice)
    }

    fn hmac(&self, secret: &[u8]) -> String {
        let message = message(&with(self.header(), "alg", json!("HS256")).to_string(), &self.claims().to_string());
        let key = EncodingKey::from_secret(secret);
        format!("{message}.{}", sign(message.as_bytes(), &key, Algorithm::HS256).expect("a secret signs"))
    }

    /// The table.
    pub fn bad_tokens(&self) -> Vec<BadToken> {
        let mut rows: Vec<(&'static str, String)> = Vec::new();
        rows.extend(self.of_another_algorithm());
        rows.extend(self.of_another_key());
        rows.extend(self.with_wrong_claims());
        rows.extend(self.that_are_no_whole_token());
        rows.into_iter().map(|(name, token)| BadToken { name, token }).collect()
    }

    fn of_another_algorithm(&self) -> Vec<(&'static str, String)> {
        let claims = self.claims().to_string();
        let unsigned = |alg: &str| message(&with(self.header(), "alg", json!(alg)).to_string(), &claims) + ".";
        let pem = self.pair.public_key_pem();
        vec![
            ("alg none", unsigned("none")),
            ("alg None", unsigned("None")),
            ("alg none, signed", self.with_header("alg", json!("none"))),
            ("HMAC with the public key, its JWK", self.hmac(self.jwk().to_string().as_bytes())),
            ("HMAC with the public key, its PEM", self.hmac(pem.as_bytes())),
            ("HMAC with the public key, its point", self.hmac(self.pair.public_key_raw())),
            ("another algorithm than the key's", self.with_header("alg", json!("EdDSA"))),
            ("an algorithm nobody knows", self.with_header("alg", json!("ES256K"))),
            ("no algorithm", self.signed(&format!(r#"{{"typ":"at+jwt","kid":"{}"}}"#, self.kid), &claims)),
        ]
    }

    fn of_another_key(&self) -> Vec<(&'static str, String)> {
        let forger = Self::generate(&self.kid, &self.issuer, &self.audience, self.program, &self.roles.concat());
        let stranger = Self::generate("stranger", &self.issuer, &self.audience, self.program, &self.roles.concat());
        let mut no_kid = self.header();
        no_kid.as_object_mut().expect("an object").remove("kid");
        let elsewhere = json!("https://elsewhere.invalid/jwks.json");
        vec![
            ("another key under a known id", forger.good()),
            ("an unknown key", stranger.good()),
            ("no key id", self.token(&no_kid, &self.claims())),
            ("a key id that is a path", self.with_header("kid", json!("../../dev/null"))),
            ("an embedded jwk under a known id", forger.with_header("jwk", forger.jwk())),
            ("an embedded jwk", stranger.with_header("jwk", stranger.jwk())),
            ("a good signature with an embedded jwk", self.with_header("jwk", self.jwk())),
            ("a jku header", stranger.with_header("jku", elsewhere.clone())),
            ("a good signature with a jku header", self.with_header("jku", elsewhere.clone())),
            ("an x5u header", self.with_header("x5u", elsewhere)),
            ("an x5c header", self.with_header("x5c", json!(["MAo="]))),
            ("a critical extension", self.with_header("crit", json!(["b64"]))),
        ]
    }

    fn with_wrong_claims(&self) -> Vec<(&'static str, String)> {
        let now = get_current_timestamp();
        let id_token = with(with(self.claims(), "aud", json!("app")), "nonce", json!("n"));
        let mut rows = vec![
            ("another issuer", self.with_claim("iss", json!("https://elsewhere.invalid"))),
            ("the issuer with a slash more", self.with_claim("iss", json!(format!("{}/", self.issuer)))),
            ("another audience", self.with_claim("aud", json!("billing"))),
            ("type JWT", self.with_header("typ", json!("JWT"))),
            ("no type", self.with_header("typ", Value::Null)),
            ("an identity token", self.token(&with(self.header(), "typ", json!("JWT")), &id_token)),
            ("a logout token", self.with_header("typ", json!("logout+jwt"))),
            ("expired", self.with_claim("exp", json!(now - LONG))),
            ("not yet valid", self.with_claim("nbf", json!(now + LONG))),
            ("an expiry that is text", self.with_claim("exp", json!("never"))),
            ("a blank subject", self.with_claim("sub", json!(" "))),
            ("a subject that is a number", self.with_claim("sub", json!(7))),
            ("a program that is no uuid", self.with_claim("program", json!("mine"))),
            ("a clinic that is no uuid", self.with_claim("clinic", json!("mine"))),
            ("the issuer twice", self.with_claim_twice("iss", "\"https://elsewhere.invalid\"")),
            ("the audience twice", self.with_claim_twice("aud", "\"billing\"")),
            ("the expiry twice", self.with_claim_twice("exp", &(now + LONG).to_string())),
            ("the subject twice", self.with_claim_twice("sub", "\"ben\"")),
            ("the program twice", self.with_claim_twice("program", &json!(self.program).to_string())),
            ("the roles twice", self.with_claim_twice("roles", "[\"administrator\"]")),
        ];
        let missing = [
            ("no issuer", "iss"),
            ("no audience", "aud"),
            ("no expiry", "exp"),
            ("no subject", "sub"),
            ("no program", "program"),
        ];
        rows.extend(missing.map(|(name, claim)| (name, self.without_claim(claim))));
        rows
    }

    fn that_are_no_whole_token(&self) -> Vec<(&'static str, String)> {
        let good = self.good();
        let (signed, signature) = good.rsplit_once('.').expect("three parts");
        let (header, _) = signed.split_once('.').expect("three parts");
        let other = with(self.claims(), "sub", json!("ben")).to_string();
        let text = |bytes: &[u8]| encoded(bytes);
        let header_twice = format!("{},\"alg\":\"ES256\"}}", self.header().to_string().trim_end_matches('}'));
        vec![
            ("nothing", String::new()),
            ("blanks", "   ".to_owned()),
            ("no JWT", "a.b.c".to_owned()),
            ("a password", "secret".to_owned()),
            ("no signature", format!("{signed}.")),
            ("two parts", signed.to_owned()),
            ("four parts", format!("{good}.{signature}")),
            ("half a signature", format!("{signed}.{}", &signature[..signature.len() / 2])),
            ("a signature of zeros", format!("{signed}.{}", text(&[0; 64]))),
            ("the signature of another body", format!("{header}.{}.{signature}", text(other.as_bytes()))),
            ("claims that are a list", self.signed(&self.header().to_string(), "[]")),
            ("claims that are no JSON", self.signed(&self.header().to_string(), "ana")),
            ("the algorithm twice", self.signed(&header_twice, &self.claims().to_string())),
            ("too long", self.with_claim("name", json!("x".repeat(8 * 1024)))),
            ("two tokens in one", format!("{good}, Bearer {good}")),
        ]
    }
}

fn with(mut object: Value, field: &str, value: Value) -> Value {
    object[field] = value;
    object
}

fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What is signed.
fn message(header: &str, claims: &str) -> String {
    format!("{}.{}", encoded(header.as_bytes()), encoded(claims.as_bytes()))
}
