//! Nothing that a person said refuses them, and one number or one name is one, however it is written.

use harborline_identity::Role;
use harborline_intake::domain::facts::AsqAnswer;
use harborline_proto::common::v1::{CallerKind, Signal};
use harborline_proto::intake::v1 as pb;
use harborline_proto::intake::v1::contact_service_server::ContactService;
use harborline_proto::intake::v1::program_service_server::ProgramService;
use harborline_status::{Reason, violations_of};
use harborline_testkit::{assert_refused, owner, request};
use harborline_types as types;

use crate::fixture::{Given, enroll_request, id, open_request};

impl Given {
    /// Opens a contact; it, and the fields that were not taken as they were sent.
    async fn opened(&self, message: pb::OpenContactRequest) -> (pb::Contact, Vec<String>) {
        let answer = self.rpc.open_contact(request(&self.front_end(), message)).await.unwrap().into_inner();
        let ignored = answer.ignored.into_iter();
        let fields = ignored.map(|ignored| {
            assert!(!ignored.what_was_done.is_empty());
            ignored.field
        });
        (answer.contact.unwrap(), fields.collect())
    }

    /// How many contacts are found by a number.
    async fn found_by_number(&self) -> i64 {
        let found = "select count(*) from contact where callback_number_hash is not null";
        sqlx::query_scalar(found).fetch_one(&owner(&self.store)).await.unwrap()
    }
}

#[tokio::test]
async fn nothing_that_a_person_said_refuses_them_and_each_change_is_named() {
    let intake = Given::new().await;
    let message = pb::OpenContactRequest {
        caller: 99,
        participant_id: "no one".to_owned(),
        language: "x-klingon".to_owned(),
        jurisdiction: "virginia".to_owned(),
        callback_number: "ask for my sister at the shelter\u{0}".to_owned(),
        own_words: format!("help\u{0} me \u{202E}{}", "x".repeat(4000)),
        signals: [vec![Signal::Craving.into(), 99, i32::MAX], vec![Signal::Overdose.into(); 200]].concat(),
        self_screening: Some(pb::SelfScreening {
            thoughts_now: 9,
            ever_tried: pb::AsqAnswer::Yes.into(),
            ..pb::SelfScreening::default()
        }),
        ..open_request()
    };
    let (contact, ignored) = intake.opened(message.clone()).await;
    let expected = [
        "caller",
        "participant_id",
        "language",
        "jurisdiction",
        "callback_number",
        "callback_number",
        "signals[1]",
        "signals[2]",
        "self_screening.thoughts_now",
        "own_words",
        "own_words",
    ];
    assert_eq!(ignored, expected);
    assert_eq!((contact.caller(), contact.language.as_str()), (CallerKind::Unknown, "en"));
    assert_eq!((contact.participant_id.as_str(), contact.jurisdiction.as_str()), ("", ""));
    assert_eq!(intake.found_by_number().await, 0, "what cannot be dialed is not looked up");
    intake.settle().await;
    let asked = intake.neighbors.to_assess.last().unwrap();
    assert_eq!(asked.signals, [types::Signal::Craving, types::Signal::Overdose]);
    assert_eq!(asked.self_screening.unwrap().ever_tried, Some(AsqAnswer::Yes));

    let (again, ignored) = intake.opened(message).await;
    assert_eq!((again.contact_id, ignored.len()), (contact.contact_id, expected.len()), "a repeat is answered alike");
}

#[tokio::test]
async fn a_code_in_another_case_is_understood() {
    let intake = Given::new().await;
    let (language, jurisdiction) = ("ES-mx".to_owned(), "us-va".to_owned());
    let (contact, ignored) = intake.opened(pb::OpenContactRequest { language, jurisdiction, ..open_request() }).await;
    assert_eq!((contact.language.as_str(), contact.jurisdiction.as_str()), ("es-mx", "US-VA"));
    assert!(ignored.is_empty(), "{ignored:?}");
}

