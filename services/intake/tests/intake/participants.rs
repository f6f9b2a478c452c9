//! Participants as people: what is known of each, who changes it, and how each is found.

use harborline_identity::{Call, Role};
use harborline_proto::common::v1 as common;
use harborline_proto::intake::v1 as pb;
use harborline_proto::intake::v1::participant_service_server::ParticipantService;
use harborline_status::{Reason, violations_of};
use harborline_testkit::{assert_refused, owner, request};
use tonic::Status;

use crate::fixture::{Given, enroll_request, id, somebody};

/// What the program knows of a person.
fn profile() -> pb::ParticipantProfile {
    let evenings = pb::SafeTime {
        days: vec![common::Weekday::Friday.into()],
        starts: "18:00".to_owned(),
        ends: "22:00".to_owned(),
    };
    pb::ParticipantProfile {
        name_to_use: "Ana-Luc\u{ED}a".to_owned(),
        pronouns: "they/them".to_owned(),
        birth_date: "1990-05-17".to_owned(),
        legal_status: pb::LegalStatus::Adult.into(),
        other_languages: vec!["en".to_owned()],
        needs_interpreter: true,
        call_form: pb::CallForm::Tty.into(),
        preferred_channel: common::Channel::Message.into(),
        time_zone: "America/New_York".to_owned(),
        home_address: "1 Synthetic Street".to_owned(),
        emergency_contacts: vec![pb::EmergencyContact {
            name: "A sister".to_owned(),
            phone_number: "+12025550190".to_owned(),
            relation: "sister".to_owned(),
            authorized_on: "2026-11-01".to_owned(),
        }],
        local_emergency_number: Some(pb::LocalEmergencyNumber {
            phone_number: "+12025550191".to_owned(),
            verified_on: "2026-11-01".to_owned(),
        }),
        preferred_hospital: "General".to_owned(),
        means_at_hand: vec!["medicine".to_owned()],
        safe_numbers: vec![pb::SafeNumber {
            phone_number: "+12025550192".to_owned(),
            times: vec![evenings],
            voicemail_is_safe: false,
            naming_the_program_is_safe: true,
        }],
    }
}

impl Given {
    pub(crate) async fn participant(&self, participant_id: &str) -> pb::Participant {
        self.participant_as(&self.as_("supervisor", Role::Supervisor), participant_id).await.unwrap()
    }

    async fn participant_as(&self, by: &Call, participant_id: &str) -> Result<pb::Participant, Status> {
        let message = pb::GetParticipantRequest { participant_id: participant_id.to_owned() };
        Ok(self.rpc.get_participant(request(by, message)).await?.into_inner().participant.unwrap())
    }

    pub(crate) async fn update(
        &self,
        participant: &pb::Participant,
        change: impl FnOnce(&mut pb::ParticipantDetails),
    ) -> Result<pb::Participant, Status> {
        let mut details = participant.details.clone().unwrap();
        change(&mut details);
        let message = pb::UpdateParticipantRequest {
            request_id: id(),
            participant_id: participant.participant_id.clone(),
            etag: participant.etag.clone(),
            details: Some(details),
        };
        let call = self.as_("admin", Role::Administrator);
        Ok(self.rpc.update_participant(request(&call, message)).await?.into_inner().participant.unwrap())
    }

    pub(crate) async fn change_status(&self, participant_id: &str, status: pb::ParticipantStatus) -> pb::Participant {
        let message = pb::ChangeParticipantStatusRequest {
            request_id: id(),
            participant_id: participant_id.to_owned(),
            status: status.into(),
            etag: self.participant(participant_id).await.etag,
        };
        let call = self.as_("clinician", Role::CareTeam);
        self.rpc.change_participant_status(request(&call, message)).await.unwrap().into_inner().participant.unwrap()
    }

