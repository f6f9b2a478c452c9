//! Key-encryption keys in a directory: for development, and for a single machine.
//!
//! One file a program, `<program>.keys`, readable by its owner alone, with a line a version. A process that can read the
//! directory can read every backup: on more than one machine, and wherever backups lie beside it, take a transit engine.
//!
//! # Invariants
//! - Five processes may use the directory at once: the one that changes it holds its lock, and a file is complete when it
//!   appears (written beside its place, synced, renamed).
//! - A key is on the disk before anything is wrapped by it.
//! - A destroyed key leaves a tombstone, `<program>.destroyed`: its program never gets another.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use futures::future::BoxFuture;
use harborline_types::ProgramId;
use zeroize::Zeroizing;

use crate::aead::{Cipher, version_of};
use crate::{DataKey, KeyError, KeyProvider, ProviderError, Wrapped};

/// The versions of one program's key, oldest first.
type Versions = Vec<(u32, DataKey)>;

/// Key-encryption keys in a directory.
#[derive(Clone)]
pub struct KeyFiles(Arc<Path>);

impl KeyFiles {
    /// Uses a directory, which is made when it is first needed.
    pub fn new(directory: &Path) -> Self {
        Self(Arc::from(directory))
    }

    fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Folder) -> Result<T, ProviderError> + Send + 'static,
    ) -> BoxFuture<'static, Result<T, ProviderError>> {
        let folder = Folder(self.0.to_path_buf());
        Box::pin(async move {
            let done = tokio::task::spawn_blocking(move || work(&folder)).await;
            done.unwrap_or_else(|_| Err(ProviderError::unavailable("the process is ending")))
        })
    }
}

impl KeyProvider for KeyFiles {
    fn wrap<'a>(&'a self, program: ProgramId, key: &'a DataKey) -> BoxFuture<'a, Result<Wrapped, ProviderError>> {
        let key = key.clone();
        self.run(move |folder| wrap(program, &folder.read_or_create(program)?, &key))
    }

    fn unwrap<'a>(&'a self, program: ProgramId, wrapped: &'a Wrapped) -> BoxFuture<'a, Result<DataKey, ProviderError>> {
        let wrapped = wrapped.clone();
        self.run(move |folder| unwrap(program, &folder.read(program)?, &wrapped))
    }

    fn rewrap<'a>(&'a self, program: ProgramId, wrapped: &'a Wrapped) -> BoxFuture<'a, Result<Wrapped, ProviderError>> {
        let wrapped = wrapped.clone();
        self.run(move |folder| {
            let versions = folder.read(program)?;
            wrap(program, &versions, &unwrap(program, &versions, &wrapped)?)
        })
    }

    fn rotate(&self, program: ProgramId) -> BoxFuture<'_, Result<u32, ProviderError>> {
        self.run(move |folder| folder.rotate(program))
    }

    fn destroy(&self, program: ProgramId) -> BoxFuture<'_, Result<(), ProviderError>> {
        self.run(move |folder| folder.destroy(program))
    }

    fn version(&self, program: ProgramId) -> BoxFuture<'_, Result<u32, ProviderError>> {
        self.run(move |folder| match folder.read(program) {
            Ok(versions) => newest(&versions).map(|(version, _)| *version),
            Err(ProviderError::Unknown) => Ok(0),
            Err(error) => Err(error),
        })
    }

    fn ready(&self) -> BoxFuture<'_, Result<(), ProviderError>> {
        self.run(|folder| folder.make())
    }
}

fn newest(versions: &Versions) -> Result<&(u32, DataKey), ProviderError> {
    versions.last().ok_or(ProviderError::Unknown)
}

fn wrap(program: ProgramId, versions: &Versions, key: &DataKey) -> Result<Wrapped, ProviderError> {
    let (version, wrapping) = newest(versions)?;
    let text = Zeroizing::new(key.bytes().to_vec());
    let sealed = Cipher::new(wrapping).and_then(|cipher| cipher.seal(*version, program.0.as_bytes(), text));
    let bytes = sealed.map_err(|error| ProviderError::unavailable(error.to_string()))?;
    Ok(Wrapped { bytes, key: format!("files:v{version}") })
}

fn unwrap(program: ProgramId, versions: &Versions, wrapped: &Wrapped) -> Result<DataKey, ProviderError> {
    let open = || {
        let version = version_of(&wrapped.bytes)?;
        let (_, key) = versions.iter().find(|(known, _)| *known == version).ok_or(KeyError::VersionUnknown)?;
        let opened = Cipher::new(key)?.open(version, program.0.as_bytes(), &wrapped.bytes)?;
        DataKey::of_bytes(&opened)
    };
    open().map_err(|_| ProviderError::Unknown)
}

/// The directory; everything here blocks.
struct Folder(PathBuf);

