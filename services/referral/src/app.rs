//! What every story of this service works with.

use std::sync::Arc;

use harborline_contacts::Contacts;
use harborline_identity::ProgramScope;
use harborline_runtime::StreamAge;
use harborline_store::{Store, StoreError, Tx};
use harborline_types::{Clock, ReferralId};

use crate::domain::{Asking, Facility, Referral, ServiceKind, Step, Terms};
use crate::error::ReferralError;
use crate::ports::IntakePort;
use crate::settings::Settings;
use crate::store;

/// The parts that RPCs and duties share.
#[derive(Clone)]
pub struct App {
    /// This service's Postgres.
    pub store: Store,
    /// Where "now" of the domain comes from.
    pub clock: Clock,
    /// The hub.
    pub intake: Arc<dyn IntakePort>,
    /// What the hub knows of contacts.
    pub contacts: Contacts,
    /// How long each step of a referral may take.
    pub terms: Terms,
    /// What ends live streams.
    pub streams: StreamAge,
}

impl App {
    /// Puts the parts together.
    pub fn new(
        store: Store,
        clock: Clock,
        intake: Arc<dyn IntakePort>,
        contacts: Contacts,
        settings: Settings,
        streams: StreamAge,
    ) -> Arc<Self> {
        Arc::new(Self { store, clock, intake, contacts, terms: settings.offers.terms(), streams })
    }

    /// A referral of the program, locked until the transaction ends.
    pub(crate) async fn referral(
        &self,
        tx: &mut Tx,
        scope: &ProgramScope,
        id: ReferralId,
    ) -> Result<Referral, ReferralError> {
        store::referral_for_update(tx, scope, id).await?.ok_or(ReferralError::NotFound(id))
    }

    /// Whom a referral for this service may ask.
    pub(crate) async fn facilities(
        &self,
        tx: &mut Tx,
        scope: &ProgramScope,
        service: ServiceKind,
    ) -> Result<Vec<Facility>, StoreError> {
        store::facility_offering_in(tx, scope, service).await
    }

    /// Saves what a referral has become, owes what that asks for, and takes back what it settles.
    pub(crate) async fn save(
        &self,
        tx: &mut Tx,
        scope: &ProgramScope,
        (referral, events): &Step,
    ) -> Result<(), StoreError> {
        store::referral_save(tx, scope, referral, events).await?;
        store::referral_owe(tx, referral, events);
        Ok(())
    }

    /// The terms of asking one of them now.
    pub(crate) fn asking<'a>(&self, facilities: &'a [Facility]) -> Asking<'a> {
        Asking { facilities, claim_within: self.terms.claim_within, now: self.clock.now() }
    }
}
