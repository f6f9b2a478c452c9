//! One contact whose row is locked until the transaction ends: what the mutations share.

use harborline_duties::Owed;
use harborline_identity::ProgramScope;
use harborline_store::{StoreError, Tx};
use harborline_types::{Acuity, ContactId, Timestamp};

use crate::domain::acuity_rule::Judgment;
use crate::domain::assessment::Assessment;
use crate::domain::known::{Conclusion, Known};
use crate::domain::lowering::Lowering;
use crate::domain::task::Task;
use crate::store::assessment::{assessment_append, assessment_newest_in};
use crate::store::contact_facts::{contact_facts_for_update, contact_facts_save};
use crate::store::lowering::{lowering_end, lowering_insert};

/// A contact whose facts no other transaction changes: its assessments follow one another.
pub(super) struct LockedContact {
    scope: ProgramScope,
    contact: ContactId,
    newest: Option<Assessment>,
    pub(super) known: Known,
}

impl LockedContact {
    /// Locks the contact's row. `starts_at` is the acuity of a follow-up call of which triage hears for the first time.
    pub(super) async fn lock(
        tx: &mut Tx,
        scope: ProgramScope,
        contact: ContactId,
        starts_at: Option<Acuity>,
    ) -> Result<Self, StoreError> {
        let kept = contact_facts_for_update(tx, &scope, contact).await?;
        let newest = assessment_newest_in(tx, &scope, contact).await?;
        let level = newest.as_ref().map(|newest| {
            let conclusion = &newest.conclusion;
            Conclusion::level(conclusion.acuity, &conclusion.reasons)
        });
        let mut known = Known { facts: kept.facts, signed_over: kept.signed_over, level };
        // Before the first assessment what was carried is the level.
        if let Some(level) = known.facts.carried.filter(|_| newest.is_none()).or(starts_at) {
            known.start_at(level);
        }
        let locked = Self { scope, contact, newest, known };
        if starts_at.is_some() {
            locked.save(tx).await?;
        }
        Ok(locked)
    }

    /// The newest assessment, if it says this already.
    pub(super) fn already_says(&self, conclusion: &Conclusion) -> Option<Assessment> {
        self.newest.clone().filter(|newest| newest.conclusion == *conclusion)
    }

    /// Saves what is known.
    pub(super) async fn save(&self, tx: &mut Tx) -> Result<(), StoreError> {
        contact_facts_save(tx, &self.scope, self.contact, &self.known.facts, &self.known.signed_over).await
    }

    /// The newest assessment, if there is one.
    pub(super) fn newest(&self) -> Option<&Assessment> {
        self.newest.as_ref()
    }

    /// Appends a conclusion, with the judgment that made it if one did. It ends the lowering that waited, in the name of the
    /// second person where the judgment has one.
    pub(super) async fn append(
        &self,
        tx: &mut Tx,
        conclusion: Conclusion,
        judgment: Option<&Judgment>,
        now: Timestamp,
    ) -> Result<Assessment, StoreError> {
        let assessment = Assessment::following(self.newest.as_ref(), self.contact, conclusion, now);
        if let Some(ended) = assessment_append(tx, &self.scope, &assessment, judgment).await? {
            tx.owe(Owed::now(Task::Lowering, ended));
        }
        Ok(assessment)
    }

    /// Has a lowering wait for the second person, in the place of one that did.
    pub(super) async fn propose(&self, tx: &mut Tx, lowering: &Lowering) -> Result<(), StoreError> {
        self.end_lowering(tx, lowering.judged_at).await?;
        lowering_insert(tx, &self.scope, lowering).await?;
        tx.owe(Owed::now(Task::Lowering, lowering.id));
        Ok(())
    }

    /// Ends the lowering that waited, because something is known that its judge did not know.
    pub(super) async fn overtake_lowering(&self, tx: &mut Tx, now: Timestamp) -> Result<(), StoreError> {
        self.end_lowering(tx, now).await
    }

    async fn end_lowering(&self, tx: &mut Tx, now: Timestamp) -> Result<(), StoreError> {
        if let Some(ended) = lowering_end(tx, &self.scope, self.contact, now).await? {
            tx.owe(Owed::now(Task::Lowering, ended));
        }
        Ok(())
    }
}
