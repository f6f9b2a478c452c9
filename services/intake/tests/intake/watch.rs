//! The stream of one contact.

use futures::{Stream, StreamExt};
use harborline_proto::intake::v1::contact_service_server::ContactService;
use harborline_proto::intake::v1::{ContactState, WatchContactRequest, WatchContactResponse};
use harborline_status::Reason;
use harborline_testkit::{assert_refused, request, wait_for};
use tonic::Status;

use crate::fixture::{Given, id};

type Sent = Result<WatchContactResponse, Status>;

async fn watch(
    intake: &Given,
    contact_id: &str,
    cursor: &str,
) -> Result<impl Stream<Item = Sent> + Unpin + use<>, Status> {
    let message = WatchContactRequest { contact_id: contact_id.to_owned(), cursor: cursor.to_owned() };
    let answer = intake.rpc.watch_contact(request(&intake.front_end(), message)).await?;
    Ok(answer.into_inner())
}

async fn next(stream: &mut (impl Stream<Item = Sent> + Unpin)) -> Option<WatchContactResponse> {
    let sent = wait_for("something is sent", stream.next()).await;
    sent.map(|sent| sent.unwrap_or_else(|status| panic!("{}", status.message())))
}

fn state(sent: &WatchContactResponse) -> ContactState {
    sent.contact.as_ref().unwrap().state()
}

#[tokio::test]
async fn a_watcher_sees_the_contact_then_its_changes_until_it_has_ended() {
    let intake = Given::new().await;
    let contact = intake.open().await;
    let mut stream = watch(&intake, &contact, "").await.unwrap();
    assert_eq!(state(&next(&mut stream).await.unwrap()), ContactState::Received);
    intake.assign(&contact, "ana", 1).await;
    assert_eq!(state(&next(&mut stream).await.unwrap()), ContactState::Answered);
    intake.lose(&contact, 1).await;
    assert_eq!(state(&next(&mut stream).await.unwrap()), ContactState::Waiting);
    intake.leave(&contact).await.unwrap();
    assert_eq!(state(&next(&mut stream).await.unwrap()), ContactState::Left);
    assert!(next(&mut stream).await.is_none());
}

#[tokio::test]
async fn a_watcher_that_resumes_gets_only_what_it_has_not_seen() {
    let intake = Given::new().await;
    let contact = intake.open().await;
    let seen = next(&mut watch(&intake, &contact, "").await.unwrap()).await.unwrap();
    intake.assign(&contact, "ana", 1).await;
    let mut resumed = watch(&intake, &contact, &seen.cursor).await.unwrap();
    let answered = next(&mut resumed).await.unwrap();
    assert_eq!(state(&answered), ContactState::Answered);
    intake.lose(&contact, 1).await;
    intake.leave(&contact).await.unwrap();
    let mut resumed = watch(&intake, &contact, &answered.cursor).await.unwrap();
    let left = next(&mut resumed).await.unwrap();
    assert_eq!(state(&left), ContactState::Left, "the newest state, not every step");
    assert!(next(&mut watch(&intake, &contact, &left.cursor).await.unwrap()).await.is_none());
}

#[tokio::test]
async fn a_cursor_of_another_stream_is_refused() {
    let intake = Given::new().await;
    let (contact, other) = (intake.open().await, intake.open().await);
    let seen = next(&mut watch(&intake, &other, "").await.unwrap()).await.unwrap();
    for cursor in [seen.cursor.as_str(), "1", "v1:1", &format!("v1:{contact}.99")] {
        assert_refused(watch(&intake, &contact, cursor).await.map(|_| ()), Reason::CursorInvalid);
    }
    assert_refused(watch(&intake, &id(), "").await.map(|_| ()), Reason::ContactNotFound);
}
