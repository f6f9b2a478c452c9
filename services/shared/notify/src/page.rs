//! What a page says: ids and numbers.

use std::time::Duration;

use bytes::Bytes;
use harborline_types::{Acuity, ContactId, PersonId, ProgramId, TicketId, Timestamp};
use serde::Serialize;
use uuid::Uuid;

/// Why somebody is paged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PageKind {
    /// A contact waits longer than its program allows.
    ContactWaiting,
    /// It still waits after the first page.
    ContactStillWaiting,
    /// A supervisor must decide about somebody.
    DecisionNeeded,
    /// It was not decided in time: to the clinical director.
    DecisionOverdue,
}

/// One page. Has no `Debug`: the id of a person is a text that people choose.
#[derive(Clone)]
pub struct Page {
    /// The same whenever this page is sent again.
    pub id: Uuid,
    /// Why.
    pub kind: PageKind,
    /// For which program.
    pub program: ProgramId,
    /// Whom to reach: the subject of the supervisor's access token. None when nobody was named: the receiver knows who
    /// is reached then.
    pub supervisor: Option<PersonId>,
    /// The place in the queue, of a contact that waits.
    pub ticket: Option<TicketId>,
    /// Who waits; of several the most urgent one.
    pub contact: ContactId,
    /// How many contacts this page is about: those of one program and cause are one page.
    pub count: u32,
    /// How urgent it is at [`Page::at`].
    pub acuity: Acuity,
    /// How long it has waited at [`Page::at`].
    pub waited: Duration,
    /// When this was so. Real time; later in each repeat.
    pub at: Timestamp,
}

/// The document that is sent. Fields may be added to it; none is taken away or changed.
#[derive(Serialize)]
struct Document<'a> {
    id: Uuid,
    kind: PageKind,
    program_id: ProgramId,
    supervisor_id: Option<&'a PersonId>,
    ticket_id: Option<TicketId>,
    contact_id: ContactId,
    count: u32,
    acuity: u8,
    waited_ms: u64,
    at: String,
}

impl Page {
    /// The document that is sent, as JSON.
    pub(crate) fn document(&self) -> serde_json::Result<Bytes> {
        let document = Document {
            id: self.id,
            kind: self.kind,
            program_id: self.program,
            supervisor_id: self.supervisor.as_ref(),
            ticket_id: self.ticket,
            contact_id: self.contact,
            count: self.count,
            acuity: self.acuity.level(),
            waited_ms: u64::try_from(self.waited.as_millis()).unwrap_or(u64::MAX),
            at: self.at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        };
        serde_json::to_vec(&document).map(Bytes::from)
    }
}
