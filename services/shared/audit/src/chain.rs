//! The chain: each record's hash covers the record, its place and everything before it.

use chrono::{DateTime, Utc};
use harborline_types::ProgramId;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The first bytes of everything that is hashed: another use of SHA-256 never gives the same hash.
const DOMAIN: &[u8] = b"harborline access chain 1";

/// The hash at a place of a chain.
pub type Hash = [u8; 32];

/// What stands before the first record.
pub const BEGINNING: Hash = [0; 32];

/// One record of an access, as it is in the database. Its text holds ids and words of the contracts.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Entry {
    /// The transaction that wrote it.
    pub transaction_id: i64,
    /// Which.
    pub record_id: Uuid,
    /// When, by the database's clock.
    pub at: DateTime<Utc>,
    /// `person:<id>` or `service:<name>`.
    pub caller: String,
    /// What the caller may act as, in alphabetical order, separated by commas.
    pub roles: String,
    /// Why.
    pub purpose: String,
    /// `package.Service/Method`.
    pub method: String,
    /// What was done: a word of `Act`.
    pub act: String,
    /// The participants whose records were touched.
    pub participants: Vec<Uuid>,
    /// The contacts that were touched.
    pub contacts: Vec<Uuid>,
    /// Of a disclosure: to whom.
    pub recipient: Option<String>,
    /// Of a disclosure: by what right.
    pub basis: Option<String>,
    /// Of a denial: the rule.
    pub rule: Option<String>,
    /// The trace that it belongs to.
    pub trace_id: Option<String>,
}

impl Entry {
    /// The hash of this record at a place, behind what stands before it.
    pub fn hash(&self, before: &Hash, program: ProgramId, position: i64) -> Hash {
        let mut hash = Sha256::new();
        hash.update(DOMAIN);
        hash.update(before);
        hash.update(program.0.as_bytes());
        hash.update(position.to_be_bytes());
        hash.update(self.canonical());
        hash.finalize().into()
    }

    /// The record as bytes: every field in order, each with its length, so that no two records give the same.
    fn canonical(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(256);
        bytes.extend(self.transaction_id.to_be_bytes());
        bytes.extend(self.record_id.as_bytes());
        bytes.extend(self.at.timestamp_micros().to_be_bytes());
        for text in [&self.caller, &self.roles, &self.purpose, &self.method, &self.act] {
            put(&mut bytes, text.as_bytes());
        }
        for ids in [&self.participants, &self.contacts] {
            put(&mut bytes, &ids.iter().flat_map(|id| *id.as_bytes()).collect::<Vec<_>>());
        }
        for text in [&self.recipient, &self.basis, &self.rule, &self.trace_id] {
            bytes.push(u8::from(text.is_some()));
            put(&mut bytes, text.as_deref().unwrap_or_default().as_bytes());
        }
        bytes
    }
}

fn put(bytes: &mut Vec<u8>, field: &[u8]) {
    bytes.extend((field.len() as u64).to_be_bytes());
    bytes.extend(field);
}
