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
mod decision;
mod family;
mod follow_ups;
mod identification;
mod joined;
mod linked;
mod opener;
mod part2_end;
mod participant;
mod participant_row;
mod program;
mod program_rule;
mod referral;
mod returning;
mod safety_plan;
mod self_harm;
mod stated;
mod support_person;

pub(crate) use break_glass::{
    break_glass_for_update, break_glass_insert, break_glass_is_unreviewed, break_glass_lasts, break_glass_list,
    break_glass_save, emergencies_lasting,
};
pub(crate) use case::{
    CONTACT_HINT, change_begin, change_follow, change_save, contact_for_update, follow_ups_ask, question_ask,
};
pub(crate) use consent::{
    ConsentRecord, consent_confirm, consent_expire, consent_for_update, consent_insert, consent_list, consent_of,
    consent_revoke, consent_revoked_at, consent_revoked_last,
};
pub(crate) use contact::{
    NewContact, contact_facts, contact_find, contact_insert, contact_is_reachable, contact_is_shared_with,
    contact_list, contact_note, contact_of_attempt, contact_record_backup_offered, contact_record_note, contact_save,
    contacts_of_participant, contacts_open_of, contacts_waiting_in_chain,
};
pub(crate) use custody::{
    custody_follow, custody_list, custody_pass_clinician, custody_pass_direction, custody_pass_duty,
};
pub(crate) use decision::{
    ToDecide, decision_find, decision_for_update, decision_is_open, decision_list, decision_open, decision_save,
    decision_settle, decision_withdraw, decisions_paged, decisions_to_make, decisions_unassessed,
};
pub(crate) use family::{FamilyAsking, family_decision_insert};
pub(crate) use follow_ups::{
    ToTell, chains_followed_up, follow_up_request_add, follow_up_request_next, follow_up_request_sent,
    follow_ups_asked, follow_ups_end, follow_ups_open, follow_ups_stopped,
};
pub(crate) use identification::{
    Claimed, before_identification, claimed_find, identification_insert, identification_list, tries_count, try_insert,
};
pub(crate) use joined::joined_put;
pub(crate) use linked::{caller_pass, chain_join, contacts_linked_with};
pub(crate) use opener::{contact_is_opened_by, contact_opener};
pub(crate) use part2_end::{part2_end, program_with_part2_end};
pub(crate) use participant::{
    Listed, participant_exists, participant_find, participant_find_with_whereabouts, participant_for_update,
    participant_insert, participant_is_answered_by, participant_list, participant_lock, participant_look_up,
    participant_save, participant_save_whereabouts,
};
pub(crate) use program::{
    ProgramPut, program_for_update, program_get, program_put, program_share, program_supervisor_set,
};
pub(crate) use program_rule::{
    program_rule_for_update, program_rule_list, program_rule_save, program_rule_versions, program_rules_have_effects,
};
pub(crate) use referral::{AcceptedReferral, referral_accept, referral_end, referral_register, referral_unconfirmed};
pub(crate) use returning::{
    Stated, contact_acuity_of_number, contact_last_of_caller, contact_newest_of_chain, contact_open_of_caller,
    contact_save_call_back, contacts_open_of_chain, statement_insert, statement_is_untold, statement_told, statements,
    statements_untold,
};

pub(crate) use safety_plan::{
    SAFETY_PLAN_HINT, contact_is_of, safety_plan_changes, safety_plan_find, safety_plan_for_update, safety_plan_save,
    safety_plan_versions,
};
pub(crate) use self_harm::{self_harm_last, self_harm_record};
pub(crate) use support_person::{
    support_person_find, support_person_for_update, support_person_list, support_person_look_up, support_person_save,
    support_persons_of_token,
};

use sqlx::migrate::Migrator;

/// The schema of intake.
pub(crate) static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");
