//! The binary as somebody types it.

use std::net::{Ipv4Addr, TcpListener};
use std::process::{Command, Output};

use harborline_identity::{Role, ServiceName};
use harborline_tests::binary;
use harborline_types::CounselorKind;

fn harborline(arguments: &[&str]) -> Output {
    Command::new(binary()).args(arguments).output().expect("the binary runs")
}

fn standard_error(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn wrong_settings_are_refused_together_with_exit_code_64() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("intake.toml");
    std::fs::write(&file, "surprise = 1\n[grpc]\npublic_listen = \"nowhere\"\n").expect("the file is written");
    let refused = harborline(&["check-config", "intake", "--config", &file.display().to_string()]);
    assert_eq!(refused.status.code(), Some(64));
    for key in ["surprise", "grpc.public_listen", "database.url", "identity.jwks_file"] {
        assert!(standard_error(&refused).contains(key), "{key} is not named in:\n{}", standard_error(&refused));
    }
}

#[test]
fn who_has_configured_no_receiver_of_pages_is_told_that_nobody_is_paged() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("availability.toml");
    let right = "[database]\nurl = \"postgres://line@localhost/availability\"\n\
        [identity]\nissuer = \"us\"\naudience = \"line\"\njwks_file = \"jwks\"\n\
        tls_ca_file = \"ca\"\ntls_cert_file = \"cert\"\ntls_key_file = \"key\"\n\
        [neighbors]\nintake = \"https://localhost:1\"\n[audit]\nsigning_key_file = \"signing\"\n";
    let notify = "[notify]\nwebhook_url = \"https://pages.example.org/\"\nwebhook_secret_file = \"secret\"\n";
    let mut said = Vec::new();
    for settings in [right.to_owned(), format!("{right}{notify}")] {
        std::fs::write(&file, settings).expect("the file is written");
        let checked = harborline(&["check-config", "availability", "--config", &file.display().to_string()]);
        assert!(checked.status.success(), "{}", standard_error(&checked));
        said.push(String::from_utf8_lossy(&checked.stdout).into_owned());
    }
    assert!(said[0].contains("nobody is paged") && said[0].contains("the settings are right"), "{said:?}");
    assert!(!said[1].contains("nobody is paged"), "{said:?}");
}

#[test]
fn a_service_refuses_a_development_clock_in_production() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("triage.toml");
    let clock = "[clock]\nstart_real = \"2026-01-01T00:00:00Z\"\nstart = \"2026-01-01T00:00:00Z\"\nspeed = 60.0\n";
    std::fs::write(&file, clock).expect("the file is written");
    let refused = harborline(&["serve", "triage", "--config", &file.display().to_string()]);
    assert_eq!(refused.status.code(), Some(64));
    assert!(standard_error(&refused).contains("clock"), "{}", standard_error(&refused));
}

#[test]
fn a_malformed_scenario_is_refused_with_every_fault() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("night.toml");
    std::fs::write(&file, "[night]\nstarts_at = 5\nshoe = 1\n[[contact]]\nchannel = \"pigeon\"\n").expect("written");
    let refused = harborline(&["demo", "--scenario", &file.display().to_string()]);
    assert_eq!(refused.status.code(), Some(64));
    for fault in ["line 2: night.starts_at", "line 3: night.shoe", "line 5: contact[1].channel", "contact[1].at"] {
        assert!(standard_error(&refused).contains(fault), "{fault} is not named in:\n{}", standard_error(&refused));
    }
}

#[test]
fn a_token_is_printed_alone_on_a_line() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let authority = folder.path().join("authority").display().to_string();
    assert!(harborline(&["authority", "--dir", &authority]).status.success());
    let printed = harborline(&["token", "--role", "counselor", "--state", &folder.path().display().to_string()]);
    assert!(printed.status.success(), "{}", standard_error(&printed));
    assert_eq!(String::from_utf8_lossy(&printed.stdout).trim().split('.').count(), 3);
}

#[test]
fn nothing_is_signed_by_an_authority_that_no_mesh_has() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let state = folder.path().display().to_string();
    let clinic = "01900000-0000-7000-8000-000000000001";
    for command in [
        vec!["token", "--role", "counselor", "--state", &state],
        vec!["certificate", "--clinic", clinic, "--state", &state],
        vec!["board", "--once", "--address", "http://127.0.0.1:1", "--state", &state],
        vec!["board", "--once", "--state", &state],
    ] {
        let refused = harborline(&command);
        let told = standard_error(&refused);
        assert!(!refused.status.success(), "{command:?}");
        for word in ["no mesh", "harborline up", &state] {
            assert!(told.contains(word), "{command:?} does not say {word}:\n{told}");
        }
        assert!(refused.stdout.is_empty(), "{command:?}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 0, "nothing is made");
}

#[test]
fn a_word_that_is_none_is_refused_with_those_that_there_are() {
    let roles: Vec<_> = Role::ALL.iter().map(|role| role.as_str()).collect();
    let services: Vec<_> = ServiceName::ALL.iter().map(|service| service.as_str()).collect();
    let kinds: Vec<_> = CounselorKind::ALL.iter().map(|kind| kind.as_str()).collect();
    let program = "01900000-0000-7000-8000-000000000001";
    for (command, words) in [
        (vec!["token", "--role", "counsellor"], &roles),
        (vec!["token", "--role", "counselor", "--credential", "doctor"], &kinds),
        (vec!["serve", "intakes"], &services),
        (vec!["migrate", "intakes"], &services),
        (vec!["check-config", "intakes"], &services),
        (vec!["audit", "checkpoints", "--service", "intakes"], &services),
        (vec!["keys", "status", "--service", "intakes", "--program", program], &services),
    ] {
        let refused = harborline(&command);
        assert!(!refused.status.success(), "{command:?}");
        for word in words {
            assert!(standard_error(&refused).contains(word), "{command:?}: {word}:\n{}", standard_error(&refused));
        }
    }
}

#[test]
fn a_healthcheck_says_where_nobody_answers() {
    let refused = harborline(&["healthcheck", "--address", "127.0.0.1:1"]);
    assert!(!refused.status.success());
    assert!(standard_error(&refused).contains("nobody answers at 127.0.0.1:1"), "{}", standard_error(&refused));
}

#[test]
fn a_mesh_whose_ports_are_taken_names_them_starts_nothing_and_calls_nobody() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let ports = [7101, 7203, 7301];
    // Where it cannot be bound, something else has it, which is the same to the mesh.
    let others: Vec<_> = ports.iter().filter_map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).ok()).collect();
    let refused = harborline(&["up", "--state", &folder.path().display().to_string()]);
    let told = standard_error(&refused);
    assert!(!refused.status.success());
    for word in ["7101", "7203", "7301", "--free-ports"] {
        assert!(told.contains(word), "{word} is not named in:\n{told}");
    }
    for other in others {
        other.set_nonblocking(true).expect("a socket");
        assert!(other.accept().is_err(), "another mesh was called");
    }
    assert!(!folder.path().join("postgres").exists(), "no Postgres was started");
}

#[test]
fn a_mesh_that_cannot_start_says_why_and_takes_its_postgres_down() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let state = folder.path().display().to_string();
    let refused = harborline(&["up", "--free-ports", "--web-origin", "localhost", "--state", &state]);
    assert_eq!(refused.status.code(), Some(64), "{}", standard_error(&refused));
    assert!(standard_error(&refused).contains("grpc.web_origins"), "{}", standard_error(&refused));
    let data = folder.path().join("postgres/data");
    assert!(data.join("PG_VERSION").exists(), "it was started");
    assert!(!data.join("postmaster.pid").exists(), "and stopped again");
}
