//! The written rules, read and held against the schema.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use cedar_policy::{Entity, EntityUid, Policy, PolicyId, PolicySet, Schema, ValidationMode, Validator};

use crate::PolicyFiles;
use crate::matrix::Matrix;
use crate::methods::methods;

/// The callers of a call, what it may want, and what is known when it is made: the same for all.
const APPLIES_TO: &str = "appliesTo { principal: [Person, Service], resource: [Record], context: Asked };";

/// The rules, ready to decide.
pub(crate) struct Rules {
    /// All of them, each under its name.
    pub(crate) set: PolicySet,
    /// Every call of the contracts with its number, and the kinds that it belongs to.
    pub(crate) calls: BTreeMap<String, (usize, Entity)>,
}

impl Rules {
    /// Reads the rules, with the calls of the matrix as what they may speak of; every fault goes to `faults`.
    pub(crate) fn parse(files: &PolicyFiles, matrix: &Matrix, faults: &mut Vec<String>) -> Self {
        let mut set = PolicySet::new();
        for (file, text) in &files.rules {
            for rule in named_rules(file, text, faults) {
                if let Err(error) = set.add(rule) {
                    faults.push(format!("{file}: {error}"));
                }
            }
        }
        let mut calls = BTreeMap::new();
        match Schema::from_cedarschema_str(&schema_of(files, matrix)) {
            Ok((schema, warnings)) => {
                faults.extend(warnings.map(|warning| format!("harborline.cedarschema: {warning}")));
                calls = calls_of(&schema, faults);
                validate(schema, &set, faults);
            }
            Err(error) => faults.push(format!("harborline.cedarschema: {error}")),
        }
        Self { set, calls }
    }
}

/// The schema with an action for each call of the matrix.
fn schema_of(files: &PolicyFiles, matrix: &Matrix) -> String {
    let mut schema = files.schema.clone();
    for (method, row) in matrix.rows() {
        let kind = row.kind.as_ref().map(|kind| format!(" in [{kind}]")).unwrap_or_default();
        schema.push_str(&format!("\naction {method:?}{kind} {APPLIES_TO}"));
    }
    schema
}

/// The rules of one file under the names that they give themselves.
fn named_rules(file: &str, text: &str, faults: &mut Vec<String>) -> Vec<Policy> {
    let set = match PolicySet::from_str(text) {
        Ok(set) => set,
        Err(error) => {
            faults.push(format!("{file}: {error}"));
            return Vec::new();
        }
    };
    faults.extend(set.templates().map(|template| format!("{file}: {} is a template", template.id())));
    let mut rules = Vec::new();
    for rule in set.policies() {
        match (rule.annotation("id"), rule.annotation("reason")) {
            (Some(name), Some(reason)) if !name.is_empty() && !reason.is_empty() => {
                rules.push(rule.new_id(PolicyId::new(name)));
            }
            _ => faults.push(format!("{file}: a rule without @id or @reason: {rule}")),
        }
    }
    rules
}

/// The calls that the schema names, which must be of the contracts.
fn calls_of(schema: &Schema, faults: &mut Vec<String>) -> BTreeMap<String, (usize, Entity)> {
    let groups: BTreeSet<&EntityUid> = schema.action_groups().collect();
    let entities = schema.action_entities().map(|all| all.into_iter().collect()).unwrap_or_else(|error| {
        faults.push(format!("harborline.cedarschema: {error}"));
        Vec::new()
    });
    let calls = entities.into_iter().filter(|entity| !groups.contains(&entity.uid()));
    let calls = calls.enumerate().map(|(number, entity)| (entity.uid().id().unescaped().to_owned(), (number, entity)));
    let calls: BTreeMap<String, (usize, Entity)> = calls.collect();
    let known = methods();
    let unknown = calls.keys().filter(|name| !known.contains(*name));
    faults.extend(unknown.map(|name| format!("harborline.cedarschema: {name} is no RPC")));
    calls
}

fn validate(schema: Schema, set: &PolicySet, faults: &mut Vec<String>) {
    let result = Validator::new(schema).validate(set, ValidationMode::Strict);
    faults.extend(result.validation_errors().map(ToString::to_string));
    faults.extend(result.validation_warnings().map(ToString::to_string));
}
