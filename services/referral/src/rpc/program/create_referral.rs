//! Refers a caller on: the first facility that fits gets an offer at once.

use harborline_disclosure::DataClass;
use harborline_identity::Subject;
use harborline_proto::referral::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::{ContactId, ParticipantId, Phi, ReferralId, RequestId};
use tonic::Request;

use crate::app::App;
use crate::asking::{self, Barred};
use crate::domain::disclosure::kept_inside;
use crate::domain::{Draft, Referral, ServiceKind};
use crate::error::ReferralError;
use crate::rpc::wire;
use crate::{duties, store};

struct CreateReferral {
    request_id: RequestId,
    contact: ContactId,
    service: ServiceKind,
    jurisdiction: Option<String>,
    summary: Phi<String>,
    classes: Vec<DataClass>,
}

/// Intake vouches for the contact first, says whose it is, and whom of the facilities may be told.
pub(super) async fn handle(
    app: &App,
    request: Request<pb::CreateReferralRequest>,
) -> Result<pb::CreateReferralResponse, ReferralError> {
    let (call, request) = split(request)?;
    let command = CreateReferral::parse(&request)?;
    let request_id = command.request_id;
    let scope = call.scope()?;
    call.concerns(Subject::Contact(command.contact));
    let described = app.contacts.describe(&call, command.contact).await?;
    let facts = described.facts();
    let mut draft = command.draft(described.participant);
    let kept = kept_inside(&draft.classes);
    // Who may not refer the person on has nothing asked for them about what may be disclosed.
    let barred = if kept.is_none() && call.would_be_permitted(&facts) {
        asking::barred(app, &scope, &draft, &[]).await?
    } else {
        Barred::default()
    };

    let mut tx = match app.store.begin_once(&call, "CreateReferral", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    // Only a new referral is refused: one that was made before is answered as it was, though its counselor has lost the
    // contact or its basis has ended since. And nobody else is told what may be disclosed of the person.
    call.permit(&facts)?;
    if let Some((refusal, classes)) = kept.or_else(|| barred.refusal()) {
        return Err(ReferralError::DisclosureRefused(refusal, classes));
    }
    if let Some(classes) = &barred.classes {
        draft.classes.clone_from(classes);
    }
    let facilities = barred.leave(app.facilities(&mut tx, &scope, draft.service).await?);
    let (referral, events) = Referral::create(ReferralId::new(), draft, &app.asking(&facilities));
    store::referral_insert(&mut tx, &scope, &referral, &events).await?;
    duties::follow(&mut tx, &scope, &referral, &events).await?;
    let referral = Some(wire::referral(referral, events));
    Ok(tx.commit_answering(pb::CreateReferralResponse { referral }).await?)
}

impl CreateReferral {
    fn parse(request: &pb::CreateReferralRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let contact = fields.id("contact_id", &request.contact_id);
        let service = fields.word("service", request.service);
        let jurisdiction = fields.optional_jurisdiction("jurisdiction", &request.jurisdiction);
        let summary = fields.text("summary", &request.summary, 0..=4000);
        let classes = fields.words("data_classes", &request.data_classes);
        if classes.as_ref().is_some_and(|classes| classes.len() > 1 && classes.contains(&DataClass::SudCounselingNote))
        {
            fields.fault("data_classes", "counseling notes stand alone: their consent does");
        }
        let (Some(request_id), Some(contact), Some(service), Some(jurisdiction), Some(summary), Some(mut classes)) =
            (request_id, contact, service, jurisdiction, summary, classes)
        else {
            return Err(fields.refused());
        };
        fields.finish()?;
        if classes.is_empty() {
            classes.push(DataClass::GeneralPhi);
        }
        Ok(Self { request_id, contact, service, jurisdiction, summary: summary.into(), classes })
    }

    fn draft(self, participant: Option<ParticipantId>) -> Draft {
        let Self { contact, service, jurisdiction, summary, classes, .. } = self;
        Draft { contact, participant, service, jurisdiction, summary, classes }
    }
}
