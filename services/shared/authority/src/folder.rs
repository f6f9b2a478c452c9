//! The authority's folder: made whole, read as a whole.

use std::{
    fs, io,
    io::Write,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
};

use crate::{AuthorityError, certificate, token};

pub(crate) const CA_CERTIFICATE: &str = "ca.pem";
pub(crate) const KEY_SET: &str = "jwks.json";
const CA_KEY: &str = "ca.key";
const SIGNING_KEY: &str = "signing.key";

/// The mode of a private key.
pub(crate) const PRIVATE: u32 = 0o600;
/// The mode of what everybody may read.
pub(crate) const PUBLIC: u32 = 0o644;

/// What the folder holds.
pub(crate) struct Files {
    pub(crate) ca_pem: String,
    pub(crate) ca_key: String,
    pub(crate) signing_key: String,
    pub(crate) jwks: String,
}

/// Reads the folder, or makes it if it is absent or empty.
pub(crate) fn open_or_create(dir: &Path) -> Result<Files, AuthorityError> {
    if !is_absent_or_empty(dir).map_err(failed("reading", dir))? {
        return read(dir);
    }
    let absolute = std::path::absolute(dir).map_err(failed("resolving", dir))?;
    let parent = absolute.parent().unwrap_or(&absolute);
    fs::create_dir_all(parent).map_err(failed("creating", parent))?;
    // Beside its place, since a rename does not cross file systems; only its owner may enter it, and that stays so.
    let owner_only = fs::Permissions::from_mode(0o700);
    let staging = tempfile::Builder::new().prefix(".authority-").permissions(owner_only).tempdir_in(parent);
    let staging = staging.map_err(failed("creating a folder in", parent))?;
    write(staging.path(), &generate()?)?;
    match fs::rename(staging.path(), &absolute) {
        // Of two that create at once the slower one finds the folder full and uses the other's keys.
        Err(error) if is_absent_or_empty(&absolute).unwrap_or(true) => Err(failed("creating", dir)(error)),
        _ => read(dir),
    }
}

/// Creates a folder that only its owner may enter, with those above it; one that exists is left as it is.
pub(crate) fn create_private(dir: &Path) -> Result<(), AuthorityError> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(failed("creating", dir))
}

/// Writes a file beside its place and renames it into it, so that no reader sees half of it.
pub(crate) fn replace(file: &Path, content: &str, mode: u32) -> Result<(), AuthorityError> {
    let parent = file.parent().unwrap_or(Path::new("."));
    let write = || -> io::Result<()> {
        let mut staging = tempfile::NamedTempFile::new_in(parent)?;
        staging.write_all(content.as_bytes())?;
        staging.as_file().set_permissions(fs::Permissions::from_mode(mode))?;
        staging.persist(file)?;
        Ok(())
    };
    write().map_err(failed("writing", file))
}

/// The text of a file; none when there is no such file.
pub(crate) fn read_if_there(file: &Path) -> Result<Option<String>, AuthorityError> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("reading", file)(error)),
    }
}

fn generate() -> Result<Files, AuthorityError> {
    let ca = certificate::generate()?;
    let signing_key = token::generate()?;
    let jwks = token::key_set(&signing_key)?;
    Ok(Files { ca_pem: ca.cert_pem, ca_key: ca.key_pem, signing_key, jwks })
}

fn write(dir: &Path, files: &Files) -> Result<(), AuthorityError> {
    replace(&dir.join(CA_CERTIFICATE), &files.ca_pem, PUBLIC)?;
    replace(&dir.join(CA_KEY), &files.ca_key, PRIVATE)?;
    replace(&dir.join(SIGNING_KEY), &files.signing_key, PRIVATE)?;
    replace(&dir.join(KEY_SET), &files.jwks, PUBLIC)
}

pub(crate) fn read(dir: &Path) -> Result<Files, AuthorityError> {
    let text = |name: &str| {
        let file = dir.join(name);
        fs::read_to_string(&file).map_err(|error| failed("reading", &file)(error))
    };
    Ok(Files {
        ca_pem: text(CA_CERTIFICATE)?,
        ca_key: text(CA_KEY)?,
        signing_key: text(SIGNING_KEY)?,
        jwks: text(KEY_SET)?,
    })
}

fn is_absent_or_empty(dir: &Path) -> io::Result<bool> {
    match fs::read_dir(dir) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> AuthorityError {
    let path: PathBuf = path.to_owned();
    move |source| AuthorityError::Io { doing, path, source }
}
