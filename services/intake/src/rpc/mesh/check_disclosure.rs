//! Says whether a facility may be told now what it must know, and on which basis for each class of data.

use harborline_disclosure::{Consent, DataClass, Notice, Permission, Purpose, Question, Recipient};
use harborline_identity::Subject;
use harborline_proto::intake::v1::{CheckDisclosureRequest, CheckDisclosureResponse, DisclosureGrant};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_types::wire::{number, numbers};
use harborline_types::{ContactId, FacilityId, Phi};
use tonic::Request;

use crate::app::App;
use crate::domain::disclosure::{Checked, check};
use crate::error::IntakeError;
use crate::store;

struct CheckDisclosure {
    contact: ContactId,
    facility: FacilityId,
    classes: Vec<DataClass>,
    purpose: Purpose,
}

impl CheckDisclosure {
    fn parse(request: &CheckDisclosureRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let contact = fields.id("contact_id", &request.contact_id);
        let facility = fields.id("facility_id", &request.facility_id);
        let classes = fields.words("data_classes", &request.data_classes);
        let purpose = fields.word("purpose", request.purpose);
        let (Some(contact), Some(facility), Some(classes), Some(purpose)) = (contact, facility, classes, purpose)
        else {
            return Err(fields.refused());
        };
        Ok(Self { contact, facility, classes, purpose })
    }
}

pub(super) async fn handle(
    app: &App,
    request: Request<CheckDisclosureRequest>,
) -> Result<CheckDisclosureResponse, IntakeError> {
    let (call, request) = split(request)?;
    let command = CheckDisclosure::parse(&request)?;
    let scope = call.scope()?;
    // One instant: what is committed now, and nothing that was read before.
    let keys = app.store.keys(&scope).await?;
    let mut now = app.store.snapshot(&scope).await?;
    let contact = store::contact_find(now.conn(), &keys, &scope, command.contact).await?;
    let contact = contact.ok_or(IntakeError::ContactNotFound(command.contact))?;
    call.concerns(Subject::Contact(contact.id));
    let program = store::program_get(now.conn(), &scope).await?.ok_or(IntakeError::ContactNotFound(contact.id))?;
    let at = app.now();
    let (mut consents, mut emergencies) = (Vec::new(), Vec::new());
    if let Some(participant) = contact.participant {
        call.concerns(Subject::Participant(participant));
        let records = store::consent_list(now.conn(), &keys, &scope, participant).await?;
        consents = records.into_iter().map(|record| record.consent).collect();
        emergencies = store::emergencies_lasting(now.conn(), &keys, &scope, participant, command.facility, at).await?;
    }
    let question = Question {
        participant: contact.participant,
        // Each class takes this one's place.
        class: DataClass::GeneralPhi,
        purpose: command.purpose,
        recipient: Recipient::Facility { id: command.facility, gives_care: request.gives_care },
        through: None,
        now: at,
    };
    let checked = check(question, &command.classes, program.is_part2, &consents, &emergencies);
    let answer = answer(checked, &consents);
    Ok(CheckDisclosureResponse {
        participant_id: contact.participant.map(|id| id.to_string()).unwrap_or_default(),
        ..answer
    })
}

fn answer(checked: Checked, consents: &[Consent]) -> CheckDisclosureResponse {
    match checked {
        Checked::Refused(refusal, classes) => CheckDisclosureResponse {
            refusal: number(refusal),
            refused_classes: numbers(&classes),
            ..CheckDisclosureResponse::default()
        },
        Checked::Granted(granted) => {
            let is_part2 = granted.iter().any(|(class, _)| class.is_part2());
            let notice = if is_part2 { Notice::short().text() } else { "" };
            CheckDisclosureResponse {
                grants: granted.into_iter().map(|(class, permission)| grant(class, permission, consents)).collect(),
                redisclosure_notice: notice.to_owned(),
                ..CheckDisclosureResponse::default()
            }
        }
    }
}

fn grant(class: DataClass, permission: Permission, consents: &[Consent]) -> DisclosureGrant {
    let consent = consents.iter().find(|consent| permission.consent() == Some(consent.id));
    DisclosureGrant {
        data_class: number(class),
        basis: number(permission.basis()),
        consent_id: permission.consent().map(|id| id.to_string()).unwrap_or_default(),
        consent_scope: consent.map(Consent::explained).map(Phi::into_exposed).unwrap_or_default(),
        break_glass_id: permission.emergency().map(|id| id.to_string()).unwrap_or_default(),
    }
}
