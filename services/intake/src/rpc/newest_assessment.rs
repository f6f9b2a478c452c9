//! Triage's newest word about a contact, asked while a counselor waits: a screening that was recorded a moment ago counts.

use std::time::Duration;

use harborline_identity::ProgramScope;
use harborline_status::{Reason, reason_of};
use harborline_types::{ContactId, Timestamp};

use crate::app::App;
use crate::domain::assessment::Assessment;
use crate::domain::contact::Contact;
use crate::ports::NewestAssessment;

/// How long triage is waited for: its word is better than none, and none is no reason to hold a counselor up.
const PATIENCE: Duration = Duration::from_millis(500);

/// What triage says.
pub(super) enum Word {
    /// Its newest assessment, and whether a lowering of it waits for the second person.
    Newest { assessment: Box<Assessment>, lowering_waits: bool },
    /// It has none.
    None,
    /// It does not answer.
    Silence,
}

impl Word {
    /// The contact as triage knows it.
    pub(super) fn heard_by(self, contact: Contact, now: Timestamp) -> Contact {
        match self {
            Self::Newest { assessment, .. } => contact.report(*assessment, now).contact,
            Self::None | Self::Silence => contact,
        }
    }
}

/// Asks triage.
pub(super) async fn newest_assessment(app: &App, scope: &ProgramScope, id: ContactId) -> Word {
    match tokio::time::timeout(PATIENCE, app.ports.triage.newest_assessment(scope, id)).await {
        Ok(Ok(NewestAssessment { assessment, lowering_waits })) => {
            Word::Newest { assessment: Box::new(assessment), lowering_waits }
        }
        Ok(Err(status)) if reason_of(&status) == Some(Reason::AssessmentNotFound) => Word::None,
        Ok(Err(_)) | Err(_) => Word::Silence,
    }
}
