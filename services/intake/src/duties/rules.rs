//! Sees to what program rules ask for once somebody has answered: duties before the contact closes, a second counselor.

use std::sync::Arc;

use harborline_duties::{Done, DutyError, DutyRun};
use harborline_status::{Reason, reason_of};
use harborline_types::{Need, RequestId};

use crate::app::{App, change_contact};
use crate::domain::contact::{Contact, ContactState};
use crate::fired_rules::fired_rules;
use crate::ports::SecondCounselor;

pub(super) async fn run(app: Arc<App>, duty: DutyRun, contact: Contact) -> Result<Done, DutyError> {
    if contact.state != ContactState::Answered {
        return Ok(Done::Finished);
    }
    let fired = fired_rules(&app, &duty.scope, &contact).await?;
    let asked: Vec<_> = fired.iter().flat_map(|fired| fired.kept.rule.expose().closing_duties.clone()).collect();
    if !asked.is_empty() {
        let mut tx = app.store.begin(&duty.scope).await?;
        let now = app.now();
        change_contact(&mut tx, &duty.scope, contact.id, |contact| Ok(contact.ask_duties(&asked, now))).await?;
        tx.commit().await?;
    }
    if fired.iter().any(|fired| fired.kept.rule.expose().asks_second_counselor) {
        ask_second(&app, &duty, contact).await?;
    }
    Ok(Done::Finished)
}

/// Asks for a second counselor once a contact, however often its counselor is lost: who was asked stays asked.
async fn ask_second(app: &App, duty: &DutyRun, contact: Contact) -> Result<(), DutyError> {
    let Some(counselor) = contact.counselor else { return Ok(()) };
    let need = Need {
        channel: contact.channel,
        at_least: None,
        language: contact.language,
        jurisdiction: contact.jurisdiction,
        skills: Vec::new(),
    };
    let wanted = SecondCounselor { contact: contact.id, counselor: counselor.id, need };
    let request_id = RequestId::derived("RequestSecondCounselor", contact.id);
    match app.ports.availability.request_second_counselor(&duty.scope, request_id, wanted).await {
        Err(status) if matches!(reason_of(&status), Some(Reason::RequestIdReused | Reason::CounselorNotInContact)) => {
            Ok(())
        }
        Err(status) => Err(status.into()),
        Ok(()) => Ok(()),
    }
}
