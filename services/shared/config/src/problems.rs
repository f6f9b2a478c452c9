//! What is wrong with a configuration, collected so that an operator mends it in one go.

use std::fmt;

/// Exit code of a process whose configuration is refused (`EX_USAGE` of sysexits.h).
pub const EXIT_CONFIG: u8 = 64;

/// One thing wrong with one setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The dotted key, such as `grpc.drain_seconds`, or the name of a layer that could not be read.
    pub key: String,
    /// Where the refused value came from: a file or a variable. None for a documented default or where unknown.
    pub origin: Option<String>,
    /// What is wrong, and what is allowed. Never the value itself: it may be a secret.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Some(origin) => write!(out, "{} (from {origin}): {}", self.key, self.message),
            None => write!(out, "{}: {}", self.key, self.message),
        }
    }
}

/// The problems found so far, at most one per key: the first is the cause, what follows from it would only distract.
#[derive(Debug, Default)]
pub struct Problems {
    found: Vec<Problem>,
}

impl Problems {
    /// Notes that `key` must be `allowed`, unless it `holds`. `allowed` completes the sentence "must be ...".
    pub fn check(&mut self, key: &str, holds: bool, allowed: &str) {
        if !holds {
            self.add(key, format!("must be {allowed}"));
        }
    }

    /// Notes `message` about `key`.
    pub fn add(&mut self, key: &str, message: impl Into<String>) {
        self.add_from(key, None, message);
    }

    pub(crate) fn add_from(&mut self, key: &str, origin: Option<&str>, message: impl Into<String>) {
        if self.found.iter().all(|problem| problem.key != key) {
            let origin = origin.map(str::to_owned);
            self.found.push(Problem { key: key.to_owned(), origin, message: message.into() });
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Closes the collection; `origin` names the layer of a key for the problems that do not know theirs.
    pub(crate) fn into_errors(mut self, origin: impl Fn(&str) -> Option<String>) -> ConfigErrors {
        for problem in &mut self.found {
            if problem.origin.is_none() {
                problem.origin = origin(&problem.key);
            }
        }
        ConfigErrors { problems: self.found }
    }
}

/// A block of settings that knows what it may contain.
pub trait Validate {
    /// Adds everything that is wrong with these values to `problems`, under full dotted keys.
    fn validate(&self, problems: &mut Problems);
}

/// A configuration that is refused, with every reason. Displays one line per problem; the process exits with
/// [`EXIT_CONFIG`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n"))]
pub struct ConfigErrors {
    /// The problems, in the order found; never empty.
    pub problems: Vec<Problem>,
}
