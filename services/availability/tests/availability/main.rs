//! What availability promises, against a real Postgres: real RPC handlers, real matchers, a fake intake.

mod board;
mod calls;
mod clocks;
mod coverage;
mod credentials;
mod devices;
mod elsewhere;
mod expiry;
mod explain;
mod fatigue;
mod fixture;
mod forecasts;
mod guard;
mod log;
mod matching;
mod measures;
mod paging;
mod presence;
mod queue;
mod race;
mod shifts;
mod swaps;
mod transfer;
