//! Callers who turn out to be somebody: by their phrase, or because somebody knows them.

use harborline_identity::Role;
use harborline_proto::common::v1 as common;
use harborline_proto::intake::v1 as pb;
use harborline_proto::intake::v1::caller_service_server::CallerService;
use harborline_proto::intake::v1::contact_service_server::ContactService;
use harborline_status::Reason;
use harborline_testkit::{assert_refused, request};
use tonic::Status;

use crate::fixture::{Given, id, open_request};
use crate::permits::participant;

const PHRASE: &str = "blue heron at dawn";
const NUMBER: &str = "+12025550101";

/// That the caller says a phrase as the participant with the dedicated number of these tests.
fn saying(contact_id: &str, phrase: &str) -> pb::VerifyCallerRequest {
    pb::VerifyCallerRequest {
        request_id: id(),
        contact_id: contact_id.to_owned(),
        participant_id: String::new(),
        dedicated_number: NUMBER.to_owned(),
        phrase: phrase.to_owned(),
        support_person_id: String::new(),
    }
}

impl Given {
    pub(crate) async fn verify(&self, message: pb::VerifyCallerRequest) -> Result<pb::VerifyCallerResponse, Status> {
        Ok(self.rpc.verify_caller(request(&self.front_end(), message)).await?.into_inner())
    }

    async fn identify(
        &self,
        contact_id: &str,
        participant_id: &str,
        caller: common::CallerKind,
        basis: pb::IdentificationBasis,
    ) -> Result<pb::IdentifyCallerResponse, Status> {
        let (contact_id, participant_id) = (contact_id.to_owned(), participant_id.to_owned());
        let who = pb::IdentifyCallerRequest { contact_id, participant_id, ..pb::IdentifyCallerRequest::default() };
        self.identify_as(pb::IdentifyCallerRequest { caller: caller.into(), basis: basis.into(), ..who }).await
    }

    pub(crate) async fn identify_as(
        &self,
        who: pb::IdentifyCallerRequest,
    ) -> Result<pb::IdentifyCallerResponse, Status> {
        let message = pb::IdentifyCallerRequest { request_id: id(), ..who };
        let call = self.as_("supervisor", Role::Supervisor);
        Ok(self.rpc.identify_caller(request(&call, message)).await?.into_inner())
    }

    /// Identifies the caller as a participant whom the supervisor knows.
    pub(crate) async fn recognize(&self, contact_id: &str, participant_id: &str) -> pb::IdentifyCallerResponse {
        let (caller, basis) = (common::CallerKind::Participant, pb::IdentificationBasis::Recognized);
        self.identify(contact_id, participant_id, caller, basis).await.unwrap()
    }

    async fn telling(&self, contact_id: &str) -> common::Telling {
        let message = pb::GetContactDetailsRequest { contact_id: contact_id.to_owned() };
        let call = self.as_("supervisor", Role::Supervisor);
        let answer = self.rpc.get_contact_details(request(&call, message)).await.unwrap();
        answer.into_inner().details.unwrap().telling()
    }
}

#[tokio::test]
async fn a_caller_is_recognized_by_the_phrase_and_is_told_their_own_records_then() {
    let intake = Given::new().await;
    let participant_id = intake.enroll(NUMBER).await;
    let contact = intake.open().await;
    assert_eq!(intake.telling(&contact).await, common::Telling::GeneralOnly);
    let wrong = intake.verify(saying(&contact, "green heron")).await.unwrap();
    assert_eq!((wrong.is_verified, wrong.tries_left, wrong.participant_id.as_str()), (false, 4, ""));
    let (caller, by_phrase) = (common::CallerKind::Participant, pb::IdentificationBasis::Phrase);
    let refused = intake.identify(&contact, &participant_id, caller, by_phrase).await;
    assert_refused(refused, Reason::CallerNotVerified);

    let right = intake.verify(saying(&contact, " Blue HERON  at dawn")).await.unwrap();
    assert_eq!((right.is_verified, right.participant_id), (true, participant_id.clone()));
    let identified = intake.identify(&contact, &participant_id, caller, by_phrase).await.unwrap();
    assert_eq!(identified.identification.unwrap().telling(), common::Telling::OwnRecords);
    assert_eq!(identified.contact.unwrap().participant_id, participant_id);
    assert_eq!(intake.telling(&contact).await, common::Telling::OwnRecords);
}

