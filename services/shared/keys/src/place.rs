//! Where a sealed value belongs.

use std::fmt;

/// One value's place in the database: it opens nowhere else.
pub struct Place {
    table: &'static str,
    column: &'static str,
    row: String,
}

impl Place {
    /// The column of one row; `row` is what the row is found by within its program.
    pub fn new(table: &'static str, column: &'static str, row: impl fmt::Display) -> Self {
        Self { table, column, row: row.to_string() }
    }

    /// Each part behind its length, so that no two places are written alike.
    pub(crate) fn write(&self, into: &mut Vec<u8>) {
        for part in [self.table, self.column, &self.row] {
            put(into, part);
        }
    }
}

/// A text behind its length.
pub(crate) fn put(into: &mut Vec<u8>, part: &str) {
    into.extend_from_slice(&(part.len() as u64).to_be_bytes());
    into.extend_from_slice(part.as_bytes());
}

/// A sealed value as it lies in the database.
#[derive(Clone, PartialEq, Eq, sqlx::Type)]
#[sqlx(transparent)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// A value as it was stored.
    pub fn of_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(..)")
    }
}
