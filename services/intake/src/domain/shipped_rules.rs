//! The rules that are shipped: `rules/shipped.toml`, read once. Each holds until its program has put or ended it under its
//! key, or is there to be taken over.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use harborline_types::Phi;
use serde::Deserialize;

use super::program_rule::{KeptRule, Rule};

const FILE: &str = include_str!("../../rules/shipped.toml");

#[derive(Deserialize)]
struct Shipped {
    holds: bool,
    rule: Rule,
}

static SHIPPED: LazyLock<BTreeMap<String, Shipped>> = LazyLock::new(|| toml::from_str(FILE).unwrap_or_default());

/// All of them, by key.
pub(crate) fn shipped() -> impl Iterator<Item = KeptRule> {
    SHIPPED.iter().map(|(key, shipped)| KeptRule {
        key: key.clone(),
        participant: None,
        rule: Phi::new(shipped.rule.clone()),
        version: 0,
        put: None,
        is_in_force: shipped.holds,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_rules_can_be_read_and_forbid_nothing_that_keeps_somebody_safe() {
        let read: BTreeMap<String, Shipped> = toml::from_str(FILE).unwrap();
        assert_eq!(read.len(), 7);
        for (key, Shipped { rule, .. }) in read {
            assert!(rule.forbids_safety().is_empty(), "{key}");
            assert!(!rule.dos.is_empty() && !rule.source.is_empty(), "{key}");
        }
    }
}
