//! The sign of life of a replica: when it stops, its Attend streams count as broken.

use std::sync::Arc;

use harborline_telemetry::Outage;

use crate::app::App;
use crate::store;

/// Says again and again that this replica is there, for as long as it serves.
pub async fn beat(app: Arc<App>) {
    let mut tick = tokio::time::interval(app.dispatch.beat());
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let outage = Outage::new("this replica cannot say that it is alive");
    if let Err(error) = store::replicas_forget(&app.store).await {
        tracing::debug!(%error, "old replicas are forgotten next time");
    }
    loop {
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            _ = tick.tick() => {}
        }
        outage.note(&store::replica_beat(&app.store, app.replica).await);
    }
}
