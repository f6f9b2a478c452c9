//! Commands of intake about a contact's ticket.

use std::time::Duration;

use harborline_proto::availability::v1 as pb;
use harborline_status::Fields;
use harborline_types::wire::duration;
use harborline_types::{PersonId, TicketId};

use super::Read;
use crate::domain::matcher::{CallerGone, Command, Wanted};

/// The most of an earlier wait that may count for the place in the queue.
const MOST_WAITED_BEFORE: Duration = Duration::from_secs(24 * 3600);

/// Puts a contact into the queue.
pub(crate) fn request_counselor(request: &pb::RequestCounselorRequest) -> Read {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let contact = fields.id("contact_id", &request.contact_id);
    let acuity = fields.word("acuity", request.acuity);
    let need = fields.need("need", request.need.as_ref());
    // A wish that cannot be read is ignored: a caller waits, and must not be refused for it.
    let preferred = PersonId::parse(&request.preferred_counselor_id);
    let waited_before = request.waited_before.as_ref().map_or(Some(Duration::ZERO), duration);
    if waited_before.is_none() {
        fields.fault("waited_before", "must not be negative");
    }
    let (Some(request_id), Some(contact), Some(acuity), Some(need)) = (request_id, contact, acuity, need) else {
        return Err(fields.refused());
    };
    fields.finish()?;
    let waited_before = waited_before.unwrap_or_default().min(MOST_WAITED_BEFORE);
    let (ticket, outbound) = (TicketId::new(), request.outbound);
    let wanted = Wanted { ticket, contact, acuity, need, preferred, outbound, waited_before };
    Ok((request_id, Command::Request(wanted)))
}

/// Raises a ticket, changes its need, or says that the caller is back.
pub(crate) fn raise_ticket(request: &pb::RaiseTicketRequest) -> Read {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let contact = fields.id("contact_id", &request.contact_id);
    let acuity = fields.word("acuity", request.acuity);
    let need = request.need.as_ref().and_then(|given| fields.need("need", Some(given)));
    let (Some(request_id), Some(contact), Some(acuity)) = (request_id, contact, acuity) else {
        return Err(fields.refused());
    };
    fields.finish()?;
    let command = if request.caller_is_back { Command::CallerBack } else { Command::Raise };
    Ok((request_id, command(contact, acuity, need)))
}

/// The caller left, or the backup line has the caller.
pub(crate) fn withdraw_ticket(request: &pb::WithdrawTicketRequest) -> Read {
    let mut fields = Fields::new();
    let (request_id, contact) = (fields.request_id(&request.request_id), fields.id("contact_id", &request.contact_id));
    let (Some(request_id), Some(contact)) = (request_id, contact) else { return Err(fields.refused()) };
    fields.finish()?;
    let gone = if request.handed_off { CallerGone::ToBackup } else { CallerGone::Left };
    Ok((request_id, Command::Withdraw(contact, gone)))
}

/// The conversation has ended.
pub(crate) fn release_counselor(request: &pb::ReleaseCounselorRequest) -> Read {
    let mut fields = Fields::new();
    let (request_id, contact) = (fields.request_id(&request.request_id), fields.id("contact_id", &request.contact_id));
    let (Some(request_id), Some(contact)) = (request_id, contact) else { return Err(fields.refused()) };
    fields.finish()?;
    Ok((request_id, Command::Release(contact)))
}

#[cfg(test)]
mod tests {
    use harborline_proto::common::v1::{Acuity, Channel, Need};
    use harborline_types::{ContactId, RequestId};

    use super::*;

    #[test]
    fn a_request_is_not_refused_for_a_code_that_is_unknown() {
        let need = Need {
            channel: Channel::Phone.into(),
            language: "en--us".to_owned(),
            jurisdiction: "virginia".to_owned(),
            ..Need::default()
        };
        let message = pb::RequestCounselorRequest {
            request_id: RequestId::new().to_string(),
            contact_id: ContactId::new().to_string(),
            acuity: Acuity::High.into(),
            need: Some(need),
            preferred_counselor_id: "\u{202E}ana".to_owned(),
            ..pb::RequestCounselorRequest::default()
        };
        let (_, command) = request_counselor(&message).unwrap();
        let Command::Request(wanted) = command else { panic!("another command") };
        assert_eq!((wanted.need.language.as_str(), wanted.need.jurisdiction, wanted.preferred), ("en", None, None));
    }
}
