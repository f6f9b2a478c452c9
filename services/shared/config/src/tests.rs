//! The specification of the settings.

use std::io::Write as _;
use std::path::PathBuf;

use secrecy::ExposeSecret as _;
use serde::Deserialize;

use super::*;

const OWN_DEFAULTS: &str =
    "[grpc]\npublic_listen = \"127.0.0.1:7103\"\n[dispatch]\npage_seconds = 30\n[dispatch.labels]\n";

#[derive(Debug, Deserialize)]
struct Own {
    dispatch: Dispatch,
}

#[derive(Debug, Deserialize)]
struct Dispatch {
    page_seconds: u32,
    labels: std::collections::BTreeMap<String, String>,
}

impl Validate for Own {
    fn validate(&self, problems: &mut Problems) {
        problems.check("dispatch.page_seconds", self.dispatch.page_seconds <= 60, "at most 60 seconds");
    }
}

/// What a deployment must at least say.
fn required() -> Vec<(String, String)> {
    let settings = [
        ("database.url", "postgres://availability:hunter2@db/availability"),
        ("identity.issuer", "https://login.example.org"),
        ("identity.audience", "harborline"),
        ("identity.jwks_file", "/run/jwks.json"),
        ("identity.tls_ca_file", "/run/ca.pem"),
        ("identity.tls_cert_file", "/run/cert.pem"),
        ("identity.tls_key_file", "/run/key.pem"),
        ("audit.signing_key_file", "/run/audit.key"),
    ];
    settings.map(|(key, value)| (variable_name("availability", key), value.to_owned())).into()
}

fn source(more: &[(&str, &str)]) -> Source {
    let more = more.iter().map(|(key, value)| (variable_name("availability", key), (*value).to_owned()));
    Source::isolated("availability", OWN_DEFAULTS, required().into_iter().chain(more))
}

/// A file that is removed with the value.
struct ConfigFile(PathBuf);

impl ConfigFile {
    fn holding(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("harborline-config-{}-{name}.toml", std::process::id()));
        std::fs::File::create(&path).and_then(|mut file| file.write_all(text.as_bytes())).unwrap();
        Self(path)
    }
}

impl Drop for ConfigFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn refused(source: Source) -> Vec<(String, String)> {
    let errors = load::<Own>(source).expect_err("the configuration should be refused");
    errors.problems.iter().map(|problem| (problem.key.clone(), problem.to_string())).collect()
}

fn keys(problems: &[(String, String)]) -> Vec<&str> {
    let mut keys: Vec<&str> = problems.iter().map(|(key, _)| key.as_str()).collect();
    keys.sort_unstable();
    keys
}

#[test]
fn the_documented_defaults_and_the_required_settings_make_a_configuration() {
    let loaded = load::<Own>(source(&[])).unwrap();
    assert_eq!(loaded.service.environment, Environment::Production);
    assert_eq!(loaded.service.grpc.public_listen.port(), 7103, "the service's defaults lie over the shared ones");
    assert_eq!(loaded.service.grpc.mesh_listen.port(), 7201);
    assert_eq!(loaded.own.dispatch.page_seconds, 30);
    assert!(loaded.service.clock.development().is_none());
}

#[test]
fn a_service_without_its_required_settings_is_refused_with_all_of_them() {
    let bare = Source::isolated("availability", OWN_DEFAULTS, []).requires_neighbors(&["intake"]);
    assert_eq!(
        keys(&refused(bare)),
        [
            "audit.signing_key_file",
            "database.url",
            "identity.audience",
            "identity.issuer",
            "identity.jwks_file",
            "identity.tls_ca_file",
            "identity.tls_cert_file",
            "identity.tls_key_file",
            "neighbors.intake",
        ]
    );
}

#[test]
fn the_file_overrides_the_defaults_and_a_variable_overrides_the_file() {
    let text =
        "[grpc]\nmax_in_flight = 7\ndrain_seconds = 3\n[dispatch]\npage_seconds = 45\nlabels = { ward = \"north\" }\n";
    let file = ConfigFile::holding("layers", text);
    let source =
        source(&[("grpc.drain_seconds", "4"), ("grpc.web_origins", "https://a.example,https://b.example:8443")]);
    let loaded = load::<Own>(source.file(Some(file.0.clone()))).unwrap();
    assert_eq!(loaded.service.grpc.max_in_flight, 7);
    assert_eq!(loaded.service.grpc.drain_seconds, 4);
    assert_eq!(loaded.service.grpc.web_origins, ["https://a.example", "https://b.example:8443"]);
    assert_eq!(loaded.own.dispatch.page_seconds, 45);
    assert_eq!(loaded.own.dispatch.labels["ward"], "north", "a table that is empty in the defaults is open");
}

#[test]
fn unknown_keys_wrong_types_and_forbidden_values_are_reported_together_with_their_origin() {
    let text = "[grpc]\nmax_in_fligth = 7\nmax_in_flight = \"many\"\n[telemetry]\nformat = \"xml\"\nlevel = \"loud\"\n";
    let file = ConfigFile::holding("problems", text);
    let problems = refused(
        source(&[
            ("grpc.public_listen", "everywhere"),
            ("grpc.health_listen", "nowhere"),
            ("grpc.drain_seconds", "0"),
            ("telemetry.sample_ratio", "2"),
            ("dispatch.page_seconds", "61"),
            ("neighbors.intake", "http://intake:7201"),
            ("colour", "blue"),
        ])
        .file(Some(file.0.clone())),
    );
    assert_eq!(
        keys(&problems),
        [
            "colour",
            "dispatch.page_seconds",
            "grpc.drain_seconds",
            "grpc.health_listen",
            "grpc.max_in_flight",
            "grpc.max_in_fligth",
            "grpc.public_listen",
            "neighbors.intake",
            "telemetry.format",
            "telemetry.level",
            "telemetry.sample_ratio",
        ]
    );
    let line = |key: &str| problems.iter().find(|(known, _)| known == key).map(|(_, line)| line.as_str()).unwrap();
    let expected =
        "grpc.drain_seconds (from HARBORLINE_AVAILABILITY__GRPC__DRAIN_SECONDS): must be between 1 and 600 seconds";
    assert_eq!(line("grpc.drain_seconds"), expected);
    let expected = format!("grpc.max_in_flight (from {}): must be a whole number", file.0.display());
    assert_eq!(line("grpc.max_in_flight"), expected);
}

