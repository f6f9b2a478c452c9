//! `ShiftService`: the roster of shifts, the on-call ladder, and swaps.

mod accept_shift_swap;
mod approve_shift_swap;
mod cancel_shift;
mod close_shift_swap;
mod get_on_call_ladder;
mod get_roster;
mod get_roster_rules;
mod list_shift_swaps;
mod list_shifts;
mod offer_shift_swap;
mod put_roster_rules;
mod put_shift;
mod swapping;

use super::Rpc;

harborline_proto::delegate!(availability::v1::ShiftService for Rpc);
