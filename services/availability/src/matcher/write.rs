//! Writing a round: all of it in one transaction, and only while the lease is ours.

use std::collections::HashSet;

use harborline_identity::ProgramScope;
use harborline_store::StoreError;
use harborline_types::PersonId;

use crate::app::App;
use crate::domain::matcher::Round;
use crate::domain::{Change, Event, TicketEventKind};
use crate::store::{self, Held};

/// How much of a round was written.
pub(super) enum Written {
    /// All of it.
    All,
    /// What nobody else had changed meanwhile.
    Part,
    /// Nothing: the lease is lost.
    Nothing,
}

/// Writes a round. Decisions about what somebody changed since it was read are void, and are left out.
pub(super) async fn write(app: &App, scope: &ProgramScope, held: Held, round: Round) -> Result<Written, StoreError> {
    if round.changes.is_empty() && round.ended.is_empty() {
        return Ok(Written::All);
    }
    let mut tx = app.store.begin(scope).await?;
    if !store::lease_renew(&mut tx, scope, held, app.dispatch.matcher_lease()).await? {
        return Ok(Written::Nothing);
    }
    let decided = round.changes.len();
    let unchanged: HashSet<_> = store::tickets_unchanged(&mut tx, scope, &round.changes).await?.into_iter().collect();
    let gone: HashSet<_> = store::presence_end(&mut tx, scope, &round.ended).await?.into_iter().collect();
    let came_back: HashSet<&PersonId> =
        round.ended.iter().map(|(counselor, _)| counselor).filter(|counselor| !gone.contains(counselor)).collect();
    let valid: Vec<Change> = round
        .changes
        .into_iter()
        .filter(|change| unchanged.contains(&change.ticket.id) && !loses_one_of(change, &came_back))
        .collect();

    store::changes_save(&mut tx, scope, &valid, app.clock.now()).await?;
    store::presence_silence(&mut tx, scope, &round.silences).await?;
    tx.commit().await?;

    valid.iter().for_each(page_supervisor);
    Ok(if valid.len() == decided && came_back.is_empty() { Written::All } else { Written::Part })
}

/// Whether a change takes a ticket from a counselor who has come back after all.
fn loses_one_of(change: &Change, came_back: &HashSet<&PersonId>) -> bool {
    let is_loss = |event: &Event| {
        use TicketEventKind::{CounselorLost, OfferWithdrawn, WrappedUp};
        matches!(event.kind, CounselorLost | OfferWithdrawn | WrappedUp)
            && event.counselor.as_ref().is_some_and(|counselor| came_back.contains(counselor))
    };
    change.events.iter().any(is_loss)
}

/// Tells operations that somebody waits too long.
fn page_supervisor(change: &Change) {
    if change.events.iter().any(|event| event.kind == TicketEventKind::SupervisorPaged) {
        let (ticket, acuity) = (&change.ticket, change.ticket.acuity.level());
        tracing::warn!(harborline.ticket.id = %ticket.id, harborline.contact.id = %ticket.contact,
            harborline.acuity = acuity, "nobody has answered in time: the supervisor on call is paged");
        let meter = harborline_telemetry::metrics::meter();
        meter.u64_counter("harborline.availability.supervisor_paged").build().add(1, &[]);
    }
}
