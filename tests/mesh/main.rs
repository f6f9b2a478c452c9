//! The promises of the whole mesh, one module each.

mod alone;
mod board;
mod callers;
mod canary;
mod command_line;
mod flow;
mod fuzz;
mod handed_over;
mod import;
mod keys;
mod kills;
mod law;
mod limits;
mod matcher_killed;
mod paging;
mod record;
mod tenancy;
mod tokens;
mod trace;
mod zones;
