//! Opaque page tokens and cursors.

use std::str::FromStr;

use crate::StoreError;

/// Longer than every position: the longest is a person's id of 200 characters.
const LONGEST: usize = 1000;

/// The position after the last row of a page, opaque to the client. Empty text is the beginning.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct PageToken(Option<String>);

impl PageToken {
    /// Reads a token that a client sends back.
    ///
    /// # Errors
    /// `CURSOR_INVALID` when this service has not made it.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        if text.is_empty() {
            return Ok(Self(None));
        }
        let position = text.strip_prefix("v1:").ok_or(StoreError::CursorInvalid)?;
        if position.len() > LONGEST || position.contains(char::is_control) {
            return Err(StoreError::CursorInvalid);
        }
        Ok(Self(Some(position.to_owned())))
    }

    /// The position, read as its type.
    ///
    /// # Errors
    /// `CURSOR_INVALID` when it does not read as one.
    pub fn position<T: FromStr>(&self) -> Result<Option<T>, StoreError> {
        self.0.as_deref().map(|text| text.parse().map_err(|_| StoreError::CursorInvalid)).transpose()
    }

    /// The written form of a position.
    pub fn write(position: impl std::fmt::Display) -> String {
        format!("v1:{position}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_and_a_foreign_one_is_refused() {
        let token = PageToken::parse(&PageToken::write(42)).unwrap();
        assert_eq!(token.position::<i64>().unwrap(), Some(42));
        for foreign in ["17", "v1:nobody\0", &format!("v1:{}", "x".repeat(1001))] {
            assert!(matches!(PageToken::parse(foreign), Err(StoreError::CursorInvalid)), "{foreign}");
        }
        assert!(matches!(PageToken::parse("v1:x").unwrap().position::<i64>(), Err(StoreError::CursorInvalid)));
    }
}
