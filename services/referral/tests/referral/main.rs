//! What referral promises, against a real Postgres, through its RPCs; intake is played by the test.

mod disclosure;
mod partner;
mod program;
mod repeats;
mod watch;
mod world;
