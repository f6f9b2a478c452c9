//! Who holds the key-encryption keys.

use futures::future::BoxFuture;
use harborline_types::ProgramId;

use crate::DataKey;

/// A key, wrapped by a program's key-encryption key.
#[derive(Clone, PartialEq, Eq)]
pub struct Wrapped {
    /// The wrapped key, as its provider reads it.
    pub bytes: Vec<u8>,
    /// Which key has wrapped it, for operators: provider and version, such as `files:v2`.
    pub key: String,
}

/// Why a provider does not do what it is asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// It does not answer, or refuses for a reason that passes or that an operator mends. Keys that are known stay.
    #[error("the key provider is unavailable ({0})")]
    Unavailable(String),
    /// The program's key-encryption key was destroyed. That is for ever.
    #[error("the program's key was destroyed")]
    Destroyed,
    /// The provider has no key that this was wrapped by, and says nothing of its destruction: another provider's key,
    /// or a version that it no longer opens.
    #[error("the provider does not know the key")]
    Unknown,
}

impl ProviderError {
    pub(crate) fn unavailable(why: impl Into<String>) -> Self {
        Self::Unavailable(why.into())
    }
}

/// Keeps one key-encryption key a program and wraps data keys with it. It never gives the key away.
pub trait KeyProvider: Send + Sync + 'static {
    /// Wraps a data key with the newest version of the program's key, which is made at its first use.
    fn wrap<'a>(&'a self, program: ProgramId, key: &'a DataKey) -> BoxFuture<'a, Result<Wrapped, ProviderError>>;

    /// Unwraps a data key.
    fn unwrap<'a>(&'a self, program: ProgramId, wrapped: &'a Wrapped) -> BoxFuture<'a, Result<DataKey, ProviderError>>;

    /// Wraps the same data key with the newest version of the program's key.
    fn rewrap<'a>(&'a self, program: ProgramId, wrapped: &'a Wrapped) -> BoxFuture<'a, Result<Wrapped, ProviderError>>;

    /// Gives the program's key a new version, which is answered; older ones still unwrap.
    fn rotate(&self, program: ProgramId) -> BoxFuture<'_, Result<u32, ProviderError>>;

    /// Destroys the program's key, all versions of it, for ever. Doing it again changes nothing.
    fn destroy(&self, program: ProgramId) -> BoxFuture<'_, Result<(), ProviderError>>;

    /// The newest version of the program's key; 0 when it was never used.
    fn version(&self, program: ProgramId) -> BoxFuture<'_, Result<u32, ProviderError>>;

    /// Whether it answers and lets us in.
    fn ready(&self) -> BoxFuture<'_, Result<(), ProviderError>>;
}
