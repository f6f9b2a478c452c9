//! Who calls, for which program: the first argument everywhere.

use std::time::Instant;

use harborline_status::{Reason, ServiceError};
use harborline_types::{FacilityId, PersonId, ProgramId};

use crate::{Role, ServiceName};

/// Who makes a call.
#[derive(Clone, Debug)]
pub enum Caller {
    /// Somebody, or a front end, with an access token.
    Person(PersonCaller),
    /// One of the five services, by its certificate.
    Service(ServiceName),
}

/// The holder of an access token.
#[derive(Clone, Debug)]
pub struct PersonCaller {
    /// The token's subject.
    pub id: PersonId,
    /// The name that records show; the subject when the token has none.
    pub name: String,
    /// What the holder may act as.
    pub roles: Vec<Role>,
    /// The clinic that the token speaks for.
    pub clinic: Option<FacilityId>,
}

/// One call: who makes it, for which program, and until when.
#[derive(Clone, Debug)]
pub struct Call {
    caller: Caller,
    program: Option<ProgramId>,
    deadline: Option<Instant>,
}

impl Call {
    /// An authenticated call. `program` comes from the access token, or from a service's metadata.
    pub fn new(caller: Caller, program: Option<ProgramId>, deadline: Option<Instant>) -> Self {
        Self { caller, program, deadline }
    }

    /// A call that a duty makes in its own service, for the program that the duty belongs to.
    pub fn of_duty(service: ServiceName, program: ProgramId, deadline: Option<Instant>) -> Self {
        Self::new(Caller::Service(service), Some(program), deadline)
    }

    /// Who calls.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// When the caller stops waiting.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Who calls, as the key under which answers are kept for repeated requests.
    pub fn caller_key(&self) -> String {
        match &self.caller {
            Caller::Person(person) => format!("person:{}", person.id),
            Caller::Service(service) => format!("service:{service}"),
        }
    }

    /// The program that this call acts in. Every store method wants it.
    ///
    /// # Errors
    /// `CALLER_NOT_ALLOWED` when the call names no program.
    pub fn scope(&self) -> Result<ProgramScope, ServiceError> {
        let program = self.program.ok_or_else(|| not_allowed("the call names no program"))?;
        Ok(ProgramScope { program })
    }

    /// The holder of the token.
    ///
    /// # Errors
    /// `CALLER_NOT_ALLOWED` when a service calls.
    pub fn person(&self) -> Result<&PersonCaller, ServiceError> {
        match &self.caller {
            Caller::Person(person) => Ok(person),
            Caller::Service(_) => Err(not_allowed("only a person may make this call")),
        }
    }

    /// Whether the caller may act in a role. A service acts in none.
    pub fn has_role(&self, role: Role) -> bool {
        matches!(&self.caller, Caller::Person(person) if person.roles.contains(&role))
    }

    /// The clinic that calls, in the program of its token.
    ///
    /// # Errors
    /// `CALLER_NOT_ALLOWED` when the token speaks for no clinic.
    pub fn clinic_scope(&self) -> Result<ClinicScope, ServiceError> {
        let clinic = self.person()?.clinic.ok_or_else(|| not_allowed("the token speaks for no clinic"))?;
        Ok(ClinicScope { program: self.scope()?, clinic })
    }
}

fn not_allowed(message: &str) -> ServiceError {
    ServiceError::new(Reason::CallerNotAllowed, message)
}

/// The right to touch one program's rows. Only an authenticated [`Call`] makes one, so a query without its tenant does
/// not compile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProgramScope {
    program: ProgramId,
}

impl ProgramScope {
    /// The program.
    pub fn program(&self) -> ProgramId {
        self.program
    }
}

/// The right to touch what concerns one clinic in one program.
#[derive(Clone, Copy, Debug)]
pub struct ClinicScope {
    program: ProgramScope,
    clinic: FacilityId,
}

impl ClinicScope {
    /// The program.
    pub fn program(&self) -> &ProgramScope {
        &self.program
    }

    /// The clinic.
    pub fn clinic(&self) -> FacilityId {
        self.clinic
    }
}
