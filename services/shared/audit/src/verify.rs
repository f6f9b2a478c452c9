//! Whether a chain is whole, and where it breaks first. Pure: it takes what somebody else has read.
//!
//! What it can know: who writes to the database may compute hashes, so a chain that fits itself proves little; a signed
//! checkpoint proves that the chain stood so when it was signed. What was cut off together with its checkpoints shows only
//! against checkpoints that were kept elsewhere.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use harborline_identity::ServiceName;
use harborline_types::ProgramId;

use crate::chain::{BEGINNING, Entry, Hash};
use crate::checkpoint::{Checkpoint, PublicKey};

/// So many places behind a break are looked at to tell what kind it is.
const LOOK_BEHIND: usize = 1000;

/// One place of a chain, as it is in the database.
#[derive(Clone, Debug)]
pub struct Link {
    /// Its place, from 1.
    pub position: i64,
    /// The hash that stands there.
    pub hash: Hash,
    /// The record that it seals, if it is there.
    pub entry: Option<Entry>,
}

/// What is wrong at the first place that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The record is another than the one that was sealed.
    Edited,
    /// The record, or its place in the chain, is gone.
    Deleted,
    /// Records have changed places.
    Reordered,
    /// The end is gone: a checkpoint says that there was more.
    Truncated,
    /// Something stands there that was not sealed there.
    Spliced,
    /// The chain fits itself, but not what was signed.
    Rewritten,
    /// A checkpoint that no known key has signed.
    Forged,
    /// A record was not sealed for too long.
    Unsealed,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Edited => "edited: the record is another than the one that was sealed",
            Self::Deleted => "deleted: the record or its place in the chain is gone",
            Self::Reordered => "reordered: records have changed places",
            Self::Truncated => "truncated: a checkpoint says that there was more",
            Self::Spliced => "spliced in: what stands there was not sealed there",
            Self::Rewritten => "rewritten: the chain fits itself, but not the checkpoint that was signed",
            Self::Forged => "forged: no known key has signed the checkpoint",
            Self::Unsealed => "unsealed too long: a record is in no chain",
        })
    }
}

/// The first break of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("position {position}: {kind}")]
pub struct Break {
    /// The first place that is wrong.
    pub position: i64,
    /// What is wrong there.
    pub kind: Kind,
}

/// A chain that is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whole {
    /// How many records are sealed.
    pub sealed: i64,
    /// How many checkpoints were verified.
    pub checkpoints: usize,
}

/// Verifies one chain, place by place.
pub struct Verifier {
    program: ProgramId,
    checkpoints: BTreeMap<i64, Vec<Hash>>,
    count: usize,
    /// The last place that is right, and the hash there.
    last: (i64, Hash),
    signed: i64,
    broken: Option<Broken>,
}

/// A place that does not fit, and what follows it.
struct Broken {
    link: Link,
    following: Vec<Link>,
}

impl Verifier {
    /// Begins with the checkpoints of the chain: those of its database, and those that were kept elsewhere.
    ///
    /// # Errors
    /// `Forged`, at the place of the first checkpoint that none of the keys has signed for this chain.
    pub fn begin(
        service: ServiceName,
        program: ProgramId,
        keys: &[PublicKey],
        checkpoints: impl IntoIterator<Item = Checkpoint>,
    ) -> Result<Self, Break> {
        let mut by_position: BTreeMap<i64, Vec<Hash>> = BTreeMap::new();
        let mut forged: Option<i64> = None;
        let mut count = 0;
        for checkpoint in checkpoints {
            let position = checkpoint.position;
            let is_ours = checkpoint.service == service && checkpoint.program == program;
            if is_ours && checkpoint.is_signed_by(keys) {
                by_position.entry(position).or_default().push(checkpoint.hash);
                count += 1;
            } else {
                forged = Some(forged.map_or(position, |first| first.min(position)));
            }
        }
        match forged {
            Some(position) => Err(Break { position, kind: Kind::Forged }),
            None => {
                Ok(Self { program, checkpoints: by_position, count, last: (0, BEGINNING), signed: 0, broken: None })
            }
        }
    }

