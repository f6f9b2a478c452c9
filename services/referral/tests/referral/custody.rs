//! Intake knows of a referral before it exists and until it has ended, so that custody lasts as long.

use std::sync::atomic::Ordering;

use harborline_disclosure::Refusal;
use harborline_identity::ServiceName;
use harborline_proto::referral::v1 as pb;
use harborline_proto::referral::v1::ReferralState as State;
use harborline_proto::referral::v1::disclosure_service_server::DisclosureService;
use harborline_proto::referral::v1::referral_service_server::ReferralService;
use harborline_referral::Rpc;
use harborline_status::{Reason, ServiceError};
use harborline_testkit::{assert_refused, counselor, owner, request, service, some_program, wait_until};
use harborline_types::{ContactId, ReferralId, RequestId};
use tonic::Status;

use crate::fixture::{Given, referral_request, refusing, some_id, told_resource};

impl Given {
    async fn create(&self, message: &pb::CreateReferralRequest) -> Result<pb::Referral, Status> {
        let answer = self.rpc.create_referral(request(&self.counselor(), message.clone())).await?;
        Ok(answer.into_inner().referral.unwrap())
    }

    /// What intake asks about a referral that was registered with it.
    async fn describe(&self, referral: &str) -> Result<State, Status> {
        let message = pb::DescribeReferralRequest { referral_id: referral.to_owned() };
        let rpc = Rpc::new(self.app.clone());
        let answer = rpc.describe_referral(request(&service(self.program, ServiceName::Intake), message)).await?;
        Ok(answer.into_inner().state())
    }

    async fn referrals(&self) -> i64 {
        sqlx::query_scalar("select count(*) from referral").fetch_one(&owner(&self.store)).await.unwrap()
    }

    fn registered(&self) -> Vec<(RequestId, ContactId, ReferralId)> {
        self.intake.registered.lock().unwrap().clone()
    }

    /// From now on intake answers registrations so.
    fn registrations(&self, refusal: Option<Status>) {
        *self.intake.refuses_registration.lock().unwrap() = refusal;
    }

    /// Answers to repeated calls are kept for a week.
    async fn forget_answers(&self) {
        sqlx::query("delete from answered_request").execute(&owner(&self.store)).await.unwrap();
    }
}

fn silent() -> Option<Status> {
    Some(ServiceError::unavailable("intake does not answer", "as the test wants").into())
}

#[tokio::test]
async fn intake_knows_of_a_referral_before_it_exists_and_without_its_answer_none_is_made() {
    let given = Given::new().await;
    given.facilities::<1>().await;
    let contact = ContactId::new();
    let message = referral_request(contact);
    given.registrations(silent());
    assert_refused(given.create(&message).await, Reason::TemporarilyUnavailable);
    assert_eq!((given.referrals().await, given.open_duties().await), (0, Vec::new()));

    // Intake has taken it, and its answer was lost: the same call again, and one referral.
    given.registrations(None);
    let referral = given.create(&message).await.unwrap();
    assert!(given.create(&message).await.unwrap() == referral);
    let id: ReferralId = referral.referral_id.parse().unwrap();
    let call = (RequestId::derived("RegisterReferral", id), contact, id);
    assert_eq!(given.registered(), [call, call], "a referral that was made is not registered again");
    assert_eq!(given.referrals().await, 1);
}

#[tokio::test]
async fn a_process_that_dies_between_registering_and_its_commit_leaves_one_registration_and_one_referral() {
    let given = Given::new().await;
    given.facilities::<1>().await;
    let message = referral_request(ContactId::new());
    // The transaction cannot be finished, as if the process had died in it.
    let broken = "alter table referral_offer rename to elsewhere";
    sqlx::query(broken).execute(&owner(&given.store)).await.unwrap();
    assert!(given.create(&message).await.is_err());
    assert_eq!((given.referrals().await, given.registered().len()), (0, 1));
    let mended = "alter table elsewhere rename to referral_offer";
    sqlx::query(mended).execute(&owner(&given.store)).await.unwrap();

    let referral = given.create(&message).await.unwrap();
    let registered = given.registered();
    assert_eq!(registered[0], registered[1], "registered once");
    assert_eq!((referral.referral_id, given.referrals().await), (registered[0].2.to_string(), 1));
}

#[tokio::test]
async fn many_repetitions_at_once_are_one_registration_and_one_referral() {
    let given = Given::new().await;
    given.facilities::<1>().await;
    let message = referral_request(ContactId::new());
    let made = futures::future::join_all((0..6).map(|_| given.create(&message))).await;
    let first = made[0].as_ref().unwrap();
    assert!(made.iter().all(|referral| referral.as_ref().unwrap() == first));
    let registered = given.registered();
    assert!(registered.iter().all(|call| *call == registered[0]));
    assert_eq!(given.referrals().await, 1);
}

