//! The heartbeat of a replica: when it stops, the matchers count the Attend streams of the replica as broken.

use std::sync::Arc;

use harborline_telemetry::Outage;

use crate::app::App;
use crate::store;

/// Writes the heartbeat of this replica until it shuts down.
pub async fn beat(app: Arc<App>) {
    let mut tick = tokio::time::interval(app.dispatch.beat());
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let outage = Outage::new("this replica cannot say that it is alive");
    if let Err(error) = store::replicas_forget(&app.store).await {
        tracing::debug!(%error, "rows of old replicas are removed at the next start");
    }
    loop {
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            _ = tick.tick() => {}
        }
        outage.note(&store::replica_beat(&app.store, app.replica).await);
    }
}