#[tokio::test]
async fn a_withheld_number_is_none_and_raises_nobody_who_has_none() {
    let intake = Given::new().await;
    for callback_number in ["+266696687", "+7378742833", "+86282452253", "+8656696", "Anonymous"] {
        let callback_number = callback_number.to_owned();
        let (_, ignored) = intake.opened(pb::OpenContactRequest { callback_number, ..open_request() }).await;
        assert_eq!(ignored, ["callback_number"]);
    }
    assert_eq!(intake.found_by_number().await, 0);
}

#[tokio::test]
async fn one_number_is_one_however_it_is_spelled() {
    let intake = Given::new().await;
    intake.enroll("+44 20 7946 0018").await;
    let call = intake.as_("admin", Role::Administrator);
    for spelling in ["+442079460018", "+4402079460018", "+44 (0)20-7946-0018"] {
        let again = intake.rpc.enroll_participant(request(&call, enroll_request(spelling))).await;
        assert_refused(again, Reason::DedicatedNumberTaken);
    }
    for none in ["+00919262175513", "+0123456789", "+0000000", "+266696687", "988", "+15550100"] {
        let refused = intake.rpc.enroll_participant(request(&call, enroll_request(none))).await;
        assert_eq!(violations_of(&assert_refused(refused, Reason::RequestInvalid)), ["dedicated_number"], "{none}");
    }
}

#[tokio::test]
async fn a_backup_line_is_a_possible_number_or_a_short_code() {
    let intake = Given::without_program().await;
    let call = intake.as_("admin", Role::Administrator);
    let put = async |line: &str| {
        let message = pb::PutProgramRequest {
            request_id: id(),
            name: "Harbor IOP".to_owned(),
            clinical_director: Some(crate::fixture::somebody("director")),
            backup_line: line.to_owned(),
            ..pb::PutProgramRequest::default()
        };
        let answer = intake.rpc.put_program(request(&call, message)).await;
        answer.map(|answer| answer.into_inner().program.unwrap().backup_line)
    };
    for (line, kept) in [("988", "988"), ("741741", "741741"), ("+1 202-555-0101", "+12025550101")] {
        assert_eq!(put(line).await.unwrap(), kept);
    }
    for line in ["+0000000", "+266696687", "8", "0000000", "a line"] {
        assert_eq!(violations_of(&put(line).await.unwrap_err()), ["backup_line"], "{line}");
    }
}

#[tokio::test]
async fn a_name_has_something_to_see_and_nothing_that_turns_what_is_read() {
    let intake = Given::new().await;
    let call = intake.as_("admin", Role::Administrator);
    let enroll = async |name: &str, number: &str| {
        let message = pb::EnrollParticipantRequest { name: name.to_owned(), ..enroll_request(number) };
        intake.rpc.enroll_participant(request(&call, message)).await
    };
    for name in ["\u{200D}", "\u{FEFF}", "\u{200F}", "\u{3164} \u{2800}", "Ana\u{202E}zaiD", "\u{2066}Ana\u{2069}"] {
        let refused = enroll(name, "+12025550101").await;
        assert_eq!(violations_of(&assert_refused(refused, Reason::RequestInvalid)), ["name"], "{name:?}");
    }
    // A name in Persian keeps the joiner that it is written with.
    let (written, kept) = ("\u{FEFF}\u{645}\u{6CC}\u{200C}\u{62E}\u{648}", "\u{645}\u{6CC}\u{200C}\u{62E}\u{648}");
    let participant_id = enroll(written, "+12025550101").await.unwrap().into_inner().participant_id;
    let contact = intake.open_for(&participant_id).await;
    assert!(intake.assign(&contact, "ana", 1).await);
    let ana = intake.as_("ana", Role::Counselor);
    let brief = intake.rpc.get_care_brief(request(&ana, pb::GetCareBriefRequest { participant_id })).await.unwrap();
    assert_eq!(brief.into_inner().name, kept);
}
