//! The declared matrix: who may make which call, why it is usually made, and whether it goes on record.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use harborline_identity::{Caller, Facts, Purpose, Role, ServiceName};
use serde::Deserialize;

use crate::methods::methods;
use crate::{PolicyError, PolicyFiles};

/// Whether a call goes on record, and as what: it touches health information, or sets up the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    /// It reads health information.
    Read,
    /// It writes it, and may read it as well; or it changes how the program works.
    Write,
    /// It does neither.
    None,
}

/// What may be known of a record or of the caller, for the conditions of the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// The caller answers the contact, or follows it up.
    IsAssigned,
    /// The record is the caller's own.
    IsOwn,
    /// A consent in force covers what is asked.
    HasConsent,
    /// An open break-glass of the caller covers what is asked.
    HasBrokenGlass,
    /// The caller's access token says that they are a licensed clinician.
    IsLicensed,
}

impl Fact {
    /// Every fact.
    pub const ALL: [Self; 5] =
        [Self::IsAssigned, Self::IsOwn, Self::HasConsent, Self::HasBrokenGlass, Self::IsLicensed];

    /// What is known of the record when this alone is true.
    pub fn alone(self) -> Facts {
        let none = Facts::default();
        match self {
            Self::IsAssigned => Facts { is_assigned: true, ..none },
            Self::IsOwn => Facts { is_own: true, ..none },
            Self::HasConsent => Facts { has_consent: true, ..none },
            Self::HasBrokenGlass => Facts { has_broken_glass: true, ..none },
            Self::IsLicensed => none,
        }
    }

    /// Whether it may permit a call that is made for this purpose: the glass is broken to treat somebody.
    pub(crate) fn counts_for(self, purpose: Purpose) -> bool {
        self != Self::HasBrokenGlass || matches!(purpose, Purpose::Treatment | Purpose::EmergencyTreatment)
    }
}

/// One kind of caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Party {
    /// A person with this role.
    Role(Role),
    /// This service.
    Service(ServiceName),
}

impl Party {
    /// Every role and every service.
    pub fn all() -> impl Iterator<Item = Self> {
        let services = ServiceName::ALL.iter().copied().map(Self::Service);
        Role::ALL.iter().copied().map(Self::Role).chain(services)
    }

    /// Whether the caller is of this kind, perhaps among others.
    pub fn covers(self, caller: &Caller) -> bool {
        match (self, caller) {
            (Self::Role(role), Caller::Person(person)) => person.roles.contains(&role),
            (Self::Service(name), Caller::Service(service)) => name == *service,
            _ => false,
        }
    }

    fn parse(word: &str) -> Option<Self> {
        match word.strip_prefix("service:") {
            Some(name) => name.parse().ok().map(Self::Service),
            None => word.parse().ok().map(Self::Role),
        }
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Role(role) => role.fmt(f),
            Self::Service(name) => write!(f, "service:{name}"),
        }
    }
}

/// One RPC's row.
#[derive(Clone, Debug)]
pub struct Row {
    /// The kind of call that it is, of which rules may speak.
    pub kind: Option<String>,
    /// Why the call is usually made; what counts when the caller states nothing else.
    pub purpose: Purpose,
    /// The only purposes for which people may make the call; empty when any will do.
    pub purposes: Vec<Purpose>,
    /// Whether it goes on record.
    pub record: Record,
    /// Who may make the call whatever record it wants.
    pub allow: BTreeSet<Party>,
    /// Who may make the call if a fact is true of the record, with the name of the rule that says so.
    pub allow_if: BTreeMap<Party, BTreeMap<Fact, String>>,
}

impl Row {
    /// Whether the caller may make the call at all, perhaps only for some records.
    pub fn may_admit(&self, caller: &Caller) -> bool {
        self.allow.iter().any(|party| party.covers(caller)) || self.has_condition_for(caller)
    }

    /// Whether the caller may make the call for some records.
    pub fn has_condition_for(&self, caller: &Caller) -> bool {
        self.allow_if.keys().any(|party| party.covers(caller))
    }

    /// The rules that permit the call to the caller under a condition.
    pub fn conditions_of(&self, caller: &Caller) -> impl Iterator<Item = &str> {
        let theirs = self.allow_if.iter().filter(|(party, _)| party.covers(caller));
        theirs.flat_map(|(_, conditions)| conditions.values().map(String::as_str))
    }

    /// Whether people may make the call for this purpose.
    pub fn admits_purpose(&self, purpose: Purpose) -> bool {
        self.purposes.is_empty() || self.purposes.contains(&purpose)
    }
}

