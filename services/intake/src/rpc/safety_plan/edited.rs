//! What the calls about safety plans share: whose plan it is, and one way to change it.

use harborline_identity::{Call, Facts, ProgramScope, Subject};
use harborline_status::Fields;
use harborline_store::Tx;
use harborline_types::{ContactId, ParticipantId, RequestId};

use crate::app::App;
use crate::domain::safety_plan::{Change, Mark, PlanRefusal, SafetyPlan, Signature};
use crate::error::IntakeError;
use crate::rpc::acting::acting;
use crate::rpc::permit::facts_of_participant;
use crate::store;

/// The plan of a participant, for a caller who may see it.
pub(super) async fn seen(
    app: &App,
    call: &Call,
    scope: &ProgramScope,
    id: ParticipantId,
) -> Result<SafetyPlan, IntakeError> {
    // Before anything else, so that a refused caller does not learn whether there is such a participant.
    call.permit(&facts(app, call, scope, id).await?)?;
    let keys = app.store.keys(scope).await?;
    let plan = store::safety_plan_find(app.store.reader(scope), &keys, scope, id).await?;
    plan.ok_or(IntakeError::ParticipantNotFound(id))
}

/// Reads the number of a version, where 0 stands for one of them.
pub(super) fn version(fields: &mut Fields, field: &str, version: i64) -> i64 {
    if version < 0 {
        fields.fault(field, "must be at least 0");
    }
    version
}

/// Which version is meant, where 0 is the newest one of a plan.
pub(super) fn version_of(fields: &mut Fields, field: &str, version: i64, plan: &SafetyPlan) -> i64 {
    if version > plan.version {
        fields.fault(field, "must not be after the newest version");
    }
    if version == 0 { plan.version } else { version }
}

/// What is known of the participant when the policy is asked: before a transaction begins, since a neighbor may be asked.
pub(super) async fn facts(
    app: &App,
    call: &Call,
    scope: &ProgramScope,
    id: ParticipantId,
) -> Result<Facts, IntakeError> {
    call.concerns(Subject::Participant(id));
    facts_of_participant(app, call, scope, id).await
}

/// Changes a plan as the domain decides, and saves it with the change.
pub(super) async fn edited(
    app: &App,
    tx: &mut Tx,
    call: &Call,
    scope: &ProgramScope,
    id: ParticipantId,
    decide: impl FnOnce(SafetyPlan, Mark) -> Result<(SafetyPlan, Change), PlanRefusal>,
) -> Result<SafetyPlan, IntakeError> {
    let plan = store::safety_plan_for_update(tx, scope, id).await?;
    let (plan, change) = decide(plan, Mark { by: acting(call)?, at: app.now() })?;
    store::safety_plan_save(tx, scope, &plan, Some(&change)).await?;
    Ok(plan)
}

/// That a version was agreed to, or gone through.
pub(super) struct Signing {
    pub(super) request_id: RequestId,
    pub(super) participant: ParticipantId,
    version: i64,
    contact: Option<ContactId>,
}

impl Signing {
    /// Reads the fields, which are the same of both calls.
    pub(super) fn parse(
        request_id: &str,
        participant_id: &str,
        version: i64,
        contact_id: &str,
    ) -> Result<Self, IntakeError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(request_id);
        let participant = fields.id("participant_id", participant_id);
        let contact = fields.optional_id("contact_id", contact_id);
        if version < 1 {
            fields.fault("version", "must be at least 1");
        }
        let (Some(request_id), Some(participant), Some(contact)) = (request_id, participant, contact) else {
            return Err(fields.refused().into());
        };
        fields.finish()?;
        Ok(Self { request_id, participant, version, contact })
    }

    /// Signs the plan as the domain decides, and saves it.
    pub(super) async fn signed(
        &self,
        app: &App,
        tx: &mut Tx,
        call: &Call,
        scope: &ProgramScope,
        sign: impl FnOnce(SafetyPlan, Signature) -> Result<SafetyPlan, PlanRefusal>,
    ) -> Result<SafetyPlan, IntakeError> {
        let plan = store::safety_plan_for_update(tx, scope, self.participant).await?;
        if let Some(contact) = self.contact {
            call.concerns(Subject::Contact(contact));
            if !store::contact_is_of(tx.conn(), scope, contact, self.participant).await? {
                return Err(IntakeError::ContactNotFound(contact));
            }
        }
        let mark = Mark { by: acting(call)?, at: app.now() };
        let plan = sign(plan, Signature { version: self.version, mark, contact: self.contact })?;
        store::safety_plan_save(tx, scope, &plan, None).await?;
        Ok(plan)
    }
}