    /// Takes the next place, in the order of positions.
    ///
    /// # Errors
    /// The first break, once it is clear what kind it is.
    pub fn take(&mut self, link: Link) -> Result<(), Break> {
        if let Some(broken) = &mut self.broken {
            broken.following.push(link);
            return if broken.following.len() < LOOK_BEHIND { Ok(()) } else { Err(self.judge()) };
        }
        let position = self.last.0 + 1;
        if link.position != position {
            let kind = if link.position > position { Kind::Deleted } else { Kind::Spliced };
            return Err(Break { position: position.min(link.position), kind });
        }
        let Some(entry) = &link.entry else { return Err(Break { position, kind: Kind::Deleted }) };
        let hash = entry.hash(&self.last.1, self.program, position);
        if hash != link.hash {
            self.broken = Some(Broken { link, following: Vec::new() });
            return Ok(());
        }
        if let Some(signed) = self.checkpoints.get(&position) {
            if signed.iter().any(|signed| *signed != hash) {
                return Err(Break { position: self.signed + 1, kind: Kind::Rewritten });
            }
            self.signed = position;
        }
        self.last = (position, hash);
        Ok(())
    }

    /// Ends with the records that are in no chain: when each was written.
    ///
    /// # Errors
    /// The first break.
    pub fn end(
        self,
        unsealed: impl IntoIterator<Item = DateTime<Utc>>,
        now: DateTime<Utc>,
        patience: TimeDelta,
    ) -> Result<Whole, Break> {
        if self.broken.is_some() {
            return Err(self.judge());
        }
        let (last, _) = self.last;
        if self.checkpoints.range(last + 1..).next().is_some() {
            return Err(Break { position: last + 1, kind: Kind::Truncated });
        }
        // What is sealed is signed in the same transaction.
        if self.signed < last {
            return Err(Break { position: self.signed + 1, kind: Kind::Spliced });
        }
        if unsealed.into_iter().any(|at| now - at > patience) {
            return Err(Break { position: last + 1, kind: Kind::Unsealed });
        }
        Ok(Whole { sealed: last, checkpoints: self.count })
    }

    /// What kind of break it is, by what follows.
    fn judge(&self) -> Break {
        let (last, before) = &self.last;
        let position = last + 1;
        let Some(Broken { link, following }) = &self.broken else {
            return Break { position, kind: Kind::Spliced };
        };
        let fits = |link: &Link, before: &Hash, position: i64, hash: &Hash| {
            link.entry.as_ref().is_some_and(|entry| entry.hash(before, self.program, position) == *hash)
        };
        // A later record belongs here: it changed places alone, or with its hash. When the next one does with its hash and
        // this one does not belong after it, everything was moved by one to make room.
        let alone = following.iter().any(|other| fits(other, before, position, &link.hash));
        let moved = following.iter().position(|other| fits(other, before, position, &other.hash));
        let reordered = match moved {
            Some(0) => fits(link, &following[0].hash, position + 1, &link.hash),
            Some(_) => true,
            None => alone,
        };
        if reordered {
            return Break { position, kind: Kind::Reordered };
        }
        // Whether the chain goes on from the hash that stands here, so that only the record changed.
        let goes_on = match following.first() {
            Some(next) => next.position == position + 1 && fits(next, &link.hash, position + 1, &next.hash),
            None => self.checkpoints.get(&position).is_some_and(|signed| signed.contains(&link.hash)),
        };
        let is_signed = self.checkpoints.get(&position).is_some_and(|signed| signed.contains(&link.hash));
        Break { position, kind: if goes_on || is_signed { Kind::Edited } else { Kind::Spliced } }
    }
}
