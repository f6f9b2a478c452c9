//! What referral promises, against a real Postgres, through its RPCs; intake is played by the test.

mod clocks;
mod custody;
mod disclosure;
mod fixture;
mod partner;
mod program;
mod repeats;
mod watch;
