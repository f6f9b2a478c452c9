//! Commands of a counselor to have another one in a contact: transfers and conferences.

use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::target::Who;
use harborline_status::Fields;
use harborline_types::{ContactId, Need, PersonId, RequestId, TicketId};

use super::Read;
use crate::domain::matcher::{AskedIn, Command};
use crate::domain::{AskedFor, Target, TicketKind};

/// Asks another counselor to take the contact over.
pub(crate) fn request_transfer(request: &pb::RequestTransferRequest, by: &PersonId) -> Read {
    let mut fields = Fields::new();
    let kind = match request.kind() {
        pb::TransferKind::Warm => Some(TicketKind::WarmTransfer),
        pb::TransferKind::Cold => Some(TicketKind::ColdTransfer),
        pb::TransferKind::Unspecified => {
            fields.fault("kind", "must be a known value");
            None
        }
    };
    let (request_id, contact) = ids(&mut fields, &request.request_id, &request.contact_id);
    let why = fields.word("asked_for", request.asked_for);
    ask_in(fields, (request_id, contact, kind, why), request.target.as_ref(), by)
}

/// Asks another counselor to join.
pub(crate) fn request_conference(request: &pb::RequestConferenceRequest, by: &PersonId) -> Read {
    let mut fields = Fields::new();
    let (request_id, contact) = ids(&mut fields, &request.request_id, &request.contact_id);
    let why = fields.word("asked_for", request.asked_for);
    ask_in(fields, (request_id, contact, Some(TicketKind::Conference), why), request.target.as_ref(), by)
}

/// Asks another counselor to join, since a program's rule wants one.
pub(crate) fn request_second_counselor(request: &pb::RequestSecondCounselorRequest) -> Read {
    let mut fields = Fields::new();
    let (request_id, contact) = ids(&mut fields, &request.request_id, &request.contact_id);
    let counselor = fields.person_id("counselor_id", &request.counselor_id);
    let need = fields.need("need", request.need.as_ref());
    let (Some(request_id), Some(contact), Some(by), Some(need)) = (request_id, contact, counselor, need) else {
        return Err(fields.refused());
    };
    fields.finish()?;
    let (ticket, kind, target, why) = (TicketId::new(), TicketKind::Conference, Target::Skilled, AskedFor::ProgramRule);
    Ok((request_id, Command::AskIn(AskedIn { ticket, contact, by, kind, target, need: Some(need), why })))
}

/// Hands the contact over to the counselor who has joined.
pub(crate) fn complete_transfer(request: &pb::CompleteTransferRequest, giver: &PersonId) -> Read {
    about(&request.request_id, &request.contact_id, |contact| Command::CompleteTransfer(contact, giver.clone()))
}

/// Cancels a transfer.
pub(crate) fn cancel_transfer(request: &pb::CancelTransferRequest, giver: &PersonId) -> Read {
    about(&request.request_id, &request.contact_id, |contact| Command::CancelTransfer(contact, giver.clone()))
}

/// Leaves a conference.
pub(crate) fn leave_conference(request: &pb::LeaveConferenceRequest, person: &PersonId) -> Read {
    about(&request.request_id, &request.contact_id, |contact| Command::LeaveConference(contact, person.clone()))
}

/// Ends a conference for the counselor who was asked.
pub(crate) fn end_conference(request: &pb::EndConferenceRequest, by: &PersonId) -> Read {
    let mut fields = Fields::new();
    let (request_id, contact) = ids(&mut fields, &request.request_id, &request.contact_id);
    let ticket = fields.id::<TicketId>("ticket_id", &request.ticket_id);
    let (Some(request_id), Some(contact), Some(ticket)) = (request_id, contact, ticket) else {
        return Err(fields.refused());
    };
    fields.finish()?;
    Ok((request_id, Command::EndConference(contact, ticket, by.clone())))
}

/// The command of a request that has only a contact.
fn about(request_id: &str, contact_id: &str, command: impl FnOnce(ContactId) -> Command) -> Read {
    let mut fields = Fields::new();
    let (Some(request_id), Some(contact)) = ids(&mut fields, request_id, contact_id) else {
        return Err(fields.refused());
    };
    fields.finish()?;
    Ok((request_id, command(contact)))
}

fn ids(fields: &mut Fields, request_id: &str, contact_id: &str) -> (Option<RequestId>, Option<ContactId>) {
    (fields.request_id(request_id), fields.id("contact_id", contact_id))
}

type Asked = (Option<RequestId>, Option<ContactId>, Option<TicketKind>, Option<AskedFor>);

fn ask_in(mut fields: Fields, asked: Asked, target: Option<&pb::Target>, by: &PersonId) -> Read {
    let target = read_target(&mut fields, target);
    let ((Some(request_id), Some(contact), Some(kind), Some(why)), Some((target, need))) = (asked, target) else {
        return Err(fields.refused());
    };
    fields.finish()?;
    let ticket = TicketId::new();
    Ok((request_id, Command::AskIn(AskedIn { ticket, contact, by: by.clone(), kind, target, need, why })))
}

fn read_target(fields: &mut Fields, target: Option<&pb::Target>) -> Option<(Target, Option<Need>)> {
    match target.and_then(|target| target.who.as_ref()) {
        Some(Who::CounselorId(id)) => Some((Target::Person(fields.person_id("target.counselor_id", id)?), None)),
        Some(Who::Need(need)) => {
            // A code that cannot be read is a fault here, unlike in a request for a counselor: no caller waits for it.
            let language = fields.optional_language("target.need.language", &need.language);
            let jurisdiction = fields.optional_jurisdiction("target.need.jurisdiction", &need.jurisdiction);
            let need = fields.need("target.need", Some(need));
            (language.is_some() && jurisdiction.is_some()).then_some((Target::Skilled, Some(need?)))
        }
        Some(Who::SupervisorOnCall(true)) => Some((Target::SupervisorOnCall, None)),
        Some(Who::SupervisorOnCall(false)) => {
            fields.fault("target.supervisor_on_call", "must be true");
            None
        }
        None => {
            fields.fault("target", "must be a counselor, a need or the supervisor on call");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use harborline_proto::common::v1::{Channel, Need};

    use super::*;

    #[test]
    fn another_counselor_is_asked_for_in_no_language_that_cannot_be_read() {
        let need = Need {
            channel: Channel::Phone.into(),
            language: "en--us".to_owned(),
            jurisdiction: "virginia".to_owned(),
            ..Need::default()
        };
        let mut fields = Fields::new();
        assert!(read_target(&mut fields, Some(&pb::Target { who: Some(Who::Need(need)) })).is_none());
        let wrong = "REQUEST_INVALID: wrong fields: target.need.language, target.need.jurisdiction";
        assert_eq!(fields.refused().to_string(), wrong);
    }
}
