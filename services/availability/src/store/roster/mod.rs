//! The roster: its rules, shifts, changed days, swaps. All of it is read in a transaction, so that a roster is computed
//! from rows of one moment.

mod owed;
mod rules;
mod shift;
mod swap;

pub(crate) use owed::roster_changed;
pub(crate) use rules::{
    LadderCheck, ladder_check, ladder_check_put, roster_rules, roster_rules_for_update, roster_rules_put,
};
pub(super) use shift::hours;
pub(crate) use shift::{
    roster_facts, shift_cancel, shift_day_put, shift_for_update, shift_list, shift_put, shifts_lock,
};
pub(crate) use swap::{swap_create, swap_for_update, swap_list, swap_save};