#[tokio::test]
async fn what_is_refused_is_not_registered() {
    let given = Given::new().await;
    let [clinic] = given.facilities().await;
    let message = referral_request(ContactId::new());
    given.intake.says(clinic, refusing(Refusal::ConsentMissing));
    assert_refused(given.create(&message).await, Reason::DisclosureRefused);
    given.hub.unassigns("counselor-1");
    assert_refused(given.create(&message).await, Reason::CallerNotAllowed);
    let forgotten = ContactId::new();
    given.hub.forgets(forgotten);
    assert_refused(given.create(&referral_request(forgotten)).await, Reason::ContactNotFound);
    assert_eq!(given.registered(), []);
}

#[tokio::test]
async fn intakes_refusal_of_a_registration_is_that_of_the_referral() {
    let given = Given::new().await;
    given.facilities::<1>().await;
    let contact = ContactId::new();
    given.registrations(Some(ServiceError::not_found(Reason::ContactNotFound, "contact", contact).into()));
    assert_refused(given.create(&referral_request(contact)).await, Reason::ContactNotFound);
    // The request id was used before for another contact, and nothing came of it here.
    given.registrations(Some(ServiceError::new(Reason::RequestIdReused, "used before").into()));
    assert_refused(given.create(&referral_request(contact)).await, Reason::RequestIdReused);
    assert_eq!(given.referrals().await, 0);
}

#[tokio::test]
async fn the_id_of_a_referral_is_that_of_its_request_by_its_caller_in_its_program() {
    let given = Given::new().await;
    given.facilities::<1>().await;
    let message = referral_request(ContactId::new());
    let mine = given.create(&message).await.unwrap().referral_id;
    let ben = request(&counselor(given.program, "ben"), message.clone());
    let bens = given.rpc.create_referral(ben).await.unwrap().into_inner().referral.unwrap().referral_id;
    let elsewhere = Given::over(given.store.clone(), given.clock.clone(), some_program());
    let theirs = elsewhere.create(&message).await.unwrap().referral_id;
    assert!(mine != bens && bens != theirs && mine != theirs);
}

#[tokio::test]
async fn a_request_whose_kept_answer_is_gone_finds_its_referral_as_it_is_now() {
    let given = Given::new().await;
    let [clinic] = given.facilities().await;
    let message = referral_request(ContactId::new());
    let id = given.create(&message).await.unwrap().referral_id;
    given.accept(clinic, &id).await.unwrap();
    given.forget_answers().await;
    let again = given.create(&message).await.unwrap();
    assert_eq!((again.referral_id, again.state), (id, State::Accepted.into()));
    assert_eq!((given.referrals().await, given.registered().len()), (1, 1));
    given.forget_answers().await;
    let other = pb::CreateReferralRequest { contact_id: ContactId::new().to_string(), ..message };
    assert_refused(given.create(&other).await, Reason::RequestIdReused);
}

#[tokio::test]
async fn intake_learns_of_each_end_of_a_referral_until_it_has_answered() {
    let given = Given::new().await;
    let [clinic] = given.facilities().await;
    let [completed, cancelled, unplaced] = [given.refer().await, given.refer().await, given.refer().await];
    given.accept(clinic, &completed.referral_id).await.unwrap();
    assert_eq!(given.open_duties().await, ["accepted", "claim-by", "claim-by"], "an accepted one has not ended");
    given.complete(clinic, &completed.referral_id).await.unwrap();
    given.cancel(&cancelled.referral_id).await.unwrap();
    given.decline(clinic, &unplaced.referral_id).await.unwrap();
    assert_eq!(given.open_duties().await, ["accepted", "ended", "ended", "ended"]);

    given.intake.failures.store(2, Ordering::SeqCst);
    let done = || async { given.open_duties().await.is_empty().then_some(()) };
    given.working(wait_until("intake knows", done)).await;
    let ended = given.intake.ended.lock().unwrap();
    for referral in [completed, cancelled, unplaced] {
        let id: ReferralId = referral.referral_id.parse().unwrap();
        let expected = (RequestId::derived("RecordReferralEnded", id), referral.contact_id.parse().unwrap(), id);
        assert!(ended.contains(&expected));
    }
    let calls: std::collections::BTreeSet<_> = ended.iter().map(|(request_id, ..)| *request_id).collect();
    assert_eq!(calls.len(), 3, "repeated under the same request id");
}

