//! Where the settings of one service are looked for.

use std::path::PathBuf;

use crate::process;

/// The documented defaults that all services share.
pub const SHARED_DEFAULTS: &str = include_str!("../defaults/service.toml");

/// The variable that sets `key` (dotted) of `service`: `grpc.mesh_listen` of intake is
/// `HARBORLINE_INTAKE__GRPC__MESH_LISTEN`.
pub fn variable_name(service: &str, key: &str) -> String {
    format!("{}{}", variable_prefix(service), key.replace('.', "__").to_uppercase())
}

pub(crate) fn variable_prefix(service: &str) -> String {
    format!("HARBORLINE_{}__", service.to_uppercase())
}

/// Where the settings of one service come from.
#[derive(Debug, Clone)]
pub struct Source {
    pub(crate) service: String,
    pub(crate) service_defaults: String,
    pub(crate) file: Option<PathBuf>,
    pub(crate) file_required: bool,
    pub(crate) variables: Vec<(String, String)>,
    pub(crate) required_neighbors: Vec<String>,
}

impl Source {
    /// The layers of a running process: the defaults, `/etc/harborline/<service>.toml` where it exists, and the
    /// process environment. `service_defaults` is the service's own documented default file, laid over the shared one.
    pub fn new(service: &str, service_defaults: &str) -> Self {
        let variables = process::variables_beginning_with(&variable_prefix(service));
        let file = Some(PathBuf::from(format!("/etc/harborline/{service}.toml")));
        Self { file, ..Self::isolated(service, service_defaults, variables) }
    }

    /// The defaults and `variables` alone, for tests: reads neither the process environment nor the system's file.
    pub fn isolated(
        service: &str,
        service_defaults: &str,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        Self {
            service: service.to_owned(),
            service_defaults: service_defaults.to_owned(),
            file: None,
            file_required: false,
            variables: variables.into_iter().collect(),
            required_neighbors: Vec::new(),
        }
    }

    /// Reads `file`, which then must exist, instead of the system's file. None changes nothing.
    pub fn file(mut self, file: Option<PathBuf>) -> Self {
        if file.is_some() {
            self.file = file;
            self.file_required = true;
        }
        self
    }

    /// Names the neighbors this service cannot do without: their addresses become required.
    pub fn requires_neighbors(mut self, names: &[&str]) -> Self {
        self.required_neighbors = names.iter().map(|name| (*name).to_owned()).collect();
        self
    }
}
