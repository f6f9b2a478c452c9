//! The second person: nothing is less urgent by the word of one.

use harborline_identity::{Call, Role};
use harborline_proto::common::v1 as common;
use harborline_proto::triage::v1::triage_service_server::TriageService;
use harborline_proto::triage::v1::{self as pb, LoweringState};
use harborline_status::{Reason, violations_of};
use harborline_testkit::{assert_refused, person, request, trained};
use harborline_types::{Acuity, ContactId, CounselorKind, LoweringId};
use tonic::Status;

use crate::fixture::{Given, facts, judgment, new_id, says_why, screening};

impl Given {
    /// Judges an acuity that somebody else must confirm.
    pub(crate) async fn propose(&self, message: pb::JudgeAcuityRequest) -> LoweringId {
        let before = self.newest(message.contact_id.parse().unwrap()).await.unwrap();
        let answer = self.rpc.judge_acuity(request(&self.ana(), message)).await.unwrap().into_inner();
        assert_eq!(answer.assessment.unwrap().sequence, before.sequence, "what was on record holds");
        answer.lowering_id.parse().unwrap()
    }

    pub(crate) async fn confirm(&self, by: &Call, lowering: LoweringId) -> Result<common::Assessment, Status> {
        let message = pb::ConfirmLoweringRequest { request_id: new_id(), lowering_id: lowering.to_string() };
        let answer = self.rpc.confirm_lowering(request(by, message)).await?;
        Ok(answer.into_inner().assessment.unwrap())
    }

    async fn lowering(&self, by: &Call, lowering: LoweringId) -> Result<pb::GetLoweringResponse, Status> {
        let message = pb::GetLoweringRequest { lowering_id: lowering.to_string() };
        Ok(self.rpc.get_lowering(request(by, message)).await?.into_inner())
    }

    async fn state(&self, lowering: LoweringId) -> LoweringState {
        self.lowering(&self.sam(), lowering).await.unwrap().lowering.unwrap().state()
    }

    fn clinician(&self, id: &str) -> Call {
        self.counselor_of(id, Some(CounselorKind::LicensedClinician))
    }

    fn counselor_of(&self, id: &str, training: Option<CounselorKind>) -> Call {
        trained(self.program, id, &[Role::Counselor], training)
    }

    /// A contact at acuity 2.
    async fn urgent(&self) -> ContactId {
        let contact = ContactId::new();
        self.assess(facts(contact, &[common::Signal::Craving])).await.unwrap();
        self.judge(judgment(contact, common::Acuity::VeryHigh)).await.unwrap();
        contact
    }
}

#[tokio::test]
async fn raising_is_free_and_lowering_holds_once_somebody_else_has_confirmed_it() {
    let given = Given::new().await;
    let contact = given.urgent().await;
    let lowering = given.propose(says_why(judgment(contact, common::Acuity::Routine))).await;
    assert_eq!(given.newest(contact).await.unwrap().acuity(), common::Acuity::VeryHigh, "until it is confirmed");
    assert_eq!(given.state(lowering).await, LoweringState::Pending);

    let lowered = given.confirm(&given.sam(), lowering).await.unwrap();
    assert_eq!((lowered.acuity(), lowered.sequence), (common::Acuity::Routine, 3));
    assert_eq!(lowered.reasons[0], "clinician_judgment");
    let same_facts = given.assess(facts(contact, &[common::Signal::Craving])).await.unwrap();
    assert_eq!(same_facts.acuity(), common::Acuity::Routine, "the signed level holds");
    let news = given.assess(facts(contact, &[common::Signal::Weapon])).await.unwrap();
    assert_eq!(news.acuity(), common::Acuity::Emergency, "until something new raises it");
    assert_eq!(given.state(lowering).await, LoweringState::Confirmed);
    let signed = "select count(*) from assessment where judged_by = 'ana' and second_person_id = 'sam'";
    assert_eq!(given.count(signed).await, 1);
}

#[tokio::test]
async fn a_lowering_says_why_in_words_that_can_be_read() {
    let given = Given::new().await;
    let contact = given.urgent().await;
    for reason in ["", "too short", "\u{200D}\u{200D}\u{200D}\u{200D}\u{200D}\u{200D}\u{200D}\u{200D}\u{200D}\u{200D}"]
    {
        let lower = judgment(contact, common::Acuity::Routine);
        let refused = given.judge(pb::JudgeAcuityRequest { reason: reason.to_owned(), ..lower }).await;
        assert_eq!(violations_of(&assert_refused(refused, Reason::RequestInvalid)), ["reason"], "{reason:?}");
    }
    assert_eq!(given.count("select count(*) from lowering").await, 0);
}