#[tokio::test]
async fn a_wrong_phrase_an_unknown_number_and_nobodys_id_are_one_answer() {
    let intake = Given::new().await;
    let participant_id = intake.enroll(NUMBER).await;
    let wrong = intake.verify(saying(&intake.open().await, "green heron")).await.unwrap();
    let unknown =
        pb::VerifyCallerRequest { dedicated_number: "+12025550109".to_owned(), ..saying(&intake.open().await, PHRASE) };
    let nobody = |text: String| pb::VerifyCallerRequest { participant_id: text, ..saying("", PHRASE) };
    let mut others = vec![unknown];
    for text in [id(), "no id at all".to_owned()] {
        others.push(pb::VerifyCallerRequest { contact_id: intake.open().await, ..nobody(text) });
    }
    // The dedicated number is not read where an id is given.
    let named = pb::VerifyCallerRequest { contact_id: intake.open().await, ..nobody(participant_id) };
    for other in others {
        assert!(intake.verify(other).await.unwrap() == wrong);
    }
    assert!(intake.verify(named).await.unwrap().is_verified);
}

#[tokio::test]
async fn tries_run_out_for_a_contact_and_the_caller_stays_on_the_line() {
    let intake = Given::new().await;
    let participant_id = intake.enroll(NUMBER).await;
    let contact = intake.open().await;
    let message = saying(&contact, "green heron");
    let first = intake.verify(message.clone()).await.unwrap();
    assert!(intake.verify(message).await.unwrap() == first, "a repeat is no try");
    let mut left = vec![first.tries_left];
    for _ in 0..4 {
        left.push(intake.verify(saying(&contact, "green heron")).await.unwrap().tries_left);
    }
    assert_eq!(left, [4, 3, 2, 1, 0]);
    let too_late = intake.verify(saying(&contact, PHRASE)).await.unwrap();
    assert_eq!((too_late.is_verified, too_late.tries_left), (false, 0));
    assert_eq!(intake.contact(&contact).await.state(), pb::ContactState::Received);
    intake.recognize(&contact, &participant_id).await;
    assert_eq!(intake.telling(&contact).await, common::Telling::OwnRecords);
}

#[tokio::test]
async fn a_phrase_is_not_tried_out_in_many_contacts() {
    let intake = Given::new().await;
    intake.enroll(NUMBER).await;
    for _ in 0..4 {
        let contact = intake.open().await;
        for _ in 0..5 {
            assert!(!intake.verify(saying(&contact, "green heron")).await.unwrap().is_verified);
        }
    }
    assert!(!intake.verify(saying(&intake.open().await, PHRASE)).await.unwrap().is_verified);
}

#[tokio::test]
async fn a_caller_who_only_says_so_is_told_nothing_of_anybodys() {
    let intake = Given::new().await;
    let participant_id = intake.enroll(NUMBER).await;
    let contact = intake.open().await;
    let (caller, basis) = (common::CallerKind::Participant, pb::IdentificationBasis::Stated);
    let stated = intake.identify(&contact, &participant_id, caller, basis).await.unwrap();
    assert_eq!(stated.identification.unwrap().telling(), common::Telling::GeneralOnly);
    assert_eq!(intake.telling(&contact).await, common::Telling::GeneralOnly);
    let basis = pb::IdentificationBasis::Recognized;
    let family = intake.identify(&contact, &participant_id, common::CallerKind::FamilyMember, basis).await.unwrap();
    assert_eq!(family.identification.unwrap().telling(), common::Telling::AsDecided);
    assert_eq!(intake.telling(&contact).await, common::Telling::AsDecided);
}