#[tokio::test]
async fn a_referral_that_is_unplaced_at_once_is_registered_and_ends() {
    let given = Given::new().await;
    let referral = given.refer().await;
    assert_eq!(referral.state(), State::Unplaced);
    assert_eq!((given.registered().len(), given.open_duties().await), (1, vec!["ended".to_owned()]));
}

#[tokio::test]
async fn intake_reads_where_a_referral_stands() {
    let given = Given::new().await;
    let [clinic] = given.facilities().await;
    let id = given.refer().await.referral_id;
    assert_eq!(given.describe(&id).await.unwrap(), State::Offered);
    given.claim(clinic, &id).await.unwrap();
    assert_eq!(given.describe(&id).await.unwrap(), State::Claimed);
    given.cancel(&id).await.unwrap();
    assert_eq!(given.describe(&id).await.unwrap(), State::Cancelled);

    assert_refused(given.describe("nothing").await, Reason::RequestInvalid);
    let elsewhere = Given::over(given.store.clone(), given.clock.clone(), some_program());
    let refused = assert_refused(elsewhere.describe(&id).await, Reason::ReferralNotFound);
    assert_eq!(told_resource(&refused), ("referral".to_owned(), id.clone()));
    assert_eq!(given.describe(&id).await.unwrap(), State::Cancelled, "what another program asks changes nothing");
}

#[tokio::test]
async fn a_referral_from_before_ids_were_decided_is_found() {
    let given = Given::new().await;
    given.facilities::<1>().await;
    let id = given.refer().await.referral_id;
    sqlx::query("delete from referral_existence").execute(&owner(&given.store)).await.unwrap();
    for _ in 0..2 {
        assert_eq!(given.describe(&id).await.unwrap(), State::Offered);
    }
}

#[tokio::test]
async fn an_id_that_intake_was_told_nobody_has_is_never_given_and_the_request_makes_a_referral_all_the_same() {
    let given = Given::new().await;
    given.facilities::<1>().await;
    let message = referral_request(ContactId::new());
    given.registrations(silent());
    assert_refused(given.create(&message).await, Reason::TemporarilyUnavailable);
    let registered = given.registered()[0].2;
    for _ in 0..2 {
        assert_refused(given.describe(&registered.to_string()).await, Reason::ReferralNotFound);
    }

    given.registrations(None);
    let referral = given.create(&message).await.unwrap();
    assert_ne!(referral.referral_id, registered.to_string(), "intake no longer waits for that one");
    let anew = given.registered()[1];
    assert_eq!(
        (anew.0, anew.2.to_string()),
        (RequestId::derived("RegisterReferral", anew.2), referral.referral_id.clone())
    );
    assert!(given.create(&message).await.unwrap() == referral);
    assert_eq!((given.referrals().await, given.registered().len()), (1, 2));
}

#[tokio::test]
async fn a_creation_that_commits_later_than_intake_waits_makes_nothing() {
    let given = Given::new().await;
    given.facilities::<1>().await;
    let message = referral_request(ContactId::new());
    // The creation has registered, and stands still in the first statement of its transaction.
    let mut lock = owner(&given.store).begin().await.unwrap();
    sqlx::query("lock table answered_request in access exclusive mode").execute(&mut *lock).await.unwrap();
    let slow = async { given.create(&message).await };
    let asked = async {
        let registered = || async { given.registered().first().copied() };
        let (_, _, id) = wait_until("it is registered", registered).await;
        assert_refused(given.describe(&id.to_string()).await, Reason::ReferralNotFound);
        lock.commit().await.unwrap();
    };
    let (slow, ()) = tokio::join!(slow, asked);
    assert_refused(slow, Reason::TemporarilyUnavailable);
    assert_eq!(given.referrals().await, 0);
    given.create(&message).await.unwrap();
    assert_eq!((given.referrals().await, given.registered().len()), (1, 2));
}

#[tokio::test]
async fn only_intake_asks_where_a_referral_stands() {
    let given = Given::new().await;
    let message = pb::DescribeReferralRequest { referral_id: some_id() };
    let judged = request(&service(given.program, ServiceName::Followup), message);
    let call = judged.extensions().get::<harborline_identity::Call>().unwrap();
    assert!(!call.would_be_permitted(&harborline_identity::Facts::default()));
    let judged = request(&service(given.program, ServiceName::Intake), pb::DescribeReferralRequest::default());
    let call = judged.extensions().get::<harborline_identity::Call>().unwrap();
    assert!(call.would_be_permitted(&harborline_identity::Facts::default()));
}
