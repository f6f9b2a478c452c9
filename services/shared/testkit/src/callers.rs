//! Callers, as the authentication layer would have made them.

use std::sync::{Arc, LazyLock};

use harborline_identity::{Call, Caller, PersonCaller, Purpose, Role, ServiceName};
use harborline_policy::Policy;
use harborline_types::{CounselorKind, FacilityId, PersonId, ProgramId};
use tonic::Request;

/// The policy that this build was reviewed with.
static POLICY: LazyLock<Arc<Policy>> =
    LazyLock::new(|| Arc::new(Policy::embedded().expect("the policy of this build is right")));

/// A program of this test's own.
pub fn some_program() -> ProgramId {
    ProgramId::new()
}

/// A call of somebody with these roles; a counselor is trained in crisis work.
///
/// # Panics
/// When the id is not one.
pub fn person(program: ProgramId, id: &str, roles: &[Role]) -> Call {
    trained(program, id, roles, roles.contains(&Role::Counselor).then_some(CounselorKind::CrisisCounselor))
}

/// A call of somebody with these roles and this training.
///
/// # Panics
/// When the id is not one.
pub fn trained(program: ProgramId, id: &str, roles: &[Role], credential: Option<CounselorKind>) -> Call {
    let id = PersonId::parse(id).expect("a person's id");
    let holder = PersonCaller { credential, ..PersonCaller::new(id, roles) };
    Call::new(Caller::Person(holder), Some(program), None)
}

/// A call of a counselor.
pub fn counselor(program: ProgramId, id: &str) -> Call {
    person(program, id, &[Role::Counselor])
}

/// A call of a partner clinic.
///
/// # Panics
/// Never: the id is made here.
pub fn clinic(program: ProgramId, clinic: FacilityId) -> Call {
    let id = PersonId::parse(&format!("clinic-{clinic}")).expect("a clinic's id");
    let caller = PersonCaller { clinic: Some(clinic), ..PersonCaller::new(id, &[Role::Clinic]) };
    Call::new(Caller::Person(caller), Some(program), None)
}

/// A call of one of the services.
pub fn service(program: ProgramId, service: ServiceName) -> Call {
    Call::new(Caller::Service(service), Some(program), None)
}

/// A request as an RPC receives it from a caller who may make the call, which is not looked at here. What a story asks by
/// `permit`, the policy of this build answers as for the RPC whose request this is.
pub fn request<T>(call: &Call, message: T) -> Request<T> {
    let mut request = Request::new(message);
    let method = method_of::<T>();
    let purpose = POLICY.matrix().row(&method).map_or(Purpose::Treatment, |row| row.purpose);
    request.extensions_mut().insert(call.clone().judged(&method, purpose, POLICY.clone()));
    request
}

/// The RPC whose request `T` is: `harborline.intake.v1.ContactService/GetContact` for `intake::v1::GetContactRequest`.
fn method_of<T>() -> String {
    let mut names = std::any::type_name::<T>().rsplit("::");
    let rpc = names.next().unwrap_or_default().trim_end_matches("Request");
    let (version, area) = (names.next().unwrap_or_default(), names.next().unwrap_or_default());
    let (begin, end) = (format!("harborline.{area}.{version}."), format!("/{rpc}"));
    let mut methods = POLICY.matrix().rows().map(|(method, _)| method);
    methods.find(|method| method.starts_with(&begin) && method.ends_with(&end)).unwrap_or_default().to_owned()
}
