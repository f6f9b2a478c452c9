//! Keys for a test.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use futures::FutureExt;
use futures::future::BoxFuture;
use harborline_keys::{DataKey, KeyFiles, KeyProvider, ProviderError, Wrapped};
use harborline_store::KeySource;
use harborline_types::ProgramId;

/// The keys of a test's stores: those of one test binary have one provider, in the folder that goes with it.
pub fn keys() -> KeySource {
    let folder = std::env::temp_dir().join(format!("harborline-tests-{}", std::process::id())).join("keys");
    KeySource::new("test", Arc::new(KeyFiles::new(&folder)))
}

/// A provider that a test can take away and give back.
#[derive(Clone)]
pub struct TestKeys {
    files: KeyFiles,
    away: Arc<AtomicBool>,
    asked_in_vain: Arc<AtomicUsize>,
}

impl TestKeys {
    /// Keys in a folder.
    pub fn new(folder: &Path) -> Self {
        Self { files: KeyFiles::new(folder), away: Arc::default(), asked_in_vain: Arc::default() }
    }

    /// Whether it is away from now on.
    pub fn set_away(&self, away: bool) {
        self.away.store(away, Ordering::SeqCst);
    }

    /// How often it was asked while it was away.
    pub fn asked_in_vain(&self) -> usize {
        self.asked_in_vain.load(Ordering::SeqCst)
    }

    fn unless_away<'a, T: Send + 'a>(
        &self,
        done: BoxFuture<'a, Result<T, ProviderError>>,
    ) -> BoxFuture<'a, Result<T, ProviderError>> {
        if self.away.load(Ordering::SeqCst) {
            self.asked_in_vain.fetch_add(1, Ordering::SeqCst);
            return std::future::ready(Err(ProviderError::Unavailable("away".to_owned()))).boxed();
        }
        done
    }
}

impl KeyProvider for TestKeys {
    fn wrap<'a>(&'a self, program: ProgramId, key: &'a DataKey) -> BoxFuture<'a, Result<Wrapped, ProviderError>> {
        self.unless_away(self.files.wrap(program, key))
    }

    fn unwrap<'a>(&'a self, program: ProgramId, wrapped: &'a Wrapped) -> BoxFuture<'a, Result<DataKey, ProviderError>> {
        self.unless_away(self.files.unwrap(program, wrapped))
    }

    fn rewrap<'a>(&'a self, program: ProgramId, wrapped: &'a Wrapped) -> BoxFuture<'a, Result<Wrapped, ProviderError>> {
        self.unless_away(self.files.rewrap(program, wrapped))
    }

    fn rotate(&self, program: ProgramId) -> BoxFuture<'_, Result<u32, ProviderError>> {
        self.unless_away(self.files.rotate(program))
    }

    fn destroy(&self, program: ProgramId) -> BoxFuture<'_, Result<(), ProviderError>> {
        self.unless_away(self.files.destroy(program))
    }

    fn version(&self, program: ProgramId) -> BoxFuture<'_, Result<u32, ProviderError>> {
        self.unless_away(self.files.version(program))
    }

    fn ready(&self) -> BoxFuture<'_, Result<(), ProviderError>> {
        self.unless_away(self.files.ready())
    }
}
