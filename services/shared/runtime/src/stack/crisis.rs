//! Which calls are calls of a crisis, as a table that people review who do not read Rust.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// The table as it is reviewed.
const EMBEDDED: &str = include_str!("../../crisis.toml");

static METHODS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    // A test keeps a table from being built that does not parse.
    let table: BTreeMap<String, BTreeSet<String>> = toml::from_str(EMBEDDED).unwrap_or_default();
    table.into_values().flatten().collect()
});

/// Whether the call brings a person in crisis to a human, keeps them there, or frees the human for the next one.
pub(super) fn is_crisis(path: &str) -> bool {
    METHODS.contains(path.trim_start_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{UNKNOWN_METHOD, method_name};

    #[test]
    fn every_call_of_a_crisis_is_one_of_the_contracts() {
        let table: BTreeMap<String, Vec<String>> = toml::from_str(EMBEDDED).unwrap();
        assert_eq!(table.keys().collect::<Vec<_>>(), ["methods"]);
        assert_eq!(table["methods"].len(), METHODS.len(), "no name stands twice");
        for method in &table["methods"] {
            assert_ne!(method_name(&format!("/{method}")), UNKNOWN_METHOD, "{method}");
        }
    }

    #[test]
    fn opening_a_contact_is_a_call_of_a_crisis_and_a_report_is_not() {
        assert!(is_crisis("/harborline.intake.v1.ContactService/OpenContact"));
        assert!(!is_crisis("/harborline.intake.v1.ContactService/ListContacts"));
    }
}
