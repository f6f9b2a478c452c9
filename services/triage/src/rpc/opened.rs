//! One contact, locked for the length of a transaction: what the three mutations share.

use harborline_identity::ProgramScope;
use harborline_store::{StoreError, Tx};
use harborline_types::{ContactId, Timestamp};

use crate::domain::acuity_rule::Judgment;
use crate::domain::assessment::Assessment;
use crate::domain::known::{Conclusion, Known};
use crate::store::assessment::{assessment_append, assessment_newest_in};
use crate::store::contact_facts::{contact_facts_for_update, contact_facts_save};

/// A contact whose facts are locked: its assessments follow one another.
pub(super) struct Opened {
    scope: ProgramScope,
    contact: ContactId,
    newest: Option<Assessment>,
    pub(super) known: Known,
}

impl Opened {
    pub(super) async fn open(tx: &mut Tx, scope: ProgramScope, contact: ContactId) -> Result<Self, StoreError> {
        let kept = contact_facts_for_update(tx, &scope, contact).await?;
        let newest = assessment_newest_in(tx, &scope, contact).await?;
        let level = newest.as_ref().map(|newest| {
            let conclusion = &newest.conclusion;
            Conclusion::level(conclusion.acuity, &conclusion.reasons)
        });
        let known = Known { facts: kept.facts, signed_over: kept.signed_over, level };
        Ok(Self { scope, contact, newest, known })
    }

    /// The newest assessment, if it says this already.
    pub(super) fn already_says(&self, conclusion: &Conclusion) -> Option<Assessment> {
        self.newest.clone().filter(|newest| newest.conclusion == *conclusion)
    }

    /// Saves what is known.
    pub(super) async fn save(&self, tx: &mut Tx) -> Result<(), StoreError> {
        contact_facts_save(tx, &self.scope, self.contact, &self.known.facts, &self.known.signed_over).await
    }

    /// Appends a conclusion, with the judgment that made it if one did.
    pub(super) async fn append(
        &self,
        tx: &mut Tx,
        conclusion: Conclusion,
        judgment: Option<&Judgment>,
        now: Timestamp,
    ) -> Result<Assessment, StoreError> {
        let assessment = Assessment::following(self.newest.as_ref(), self.contact, conclusion, now);
        assessment_append(tx, &self.scope, &assessment, judgment).await?;
        Ok(assessment)
    }
}
