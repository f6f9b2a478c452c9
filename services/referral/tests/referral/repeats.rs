//! Every mutation may be repeated (P7).

use std::pin::Pin;

use harborline_proto::partner::v1 as clinic_pb;
use harborline_proto::partner::v1::partner_service_server::PartnerService;
use harborline_proto::referral::v1 as pb;
use harborline_proto::referral::v1::referral_service_server::ReferralService;
use harborline_status::Reason;
use harborline_testkit::{assert_refused, owner, request};
use harborline_types::{ContactId, FacilityId};
use prost::Message;
use tonic::Status;

use crate::fixture::{Given, facility, referral_request, some_id};

type Answer<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, Status>> + 'a>>;
/// Makes the call; with `true`, with another body under the same request id.
type Mutation<'a> = Box<dyn Fn(bool) -> Answer<'a> + 'a>;

/// A mutation of either service: the call, the message, and what makes its body another.
macro_rules! mutation {
    ($service:expr, $method:ident, $call:expr, $message:expr, |$other:ident| $change:expr) => {{
        let (service, call, message) = ($service, $call, $message);
        let mutation: Mutation<'_> = Box::new(move |changed| {
            let mut $other = message.clone();
            if changed {
                $change;
            }
            let call = call.clone();
            Box::pin(async move { Ok(service.$method(request(&call, $other)).await?.into_inner().encode_to_vec()) })
        });
        (stringify!($method), mutation)
    }};
}

async fn changes(given: &Given) -> (i64, i64, i64) {
    let counts = "select (select count(*) from referral_event), (select count(*) from facility),
                         (select coalesce(sum(last), 0)::bigint from clinic_cursor)";
    sqlx::query_as(counts).fetch_one(&owner(&given.store)).await.unwrap()
}

#[tokio::test]
async fn every_mutation_repeated_has_one_effect_and_the_same_answer() {
    let given = Given::new().await;
    let [clinic, _] = given.facilities().await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(given.refer().await.referral_id);
    }
    let [cancelled, claimed, accepted, declined, completed] = <[String; 5]>::try_from(ids).unwrap();
    given.accept(clinic, &completed).await.unwrap();
    let other = |id: &mut String| *id = FacilityId::new().to_string();

    let put = pb::PutFacilityRequest { request_id: some_id(), facility: Some(facility(FacilityId::new(), 7)) };
    let cancel = pb::CancelReferralRequest { request_id: some_id(), referral_id: cancelled };
    let claim = clinic_pb::ClaimReferralRequest { request_id: some_id(), referral_id: claimed };
    let reason = clinic_pb::DeclineReason::Other.into();
    let decline = clinic_pb::DeclineReferralRequest { request_id: some_id(), referral_id: declined, reason };
    let complete = clinic_pb::CompleteReferralRequest { request_id: some_id(), referral_id: completed };
    let accept = given.acceptance(&accepted);
    let create = referral_request(ContactId::new());
    let (rpc, partner) = (&given.rpc, &given.rpc);
    let (administrator, counselor, by) = (given.administrator(), given.counselor(), given.clinic(clinic));

    let mutations = [
        mutation!(rpc, put_facility, administrator, put, |changed| changed.facility.get_or_insert_default().rank += 1),
        mutation!(rpc, create_referral, counselor.clone(), create, |changed| changed.summary.clear()),
        mutation!(rpc, cancel_referral, counselor, cancel, |changed| other(&mut changed.referral_id)),
        mutation!(partner, claim_referral, by.clone(), claim, |changed| other(&mut changed.referral_id)),
        mutation!(partner, accept_referral, by.clone(), accept, |changed| changed.owner_name.push('!')),
        mutation!(partner, decline_referral, by.clone(), decline, |changed| changed.reason = 1),
        mutation!(partner, complete_referral, by, complete, |changed| other(&mut changed.referral_id)),
    ];
    for (method, call) in mutations {
        let before = changes(&given).await;
        let first = call(false).await.unwrap_or_else(|status| panic!("{method}: {status}"));
        let after = changes(&given).await;
        assert_ne!(before, after, "{method} has an effect");
        assert_eq!(call(false).await.unwrap(), first, "{method} answers the same");
        assert_eq!(changes(&given).await, after, "{method} has one effect");
        assert_refused(call(true).await, Reason::RequestIdReused);
    }
}
