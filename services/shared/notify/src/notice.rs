//! What a notice says: something that somebody should see to in working hours.

use bytes::Bytes;
use harborline_types::{PersonId, ProgramId, ShiftId, Timestamp};
use serde::Serialize;
use uuid::Uuid;

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// A credential of a counselor ends within 30 days.
    CredentialExpiring,
    /// A credential of a counselor ends before a shift does that is planned for the coming days.
    CredentialEndsOnShift,
}

/// One notice. Has no `Debug`: the id of a person is a text that people choose.
#[derive(Clone)]
pub struct Notice {
    /// The same whenever this notice is sent again.
    pub id: Uuid,
    /// What it is about.
    pub kind: NoticeKind,
    /// For which program.
    pub program: ProgramId,
    /// Whom to tell: the subject of the supervisor's access token. None when nobody was named: the receiver knows who is
    /// told then.
    pub supervisor: Option<PersonId>,
    /// Whose credential it is.
    pub counselor: PersonId,
    /// The first instant at which it is not valid any more.
    pub ends_at: Timestamp,
    /// The shift that it does not last for, of a credential that ends on one.
    pub shift: Option<ShiftId>,
    /// When that shift begins.
    pub shift_starts_at: Option<Timestamp>,
}

/// The document that is sent. Fields may be added to it; none is taken away or changed.
#[derive(Serialize)]
struct Document<'a> {
    id: Uuid,
    kind: NoticeKind,
    program_id: ProgramId,
    supervisor_id: Option<&'a PersonId>,
    counselor_id: &'a PersonId,
    ends_at: String,
    shift_id: Option<ShiftId>,
    shift_starts_at: Option<String>,
}

impl Notice {
    /// The document that is sent, as JSON.
    pub(crate) fn document(&self) -> serde_json::Result<Bytes> {
        let text = |at: Timestamp| at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
        let document = Document {
            id: self.id,
            kind: self.kind,
            program_id: self.program,
            supervisor_id: self.supervisor.as_ref(),
            counselor_id: &self.counselor,
            ends_at: text(self.ends_at),
            shift_id: self.shift,
            shift_starts_at: self.shift_starts_at.map(text),
        };
        serde_json::to_vec(&document).map(Bytes::from)
    }
}
