//! Every business rule of intake: pure, dated by its arguments, and without a wire or a database.

pub mod assessment;
pub(crate) mod break_glass;
pub(crate) mod caller;
pub(crate) mod care;
pub(crate) mod closing;
pub(crate) mod contact;
#[cfg(test)]
mod contact_tests;
pub(crate) mod custody;
pub(crate) mod decision;
pub(crate) mod disclosure;
pub mod ending;
pub mod facts;
pub(crate) mod identification;
pub(crate) mod linking;
pub(crate) mod participant;
pub(crate) mod program_rule;
pub(crate) mod provisional;
pub(crate) mod returning;
pub(crate) mod safety_plan;
pub(crate) mod safety_plan_text;
pub(crate) mod safety_plan_versions;
pub(crate) mod shipped_rules;
pub(crate) mod support_person;
pub mod task;
pub(crate) mod transitions;
pub(crate) mod verification;