/// The rows of all RPCs.
#[derive(Clone, Debug)]
pub struct Matrix {
    rows: BTreeMap<String, Row>,
}

/// A row as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    kind: Option<String>,
    purpose: String,
    #[serde(default)]
    purposes: Vec<String>,
    record: Record,
    #[serde(default)]
    allow: Vec<String>,
    #[serde(default)]
    allow_if: BTreeMap<String, BTreeMap<Fact, String>>,
}

impl Matrix {
    /// The matrix that this build was reviewed with.
    ///
    /// # Errors
    /// When it is wrong; a test keeps such a build from being made.
    pub fn embedded() -> Result<Self, PolicyError> {
        let mut faults = Vec::new();
        let matrix = Self::parse(&PolicyFiles::embedded().matrix, &mut faults);
        if faults.is_empty() { Ok(matrix) } else { Err(PolicyError::Faults(faults)) }
    }

    /// Reads a matrix; every fault goes to `faults`. An RPC without a row is one, a row without an RPC is another.
    pub(crate) fn parse(text: &str, faults: &mut Vec<String>) -> Self {
        let written: BTreeMap<String, Written> = toml::from_str(text).unwrap_or_else(|error| {
            faults.push(format!("matrix.toml: {}", error.message()));
            BTreeMap::new()
        });
        let mut rows = BTreeMap::new();
        for (method, row) in written {
            match row.read() {
                Ok(row) => _ = rows.insert(method, row),
                Err(fault) => faults.push(format!("matrix.toml: {method}: {fault}")),
            }
        }
        let (known, named) = (methods(), rows.keys().cloned().collect::<BTreeSet<_>>());
        faults.extend(known.difference(&named).map(|method| format!("matrix.toml: {method} has no row")));
        faults.extend(named.difference(&known).map(|row| format!("matrix.toml: {row} is no RPC of the contracts")));
        Self { rows }
    }

    /// An RPC's row; the method as `package.Service/Method`, with or without a leading slash.
    pub fn row(&self, method: &str) -> Option<&Row> {
        self.rows.get(method.strip_prefix('/').unwrap_or(method))
    }

    /// Every row with its method, in alphabetical order.
    pub fn rows(&self) -> impl Iterator<Item = (&str, &Row)> {
        self.rows.iter().map(|(method, row)| (method.as_str(), row))
    }
}

impl Written {
    fn read(self) -> Result<Row, String> {
        let purpose = purpose(&self.purpose)?;
        let purposes = self.purposes.iter().map(|text| self::purpose(text)).collect::<Result<Vec<_>, _>>()?;
        if !purposes.is_empty() && !purposes.contains(&purpose) {
            return Err("the usual purpose is not among its purposes".to_owned());
        }
        let allow = self.allow.iter().map(|text| party(text)).collect::<Result<BTreeSet<_>, _>>()?;
        let mut allow_if = BTreeMap::new();
        for (name, conditions) in self.allow_if {
            let party = party(&name)?;
            if conditions.is_empty() || allow.contains(&party) {
                return Err(format!("{name} is allowed if nothing, or anyway"));
            }
            allow_if.insert(party, conditions);
        }
        if allow.is_empty() && allow_if.is_empty() {
            return Err("nobody may make the call".to_owned());
        }
        Ok(Row { kind: self.kind, purpose, purposes, record: self.record, allow, allow_if })
    }
}

fn purpose(text: &str) -> Result<Purpose, String> {
    text.parse().map_err(|_| format!("{text} is no purpose"))
}

fn party(text: &str) -> Result<Party, String> {
    Party::parse(text).ok_or_else(|| format!("{text} is neither role nor service"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rpc_has_exactly_one_row_and_no_row_names_anything_else() {
        let rows: BTreeSet<_> = Matrix::embedded().unwrap().rows().map(|(method, _)| method.to_owned()).collect();
        assert_eq!(rows, methods());
    }

    #[test]
    fn every_fault_of_a_matrix_is_named() {
        let mut faults = Vec::new();
        let text = "[\"a.B/C\"]\npurpose = \"treatment\"\nrecord = \"read\"\nallow = [\"supervisor\"]\n\
            [\"a.B/D\"]\npurpose = \"treatment\"\nrecord = \"read\"\nallow = [\"counsellor\"]\n";
        Matrix::parse(text, &mut faults);
        let has = |text: &str| faults.iter().any(|fault| fault.contains(text));
        assert!(has("a.B/C is no RPC"), "{faults:?}");
        assert!(has("a.B/D: counsellor is neither role nor service"), "{faults:?}");
        assert_eq!(faults.iter().filter(|fault| fault.ends_with("has no row")).count(), methods().len());
    }
}
