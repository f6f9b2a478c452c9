//! What a caller said reaches the counselor of the contact, and no other.

use harborline_identity::{Call, Role};
use harborline_proto::common::v1::{CallerKind, Channel, Signal};
use harborline_proto::intake::v1 as pb;
use harborline_proto::intake::v1::contact_service_server::ContactService;
use harborline_status::Reason;
use harborline_testkit::{assert_refused, request};
use harborline_types::PlanId;
use tonic::Status;

use crate::fixture::{Given, id, open_request};
use crate::permits::participant;
use crate::same_caller::asks;

impl Given {
    async fn details(&self, call: &Call, contact: &str) -> Result<pb::ContactDetails, Status> {
        let message = pb::GetContactDetailsRequest { contact_id: contact.to_owned() };
        Ok(self.rpc.get_contact_details(request(call, message)).await?.into_inner().details.unwrap())
    }
}

#[tokio::test]
async fn the_counselor_is_shown_what_was_said_each_time_and_the_number_that_was_given_last() {
    let intake = Given::new().await;
    let enrolled = intake.enroll("+12025550101").await;
    let screening = pb::SelfScreening { thoughts_now: pb::AsqAnswer::Yes.into(), ..pb::SelfScreening::default() };
    let opened = intake.open_with(pb::OpenContactRequest {
        channel: Channel::Message.into(),
        own_words: "the walls come closer".to_owned(),
        self_screening: Some(screening),
        ..asks(CallerKind::Participant, &enrolled)
    });
    let contact = opened.await.contact_id;
    assert!(intake.assign(&contact, "ana", 1).await);
    let ana = intake.as_("ana", Role::Counselor);
    let details = intake.details(&ana, &contact).await.unwrap();
    assert_eq!(details.number_to_call, "+12025550101", "none was given");
    assert!(!details.call_back_rules.unwrap().voicemail_is_safe);

    let rules = pb::CallBackRules { voicemail_is_safe: true, naming_the_program_is_safe: false };
    intake
        .open_with(pb::OpenContactRequest {
            own_words: "call me, please".to_owned(),
            signals: vec![Signal::Stress.into()],
            callback_number: "+12025550199".to_owned(),
            call_back_rules: Some(rules),
            ..asks(CallerKind::Participant, &enrolled)
        })
        .await;
    let details = intake.details(&ana, &contact).await.unwrap();
    let said: Vec<_> = details.statements.iter().map(|said| (said.channel(), said.own_words.as_str())).collect();
    assert_eq!(said, [(Channel::Message, "the walls come closer"), (Channel::Phone, "call me, please")]);
    assert!(details.statements[0].self_screening == Some(screening));
    assert!(details.statements[1].signals().eq([Signal::Stress]) && details.statements[1].stated_at.is_some());
    assert_eq!(details.number_to_call, "+12025550199");
    assert!(details.call_back_rules == Some(rules));
    assert_eq!(details.statements[1].callback_number, "+12025550199");

    let typed = "my sister's, she knows".to_owned();
    intake
        .open_with(pb::OpenContactRequest {
            callback_number: typed.clone(),
            ..asks(CallerKind::Participant, &enrolled)
        })
        .await;
    let details = intake.details(&ana, &contact).await.unwrap();
    assert_eq!(details.statements[2].callback_number, typed, "for a person to try");
    assert_eq!(details.number_to_call, "+12025550199");
}

#[tokio::test]
async fn a_follow_up_has_a_number_to_dial_and_the_contact_before_its_note() {
    let intake = Given::new().await;
    let first = intake.open().await;
    intake.closed(&first).await;
    let supervisor = intake.as_("supervisor", Role::Supervisor);
    let details = intake.details(&supervisor, &first).await.unwrap();
    assert!(!details.note.is_empty());
    intake.settle().await;
    let call = intake.open_outbound(&first, &PlanId::new().to_string(), 1).await;
    assert!(intake.assign(&call, "ben", 1).await);
    let details = intake.details(&intake.as_("ben", Role::Counselor), &call).await.unwrap();
    assert_eq!((details.number_to_call, details.statements.len()), (open_request().callback_number, 0));
}

#[tokio::test]
async fn nobody_who_has_not_the_contact_is_shown_what_was_said() {
    let intake = Given::new().await;
    let enrolled = intake.enroll("+12025550101").await;
    let contact = intake.open_for(&enrolled).await;
    assert!(intake.assign(&contact, "ana", 1).await);
    let others = [
        intake.as_("ben", Role::Counselor),
        intake.front_end(),
        participant(&intake, "app-1", &enrolled),
        intake.as_("mother", Role::FamilyMember),
        intake.as_("admin", Role::Administrator),
    ];
    for other in others {
        assert_refused(intake.details(&other, &contact).await, Reason::CallerNotAllowed);
    }
    let refused = intake.details(&intake.as_("ana", Role::Counselor), &id()).await;
    assert_refused(refused, Reason::ContactNotFound);
}