impl Folder {
    fn make(&self) -> Result<(), ProviderError> {
        if !self.0.is_dir() {
            DirBuilder::new().recursive(true).mode(0o700).create(&self.0).map_err(failed)?;
        }
        let open = self.0.metadata().map_err(failed)?.permissions().mode() & 0o077;
        if open == 0 { Ok(()) } else { Err(ProviderError::unavailable("the key directory is open to others")) }
    }

    fn path(&self, program: ProgramId, what: &str) -> PathBuf {
        self.0.join(format!("{program}.{what}"))
    }

    /// The versions of a program's key.
    fn read(&self, program: ProgramId) -> Result<Versions, ProviderError> {
        self.make()?;
        if self.path(program, "destroyed").exists() {
            return Err(ProviderError::Destroyed);
        }
        match std::fs::read_to_string(self.path(program, "keys")) {
            Ok(text) => parse(&Zeroizing::new(text)),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(ProviderError::Unknown),
            Err(error) => Err(failed(error)),
        }
    }

    fn read_or_create(&self, program: ProgramId) -> Result<Versions, ProviderError> {
        match self.read(program) {
            Err(ProviderError::Unknown) => {
                // Somebody may make it between a look and the next: only who holds the lock can tell.
                let _lock = self.lock()?;
                match self.read(program) {
                    // A file that is there and cannot be read as keys is not written over.
                    Err(ProviderError::Unknown) if !self.path(program, "keys").exists() => {
                        self.write(program, vec![(1, new_key()?)])
                    }
                    read => read,
                }
            }
            read => read,
        }
    }

    fn rotate(&self, program: ProgramId) -> Result<u32, ProviderError> {
        self.read_or_create(program)?;
        let _lock = self.lock()?;
        let mut versions = self.read(program)?;
        let version = newest(&versions)?.0 + 1;
        versions.push((version, new_key()?));
        self.write(program, versions)?;
        Ok(version)
    }

    /// The tombstone first: whatever happens in between, the key is not used again.
    fn destroy(&self, program: ProgramId) -> Result<(), ProviderError> {
        self.make()?;
        let _lock = self.lock()?;
        self.put(&self.path(program, "destroyed"), b"")?;
        let keys = self.path(program, "keys");
        if let Ok(length) = keys.metadata().map(|file| file.len()) {
            // As far as the file system lets us; a medium that copies on write keeps the old block until it is reused.
            let zeros = vec![0; usize::try_from(length).unwrap_or_default()];
            let mut file = OpenOptions::new().write(true).open(&keys).map_err(failed)?;
            file.write_all(&zeros).and_then(|()| file.sync_all()).map_err(failed)?;
            std::fs::remove_file(&keys).map_err(failed)?;
        }
        self.sync()
    }

    fn write(&self, program: ProgramId, versions: Versions) -> Result<Versions, ProviderError> {
        let mut text = Zeroizing::new(String::with_capacity(64 * versions.len()));
        for (version, key) in &versions {
            let encoded = Zeroizing::new(BASE64_STANDARD.encode(key.bytes()));
            text.push_str(&version.to_string());
            text.push(' ');
            text.push_str(&encoded);
            text.push('\n');
        }
        self.put(&self.path(program, "keys"), text.as_bytes())?;
        Ok(versions)
    }

    /// Puts a whole file into its place.
    fn put(&self, path: &Path, text: &[u8]) -> Result<(), ProviderError> {
        let beside = path.with_extension(format!("{}.new", std::process::id()));
        // Of a process of the same id that was killed; nobody else writes while we hold the lock.
        let _left_over = std::fs::remove_file(&beside);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside).map_err(failed)?;
        file.write_all(text).and_then(|()| file.sync_all()).map_err(failed)?;
        std::fs::rename(&beside, path).map_err(failed)?;
        self.sync()
    }

    fn sync(&self) -> Result<(), ProviderError> {
        File::open(&self.0).and_then(|folder| folder.sync_all()).map_err(failed)
    }

    /// Held until dropped, or until the process ends.
    fn lock(&self) -> Result<File, ProviderError> {
        let path = self.0.join(".lock");
        let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path);
        let file = file.map_err(failed)?;
        file.lock().map_err(failed)?;
        Ok(file)
    }
}

fn new_key() -> Result<DataKey, ProviderError> {
    DataKey::generate().map_err(|error| ProviderError::unavailable(error.to_string()))
}

fn parse(text: &str) -> Result<Versions, ProviderError> {
    let line = |line: &str| {
        let (version, key) = line.split_once(' ')?;
        let key = Zeroizing::new(BASE64_STANDARD.decode(key).ok()?);
        Some((version.parse().ok()?, DataKey::of_bytes(&key).ok()?))
    };
    text.lines().map(line).collect::<Option<Versions>>().ok_or(ProviderError::Unknown)
}

/// The kind alone: a path may tell about the machine.
fn failed(error: std::io::Error) -> ProviderError {
    ProviderError::unavailable(error.kind().to_string())
}
