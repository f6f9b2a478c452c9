//! "attempt": when an attempt is due, intake opens an outbound contact for it. The subject is "<plan>/<number>".

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use harborline_duties::{Done, DutyError, DutyRun};
use harborline_types::{PlanId, RequestId};

use crate::app::App;
use crate::ports::IntakePort;
use crate::store::plan::{plan_for_update, plan_get, plan_save};

/// The kind.
pub(crate) const KIND: &str = "attempt";

/// One attempt of one plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Subject {
    pub(crate) plan: PlanId,
    pub(crate) number: i32,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.plan, self.number)
    }
}

impl FromStr for Subject {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (plan, number) = text.split_once('/').ok_or(())?;
        Ok(Self { plan: plan.parse().map_err(drop)?, number: number.parse().map_err(drop)? })
    }
}

/// Opens the outbound contact, then notes it. Dying in between is harmless: intake answers the same contact again.
pub(crate) async fn run(app: App, intake: Arc<dyn IntakePort>, run: DutyRun) -> Result<Done, DutyError> {
    let subject: Subject = run.subject_id()?;
    let plan = plan_get(&app.store, &run.scope, subject.plan).await?;
    let plan = plan.ok_or_else(|| DutyError::lasting("an attempt without its plan"))?;
    let Some(planned) = plan.planned().filter(|planned| planned.number == subject.number) else {
        return Ok(Done::Finished);
    };
    if planned.due_at > app.clock.now() {
        return Ok(Done::Again(planned.due_at));
    }
    let request_id = RequestId::derived("OpenOutboundContact", subject);
    let opened = intake.open_outbound_contact(run.scope, request_id, plan.contact, plan.id, subject.number);
    let outbound = opened.await?;

    let mut tx = app.store.begin(&run.scope).await?;
    let plan = plan_for_update(&mut tx, &run.scope, subject.plan).await?;
    let mut plan = plan.ok_or_else(|| DutyError::lasting("an attempt without its plan"))?;
    if plan.begin(subject.number, outbound) {
        plan_save(&mut tx, &run.scope, &plan).await?;
    }
    tx.commit().await?;
    Ok(Done::Finished)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_reads_back_as_itself() {
        let subject = Subject { plan: PlanId::new(), number: 2 };
        assert_eq!(subject.to_string().parse(), Ok(subject));
        assert_eq!("2".parse::<Subject>(), Err(()));
    }
}