#[test]
fn another_clock_is_refused_in_production_and_taken_in_development() {
    let clock = [
        ("clock.start_real", "2026-11-02T10:00:00Z"),
        ("clock.start", "2026-11-06T22:00:00-05:00"),
        ("clock.speed", "60"),
    ];
    assert_eq!(keys(&refused(source(&clock))), ["clock.speed", "clock.start", "clock.start_real"]);

    let development: Vec<_> = clock.into_iter().chain([("environment", "development")]).collect();
    let clock = load::<Own>(source(&development)).unwrap().service.clock.development().unwrap();
    assert_eq!(clock.start.to_rfc3339(), "2026-11-07T03:00:00+00:00");
    assert!((clock.speed - 60.0).abs() < f64::EPSILON);
}

#[test]
fn a_clock_that_services_could_not_agree_on_is_refused() {
    let no_anchor = [("environment", "development"), ("clock.speed", "60")];
    assert_eq!(keys(&refused(source(&no_anchor))), ["clock.start_real"]);
}

#[test]
fn a_secret_is_neither_in_debug_nor_in_a_report() {
    let loaded = load::<Own>(source(&[])).unwrap();
    assert!(loaded.service.database.url.expose_secret().contains("hunter2"));
    assert!(!format!("{loaded:?}").contains("hunter2"));

    let errors = load::<Own>(source(&[("database.url", "mysql://root:hunter2@db")])).unwrap_err();
    assert!(!format!("{errors} {errors:?}").contains("hunter2"));
    let file = ConfigFile::holding("secret", "[database]\nurl = \"postgres://root:hunter2@db\n");
    let errors = load::<Own>(source(&[]).file(Some(file.0.clone()))).unwrap_err();
    assert!(errors.to_string().contains("is not valid TOML near line 2"), "{errors}");
    assert!(!format!("{errors} {errors:?}").contains("hunter2"));
}

#[test]
fn a_file_that_was_asked_for_must_exist() {
    let missing = refused(source(&[]).file(Some("/nonexistent/availability.toml".into())));
    assert_eq!(keys(&missing), ["/nonexistent/availability.toml"]);
}

#[test]
fn text_stays_text_whatever_it_looks_like() {
    let loaded = load::<Own>(source(&[("identity.audience", "0123")])).unwrap();
    assert_eq!(loaded.service.identity.audience, "0123");
}

#[test]
fn every_shared_default_is_documented() {
    let lines: Vec<&str> = SHARED_DEFAULTS.lines().collect();
    for (index, line) in lines.iter().enumerate().filter(|(_, line)| line.contains(" = ") && !line.starts_with('#')) {
        assert!(lines[index - 1].starts_with("# "), "no comment above: {line}");
    }
}

#[test]
fn a_name_that_is_not_listed_is_no_process_variable() {
    assert!(environment("PATH").is_some());
    assert!(environment("USER").is_none());
}

#[test]
fn the_issuers_keys_come_from_a_file_or_an_address_and_never_from_both_or_neither() {
    let url = ("identity.jwks_url", "https://login.example.org/jwks");
    let loaded = load::<Own>(source(&[url, ("identity.jwks_file", "")])).unwrap();
    assert_eq!(loaded.service.identity.jwks_url.as_deref(), Some(url.1));
    assert_eq!(keys(&refused(source(&[url]))), ["identity.jwks_file"]);
    assert_eq!(keys(&refused(source(&[("identity.jwks_file", "")]))), ["identity.jwks_file"]);
    assert_eq!(keys(&refused(source(&[("identity.jwks_refresh_seconds", "0")]))), ["identity.jwks_refresh_seconds"]);
    let cache = ("identity.jwks_cache_file", "/var/lib/harborline/keys.json");
    assert_eq!(keys(&refused(source(&[cache]))), ["identity.jwks_cache_file"], "keys of a file need no keeping");
    assert!(load::<Own>(source(&[url, ("identity.jwks_file", ""), cache])).is_ok());
    assert_eq!(keys(&refused(source(&[("identity.jwks_cache_hours", "169")]))), ["identity.jwks_cache_hours"]);
}

#[test]
fn keys_are_fetched_without_tls_in_development_alone() {
    let plain = [("identity.jwks_file", ""), ("identity.jwks_url", "http://127.0.0.1:9000/jwks")];
    assert_eq!(keys(&refused(source(&plain))), ["identity.jwks_url"]);
    let [file, url] = plain;
    assert!(load::<Own>(source(&[file, url, ("environment", "development")])).is_ok());
    for none in ["login.example.org", "https://", "ftp://login.example.org/jwks"] {
        let refused = refused(source(&[file, ("identity.jwks_url", none), ("environment", "development")]));
        assert_eq!(keys(&refused), ["identity.jwks_url"], "{none}");
    }
}
