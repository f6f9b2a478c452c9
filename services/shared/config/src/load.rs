//! Merging the layers and taking the typed blocks out of them.

use std::collections::HashSet;

use figment::Figment;
use figment::error::Kind;
use figment::providers::Serialized;
use figment::value::{Dict, Value};
use serde::de::DeserializeOwned;

use crate::blocks::ServiceSettings;
use crate::layer::{DEFAULTS, Layer};
use crate::problems::{ConfigErrors, Problems, Validate};
use crate::source::{SHARED_DEFAULTS, Source, variable_prefix};

/// The settings of one service.
#[derive(Debug, Clone)]
pub struct Loaded<Own> {
    /// The blocks that every service has.
    pub service: ServiceSettings,
    /// What this service alone has, read from the same tree.
    pub own: Own,
}

/// Loads and checks the settings of one service. `Own` names the service's own blocks as its fields (a struct with a
/// field `dispatch` for a block `[dispatch]`); a service without any takes [`NoOwnSettings`](crate::NoOwnSettings).
///
/// # Errors
/// Everything that is wrong, at once: unreadable files, unknown keys, wrong types, values that are not allowed.
pub fn load<Own: DeserializeOwned + Validate>(source: Source) -> Result<Loaded<Own>, ConfigErrors> {
    let mut reader = Reader::open(&source);
    let service = ServiceSettings::read(&mut reader, &source.required_neighbors);
    let own = reader.extract::<Own>("");
    match (service, own) {
        (Some(service), Some(own)) if reader.problems.is_empty() => Ok(Loaded { service, own }),
        _ => Err(reader.into_errors()),
    }
}

/// The merged layers, and what was found wrong with them so far.
pub(crate) struct Reader {
    figment: Figment,
    defaults: Value,
    fallen_back: HashSet<String>,
    pub(crate) problems: Problems,
}

impl Reader {
    fn open(source: &Source) -> Self {
        let mut problems = Problems::default();
        let shared = Layer::from_toml(DEFAULTS, SHARED_DEFAULTS, &mut problems);
        let service = Layer::from_toml(DEFAULTS, &source.service_defaults, &mut problems);
        let mut figment = Figment::new().merge(shared).merge(service);
        let defaults: Dict = figment.extract().unwrap_or_default();

        if let Some(file) = read_file(source, &mut problems) {
            figment = figment.merge(file.conforming_to(&defaults, &mut problems));
        }
        let prefix = variable_prefix(&source.service);
        for (name, text) in source.variables.iter().filter(|(name, _)| name.starts_with(&prefix)) {
            let variable = Layer::from_variable(name, &prefix, text, &defaults);
            figment = figment.merge(variable.conforming_to(&defaults, &mut problems));
        }
        Self { figment, defaults: Value::from(defaults), fallen_back: HashSet::new(), problems }
    }

    /// The block at `key` (the whole tree for ""), validated. A value that its type refuses is reported and replaced
    /// by its default, so that the rest of the block is still checked.
    pub(crate) fn extract<T: DeserializeOwned + Validate>(&mut self, key: &str) -> Option<T> {
        let block = self.deserialize::<T>(key)?;
        block.validate(&mut self.problems);
        Some(block)
    }

    fn deserialize<T: DeserializeOwned>(&mut self, key: &str) -> Option<T> {
        loop {
            let attempt = if key.is_empty() { self.figment.extract() } else { self.figment.extract_inner(key) };
            let errors: figment::Error = match attempt {
                Ok(block) => return Some(block),
                Err(errors) => errors,
            };
            let mut repaired = false;
            for error in errors {
                let path = dotted(key, error.path);
                self.problems.add(&path, describe(&error.kind));
                repaired |= self.fall_back(&path);
            }
            if !repaired {
                return None;
            }
        }
    }

    /// Lays the default at `path`, or at the nearest key above that has one, over the refused value. False when there
    /// is none, or when it was already laid and did not help.
    fn fall_back(&mut self, path: &str) -> bool {
        let mut path = path;
        while !path.is_empty() {
            if let Some(default) = self.defaults.find_ref(path) {
                let figment = std::mem::take(&mut self.figment);
                self.figment = figment.merge(Serialized::default(path, default));
                return self.fallen_back.insert(path.to_owned());
            }
            path = path.rsplit_once('.').map_or("", |(above, _)| above);
        }
        false
    }

    fn into_errors(self) -> ConfigErrors {
        let figment = self.figment;
        self.problems.into_errors(|key| {
            let layer = figment.find_metadata(key)?.name.to_string();
            (layer != DEFAULTS).then_some(layer)
        })
    }
}

fn read_file(source: &Source, problems: &mut Problems) -> Option<Layer> {
    let file = source.file.as_ref()?;
    let name = file.display().to_string();
    match std::fs::read_to_string(file) {
        Ok(text) => Some(Layer::from_toml(&name, &text, problems)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !source.file_required => None,
        Err(error) => {
            problems.add(&name, format!("cannot be read: {error}"));
            None
        }
    }
}

/// The dotted key of an error inside the block `block`. figment puts the block's name behind the path, not before it.
fn dotted(block: &str, mut path: Vec<String>) -> String {
    if !block.is_empty() && path.first().is_some_and(|first| first != block) {
        path.rotate_right(1);
    }
    path.join(".")
}

/// Says what was expected, without the value that was found: it may be a secret.
fn describe(kind: &Kind) -> String {
    match kind {
        Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) | Kind::InvalidLength(_, expected) => {
            format!("must be {expected}")
        }
        Kind::UnknownVariant(_, allowed) => format!("must be one of: {}", allowed.join(", ")),
        Kind::MissingField(name) => format!("has no default for {name}"),
        Kind::UnknownField(name, _) => format!("has no setting {name}"),
        Kind::Message(message) => message.clone(),
        _ => "is out of range".to_owned(),
    }
}
