//! The matchers: one per pool over all replicas, by a fenced lease.
//!
//! Every replica runs [`supervise`], which finds the pools with work and runs a task for each. The task that holds the
//! pool's lease runs rounds (see [`lead`]); the others wait for the lease to end. Any replica's RPC writes its own rows
//! and hints; the matcher reads the open state again. Losing a matcher costs a lease, never a ticket.
//!
//! # Not chosen
//! Keeping the pool in memory between rounds: reading the open state is two indexed statements, and a matcher that
//! remembers nothing cannot remember wrongly. The ledger's keys and the fence do not care which of the two it is.

mod lead;
mod supervise;
mod write;

pub use supervise::supervise;
