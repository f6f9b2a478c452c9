//! The position of a stream that sends the newest state of one thing.

use std::fmt::{self, Display};
use std::str::FromStr;

use harborline_store::{PageToken, StoreError};

/// The position after the last state sent. It names the thing, so that another stream's cursor is refused.
struct Cursor<T> {
    of: T,
    revision: i64,
}

impl<T: Display> Display for Cursor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.of, self.revision)
    }
}

impl<T: FromStr> FromStr for Cursor<T> {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (of, revision) = text.split_once('.').ok_or(StoreError::CursorInvalid)?;
        let of = of.parse().map_err(|_| StoreError::CursorInvalid)?;
        let revision = revision.parse().map_err(|_| StoreError::CursorInvalid)?;
        Ok(Self { of, revision })
    }
}

/// The written form of the position after a revision.
pub(super) fn write(of: impl Display, revision: i64) -> String {
    PageToken::write(Cursor { of, revision })
}

/// The revision that a stream of this thing was at, or `start` without a cursor; the thing is at `newest` now.
pub(super) fn read<T: FromStr + PartialEq>(cursor: &str, of: T, start: i64, newest: i64) -> Result<i64, StoreError> {
    match PageToken::parse(cursor)?.position::<Cursor<T>>()? {
        None => Ok(start),
        Some(cursor) if cursor.of == of && cursor.revision <= newest => Ok(cursor.revision),
        Some(_) => Err(StoreError::CursorInvalid),
    }
}
