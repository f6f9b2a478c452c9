//! Why a page was not taken. None of it holds what was sent, or where.

use std::path::PathBuf;
use std::time::Duration;

use harborline_https::AddressError;

/// Pages cannot be sent as configured.
#[derive(Debug, thiserror::Error)]
pub enum NotifierError {
    /// The address of the receiver, or its authorities, cannot be used.
    #[error("cannot use the address of the webhook")]
    Address(#[from] AddressError),
    /// The file with the secrets cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file does not hold one or two secrets.
    #[error("{path} must hold one or two secrets, a line each, each the base64 of 24 to 64 bytes")]
    Secrets {
        /// The file.
        path: PathBuf,
    },
}

/// A page was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotifyError {
    /// No receiver is configured.
    #[error("nobody is paged: no receiver is configured")]
    Nobody,
    /// The same page may be taken later.
    #[error("the receiver of pages {why}")]
    Passing {
        /// What the receiver did.
        why: Why,
        /// How long it asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// The same page will not be taken later either, unless somebody changes something.
    #[error("the receiver of pages {0}")]
    Lasting(Why),
}

/// What a receiver did instead of taking a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It answered another status than 2xx.
    Status(u16),
    /// It cannot be reached, or broke off.
    Away,
    /// It took too long.
    Slow,
    /// The request could not be written at all.
    Unwritable,
}

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Status(status) => write!(f, "answered {status}"),
            Self::Away => f.write_str("cannot be reached"),
            Self::Slow => f.write_str("took too long"),
            Self::Unwritable => f.write_str("cannot be written to"),
        }
    }
}
