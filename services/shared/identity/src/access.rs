//! Who may make which call, as a table that people review who do not read Rust.
//!
//! # Invariants
//! - What has no row is refused.
//! - Every RPC of the contracts has exactly one row, and no row names anything else (tested against the descriptors).
//!
//! # Not chosen
//! Rules in code beside each RPC: nobody could read them as a whole. A policy engine, until rules need conditions.

use std::collections::BTreeMap;
use std::str::FromStr;

use crate::{Caller, IdentityError, Role, ServiceName};

/// The table as it is reviewed.
const EMBEDDED: &str = include_str!("../access.toml");

/// Who may make which call.
#[derive(Clone, Debug)]
pub struct AccessTable {
    rows: BTreeMap<String, Vec<Grant>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Grant {
    Role(Role),
    Service(ServiceName),
}

impl AccessTable {
    /// The table that this build was reviewed with.
    ///
    /// # Errors
    /// `IdentityError::Access` when it does not parse; a test of this crate keeps such a table from being built.
    pub fn embedded() -> Result<Self, IdentityError> {
        EMBEDDED.parse()
    }

    /// Whether the caller may call the method, given as `package.Service/Method` with or without a leading slash.
    pub fn allows(&self, path: &str, caller: &Caller) -> bool {
        self.row(path).is_some_and(|grants| grants.iter().any(|grant| grant.covers(caller)))
    }

    /// Whether the table knows the method at all.
    pub fn knows(&self, path: &str) -> bool {
        self.row(path).is_some()
    }

    /// The methods that have a row, without a leading slash, in alphabetical order.
    pub fn methods(&self) -> impl Iterator<Item = &str> {
        self.rows.keys().map(String::as_str)
    }

    fn row(&self, path: &str) -> Option<&[Grant]> {
        self.rows.get(path.strip_prefix('/').unwrap_or(path)).map(Vec::as_slice)
    }
}

impl FromStr for AccessTable {
    type Err = IdentityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let table: BTreeMap<String, Vec<String>> =
            toml::from_str(text).map_err(|error| IdentityError::Access(error.message().to_owned()))?;
        let mut rows = BTreeMap::new();
        for (method, words) in table {
            let grants: Option<Vec<_>> = words.iter().map(|word| Grant::parse(word)).collect();
            let grants = grants.filter(|grants| !grants.is_empty());
            let grants = grants.ok_or_else(|| IdentityError::Access(format!("{method} names an unknown caller")))?;
            rows.insert(method, grants);
        }
        Ok(Self { rows })
    }
}

impl Grant {
    fn parse(word: &str) -> Option<Self> {
        match word.strip_prefix("service:") {
            Some(name) => name.parse().ok().map(Self::Service),
            None => word.parse().ok().map(Self::Role),
        }
    }

    fn covers(self, caller: &Caller) -> bool {
        match (self, caller) {
            (Self::Role(role), Caller::Person(person)) => person.roles.contains(&role),
            (Self::Service(name), Caller::Service(service)) => name == *service,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use harborline_types::PersonId;
    use prost::Message;

    use super::*;
    use crate::PersonCaller;

    fn methods_of_the_contracts() -> BTreeSet<String> {
        let files = prost_types::FileDescriptorSet::decode(harborline_proto::DESCRIPTORS).unwrap().file;
        let ours = files.iter().filter(|file| file.package().starts_with("harborline."));
        ours.flat_map(|file| file.service.iter().map(move |service| (file.package(), service)))
            .flat_map(|(package, service)| {
                service.method.iter().map(move |method| format!("{package}.{}/{}", service.name(), method.name()))
            })
            .collect()
    }

    fn person(role: Role) -> Caller {
        let id = PersonId::parse("somebody").unwrap();
        Caller::Person(PersonCaller::new(id, &[role]))
    }

    #[test]
    fn every_rpc_has_exactly_one_row_and_no_row_names_anything_else() {
        let table = AccessTable::embedded().unwrap();
        let rows: BTreeSet<_> = table.methods().map(str::to_owned).collect();
        assert_eq!(rows, methods_of_the_contracts());
        let twice = format!("{EMBEDDED}\n\"{}\" = [\"auditor\"]", rows.first().unwrap());
        assert!(twice.parse::<AccessTable>().is_err(), "a second row for a method is refused");
    }

    #[test]
    fn what_has_no_row_is_refused_to_everybody() {
        let table = AccessTable::embedded().unwrap();
        for role in Role::ALL {
            assert!(!table.allows("/harborline.intake.v1.ContactService/DeleteContact", &person(*role)));
        }
    }

    #[test]
    fn a_row_admits_those_it_lists_and_nobody_else() {
        let table = AccessTable::embedded().unwrap();
        let open = "/harborline.intake.v1.ContactService/OpenContact";
        assert!(table.allows(open, &person(Role::FrontEnd)));
        assert!(!table.allows(open, &person(Role::Counselor)));
        assert!(!table.allows(open, &Caller::Service(ServiceName::Intake)));
        let request = "harborline.availability.v1.TicketService/RequestCounselor";
        assert!(table.allows(request, &Caller::Service(ServiceName::Intake)));
        assert!(!table.allows(request, &Caller::Service(ServiceName::Triage)));
        assert!(!table.allows(request, &person(Role::Administrator)));
    }

    #[test]
    fn a_clinic_sees_the_partner_contract_only() {
        let table = AccessTable::embedded().unwrap();
        let clinic = person(Role::Clinic);
        let seen: Vec<_> = table.methods().filter(|method| table.allows(method, &clinic)).collect();
        assert!(!seen.is_empty());
        assert!(seen.iter().all(|method| method.starts_with("harborline.partner.v1.")), "{seen:?}");
    }

    #[test]
    fn a_misspelled_role_is_no_table() {
        assert!("\"a.B/C\" = [\"counsellor\"]".parse::<AccessTable>().is_err());
        assert!("\"a.B/C\" = []".parse::<AccessTable>().is_err());
    }
}
