//! The program rules that fire for a contact, and what follows from them.
//!
//! What a counselor reads is worked out when it is asked for. What is asked of them besides (duties before the contact closes, a
//! second counselor) is seen to by a duty once somebody has answered, so that answering waits for no rule.

use harborline_duties::Owed;
use harborline_identity::ProgramScope;
use harborline_store::Tx;

use crate::app::App;
use crate::domain::contact::{Contact, ContactState};
use crate::domain::program_rule::{Fired, KeptRule, Situation, fired};
use crate::domain::shipped_rules::shipped;
use crate::domain::task::Task;
use crate::error::IntakeError;
use crate::store;

/// The rules that fire for a contact now.
pub(crate) async fn fired_rules(app: &App, scope: &ProgramScope, contact: &Contact) -> Result<Vec<Fired>, IntakeError> {
    let (keys, reader, now) = (app.store.keys(scope).await?, app.store.reader(scope), app.now());
    let rules = with_shipped(store::program_rule_list(reader, &keys, scope, contact.participant).await?);
    let (mut participant, mut support_persons, mut last_self_harm) = (None, Vec::new(), None);
    if let Some(id) = contact.participant {
        participant = store::participant_find(reader, &keys, scope, id).await?;
        support_persons = store::support_person_list(reader, &keys, scope, id, false).await?;
        last_self_harm = store::self_harm_last(reader, &keys, scope, id, now).await?;
    }
    let situation = Situation {
        participant: participant.as_ref(),
        support_persons: &support_persons,
        last_self_harm,
        caller: contact.caller,
        acuity: contact.assessment.acuity,
        now,
    };
    Ok(fired(rules, &situation))
}

/// The rules of a program with those shipped ones that it has not put or ended itself.
pub(crate) fn with_shipped(mut rules: Vec<KeptRule>) -> Vec<KeptRule> {
    let is_own = |key: &str| rules.iter().any(|kept| kept.participant.is_none() && kept.key == key);
    let shipped: Vec<KeptRule> = shipped().filter(|kept| !is_own(&kept.key)).collect();
    rules.extend(shipped);
    rules
}

/// Owes what rules ask for beyond being read, when somebody has just answered a contact or learned whose it is.
pub(crate) async fn owe_rules(tx: &mut Tx, scope: &ProgramScope, contact: &Contact) -> Result<(), IntakeError> {
    if contact.state == ContactState::Answered
        && store::program_rules_have_effects(tx, scope, contact.participant).await?
    {
        tx.owe(Owed::now(Task::Rules, contact.id));
    }
    Ok(())
}
