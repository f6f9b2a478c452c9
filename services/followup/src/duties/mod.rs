//! What followup owes, one file per kind.

pub(crate) mod attempt;
pub(crate) mod ended;

use harborline_duties::{Owed, owe, settle};
use harborline_identity::ProgramScope;
use harborline_store::{StoreError, Tx};

use crate::domain::plan::{Plan, PlanState};

/// Owes what a plan's state asks for, after it changed: the planned attempt, or the word that none is left.
pub(crate) async fn owe_for(tx: &mut Tx, scope: &ProgramScope, plan: &Plan) -> Result<(), StoreError> {
    match (plan.state, plan.planned()) {
        (PlanState::Open, Some(planned)) => {
            settle(tx, scope, ended::KIND, plan.contact).await?;
            let subject = attempt::Subject { plan: plan.id, number: planned.number };
            owe(tx, scope, Owed::at(attempt::KIND, subject, planned.due_at)).await
        }
        // The attempt is underway: intake tells how it ends.
        (PlanState::Open, None) => Ok(()),
        _ => owe(tx, scope, Owed::now(ended::KIND, plan.contact)).await,
    }
}
