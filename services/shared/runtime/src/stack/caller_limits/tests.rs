//! Who is refused for asking too much, and who never is.

use bytes::Bytes;
use futures::stream::pending;
use harborline_identity::{PersonCaller, ServiceName};
use harborline_status::reason_of;
use http_body::Frame;
use http_body_util::StreamBody;
use tonic::Code;
use tonic::service::Routes;

use super::*;
use crate::stack::rpc::layer;

const OPEN: &str = "/harborline.intake.v1.ContactService/OpenContact";
const WATCH: &str = "/harborline.intake.v1.ContactService/WatchContact";
const LIST: &str = "/harborline.intake.v1.ContactService/ListContacts";
const CLAIM: &str = "/harborline.partner.v1.PartnerService/ClaimReferral";

/// Three requests at once and two streams for everybody.
fn limits() -> Arc<CallerLimits> {
    CallerLimits::new(&GrpcSettings {
        person_requests_per_second: 1,
        person_burst: 3,
        person_streams: 2,
        front_end_requests_per_second: 1,
        front_end_burst: 3,
        front_end_streams: 2,
        clinic_requests_per_second: 1,
        clinic_burst: 3,
        clinic_streams: 2,
        ..crate::tests::settings()
    })
}

fn somebody(id: &str, role: Role, clinic: Option<FacilityId>, program: ProgramId) -> Call {
    let id = PersonId::parse(id).unwrap();
    let person = PersonCaller { clinic, ..PersonCaller::new(id, &[role]) };
    Call::new(Caller::Person(person), Some(program), None)
}

fn as_(id: &str, role: Role) -> Call {
    somebody(id, role, None, ProgramId(uuid::Uuid::nil()))
}

/// How many of ten calls pass.
fn passed(limits: &Arc<CallerLimits>, call: &Call, path: &str) -> usize {
    (0..10).filter(|_| limits.ask(call, path).is_ok()).count()
}

#[test]
fn a_person_who_asks_too_often_is_refused_and_nobody_else_is() {
    let limits = limits();
    let ana = as_("ana", Role::Counselor);
    assert_eq!(passed(&limits, &ana, LIST), 3);
    assert_eq!(passed(&limits, &as_("ben", Role::Counselor), LIST), 3);
    let elsewhere = somebody("ana", Role::Counselor, None, ProgramId::new());
    assert_eq!(passed(&limits, &elsewhere, LIST), 3, "a subject of another program is somebody else");
}

#[test]
fn a_front_end_in_a_surge_opens_every_contact() {
    let limits = limits();
    let app = as_("app", Role::FrontEnd);
    assert_eq!(passed(&limits, &app, LIST), 3);
    assert_eq!(passed(&limits, &app, OPEN), 10, "whatever else it asked before");
}

#[test]
fn what_a_person_asks_otherwise_uses_up_nothing_of_a_crisis() {
    let limits = limits();
    let participant = as_("participant", Role::Participant);
    assert_eq!(passed(&limits, &participant, LIST), 3);
    assert_eq!(passed(&limits, &participant, OPEN), 3);
}

#[test]
fn the_people_of_a_clinic_share_its_limit() {
    let (limits, clinic, program) = (limits(), FacilityId::new(), ProgramId::new());
    assert_eq!(passed(&limits, &somebody("one", Role::Clinic, Some(clinic), program), CLAIM), 3);
    assert_eq!(passed(&limits, &somebody("two", Role::Clinic, Some(clinic), program), CLAIM), 0);
    assert_eq!(passed(&limits, &somebody("two", Role::Clinic, Some(FacilityId::new()), program), CLAIM), 3);
}

#[test]
fn a_service_is_never_refused_for_its_number() {
    let call = Call::new(Caller::Service(ServiceName::Intake), Some(ProgramId::new()), None);
    assert_eq!(passed(&limits(), &call, LIST), 10);
}

#[tokio::test]
async fn a_stream_takes_a_place_until_its_reader_has_gone() {
    let limits = limits();
    let watch = async || {
        let live = layer("live", |_, _| async {
            Response::new(Body::new(StreamBody::new(pending::<Result<Frame<Bytes>, Status>>())))
        });
        let live = live.around(Rpc::of_routes(Routes::default()));
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = WATCH.parse().unwrap();
        request.extensions_mut().insert(as_("app", Role::FrontEnd));
        run(Arc::clone(&limits), request, live).await
    };
    let refused = |response: &Response| Status::from_header_map(response.headers());
    let (first, second, third) = (watch().await, watch().await, watch().await);
    assert!(refused(&first).is_none() && refused(&second).is_none());
    let status = refused(&third).expect("a third stream is too much");
    assert_eq!((status.code(), reason_of(&status)), (Code::ResourceExhausted, Some(Reason::Overloaded)));
    drop(first);
    assert!(refused(&watch().await).is_none(), "the place is free again");
    drop(second);
    assert!(held(&limits.streams).is_empty(), "nobody is remembered who holds nothing");
}

#[test]
fn a_stream_that_is_refused_leaves_no_trace_of_its_caller() {
    let limits = limits();
    let app = as_("app", Role::FrontEnd);
    let places: Vec<_> = std::iter::from_fn(|| limits.ask(&app, WATCH).ok().flatten()).collect();
    assert_eq!(places.len(), 2);
    drop(places);
    assert!(held(&limits.streams).is_empty());
}
