//! People who work for a program or a clinic.

use std::fmt;

use crate::text::{is_blank, is_direction_control};

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub id: PersonId,
    /// The name that records show, 1 to 200 characters.
    pub name: String,
}