#[tokio::test]
async fn who_judged_does_not_confirm_by_whatever_spelling_of_their_id() {
    let given = Given::new().await;
    let contact = given.urgent().await;
    let lowering = given.propose(says_why(judgment(contact, common::Acuity::Routine))).await;
    for same in ["ana", " ana", "ANA", "\u{430}na", "a\u{200B}na", "\u{FF41}na"] {
        let supervisor = person(given.program, same, &[Role::Supervisor, Role::Counselor]);
        assert_refused(given.confirm(&supervisor, lowering).await, Reason::ReviewerNotIndependent);
        assert_refused(given.confirm(&given.clinician(same), lowering).await, Reason::ReviewerNotIndependent);
    }
    assert_eq!(given.newest(contact).await.unwrap().acuity(), common::Acuity::VeryHigh);
    given.confirm(&given.clinician("ben"), lowering).await.unwrap();
}

#[tokio::test]
async fn the_token_of_who_confirms_shows_a_supervisor_or_a_licensed_clinician() {
    let given = Given::new().await;
    let contact = given.urgent().await;
    let lowering = given.propose(says_why(judgment(contact, common::Acuity::Routine))).await;
    for training in [None, Some(CounselorKind::PeerSpecialist), Some(CounselorKind::CrisisCounselor)] {
        let untrained = given.counselor_of("ben", training);
        assert_refused(given.confirm(&untrained, lowering).await, Reason::CallerNotAllowed);
        assert_refused(given.lowering(&untrained, lowering).await.map(drop), Reason::CallerNotAllowed);
    }
    // From anywhere: neither is in the contact, and intake is not asked.
    given.hub.unassigns("ben");
    given.hub.is_down(true);
    let clinician = given.clinician("ben");
    let seen = given.lowering(&clinician, lowering).await.unwrap();
    let (what, assessment) = (seen.lowering.unwrap(), seen.assessment.unwrap());
    assert_eq!((what.from(), what.acuity()), (common::Acuity::VeryHigh, common::Acuity::Routine));
    assert_eq!((what.reason.as_str(), what.judged_by_id.as_str()), ("spoke with the participant and a parent", "ana"));
    assert_eq!(assessment.contact_id, contact.to_string());
    given.confirm(&clinician, lowering).await.unwrap();
}

#[tokio::test]
async fn what_is_newer_overtakes_a_lowering_and_what_has_ended_is_not_confirmed() {
    let given = Given::new().await;
    let contact = given.urgent().await;
    let lower = || says_why(judgment(contact, common::Acuity::Routine));
    let by_another = given.propose(lower()).await;
    let by_an_assessment = given.propose(lower()).await;
    given.judge(judgment(contact, common::Acuity::VeryHigh)).await.unwrap();
    let confirmed = given.propose(lower()).await;
    given.confirm(&given.sam(), confirmed).await.unwrap();
    for (ended, state) in [
        (by_another, LoweringState::Overtaken),
        (by_an_assessment, LoweringState::Overtaken),
        (confirmed, LoweringState::Confirmed),
    ] {
        assert_eq!(given.state(ended).await, state);
        assert_refused(given.confirm(&given.sam(), ended).await, Reason::LoweringEnded);
    }
    assert_refused(given.confirm(&given.sam(), LoweringId::new()).await, Reason::LoweringNotFound);
}

#[tokio::test]
async fn a_lowering_that_nobody_confirms_in_time_expires() {
    let given = Given::with_lowerings_that_hold(chrono::TimeDelta::microseconds(1)).await;
    let contact = given.urgent().await;
    let lowering = given.propose(says_why(judgment(contact, common::Acuity::Routine))).await;
    assert_eq!(given.state(lowering).await, LoweringState::Expired);
    assert_refused(given.confirm(&given.sam(), lowering).await, Reason::LoweringEnded);
    assert_eq!(given.newest(contact).await.unwrap().acuity(), common::Acuity::VeryHigh);
}

#[tokio::test]
async fn the_newest_assessment_names_the_lowering_that_waits() {
    let given = Given::new().await;
    let contact = given.urgent().await;
    let named = || async {
        let message = pb::GetAssessmentRequest { contact_id: contact.to_string() };
        given.rpc.get_assessment(request(&given.ana(), message)).await.unwrap().into_inner().lowering_id
    };
    assert_eq!(named().await, "");
    let lowering = given.propose(says_why(judgment(contact, common::Acuity::Routine))).await;
    assert_eq!(named().await, lowering.to_string());
    given.confirm(&given.sam(), lowering).await.unwrap();
    assert_eq!(named().await, "");
}

