//! People who work for a program or a clinic.

use std::fmt;

use crate::text::{is_blank, is_direction_control, look_alike};

/// The subject of a staff member's access token, or a clinic's own id for its staff: 1 to 200 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::Type, serde::Serialize, serde::Deserialize)]
#[sqlx(transparent)]
#[serde(transparent)]
pub struct PersonId(String);

impl PersonId {
    /// Takes an id, or nothing when nothing of it is visible, when it is longer than 200 characters, or when it holds
    /// control characters or controls of direction.
    pub fn parse(text: &str) -> Option<Self> {
        let misleads = |c: char| c.is_control() || is_direction_control(c);
        let fits = !is_blank(text) && text.chars().count() <= 200 && !text.chars().any(misleads);
        fits.then(|| Self(text.to_owned()))
    }

    /// Whether two ids may be one person's, where a second person is asked for: a reader may take one id for the other.
    pub fn may_be(&self, other: &Self) -> bool {
        look_alike(&self.0, &other.0)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Somebody who can own a contact, by id and by the name that records show. Staff, not somebody in care.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Person {
    /// Who.
    pub id: PersonId,
    /// The name that records show, 1 to 200 characters.
    pub name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_a_reader_takes_for_another_may_be_the_same_person() {
        let c1 = PersonId::parse("c1").unwrap();
        for other in ["c1", " c1", "C1", "\u{441}1", "c\u{200D}1", "\u{FF23}1", "cl"] {
            assert!(c1.may_be(&PersonId::parse(other).unwrap()), "{other:?}");
        }
        for other in ["c2", "c11", "d1"] {
            assert!(!c1.may_be(&PersonId::parse(other).unwrap()), "{other:?}");
        }
        let pairs = [("alice", "aIice"), ("c1", "cI"), ("BEN", "\u{412}EN"), ("BEN", "BE\u{39D}"), ("BEN", "B EN")];
        let unseen =
            ['\u{1D159}', '\u{16FE4}', '\u{FFF9}', '\u{13430}', '\u{E000}', '\u{2FFFF}'].map(|c| format!("BEN{c}"));
        let pairs = pairs.into_iter().chain(unseen.iter().map(|other| ("BEN", other.as_str())));
        for (one, other) in pairs {
            let (one, other) = (PersonId::parse(one).unwrap(), PersonId::parse(other).unwrap());
            assert!(one.may_be(&other) && other.may_be(&one), "{one:?} {other:?}");
        }
    }
}
