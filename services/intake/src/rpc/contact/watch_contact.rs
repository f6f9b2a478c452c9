//! Reads state: a snapshot, then the newest state after each change. A hint only says "read again".

use std::sync::Arc;

use futures::stream::{BoxStream, StreamExt, unfold};
use harborline_identity::{Call, ProgramScope};
use harborline_proto::intake::v1::{WatchContactRequest, WatchContactResponse};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::{HintKey, Watch};
use harborline_types::ContactId;
use tonic::{Request, Status};

use crate::app::{App, concerns};
use crate::domain::contact::Contact;
use crate::error::IntakeError;
use crate::rpc::cursor;
use crate::rpc::permit::permit_contact;
use crate::rpc::seen_by::seen_by;
use crate::store;

/// What is sent.
pub(super) type Answers = BoxStream<'static, Result<WatchContactResponse, Status>>;

struct Watching {
    app: Arc<App>,
    call: Call,
    scope: ProgramScope,
    watch: Watch,
    id: ContactId,
    /// The revision sent last.
    sent: i64,
    /// Read already, not looked at yet.
    unseen: Option<Contact>,
    ended: bool,
}

impl Watching {
    /// The next state to send; none when the contact has ended and that was sent.
    async fn next(mut self) -> Option<(Result<WatchContactResponse, Status>, Self)> {
        while !self.ended {
            let contact = match self.read().await {
                Ok(contact) => contact,
                Err(error) => {
                    self.ended = true;
                    return Some((Err(ServiceError::from(error).into()), self));
                }
            };
            self.ended = contact.state.is_ended();
            if contact.revision > self.sent {
                self.sent = contact.revision;
                let cursor = cursor::write(self.id, self.sent);
                return Some((Ok(WatchContactResponse { contact: Some(seen_by(&self.call, &contact)), cursor }), self));
            }
            if !self.ended {
                self.watch.changed().await;
            }
        }
        None
    }

    async fn read(&mut self) -> Result<Contact, IntakeError> {
        if let Some(contact) = self.unseen.take() {
            return Ok(contact);
        }
        let keys = self.app.store.keys(&self.scope).await?;
        let contact = store::contact_find(self.app.store.reader(&self.scope), &keys, &self.scope, self.id).await?;
        contact.ok_or(IntakeError::ContactNotFound(self.id))
    }
}

/// The contact, if the caller may see it.
async fn permitted(app: &App, call: &Call, scope: &ProgramScope, id: ContactId) -> Result<Contact, IntakeError> {
    let keys = app.store.keys(scope).await?;
    let contact = store::contact_find(app.store.reader(scope), &keys, scope, id).await?;
    let contact = contact.ok_or(IntakeError::ContactNotFound(id))?;
    concerns(call, &contact);
    permit_contact(app, call, scope, contact).await
}

pub(super) async fn handle(app: &Arc<App>, request: Request<WatchContactRequest>) -> Result<Answers, IntakeError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let Some(id) = fields.id::<ContactId>("contact_id", &request.contact_id) else {
        return Err(fields.refused().into());
    };
    let scope = call.scope()?;

    // Subscribe first, then read: no change falls between.
    let watch = app.store.watch(HintKey::new(store::CONTACT_HINT, id));
    let contact = permitted(app, &call, &scope, id).await?;
    let sent = cursor::read(&request.cursor, id, 0, contact.revision)?;
    let watching = Watching { app: app.clone(), call, scope, watch, id, sent, unseen: Some(contact), ended: false };
    Ok(app.streams.limit(unfold(watching, Watching::next)).boxed())
}
