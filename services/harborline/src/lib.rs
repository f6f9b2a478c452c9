//! Harborline, the open backend of a 24/7 support hotline: one binary, five services.
//!
//! `serve` is a role of production; `up` runs all five as processes on one machine; `demo` plays a night of contacts
//! against them through the public contracts. The library exists for this binary and for the tests of the whole mesh.

pub mod board;
pub mod clients;
pub mod commands;
pub mod demo;
mod import;
pub mod mesh;
pub mod roles;
