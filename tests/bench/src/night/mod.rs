//! Simulated nights: the product's own decisions in virtual time, beside other policies and beside the formulas.
//!
//! [`cast`] is who calls and who answers, drawn from a seed ([`scenario`], [`crate::chance`]); [`engine`] plays it, event by
//! event, with a policy deciding: the product's pool ([`ours`]), or one of two plain ones ([`naive`]). A caller's own
//! luck is the same under every policy, so a few dozen nights tell them apart. Nothing sleeps, and nothing depends on
//! the machine, except what one decision takes.
//!
//! # Not chosen
//! Compressed real time: it would multiply the software's milliseconds by the factor and call them waits. What the
//! software costs is measured elsewhere, through gRPC and Postgres.

mod books;
mod cast;
mod engine;
mod formulas;
mod naive;
mod ours;
mod rows;
mod scenario;
#[cfg(test)]
mod tests;
mod waits;
mod watch;

pub(crate) use rows::measure;
