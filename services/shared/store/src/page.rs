//! Opaque page tokens and cursors.

use std::fmt::{self, Display};
use std::str::FromStr;

use harborline_types::ProgramId;
use prost::Message;
use uuid::Uuid;

use crate::StoreError;

/// Longer than every position: the longest is a person's id of 200 characters.
const LONGEST: usize = 1000;

/// A stream's position, opaque to the client. Empty text is the beginning. What it says belongs to one stream: it names
/// what the stream shows.
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
    pub fn write(position: impl Display) -> String {
        format!("v1:{position}")
    }
}

/// The page tokens of one list: of one call, for one program, with one filter. Another list's are refused.
pub struct PageTokens(Uuid);

impl PageTokens {
    /// The tokens of a call's list. `filter` is the request without its page size and its token.
    pub fn of(program: ProgramId, method: &str, filter: &impl Message) -> Self {
        let list = [method.as_bytes(), b"/", &filter.encode_to_vec()].concat();
        Self(Uuid::new_v5(&program.0, &list))
    }

    /// The position that a token of this list holds; none at the beginning.
    ///
    /// # Errors
    /// `CURSOR_INVALID` when the token is not this list's.
    pub fn position<T: FromStr>(&self, token: &str) -> Result<Option<T>, StoreError> {
        let Some(place) = PageToken::parse(token)?.position::<Place>()? else { return Ok(None) };
        let position = (place.list == self.0).then_some(place.position).and_then(|position| position.parse().ok());
        position.map(Some).ok_or(StoreError::CursorInvalid)
    }

    /// The token of a position in this list.
    pub fn write(&self, position: impl Display) -> String {
        PageToken::write(Place { list: self.0, position: position.to_string() })
    }

    /// Cuts what was read, one row more than a page holds if there are so many, to a page. Answers the next page's token;
    /// empty after the last page.
    pub fn cut<T, P: Display>(&self, rows: &mut Vec<T>, size: i64, position: impl FnOnce(&T) -> P) -> String {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let has_next = rows.len() > size;
        rows.truncate(size);
        rows.last().filter(|_| has_next).map(|last| self.write(position(last))).unwrap_or_default()
    }
}

struct Place {
    list: Uuid,
    position: String,
}

impl Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.list.simple(), self.position)
    }
}

impl FromStr for Place {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (list, position) = text.split_once(':').ok_or(StoreError::CursorInvalid)?;
        let list = list.parse().map_err(|_| StoreError::CursorInvalid)?;
        Ok(Self { list, position: position.to_owned() })
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

    #[test]
    fn a_list_takes_no_token_of_another_call_filter_or_program() {
        let (program, open_only) = (ProgramId::new(), true);
        let tokens = PageTokens::of(program, "ListDecisions", &open_only);
        let token = tokens.write("a:b");
        assert_eq!(tokens.position::<String>(&token).unwrap().as_deref(), Some("a:b"));
        assert_eq!(tokens.position::<String>("").unwrap(), None);
        let others = [
            PageTokens::of(program, "ListContacts", &open_only),
            PageTokens::of(program, "ListDecisions", &false),
            PageTokens::of(ProgramId::new(), "ListDecisions", &open_only),
        ];
        for other in others {
            assert!(matches!(other.position::<String>(&token), Err(StoreError::CursorInvalid)));
        }
        assert!(matches!(tokens.position::<i64>(&token), Err(StoreError::CursorInvalid)), "no position of this list");
        assert!(matches!(tokens.position::<String>("v1:a:b"), Err(StoreError::CursorInvalid)));
    }

    #[test]
    fn a_page_holds_what_it_may_and_names_the_next_one_while_there_is_one() {
        let tokens = PageTokens::of(ProgramId::new(), "ListNumbers", &());
        let cut = |mut rows: Vec<i64>| {
            let next = tokens.cut(&mut rows, 2, |row| *row);
            (rows, tokens.position::<i64>(&next).unwrap())
        };
        assert_eq!(cut(vec![1, 2, 3]), (vec![1, 2], Some(2)));
        assert_eq!(cut(vec![1, 2]), (vec![1, 2], None));
        assert_eq!(cut(vec![]), (vec![], None));
    }
}