#[tokio::test]
async fn follow_ups_and_custody_move_with_a_caller_who_is_identified_after_the_end() {
    let intake = Given::new().await;
    let participant_id = intake.enroll(NUMBER).await;
    let contact = intake.open().await;
    intake.closed(&contact).await;
    intake.settle().await;
    let (owners, _) = intake.owners(&contact).await;
    assert_eq!(owners.last().unwrap(), "director");
    intake.recognize(&contact, &participant_id).await;
    intake.settle().await;
    let (owners, is_somebodys) = intake.owners(&contact).await;
    assert_eq!((owners.last().unwrap().as_str(), is_somebodys), ("clinician", true));
    let told: Vec<_> = intake.planned().into_iter().map(|ended| ended.participant.map(|id| id.to_string())).collect();
    assert_eq!(told, [None, Some(participant_id)]);
}

#[tokio::test]
async fn what_the_participants_last_contact_told_counts_once_the_caller_is_known() {
    let intake = Given::new().await;
    let participant_id = intake.enroll(NUMBER).await;
    let signals = vec![common::Signal::AttemptInProgress.into()];
    let before = intake
        .open_with(pb::OpenContactRequest {
            caller: common::CallerKind::Participant.into(),
            participant_id: participant_id.clone(),
            signals,
            ..open_request()
        })
        .await;
    intake.leave(&before.contact_id).await.unwrap();
    let message = pb::OpenContactRequest { callback_number: String::new(), ..open_request() };
    let contact = intake.open_with(message).await;
    let level = |contact: &pb::Contact| contact.assessment.as_ref().unwrap().acuity();
    assert!(level(&contact) != common::Acuity::Emergency);
    let identified = intake.recognize(&contact.contact_id, &participant_id).await.contact.unwrap();
    assert_eq!(level(&identified), common::Acuity::Emergency);
}

#[tokio::test]
async fn a_participant_who_is_back_goes_on_where_the_identified_contact_ended() {
    let intake = Given::new().await;
    let participant_id = intake.enroll(NUMBER).await;
    let first = intake.open().await;
    intake.recognize(&first, &participant_id).await;
    intake.leave(&first).await.unwrap();
    let back = intake.open_for(&participant_id).await;
    assert_eq!(intake.contact(&back).await.origin_contact_id, first);
}

#[tokio::test]
async fn an_identification_is_corrected_and_both_stay_on_record() {
    let intake = Given::new().await;
    let one = intake.enroll(NUMBER).await;
    let other = intake.enroll("+12025550102").await;
    let contact = intake.open().await;
    intake.recognize(&contact, &one).await;
    intake.recognize(&contact, &other).await;
    let message = pb::ListIdentificationsRequest { contact_id: contact.clone() };
    let call = intake.as_("supervisor", Role::Supervisor);
    let list = intake.rpc.list_identifications(request(&call, message)).await.unwrap().into_inner().identifications;
    let list: Vec<_> = list.into_iter().map(|one| (one.sequence, one.participant_id)).collect();
    assert_eq!(list, [(1, one), (2, other.clone())]);
    assert_eq!(intake.contact(&contact).await.participant_id, other);
}

#[tokio::test]
async fn whose_token_opened_a_contact_is_nobody_else() {
    let intake = Given::new().await;
    let one = intake.enroll(NUMBER).await;
    let other = intake.enroll("+12025550102").await;
    let holder = participant(&intake, "app-1", &one);
    let contact =
        intake.rpc.open_contact(request(&holder, open_request())).await.unwrap().into_inner().contact.unwrap();
    let contact = contact.contact_id;
    let (caller, basis) = (common::CallerKind::Participant, pb::IdentificationBasis::Recognized);
    assert_refused(intake.identify(&contact, &other, caller, basis).await, Reason::CallerIdentified);
    let nobody = intake.identify(&intake.open().await, &id(), caller, basis).await;
    assert_refused(nobody, Reason::ParticipantNotFound);
}