    async fn find(&self, number: &str, name: &str, birth_date: &str) -> Result<pb::FindParticipantsResponse, Status> {
        let (phone_number, name, birth_date) = (number.to_owned(), name.to_owned(), birth_date.to_owned());
        let message = pb::FindParticipantsRequest { phone_number, name, birth_date };
        Ok(self.rpc.find_participants(request(&self.as_("ana", Role::Counselor), message)).await?.into_inner())
    }

    async fn found(&self, number: &str, name: &str, birth_date: &str) -> Vec<String> {
        let found = self.find(number, name, birth_date).await.unwrap().participants;
        found.into_iter().map(|participant| participant.participant_id).collect()
    }

    /// A participant by name, born on a day.
    async fn enroll_named(&self, number: &str, name: &str, birth_date: &str) -> String {
        let profile = pb::ParticipantProfile { birth_date: birth_date.to_owned(), ..pb::ParticipantProfile::default() };
        let message =
            pb::EnrollParticipantRequest { name: name.to_owned(), profile: Some(profile), ..enroll_request(number) };
        self.enroll_with(message).await.unwrap()
    }
}

#[tokio::test]
async fn what_is_known_of_a_person_is_what_was_said_and_only_of_whom_the_caller_may_see() {
    let intake = Given::new().await;
    let message = pb::EnrollParticipantRequest { profile: Some(profile()), ..enroll_request("+12025550101") };
    let participant_id = intake.enroll_with(message).await.unwrap();
    let participant = intake.participant(&participant_id).await;
    assert_eq!(participant.status(), pb::ParticipantStatus::Active);
    assert!(participant.whereabouts.is_none());
    let details = participant.details.unwrap();
    assert!(details.profile == Some(profile()));
    assert_eq!((details.name.as_str(), details.dedicated_number.as_str()), ("participant-1", "+12025550101"));

    let ana = intake.as_("ana", Role::Counselor);
    assert_refused(intake.participant_as(&ana, &participant_id).await, Reason::CallerNotAllowed);
    let contact = intake.open_for(&participant_id).await;
    assert!(intake.assign(&contact, "ana", 1).await);
    assert!(intake.participant_as(&ana, &participant_id).await.is_ok());
    let elsewhere = intake.elsewhere();
    elsewhere.put_program().await;
    let supervisor = elsewhere.as_("supervisor", Role::Supervisor);
    assert_refused(elsewhere.participant_as(&supervisor, &participant_id).await, Reason::ParticipantNotFound);
}

#[tokio::test]
async fn a_change_that_somebody_else_made_meanwhile_is_not_undone_unseen() {
    let intake = Given::new().await;
    let participant_id = intake.enroll("+12025550101").await;
    let read = intake.participant(&participant_id).await;
    let changed = intake.update(&read, |details| details.name = "another name".to_owned()).await.unwrap();
    assert_refused(intake.update(&read, |details| details.language = "fr".to_owned()).await, Reason::EtagMismatch);
    let changed = intake.update(&changed, |details| details.profile = Some(profile())).await.unwrap();
    let now = intake.participant(&participant_id).await;
    assert!(now == changed);
    assert_eq!(now.details.unwrap().name, "another name");
}

#[tokio::test]
async fn every_wrong_field_of_a_person_is_named() {
    let intake = Given::new().await;
    let participant_id = intake.enroll("+12025550101").await;
    let read = intake.participant(&participant_id).await;
    let wrong = intake.update(&read, |details| {
        let mut wrong = profile();
        wrong.birth_date = "1990-13-01".to_owned();
        wrong.time_zone = "Nowhere/Here".to_owned();
        wrong.emergency_contacts[0].authorized_on = "yesterday".to_owned();
        wrong.safe_numbers[0].times[0].starts = "25:00".to_owned();
        wrong.other_languages.push("x-klingon".to_owned());
        details.profile = Some(wrong);
    });
    let refused = wrong.await.err().unwrap();
    let expected = [
        "details.profile.birth_date",
        "details.profile.other_languages[1]",
        "details.profile.time_zone",
        "details.profile.emergency_contacts[0].authorized_on",
        "details.profile.safe_numbers[0].times[0].starts",
    ];
    assert_eq!(violations_of(&refused), expected);
}

