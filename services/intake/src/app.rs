//! What the RPCs and the duties of intake share.

use std::sync::Arc;

use harborline_audit::{AccessRecords, RecordsPort};
use harborline_identity::{Call, ProgramScope, ServiceName, Subject};
use harborline_notify::Notifier;
use harborline_runtime::StreamAge;
use harborline_store::{Store, StoreError, Tx};
use harborline_types::{Clock, ContactId, Timestamp};
use tracing::Instrument;

use crate::domain::contact::{Change, Contact, FollowUpRequest, Refusal};
use crate::error::IntakeError;
use crate::ports::{AvailabilityPort, FollowUpPort, ReferralPort, TriagePort};
use crate::settings::DecisionTimes;
use crate::store::{change_save, contact_for_update, contacts_waiting_in_chain, follow_ups_ask};

/// The neighbors.
#[derive(Clone)]
pub struct Ports {
    /// Assesses.
    pub triage: Arc<dyn TriagePort>,
    /// Finds counselors.
    pub availability: Arc<dyn AvailabilityPort>,
    /// Follows up.
    pub follow_up: Arc<dyn FollowUpPort>,
    /// Refers on, and tells clinics.
    pub referral: Arc<dyn ReferralPort>,
    /// What each neighbor has on record about accesses.
    pub records: Vec<(ServiceName, Arc<dyn RecordsPort>)>,
}

/// What intake stands on.
pub struct App {
    pub(crate) store: Store,
    pub(crate) accesses: AccessRecords,
    pub(crate) clock: Clock,
    pub(crate) ports: Ports,
    pub(crate) notifier: Arc<dyn Notifier>,
    pub(crate) decisions: DecisionTimes,
    pub(crate) streams: StreamAge,
}

impl App {
    /// Puts intake together.
    pub fn new(
        store: Store,
        clock: Clock,
        ports: Ports,
        notifier: Arc<dyn Notifier>,
        decisions: DecisionTimes,
        streams: StreamAge,
    ) -> Arc<Self> {
        let accesses = AccessRecords::new(store.clone(), ServiceName::Intake);
        Arc::new(Self { store, accesses, clock, ports, notifier, decisions, streams })
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// The span of work on one contact: an urgent one keeps its trace.
pub(crate) fn contact_span(contact: &Contact) -> tracing::Span {
    tracing::info_span!("contact", harborline.contact.id = %contact.id,
        harborline.acuity = i64::from(contact.assessment.acuity.level()))
}

/// Notes for the record of accesses that a call touches a contact, and whose it is.
pub(crate) fn concerns(call: &Call, contact: &Contact) {
    call.concerns(Subject::Contact(contact.id));
    if let Some(participant) = contact.participant {
        call.concerns(Subject::Participant(participant));
    }
}

/// Loads one contact, lets the domain decide, and saves what that brings: the way of every change but the first.
pub(crate) async fn change_contact(
    tx: &mut Tx,
    scope: &ProgramScope,
    id: ContactId,
    decide: impl FnOnce(Contact) -> Result<Change, Refusal>,
) -> Result<Contact, IntakeError> {
    let contact = contact_for_update(tx, scope, id).await?;
    Ok(change_keep(tx, scope, decide(contact)?).await?)
}

/// Nobody calls: what waits to call the person is left, and followup is told why.
pub(crate) async fn stop_calls(
    tx: &mut Tx,
    scope: &ProgramScope,
    chain: ContactId,
    why: FollowUpRequest,
    asked_by: ContactId,
    now: Timestamp,
) -> Result<(), IntakeError> {
    for call in contacts_waiting_in_chain(tx, scope, chain).await? {
        change_contact(tx, scope, call, |contact| contact.leave(now)).await?;
    }
    Ok(follow_ups_ask(tx, scope, chain, why, asked_by).await?)
}

/// Saves what the domain decided about a contact that is loaded and locked.
pub(crate) async fn change_keep(tx: &mut Tx, scope: &ProgramScope, change: Change) -> Result<Contact, StoreError> {
    let span = contact_span(&change.contact);
    change_save(tx, scope, &change).instrument(span).await?;
    Ok(change.contact)
}
