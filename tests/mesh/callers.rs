//! Callers of every kind, for tests that go over all methods.

use std::collections::BTreeMap;
use std::path::PathBuf;

use harborline::mesh::DEVELOPMENT_PROGRAM;
use harborline_config::IdentitySettings;
use harborline_identity::{Role, ServiceName};
use harborline_runtime::{ClientTls, neighbor};
use harborline_status::{Reason, reason_of};
use harborline_tests::{RawCaller, Stage, StageOptions};
use uuid::Uuid;

/// A mesh that does not refuse a caller for haste, and a caller of every role and of every service.
pub(crate) struct Callers {
    pub(crate) stage: Stage,
}

impl Callers {
    pub(crate) async fn start() -> Self {
        let limits = ["person", "front_end", "clinic"].map(|caller| format!("{caller}_requests_per_second = 0"));
        let settings = BTreeMap::from([("grpc", limits.to_vec())]);
        Self { stage: Stage::start(StageOptions { settings, ..StageOptions::default() }).await }
    }

    /// Everybody, as callers of this service.
    pub(crate) fn of(&self, service: ServiceName) -> Vec<RawCaller> {
        let people = Role::ALL.iter().map(|role| {
            let clinic = (*role == Role::Clinic).then_some(Uuid::from_u128(988));
            let token = self.stage.token(&format!("fuzz-{role}"), &[*role], clinic).expect("the authority signs");
            let channel = match clinic {
                Some(clinic) => self.stage.clinic_channel(service, clinic).expect("the authority signs"),
                None => self.stage.channel(service),
            };
            RawCaller::person(service, channel, format!("Bearer {token}"))
        });
        let address = format!("https://{}", self.stage.addresses[&service].mesh);
        let services = ServiceName::ALL.iter().map(|name| {
            let tls = ClientTls::load(&self.identity(*name)).expect("the certificates of the mesh");
            let client = neighbor(service, &address, &tls).expect("an address of the mesh");
            RawCaller::service(client, DEVELOPMENT_PROGRAM.to_string())
        });
        people.chain(services).collect()
    }

    fn identity(&self, service: ServiceName) -> IdentitySettings {
        let file = |extension: &str| self.stage.folder().join(format!("secrets/{service}.{extension}"));
        IdentitySettings {
            issuer: harborline_authority::ISSUER.to_owned(),
            audience: harborline_authority::AUDIENCE.to_owned(),
            jwks_file: self.stage.authority.jwks_path(),
            jwks_url: None,
            jwks_ca_file: PathBuf::new(),
            jwks_refresh_seconds: 300,
            jwks_cache_file: PathBuf::new(),
            jwks_cache_hours: 24,
            tls_ca_file: self.stage.authority.ca_path(),
            tls_cert_file: file("pem"),
            tls_key_file: file("key"),
        }
    }

    /// The first of these callers whom the method (`package.Service/Method`) lets in with this message.
    pub(crate) async fn admitted(method: &str, message: &[u8], callers: &[RawCaller]) -> RawCaller {
        for caller in callers {
            let refused = caller.call(method, message.to_vec()).await.err();
            if refused.and_then(|status| reason_of(&status)) != Some(Reason::CallerNotAllowed) {
                return caller.clone();
            }
        }
        panic!("nobody may call {method}");
    }
}
