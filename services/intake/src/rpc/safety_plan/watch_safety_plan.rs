//! Sends a safety plan as it is, then the newest one after each change.

use std::sync::Arc;

use futures::stream::{BoxStream, StreamExt, unfold};
use harborline_identity::ProgramScope;
use harborline_proto::intake::v1::{WatchSafetyPlanRequest, WatchSafetyPlanResponse};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::{HintKey, Watch};
use harborline_types::ParticipantId;
use tonic::{Request, Status};

use super::edited::seen;
use crate::app::App;
use crate::domain::safety_plan::SafetyPlan;
use crate::error::IntakeError;
use crate::rpc::cursor;
use crate::{store, wire};

/// What is sent.
pub(super) type Answers = BoxStream<'static, Result<WatchSafetyPlanResponse, Status>>;

/// Before the first revision, which is 0.
const NOTHING_SENT: i64 = -1;

struct Watching {
    app: Arc<App>,
    scope: ProgramScope,
    watch: Watch,
    id: ParticipantId,
    /// The revision sent last.
    sent: i64,
    /// Read already, not looked at yet.
    unseen: Option<SafetyPlan>,
    failed: bool,
}

impl Watching {
    async fn next(mut self) -> Option<(Result<WatchSafetyPlanResponse, Status>, Self)> {
        while !self.failed {
            let plan = match self.read().await {
                Ok(plan) => plan,
                Err(error) => {
                    self.failed = true;
                    return Some((Err(ServiceError::from(error).into()), self));
                }
            };
            if plan.revision > self.sent {
                self.sent = plan.revision;
                let cursor = cursor::write(self.id, self.sent);
                let plan = Some(wire::safety_plan::plan(plan));
                return Some((Ok(WatchSafetyPlanResponse { plan, cursor }), self));
            }
            self.watch.changed().await;
        }
        None
    }

    async fn read(&mut self) -> Result<SafetyPlan, IntakeError> {
        if let Some(plan) = self.unseen.take() {
            return Ok(plan);
        }
        let keys = self.app.store.keys(&self.scope).await?;
        let plan = store::safety_plan_find(self.app.store.reader(&self.scope), &keys, &self.scope, self.id).await?;
        plan.ok_or(IntakeError::ParticipantNotFound(self.id))
    }
}

pub(super) async fn handle(app: &Arc<App>, request: Request<WatchSafetyPlanRequest>) -> Result<Answers, IntakeError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let Some(id) = fields.id::<ParticipantId>("participant_id", &request.participant_id) else {
        return Err(fields.refused().into());
    };
    let scope = call.scope()?;
    // Subscribe first, then read: no change falls between.
    let watch = app.store.watch(HintKey::new(store::SAFETY_PLAN_HINT, id));
    let plan = seen(app, &call, &scope, id).await?;
    let sent = cursor::read(&request.cursor, id, NOTHING_SENT, plan.revision)?;
    let app = app.clone();
    let watching = Watching { app: app.clone(), scope, watch, id, sent, unseen: Some(plan), failed: false };
    Ok(app.streams.limit(unfold(watching, Watching::next)).boxed())
}