#[tokio::test]
async fn a_participant_is_found_by_number_and_by_name_until_it_changes() {
    let intake = Given::new().await;
    let message = pb::EnrollParticipantRequest {
        name: "Ana Luc\u{ED}a North".to_owned(),
        profile: Some(profile()),
        ..enroll_request("+12025550101")
    };
    let ana = intake.enroll_with(message).await.unwrap();
    let other = intake.enroll_named("+12025550102", "Ana South", "1991-01-01").await;
    assert_eq!(intake.found("+1 (202) 555-0101", "", "").await, [ana.as_str()]);
    assert_eq!(intake.found("+12025550192", "", "").await, [ana.as_str()], "a number that is safe is theirs");
    assert_eq!(intake.found("", "LUCI\u{301}A north", "").await, [ana.as_str()]);
    assert_eq!(intake.found("", "ana", "").await, [ana.as_str(), &other]);
    assert_eq!(intake.found("", "ana", "1991-01-01").await, [other.as_str()]);
    assert_eq!(intake.found("+12025550101", "south", "").await, [""; 0]);
    assert_eq!(intake.found("", "luc", "").await, [""; 0], "words are whole");

    let read = intake.participant(&ana).await;
    intake.update(&read, |details| details.name = "Bea North".to_owned()).await.unwrap();
    assert_eq!(intake.found("", "bea", "").await, [ana.as_str()]);
    assert_eq!(intake.found("", "luc\u{ED}a", "").await, [ana.as_str()], "the name to use is as before");
    let read = intake.participant(&ana).await;
    intake.update(&read, |details| details.profile = None).await.unwrap();
    assert_eq!(intake.found("", "luc\u{ED}a", "").await, [""; 0]);
    assert_eq!(intake.elsewhere().found("", "bea", "").await, [""; 0]);

    let refused = intake.find("", " . ", "1991-01-01").await.err().unwrap();
    assert_eq!(violations_of(&refused), ["name"]);
}

#[tokio::test]
async fn many_of_one_name_are_told_as_many() {
    let intake = Given::new().await;
    for number in 0..22 {
        intake.enroll_named(&format!("+120255501{number:02}"), "Common Name", "").await;
    }
    let found = intake.find("", "common", "").await.unwrap();
    assert_eq!((found.participants.len(), found.has_more), (20, true));
}

#[tokio::test]
async fn participants_are_listed_by_pages_and_by_where_they_stand() {
    let intake = Given::new().await;
    let mut enrolled = Vec::new();
    for number in 101..104 {
        enrolled.push(intake.enroll(&format!("+12025550{number}")).await);
    }
    intake.change_status(&enrolled[1], pb::ParticipantStatus::OnLeave).await;
    let call = intake.as_("admin", Role::Administrator);
    let list = async |message: pb::ListParticipantsRequest| {
        let answer = intake.rpc.list_participants(request(&call, message)).await.unwrap().into_inner();
        let ids: Vec<String> = answer.participants.into_iter().map(|one| one.participant_id).collect();
        (ids, answer.next_page_token)
    };
    let (first, token) = list(pb::ListParticipantsRequest { page_size: 2, ..Default::default() }).await;
    let (rest, end) = list(pb::ListParticipantsRequest { page_size: 2, page_token: token, ..Default::default() }).await;
    assert_eq!((first, rest), (enrolled[..2].to_vec(), enrolled[2..].to_vec()));
    assert!(end.is_empty());
    let statuses = vec![pb::ParticipantStatus::OnLeave.into()];
    let (away, _) = list(pb::ListParticipantsRequest { statuses, ..Default::default() }).await;
    assert_eq!(away, enrolled[1..2]);
    let nobodys = "somebody else".to_owned();
    let (none, _) = list(pb::ListParticipantsRequest { responsible_clinician_id: nobodys, ..Default::default() }).await;
    assert_eq!(none, [""; 0]);
}