#[tokio::test]
async fn a_confirmation_may_be_repeated_and_counts_once() {
    let given = Given::new().await;
    let contact = given.urgent().await;
    let lowering = given.propose(says_why(judgment(contact, common::Acuity::Routine))).await;
    let message = pb::ConfirmLoweringRequest { request_id: new_id(), lowering_id: lowering.to_string() };
    for _ in 0..2 {
        let answer = given.rpc.confirm_lowering(request(&given.sam(), message.clone())).await.unwrap().into_inner();
        assert_eq!(answer.assessment.unwrap().sequence, 3);
    }
    let refused = given.rpc.confirm_lowering(request(&given.sam(), pb::ConfirmLoweringRequest::default())).await;
    assert_eq!(
        violations_of(&assert_refused(refused.map(drop), Reason::RequestInvalid)),
        ["request_id", "lowering_id"]
    );
}

#[tokio::test]
async fn a_call_that_follows_somebody_up_begins_at_their_level_and_is_not_lowered_by_one() {
    let given = Given::new().await;
    let (screened, judged) = (ContactId::new(), ContactId::new());
    given.hub.calls(Acuity::Emergency);
    let asked = given.screen(screening(screened, pb::AsqAnswer::No, pb::AsqAnswer::Unspecified)).await.unwrap();
    assert_eq!(asked.assessment.unwrap().acuity(), common::Acuity::Emergency, "software does not lower it");

    for reason in ["", "spoke with the participant and a parent"] {
        let lower = judgment(judged, common::Acuity::Routine);
        let message = pb::JudgeAcuityRequest { reason: reason.to_owned(), ..lower };
        let answer = given.rpc.judge_acuity(request(&given.ana(), message)).await;
        if reason.is_empty() {
            assert_eq!(violations_of(&assert_refused(answer.map(drop), Reason::RequestInvalid)), ["reason"]);
            continue;
        }
        let answer = answer.unwrap().into_inner();
        assert!(answer.assessment.is_none(), "nothing was found in the call yet");
        let lowering: LoweringId = answer.lowering_id.parse().unwrap();
        // Once more, when triage knows the contact: it is still what it began at.
        let again =
            given.rpc.judge_acuity(request(&given.ana(), says_why(judgment(judged, common::Acuity::High)))).await;
        assert!(!again.unwrap().into_inner().lowering_id.is_empty());
        assert_refused(given.confirm(&given.sam(), lowering).await, Reason::LoweringEnded);
    }
    let lowering =
        given.rpc.judge_acuity(request(&given.ana(), says_why(judgment(judged, common::Acuity::Routine)))).await;
    let lowering: LoweringId = lowering.unwrap().into_inner().lowering_id.parse().unwrap();
    let seen = given.lowering(&given.sam(), lowering).await.unwrap().lowering.unwrap();
    assert_eq!(seen.from(), common::Acuity::Emergency);
    assert_eq!(given.confirm(&given.sam(), lowering).await.unwrap().acuity(), common::Acuity::Routine);
}

#[tokio::test]
async fn what_the_caller_states_anew_overtakes_a_lowering_also_where_it_changes_no_assessment() {
    let given = Given::new().await;
    let contact = ContactId::new();
    given.assess(facts(contact, &[common::Signal::WithdrawalRedFlags])).await.unwrap();
    given.screen(screening(contact, pb::AsqAnswer::No, pb::AsqAnswer::Unspecified)).await.unwrap();
    let before = given.newest(contact).await.unwrap();
    let lowering = given.propose(says_why(judgment(contact, common::Acuity::Routine))).await;
    given.assess(facts(contact, &[common::Signal::WithdrawalRedFlags])).await.unwrap();
    assert_eq!(given.state(lowering).await, LoweringState::Pending, "the same once more is nothing new");
    let signals = [common::Signal::WithdrawalRedFlags, common::Signal::SuicidalThoughts];
    let after = given.assess(facts(contact, &signals)).await.unwrap();
    assert_eq!((after.sequence, after.acuity()), (before.sequence, before.acuity()), "no rule says more");
    assert_eq!(given.state(lowering).await, LoweringState::Overtaken);
    assert_refused(given.confirm(&given.sam(), lowering).await, Reason::LoweringEnded);
}
