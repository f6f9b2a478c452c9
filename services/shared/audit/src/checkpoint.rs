//! Checkpoints: what a service signed about a chain, so that nobody who can write to the database can write history.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use chrono::{DateTime, Utc};
use harborline_identity::ServiceName;
use harborline_types::ProgramId;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{PrivatePkcs8KeyDer, SubjectPublicKeyInfoDer};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::chain::Hash;

/// The first bytes of everything that is signed.
const DOMAIN: &[u8] = b"harborline access checkpoint 1";

/// An Ed25519 public key in DER begins so (RFC 8410); its 32 bytes follow.
const ED25519_SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// A key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// It cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It is something else.
    #[error("{path} is no Ed25519 {expected} in PEM")]
    NoKey {
        /// Which file.
        path: PathBuf,
        /// What was wanted.
        expected: &'static str,
    },
}

/// What a service signs checkpoints with. Shows nothing of itself.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    id: String,
}

impl SigningKey {
    /// Reads a private key, PKCS #8 in PEM.
    ///
    /// # Errors
    /// When it cannot be read, or is no Ed25519 key.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let pem = read(path)?;
        let no_key = || KeyError::NoKey { path: path.to_owned(), expected: "private key" };
        Self::from_pem(&pem).ok_or_else(no_key)
    }

    /// Takes a private key, PKCS #8 in PEM; none when it is something else.
    pub fn from_pem(pem: &[u8]) -> Option<Self> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem).ok()?;
        let pair = Ed25519KeyPair::from_pkcs8(der.secret_pkcs8_der()).ok()?;
        let id = id_of(pair.public_key().as_ref());
        Some(Self { pair, id })
    }

    /// The key that others verify with.
    pub fn public(&self) -> PublicKey {
        PublicKey { bytes: self.pair.public_key().as_ref().to_vec(), id: self.id.clone() }
    }

    /// Signs where a chain stands.
    pub fn sign(
        &self,
        service: ServiceName,
        program: ProgramId,
        position: i64,
        hash: Hash,
        at: DateTime<Utc>,
    ) -> Checkpoint {
        let key_id = self.id.clone();
        let unsigned = Checkpoint { service, program, position, hash, at, key_id, signature: Vec::new() };
        let signature = self.pair.sign(&unsigned.statement()).as_ref().to_vec();
        Checkpoint { signature, ..unsigned }
    }
}

/// What checkpoints are verified with.
#[derive(Clone, Debug)]
pub struct PublicKey {
    bytes: Vec<u8>,
    id: String,
}

impl PublicKey {
    /// Reads a public key, SubjectPublicKeyInfo in PEM.
    ///
    /// # Errors
    /// When it cannot be read, or is no Ed25519 key.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let pem = read(path)?;
        let der = SubjectPublicKeyInfoDer::from_pem_slice(&pem).ok();
        let bytes = der.as_deref().and_then(|der| der.strip_prefix(&ED25519_SPKI));
        let bytes = bytes.ok_or_else(|| KeyError::NoKey { path: path.to_owned(), expected: "public key" })?;
        Ok(Self { bytes: bytes.to_vec(), id: id_of(bytes) })
    }

    /// Which it is.
    pub fn id(&self) -> &str {
        &self.id
    }
}

fn read(path: &Path) -> Result<Vec<u8>, KeyError> {
    std::fs::read(path).map_err(|source| KeyError::Read { path: path.to_owned(), source })
}

fn id_of(public: &[u8]) -> String {
    BASE64.encode(&Sha256::digest(public)[..8])
}

/// A service's word that its record of a program stood so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Whose record.
    pub service: ServiceName,
    /// Of which program.
    pub program: ProgramId,
    /// The last sealed position.
    pub position: i64,
    /// The hash there.
    pub hash: Hash,
    /// When it was signed, by the database's clock.
    pub at: DateTime<Utc>,
    /// Which key signed.
    pub key_id: String,
    /// The signature.
    pub signature: Vec<u8>,
}

impl Checkpoint {
    /// Whether one of these keys signed it.
    pub fn is_signed_by(&self, keys: &[PublicKey]) -> bool {
        let statement = self.statement();
        let signed =
            |key: &&PublicKey| UnparsedPublicKey::new(&ED25519, &key.bytes).verify(&statement, &self.signature).is_ok();
        keys.iter().filter(|key| key.id == self.key_id).any(|key| signed(&key))
    }

    fn statement(&self) -> Vec<u8> {
        let mut bytes = DOMAIN.to_vec();
        // Every service's name is followed by a byte that is in none of them.
        bytes.extend(self.service.as_str().as_bytes());
        bytes.push(0);
        bytes.extend(self.program.0.as_bytes());
        bytes.extend(self.position.to_be_bytes());
        bytes.extend(self.hash);
        bytes.extend(self.at.timestamp_micros().to_be_bytes());
        bytes
    }
}

/// One line, for keeping outside of the database.
impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hash, signature) = (BASE64.encode(self.hash), BASE64.encode(&self.signature));
        let Self { service, program, position, at, key_id, .. } = self;
        write!(f, "{service} {program} {position} {hash} {} {key_id} {signature}", at.timestamp_micros())
    }
}

/// A line that is no checkpoint.
#[derive(Debug, thiserror::Error)]
#[error("the line is no checkpoint")]
pub struct NoCheckpoint;

impl FromStr for Checkpoint {
    type Err = NoCheckpoint;

    fn from_str(line: &str) -> Result<Self, Self::Err> {
        let words: Vec<_> = line.split_whitespace().collect();
        let [service, program, position, hash, at, key_id, signature] = words[..] else { return Err(NoCheckpoint) };
        let decoded = |text: &str| BASE64.decode(text).map_err(|_| NoCheckpoint);
        Ok(Self {
            service: service.parse().map_err(|_| NoCheckpoint)?,
            program: ProgramId(Uuid::parse_str(program).map_err(|_| NoCheckpoint)?),
            position: position.parse().map_err(|_| NoCheckpoint)?,
            hash: decoded(hash)?.try_into().map_err(|_| NoCheckpoint)?,
            at: at.parse().ok().and_then(DateTime::from_timestamp_micros).ok_or(NoCheckpoint)?,
            key_id: key_id.to_owned(),
            signature: decoded(signature)?,
        })
    }
}
