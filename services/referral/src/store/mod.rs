//! The SQL, one file per aggregate. Every query binds its program.

mod clinic;
mod consent;
mod disclosure;
mod existence;
mod facility;
mod history;
mod owed;
mod referral;

pub(crate) use clinic::{ClinicChange, clinic_changes, clinic_hint, clinic_last_change, clinic_open, clinic_view};
pub(crate) use consent::consent_revoked;
pub(crate) use disclosure::{Tellable, disclosure_insert, tellable, told_under};
pub(crate) use existence::{Existence, referral_existence, referral_state_or_never, referral_take_id};
pub(crate) use facility::{facility_for_update, facility_list, facility_offering, facility_offering_in, facility_put};
pub(crate) use history::referral_history;
pub(crate) use owed::referral_owe;
pub(crate) use referral::{
    referral_for_update, referral_insert, referral_list, referral_load, referral_read, referral_save, referral_summary,
    referrals_open,
};

use sqlx::migrate::Migrator;

/// The schema that only referral has.
pub(crate) static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");
