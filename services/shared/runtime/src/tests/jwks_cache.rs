//! Keys that outlive the process that fetched them.

use std::os::unix::fs::PermissionsExt;

use harborline_identity::TokenVerifier;
use harborline_status::Reason;

use super::jwks::{Provider, issuer, key_set, ok, refusal, until_refusal_is};
use super::*;
use crate::jwks::Fetcher;

/// What a process is told about its provider and its cache.
fn keeping(world: &World, provider: &Provider) -> IdentitySettings {
    IdentitySettings {
        jwks_file: PathBuf::new(),
        jwks_url: Some(format!("http://{}/jwks", provider.address)),
        jwks_refresh_seconds: 1,
        jwks_cache_file: world.folder.path().join("kept.json"),
        ..world.identity(ServiceName::Triage)
    }
}

/// Fetches and keeps, as a process does that ends thereafter.
async fn fetched(settings: &IdentitySettings) {
    let fetcher = Fetcher::new(settings.jwks_url.as_deref().unwrap(), settings).unwrap();
    let (_verifier, feed) = TokenVerifier::fed(ISSUER, AUDIENCE);
    fetcher.fetch_into(&feed).await.unwrap();
}

/// A process that begins now.
fn started(settings: &IdentitySettings) -> Server {
    let authenticator = Authenticator::from_settings(settings, policy()).unwrap();
    let triage = TriageServiceServer::new(Triage(Arc::new(|_| fine())));
    let builder = ServerBuilder::new(ServiceName::Triage, &super::settings(), authenticator, Arc::new(Kept::default()));
    builder.add_service(triage).build().unwrap()
}

async fn a_restart_without_the_provider(change: impl FnOnce(&mut IdentitySettings)) -> Option<Reason> {
    let (world, one) = (World::new(), issuer("one"));
    let provider = Provider::start(ok(&key_set(&[&one])), None).await;
    let mut settings = keeping(&world, &provider);
    fetched(&settings).await;
    provider.say("no HTTP".to_owned());
    change(&mut settings);
    refusal(&started(&settings), &one).await
}

fn rewritten(settings: &IdentitySettings, from: &str, to: &str) {
    let text = std::fs::read_to_string(&settings.jwks_cache_file).unwrap();
    let new = text.replacen(from, to, 1);
    assert_ne!(text, new, "{from} is in the file");
    std::fs::write(&settings.jwks_cache_file, new).unwrap();
}

#[tokio::test]
async fn a_service_that_starts_while_the_provider_is_away_admits_callers_with_the_kept_keys() {
    assert_eq!(a_restart_without_the_provider(|_| ()).await, None);
    let unkept = a_restart_without_the_provider(|settings| settings.jwks_cache_file = PathBuf::new()).await;
    assert_eq!(unkept, Some(Reason::TemporarilyUnavailable), "without the file it knows no key");
}

#[tokio::test]
async fn kept_keys_that_are_too_old_or_of_another_day_to_come_count_no_more() {
    let unavailable = Some(Reason::TemporarilyUnavailable);
    let seconds = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    for (kept_at, outcome) in [
        (seconds - 24 * 3600 + 60, None),
        (seconds - 24 * 3600 - 60, unavailable),
        (seconds + 60, None),
        (seconds + 3600, unavailable),
    ] {
        let outcome_now = a_restart_without_the_provider(|settings| {
            let text = std::fs::read_to_string(&settings.jwks_cache_file).unwrap();
            let mut kept: serde_json::Value = serde_json::from_str(&text).unwrap();
            kept["fetched_at"] = kept_at.into();
            std::fs::write(&settings.jwks_cache_file, kept.to_string()).unwrap();
        });
        assert_eq!(outcome_now.await, outcome, "{} seconds from now", kept_at.cast_signed() - seconds.cast_signed());
    }
}

#[tokio::test]
async fn keys_of_another_address_and_a_file_that_is_none_count_for_nothing() {
    let unavailable = Some(Reason::TemporarilyUnavailable);
    let of_another = a_restart_without_the_provider(|settings| rewritten(settings, "/jwks", "/other"));
    assert_eq!(of_another.await, unavailable);
    let spoiled = a_restart_without_the_provider(|settings| rewritten(settings, "{", ""));
    assert_eq!(spoiled.await, unavailable);
    let no_keys = a_restart_without_the_provider(|settings| rewritten(settings, "P-256", "P-521"));
    assert_eq!(no_keys.await, unavailable);
}

#[tokio::test]
async fn what_is_kept_is_the_newest_set_alone_and_nobody_elses_to_write() {
    let (world, one, two) = (World::new(), issuer("one"), issuer("two"));
    let provider = Provider::start(ok(&key_set(&[&one])), None).await;
    let settings = keeping(&world, &provider);
    fetched(&settings).await;
    provider.say(ok(&key_set(&[&two])));
    fetched(&settings).await;
    let mode = std::fs::metadata(&settings.jwks_cache_file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    provider.say("no HTTP".to_owned());
    let server = started(&settings);
    assert_eq!(refusal(&server, &two).await, None);
    assert_eq!(refusal(&server, &one).await, Some(Reason::CredentialInvalid), "withdrawn before the restart");
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_keeps_nobody_out() {
    let (world, one) = (World::new(), issuer("one"));
    let provider = Provider::start(ok(&key_set(&[&one])), None).await;
    let nowhere = world.folder.path().join("no folder").join("kept.json");
    let server = started(&IdentitySettings { jwks_cache_file: nowhere, ..keeping(&world, &provider) });
    until_refusal_is(&server, &one, None).await;
}
