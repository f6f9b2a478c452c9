//! Puts a contact into the queue.

use std::time::Duration;

use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_types::wire::duration;
use harborline_types::{PersonId, RequestId, TicketId};
use tonic::Request;

use crate::app::App;
use crate::domain::matcher::{Command, Wanted};
use crate::error::AvailabilityError;
use crate::matcher::ask;

/// The most that a wait before may count for the place in the queue.
const MOST_WAITED_BEFORE: Duration = Duration::from_secs(24 * 3600);

pub(super) async fn handle(
    app: &App,
    request: Request<pb::RequestCounselorRequest>,
) -> Result<pb::RequestCounselorResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let (request_id, wanted) = parse(&request)?;
    ask(app, &call, super::REQUEST_COUNSELOR, request_id, &request, Command::Request(wanted)).await
}

pub(super) fn parse(request: &pb::RequestCounselorRequest) -> Result<(RequestId, Wanted), ServiceError> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let contact = fields.id("contact_id", &request.contact_id);
    let acuity = fields.word("acuity", request.acuity);
    let need = fields.need("need", request.need.as_ref());
    // Somebody waits: a wish that cannot be read is none.
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
    let outbound = request.outbound;
    Ok((request_id, Wanted { ticket: TicketId::new(), contact, acuity, need, preferred, outbound, waited_before }))
}

#[cfg(test)]
mod tests {
    use harborline_proto::common::v1::{Acuity, Channel, Need};
    use harborline_types::ContactId;

    use super::*;

    #[test]
    fn somebody_who_waits_is_refused_for_no_code_that_cannot_be_read() {
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
        let (_, wanted) = parse(&message).unwrap();
        assert_eq!((wanted.need.language.as_str(), wanted.need.jurisdiction, wanted.preferred), ("en", None, None));
    }
}