#[tokio::test]
async fn follow_ups_are_the_new_clinicians_from_the_change_on() {
    let intake = Given::new().await;
    let participant_id = intake.enroll("+12025550101").await;
    let contact = intake.open_for(&participant_id).await;
    intake.closed(&contact).await;
    let read = intake.participant(&participant_id).await;
    intake.update(&read, |details| details.responsible_clinician = Some(somebody("another"))).await.unwrap();
    let (owners, is_somebodys) = intake.owners(&contact).await;
    assert_eq!(owners[owners.len() - 2..], ["clinician", "another"]);
    assert!(is_somebodys);
}

#[tokio::test]
async fn a_discharged_participant_is_answered_and_followed_up_as_before() {
    let intake = Given::new().await;
    let participant_id = intake.enroll("+12025550101").await;
    let discharged = intake.change_status(&participant_id, pb::ParticipantStatus::Discharged).await;
    assert_eq!(discharged.status(), pb::ParticipantStatus::Discharged);
    assert_ne!(discharged.status_since, discharged.enrolled_at);
    let contact = intake.open_for(&participant_id).await;
    assert_eq!(intake.contact(&contact).await.participant_id, participant_id);
    intake.closed(&contact).await;
    intake.settle().await;
    assert_eq!(intake.planned().len(), 1);
}

#[tokio::test]
async fn nobody_calls_a_participant_who_has_died_and_whoever_has_the_number_is_answered() {
    let intake = Given::new().await;
    let participant_id = intake.enroll("+12025550101").await;
    let before = intake.open_for(&participant_id).await;
    intake.closed(&before).await;
    intake.settle().await;
    intake.change_status(&participant_id, pb::ParticipantStatus::Deceased).await;
    intake.settle().await;
    assert_eq!(intake.neighbors.stopped.all().len(), 1);
    let contact = intake.open_for(&participant_id).await;
    let contact = intake.contact(&contact).await;
    assert_eq!((contact.caller(), contact.participant_id.as_str()), (common::CallerKind::Unknown, ""));
    assert!(contact.origin_contact_id.is_empty());
}

#[tokio::test]
async fn where_somebody_is_is_noted_by_the_counselor_in_the_contact_and_no_other() {
    let intake = Given::new().await;
    let participant_id = intake.enroll("+12025550101").await;
    let record = async |by: &Call| {
        let (participant_id, place) = (participant_id.clone(), "the pier".to_owned());
        let message = pb::RecordWhereaboutsRequest { request_id: id(), participant_id, place };
        intake.rpc.record_whereabouts(request(by, message)).await
    };
    let ana = intake.as_("ana", Role::Counselor);
    assert_refused(record(&ana).await, Reason::CallerNotAllowed);
    let contact = intake.open_for(&participant_id).await;
    assert!(intake.assign(&contact, "ana", 1).await);
    record(&ana).await.unwrap();
    let whereabouts = intake.participant(&participant_id).await.whereabouts.unwrap();
    assert_eq!((whereabouts.place.as_str(), whereabouts.recorded_by.unwrap().person_id.as_str()), ("the pier", "ana"));
}

#[tokio::test]
async fn what_a_participant_is_found_by_cannot_be_read_in_the_database() {
    let intake = Given::new().await;
    let message = pb::EnrollParticipantRequest { profile: Some(profile()), ..enroll_request("+12025550101") };
    intake.enroll_with(message).await.unwrap();
    let rows = "select string_agg(l::text || encode(hash, 'escape'), ' ') from participant_look_up l";
    let rows: String = sqlx::query_scalar(rows).fetch_one(&owner(&intake.store)).await.unwrap();
    for known in ["participant", "5550101", "5550192", "luc", "1990"] {
        assert!(!rows.contains(known), "{known}");
    }
}
