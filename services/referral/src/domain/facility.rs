//! Where people can be sent.

use std::fmt;
use std::str::FromStr;

use harborline_types::FacilityId;

use super::ServiceKind;

/// A facility or partner clinic of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facility {
    /// Which.
    pub id: FacilityId,
    /// The name that the program knows it by.
    pub name: String,
    /// What it offers; at least one.
    pub services: Vec<ServiceKind>,
    /// ISO 3166-2 codes it serves; empty: everywhere.
    pub jurisdictions: Vec<String>,
    /// Lower is asked first.
    pub rank: i32,
    /// False: it gets no new offers.
    pub accepting: bool,
}

impl Facility {
    /// Whether it can take somebody who needs this service and is there; an unknown place fits every facility.
    pub fn fits(&self, service: ServiceKind, jurisdiction: Option<&str>) -> bool {
        let serves = |place: &str| self.jurisdictions.is_empty() || self.jurisdictions.iter().any(|own| own == place);
        self.accepting && self.services.contains(&service) && jurisdiction.is_none_or(serves)
    }

    /// Whether it gives health care, so that it may be told for treatment and its staff are medical personnel.
    pub fn gives_care(&self) -> bool {
        self.services.iter().any(|service| service.is_care())
    }

    /// Its place in the order in which facilities are asked.
    pub fn place(&self) -> Place {
        Place { rank: self.rank, id: self.id }
    }
}

/// A place in the order in which facilities are asked: by rank, then by id so that the order is the same every time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The facility's rank.
    pub rank: i32,
    /// The facility.
    pub id: FacilityId,
}

/// Text that is no [`Place`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a place in the order of facilities")]
pub struct UnknownPlace;

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.rank, self.id)
    }
}

impl FromStr for Place {
    type Err = UnknownPlace;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (rank, id) = text.split_once('/').ok_or(UnknownPlace)?;
        Ok(Self { rank: rank.parse().map_err(|_| UnknownPlace)?, id: id.parse().map_err(|_| UnknownPlace)? })
    }
}
