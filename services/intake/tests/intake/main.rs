//! What intake promises, against a real Postgres: real handlers and duties, neighbors that can be told to fail.

mod accesses;
mod accesses_price;
mod break_glass;
mod callers;
mod care;
mod closing;
mod consents;
mod contacts;
mod custody;
mod custody_property;
mod describe;
mod duties;
mod family;
mod fixture;
mod follow_up;
mod mesh;
mod neighbors;
mod pages;
mod permits;
mod refusals;
mod repeats;
mod same_caller;
mod somebodys;
mod told;
mod same_contact;
mod watch;
