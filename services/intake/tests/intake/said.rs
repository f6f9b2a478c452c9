//! One name is one, however it is written.

use harborline_identity::Role;
use harborline_proto::intake::v1 as pb;
use harborline_proto::intake::v1::program_service_server::ProgramService;
use harborline_status::{Reason, violations_of};
use harborline_testkit::{assert_refused, request};

use crate::fixture::{Fixture, enroll_request};

#[tokio::test]
async fn a_name_has_something_to_see_and_nothing_that_turns_what_is_read() {
    let intake = Fixture::new().await;
    let call = intake.as_("admin", Role::Administrator);
    let enroll = async |name: &str, number: &str| {
        let message = pb::EnrollParticipantRequest { name: name.to_owned(), ..enroll_request(number) };
        intake.rpc.enroll_participant(request(&call, message)).await
    };
    for name in ["\u{200D}", "\u{FEFF}", "\u{200F}", "\u{3164} \u{2800}", "Ana\u{202E}zaiD", "\u{2066}Ana\u{2069}"] {
        let refused = enroll(name, "+15550101").await;
        assert_eq!(violations_of(&assert_refused(refused, Reason::RequestInvalid)), ["name"], "{name:?}");
    }
    // A name in Persian keeps the joiner that it is written with.
    let (written, kept) = ("\u{FEFF}\u{645}\u{6CC}\u{200C}\u{62E}\u{648}", "\u{645}\u{6CC}\u{200C}\u{62E}\u{648}");
    let participant_id = enroll(written, "+15550101").await.unwrap().into_inner().participant_id;
    let contact = intake.open_for(&participant_id).await;
    assert!(intake.assign(&contact, "ana", 1).await);
    let ana = intake.as_("ana", Role::Counselor);
    let brief = intake.rpc.get_care_brief(request(&ana, pb::GetCareBriefRequest { participant_id })).await.unwrap();
    assert_eq!(brief.into_inner().name, kept);
}
