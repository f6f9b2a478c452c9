//! SQL, one file per aggregate. The program is bound in every query.
//!
//! # Locks
//! Always in this order: the program (shared, so that who is on duty stays), the inbound contact, the outbound contact,
//! the chain of custody. A change of supervisor takes the program alone and then moves chains.

mod break_glass;
mod case;
mod consent;
mod contact;
mod contact_row;
mod custody;
mod family;
mod joined;
mod opener;
mod participant;
mod program;
mod referral;

pub(crate) use break_glass::{
    break_glass_for_update, break_glass_insert, break_glass_is_unreviewed, break_glass_lasts, break_glass_list,
    break_glass_save, emergencies_lasting,
};
pub(crate) use case::{CONTACT_HINT, change_follow, change_save, contact_for_update};
pub(crate) use consent::{
    ConsentRecord, consent_for_update, consent_insert, consent_list, consent_revoke, consent_revoked_at,
};
pub(crate) use contact::{
    contact_facts, contact_find, contact_insert, contact_is_reachable, contact_is_shared_with, contact_list,
    contact_of_attempt, contact_record_hand_off, contact_record_note, contact_save, contacts_of_participant,
    contacts_open_in_chain,
};
pub(crate) use custody::{custody_end, custody_last, custody_list, custody_move, custody_pass_duty};
pub(crate) use family::{FamilyAsking, family_decision_insert};
pub(crate) use joined::joined_put;
pub(crate) use opener::{contact_is_opened_by, contact_record_opener};
pub(crate) use participant::{participant_exists, participant_find, participant_insert, participant_is_answered_by};
pub(crate) use program::{program_for_update, program_get, program_put, program_share, program_supervisor_set};
pub(crate) use referral::{AcceptedReferral, referral_accept};

use sqlx::migrate::Migrator;

/// The schema of intake.
pub(crate) static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");
