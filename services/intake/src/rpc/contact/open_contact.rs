//! OpenContact: a new contact, or more in the one that the caller has.

use harborline_identity::{Call, ProgramScope};
use harborline_proto::intake::v1::{OpenContactRequest, OpenContactResponse};
use harborline_runtime::split;
use harborline_store::{Once, Tx};
use harborline_types::{Acuity, CallerKind, ContactId, ParticipantId, Timestamp};
use tonic::Request;
use tracing::Instrument;

use super::opening::{OpenContact, opener};
use crate::app::{App, change_keep, concerns, contact_span, stop_calls};
use crate::domain::caller::Identity;
use crate::domain::care::Program;
use crate::domain::contact::{Contact, FollowUpRequest};
use crate::domain::custody;
use crate::domain::decision::DecisionKind;
use crate::domain::participant::Participant;
use crate::domain::returning::Carried;
use crate::error::IntakeError;
use crate::rpc::seen_by::seen_by;
use crate::store::NewContact;
use crate::{store, wire};

pub(super) async fn handle(
    app: &App,
    request: Request<OpenContactRequest>,
) -> Result<OpenContactResponse, IntakeError> {
    let (call, request) = split(request)?;
    let mut command = OpenContact::parse(&request)?;
    let scope = call.scope()?;
    let mut tx = match app.store.begin_once(&call, "OpenContact", command.request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let program = store::program_share(&mut tx, &scope).await?.ok_or(IntakeError::ProgramNotReady)?;
    let now = app.now();
    if let Some(participant) = bound_to(&mut tx, &call, &scope, &command.identity(&call)).await? {
        command.is_about(participant);
    }
    let (identity, participant) = identify(&mut tx, &scope, command.identity(&call)).await?;
    let mut opening = Opening { identity, participant, program, scope, command, now };
    let contact = opening.contact(&mut tx, &call).await?;
    concerns(&call, &contact);
    let answer = OpenContactResponse {
        contact: Some(seen_by(&call, &contact)),
        backup_line: opening.program.backup_line,
        backup_text_line: opening.program.backup_text_line.unwrap_or_default(),
        ignored: wire::ignored(&opening.command.ignored),
    };
    Ok(tx.commit_answering(answer).await?)
}

/// Whom a family member supports to whom the access token is bound: where nobody is named, the contact is about them. None of
/// one who supports nobody, or several.
async fn bound_to(
    tx: &mut Tx,
    call: &Call,
    scope: &ProgramScope,
    identity: &Identity,
) -> Result<Option<ParticipantId>, IntakeError> {
    let is_about_nobody = identity.kind == CallerKind::FamilyMember && identity.participant.is_none();
    let Some(holder) = opener(call).filter(|_| is_about_nobody) else { return Ok(None) };
    let keys = tx.keys().await?;
    let bound = store::support_persons_of_token(tx.conn(), &keys, scope, &holder.id).await?;
    let mut supported = bound.into_iter().map(|(_, participant)| participant);
    let first = supported.next();
    Ok(first.filter(|first| supported.all(|other| other == *first)))
}

/// The caller's identity, with the participant who calls. Of the participant whom a family member calls about nothing is
/// read but whether there is one.
async fn identify(
    tx: &mut Tx,
    scope: &ProgramScope,
    identity: Identity,
) -> Result<(Identity, Option<Participant>), IntakeError> {
    let Some(id) = identity.participant else { return Ok((identity.with_known(None), None)) };
    if identity.kind != CallerKind::Participant {
        let is_known = store::participant_exists(tx.conn(), scope, id).await?;
        return Ok((identity.with_known(is_known.then_some(id)), None));
    }
    let keys = tx.keys().await?;
    let participant = store::participant_find(tx.conn(), &keys, scope, id).await?;
    // Somebody else has the number of a participant who has died.
    let participant = participant.filter(|known| known.status.may_call());
    Ok((identity.with_known(participant.as_ref().map(|known| known.id)), participant))
}

/// A caller who reaches out.
struct Opening {
    scope: ProgramScope,
    command: OpenContact,
    identity: Identity,
    participant: Option<Participant>,
    program: Program,
    now: Timestamp,
}

impl Opening {
    /// Contacts that ended after this count.
    fn since(&self) -> Timestamp {
        self.now - self.program.same_caller_within
    }

    /// The contact that the caller has from now on. Several requests of one caller may come at once: one opens it, and it
    /// may end before the next has found it.
    async fn contact(&mut self, tx: &mut Tx, call: &Call) -> Result<Contact, IntakeError> {
        let same_number = self.same_number(tx).await?;
        loop {
            if let Some(open) = self.open_already(tx).await? {
                return self.add_to(tx, open, same_number).await;
            }
            if let Some(contact) = self.open(tx, call, same_number).await? {
                return Ok(contact);
            }
        }
    }

    async fn same_number(&self, tx: &mut Tx) -> Result<Option<Acuity>, IntakeError> {
        let Some(number) = &self.command.facts.callback_number else { return Ok(None) };
        let caller = self.identity.verified.as_ref();
        Ok(store::contact_acuity_of_number(tx, &self.scope, number, caller, self.since()).await?)
    }

    /// The caller's contact that is open, locked.
    async fn open_already(&self, tx: &mut Tx) -> Result<Option<Contact>, IntakeError> {
        let Some(caller) = &self.identity.verified else { return Ok(None) };
        let Some(id) = store::contact_open_of_caller(tx, &self.scope, caller).await? else { return Ok(None) };
        let contact = store::contact_for_update(tx, &self.scope, id).await?;
        Ok((!contact.state.is_ended()).then_some(contact))
    }

    /// Adds what the caller says to a contact that is open.
    async fn add_to(&self, tx: &mut Tx, contact: Contact, same_number: Option<Acuity>) -> Result<Contact, IntakeError> {
        let (scope, command) = (&self.scope, &self.command);
        let again = command.again(same_number, self.now);
        let is_news = again.is_news(&contact);
        let contact = change_keep(tx, scope, contact.reach_out_again(&again)).await?;
        store::statement_insert(tx, scope, &contact, command.channel, &command.facts, is_news).await?;
        if command.facts.callback_number.is_some() {
            let keys = tx.keys().await?;
            let stated = store::contact_facts(tx.conn(), &keys, scope, contact.id).await?;
            let mut stated = stated.unwrap_or_default();
            stated.call_back_as_in(&command.facts);
            store::contact_save_call_back(tx, scope, &contact, &stated).await?;
        }
        Ok(contact)
    }

    /// Opens a contact, which goes on with the caller's last one. None when another request has opened one meanwhile.
    async fn open(
        &mut self,
        tx: &mut Tx,
        call: &Call,
        same_number: Option<Acuity>,
    ) -> Result<Option<Contact>, IntakeError> {
        let last = match &self.identity.verified {
            Some(caller) => store::contact_last_of_caller(tx, &self.scope, caller, self.since()).await?,
            None => None,
        };
        if let Some(last) = &last {
            self.lock(tx, last.chain()).await?;
            self.take_number_of(tx, last.id).await?;
        }
        let (scope, command) = (&self.scope, &self.command);
        let carried = Carried::of(last.as_ref(), same_number);
        let change = command.open(self.identity.clone(), self.participant.as_ref(), carried, self.now);
        let contact = &change.contact;
        async {
            let (supervisor, director) = (self.program.supervisor.as_ref(), &self.program.clinical_director);
            let custody = contact.origin().is_none().then(|| custody::first(supervisor, director, self.now));
            let new = NewContact { opener: opener(call).map(|opener| &opener.id), custody };
            if !store::contact_insert(tx, scope, contact, &command.facts, new).await? {
                return Ok(None);
            }
            match contact.carried.origin {
                Some(chain) => {
                    let (kinds, asked_by) = (&DecisionKind::ABOUT_REACHING, contact.id);
                    store::decision_withdraw(tx, scope, chain, kinds, self.now).await?;
                    stop_calls(tx, scope, chain, FollowUpRequest::CallerBack, asked_by, self.now).await?;
                    store::change_follow(tx, scope, &change).await?;
                }
                None => store::change_begin(tx, &change),
            }
            Ok(Some(contact.clone()))
        }
        .instrument(contact_span(contact))
        .await
    }

    async fn lock(&self, tx: &mut Tx, chain: ContactId) -> Result<(), IntakeError> {
        store::contact_for_update(tx, &self.scope, chain).await.map(drop)
    }

    /// A verified caller who gives no number is called back at the one that they gave before.
    async fn take_number_of(&mut self, tx: &mut Tx, last: ContactId) -> Result<(), IntakeError> {
        if self.command.facts.callback_number.is_none() {
            let keys = tx.keys().await?;
            let stated = store::contact_facts(tx.conn(), &keys, &self.scope, last).await?;
            self.command.facts.call_back_as_in(&stated.unwrap_or_default());
        }
        Ok(())
    }
}
