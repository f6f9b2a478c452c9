//! One access token verified, with the keys of a file as in development: signature, times, issuer and audience.

use harborline_identity::TokenVerifier;
use harborline_testkit::TokenIssuer;
use serde_json::json;
use uuid::Uuid;

use super::timing;
use crate::report::{Report, Row};

const ISSUER: &str = "https://authority.harborline.invalid";
const AUDIENCE: &str = "harborline";

pub(super) async fn measure(report: &mut Report, quick: bool) -> anyhow::Result<()> {
    let issuer = TokenIssuer::generate("one", ISSUER, AUDIENCE, Uuid::nil(), "counselor");
    let keys = tempfile::NamedTempFile::new()?;
    std::fs::write(keys.path(), json!({ "keys": [issuer.jwk()] }).to_string())?;
    let verifier = TokenVerifier::from_jwks_file(keys.path(), ISSUER, AUDIENCE)?;
    let token = issuer.good();
    let acts = if quick { 100 } else { 2_000 };
    let micros = timing::each(acts, async || Ok(verifier.verify(&token).await?)).await?;
    report.add(Row::of("token/verified".to_owned(), micros, "us"))
}
