//! Callers, as the authentication layer would have made them.

use harborline_identity::{Call, Caller, PersonCaller, Role, ServiceName};
use harborline_types::{FacilityId, PersonId, ProgramId};
use tonic::Request;

/// A program of this test's own.
pub fn some_program() -> ProgramId {
    ProgramId::new()
}

/// A call of somebody with these roles.
///
/// # Panics
/// When the id is not one.
pub fn person(program: ProgramId, id: &str, roles: &[Role]) -> Call {
    let id = PersonId::parse(id).expect("a person's id");
    Call::new(Caller::Person(PersonCaller::new(id, roles)), Some(program), None)
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

/// A request as an RPC receives it: with its call.
pub fn request<T>(call: &Call, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(call.clone());
    request
}
