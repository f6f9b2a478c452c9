//! What can go wrong between a service and its Postgres.

use harborline_keys::{KeyError, ProviderError};
use harborline_status::{Reason, ServiceError};

/// A failure of the store. Its text never holds a value of a row: driver errors are reduced to their SQLSTATE and the
/// constraint's name.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database does not answer now, or gave up a transaction that may simply be repeated.
    #[error("the database is unavailable ({0})")]
    Unavailable(String),
    /// A constraint refused the change.
    #[error("constraint {0} refused the change")]
    Constraint(String),
    /// The request id was used before with another body.
    #[error("the request id was used with another body")]
    RequestIdReused,
    /// A page token or cursor that was not given by this service.
    #[error("the cursor was not given by this service")]
    CursorInvalid,
    /// What is edited is not what the caller read.
    #[error("it was changed since it was read")]
    EtagMismatch,
    /// The program's key was destroyed: its records are not readable, and never will be.
    #[error("the program's records were destroyed with their key")]
    RecordsDestroyed,
    /// A fault of ours: wrong SQL, a value that does not decode.
    #[error("the store failed ({0})")]
    Fault(String),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(database) => {
                let state = database.code().unwrap_or_default().into_owned();
                match (database.constraint(), state.get(..2)) {
                    (Some(name), _) => Self::Constraint(name.to_owned()),
                    // Connection failure, resources, operator intervention (shutdown, timeout), transaction rollback.
                    (None, Some("08" | "53" | "57" | "40" | "25")) => Self::Unavailable(state),
                    (None, _) if state == "55P03" => Self::Unavailable(state),
                    (None, _) => Self::Fault(format!("SQLSTATE {state}")),
                }
            }
            sqlx::Error::Io(_) => Self::Unavailable("connection broken".to_owned()),
            sqlx::Error::Tls(_) => Self::Unavailable("TLS failed".to_owned()),
            sqlx::Error::Protocol(_) => Self::Unavailable("protocol broken".to_owned()),
            sqlx::Error::PoolTimedOut => Self::Unavailable("no free connection in time".to_owned()),
            sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => Self::Unavailable("the pool is closed".to_owned()),
            sqlx::Error::RowNotFound => Self::Fault("a row that must exist is missing".to_owned()),
            sqlx::Error::ColumnNotFound(column) => Self::Fault(format!("no column {column}")),
            sqlx::Error::ColumnDecode { index, .. } => Self::Fault(format!("column {index} does not decode")),
            _ => Self::Fault("driver".to_owned()),
        }
    }
}

impl From<KeyError> for StoreError {
    fn from(error: KeyError) -> Self {
        match error {
            // Another replica uses it already; this one looks for it.
            KeyError::VersionUnknown | KeyError::Randomness => Self::Unavailable(error.to_string()),
            KeyError::Broken | KeyError::Shape => Self::Fault(error.to_string()),
        }
    }
}

impl From<ProviderError> for StoreError {
    fn from(error: ProviderError) -> Self {
        match error {
            ProviderError::Unavailable(_) => Self::Unavailable(error.to_string()),
            ProviderError::Destroyed => Self::RecordsDestroyed,
            ProviderError::Unknown => Self::Fault(error.to_string()),
        }
    }
}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => ServiceError::unavailable("the store does not answer", error),
            StoreError::RequestIdReused => ServiceError::new(Reason::RequestIdReused, error.to_string()),
            StoreError::CursorInvalid => ServiceError::new(Reason::CursorInvalid, error.to_string()),
            StoreError::EtagMismatch => ServiceError::new(Reason::EtagMismatch, error.to_string()),
            StoreError::RecordsDestroyed => ServiceError::new(Reason::RecordsDestroyed, error.to_string()),
            StoreError::Constraint(_) | StoreError::Fault(_) => ServiceError::internal("using the store", error),
        }
    }
}

/// Maps the refusal of one named constraint to what it means in the domain.
pub trait OnConstraint<T> {
    /// When the constraint `name` refused, answers `meaning()` instead.
    ///
    /// # Errors
    /// `meaning()`, or the store's failure.
    fn on_constraint<E: From<StoreError>>(self, name: &str, meaning: impl FnOnce() -> E) -> Result<T, E>;
}

impl<T, S: Into<StoreError>> OnConstraint<T> for Result<T, S> {
    fn on_constraint<E: From<StoreError>>(self, name: &str, meaning: impl FnOnce() -> E) -> Result<T, E> {
        self.map_err(|error| match error.into() {
            StoreError::Constraint(refused) if refused == name => meaning(),
            other => other.into(),
        })
    }
}
