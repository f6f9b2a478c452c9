//! Who calls, for which program: the first argument everywhere.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use harborline_status::{Reason, ServiceError};
use harborline_types::{CounselorKind, FacilityId, ParticipantId, PersonId, ProgramId};

use crate::{Denied, Facts, NotedAct, Purpose, Recording, Role, ServiceName, Subject};

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
    /// The participant that the token names: its holder, or in a family member's token the one whom they call about.
    pub participant: Option<ParticipantId>,
    /// What the holder is licensed or trained as.
    pub credential: Option<CounselorKind>,
}

impl PersonCaller {
    /// Somebody with these roles, of whom nothing else is known.
    pub fn new(id: PersonId, roles: &[Role]) -> Self {
        let name = id.to_string();
        Self { id, name, roles: roles.to_vec(), clinic: None, participant: None, credential: None }
    }

    /// The participant whom the token vouches its holder to be. A family member's token may name a participant as well,
    /// and makes nobody that participant.
    pub fn own_participant(&self) -> Option<ParticipantId> {
        self.participant.filter(|_| self.roles.contains(&Role::Participant))
    }

    /// Whether the holder reaches out on their own behalf: everybody but a front end does.
    pub fn speaks_for_themselves(&self) -> bool {
        !self.roles.contains(&Role::FrontEnd)
    }
}

/// Decides by policy whether a call may be made.
pub trait Judge: Send + Sync {
    /// Decides about a call and what is known of the record that it wants.
    ///
    /// # Errors
    /// The rule that refused it.
    fn judge(&self, call: &Call, facts: &Facts) -> Result<(), Denied>;
}

/// One call: who makes it, for which program, for what purpose, and until when. Its clones are the same call.
#[derive(Clone)]
pub struct Call {
    caller: Caller,
    program: Option<ProgramId>,
    deadline: Option<Instant>,
    method: Arc<str>,
    purpose: Purpose,
    judge: Option<Arc<dyn Judge>>,
    course: Arc<Mutex<Course>>,
}

/// What became known while the call was worked on.
#[derive(Default)]
struct Course {
    subjects: BTreeSet<Subject>,
    was_permitted: bool,
    denied: Option<Denied>,
    recorded_as: Option<(Recording, &'static str)>,
    noted: Option<NotedAct>,
    is_on_record: bool,
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("caller", &self.caller).field("method", &self.method).finish_non_exhaustive()
    }
}

impl Call {
    /// An authenticated call. `program` comes from the access token, or from a service's metadata.
    pub fn new(caller: Caller, program: Option<ProgramId>, deadline: Option<Instant>) -> Self {
        let (method, purpose, course) = (Arc::from(""), Purpose::Treatment, Arc::default());
        Self { caller, program, deadline, method, purpose, judge: None, course }
    }

    /// Names the method (`package.Service/Method`), the purpose, and who decides.
    #[must_use]
    pub fn judged(mut self, method: &str, purpose: Purpose, judge: Arc<dyn Judge>) -> Self {
        (self.method, self.purpose, self.judge) = (Arc::from(method), purpose, Some(judge));
        self
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

    /// The method, as `package.Service/Method`; empty when no policy was asked yet.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// Why the caller looks or acts.
    pub fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// Notes what the call touches, for its row in the audit.
    pub fn concerns(&self, subject: Subject) {
        self.with_course(|course| course.subjects.insert(subject));
    }

    /// What the call touches, as noted so far.
    pub fn subjects(&self) -> Vec<Subject> {
        self.with_course(|course| course.subjects.iter().copied().collect())
    }

    /// Asks the policy, with what is known about the record that is wanted. An RPC whose rules have conditions asks once
    /// it has read that record, and before it does anything with it.
    ///
    /// # Errors
    /// `CALLER_NOT_ALLOWED`, without the rule; also when no policy is there to ask.
    pub fn permit(&self, facts: &Facts) -> Result<(), ServiceError> {
        self.judged_by(facts).map_err(|denied| self.refuse(denied))?;
        self.with_course(|course| course.was_permitted = true);
        Ok(())
    }

    /// Whether the policy would permit the call, knowing this. Nothing is noted: the story asks so to learn whether it
    /// needs to know more.
    pub fn would_be_permitted(&self, facts: &Facts) -> bool {
        self.judged_by(facts).is_ok()
    }

    fn judged_by(&self, facts: &Facts) -> Result<(), Denied> {
        let default = || Denied { rule: "default".to_owned() };
        self.judge.as_ref().ok_or_else(default).and_then(|judge| judge.judge(self, facts))
    }

    /// Notes a refusal for the operator, and answers what the caller is told: nothing of the rule.
    pub fn refuse(&self, denied: Denied) -> ServiceError {
        self.with_course(|course| course.denied = Some(denied));
        not_allowed("the caller may not make this call")
    }

    /// Notes that the call repeats one that was permitted to this very caller, whose answer they get again (P7).
    pub fn repeats_permitted(&self) {
        self.with_course(|course| course.was_permitted = true);
    }

    /// Whether [`permit`](Self::permit) was asked and agreed.
    pub fn was_permitted(&self) -> bool {
        self.with_course(|course| course.was_permitted)
    }

    /// The refusal, for the operator.
    pub fn denied(&self) -> Option<Denied> {
        self.with_course(|course| course.denied.clone())
    }

    /// Says whether this kind of call goes on record, and under which name (`package.Service/Method`).
    pub fn goes_on_record(&self, recording: Recording, method: &'static str) {
        self.with_course(|course| course.recorded_as = Some((recording, method)));
    }

    /// Whether this call goes on record, and under which name; none when nobody said so: a duty, which is no access.
    pub fn recorded_as(&self) -> Option<(Recording, &'static str)> {
        self.with_course(|course| course.recorded_as)
    }

    /// Notes that the act is more than the read or write that its kind of call is.
    pub fn note_act(&self, act: NotedAct) {
        self.with_course(|course| course.noted = Some(act));
    }

    /// What was noted about the act.
    pub fn noted_act(&self) -> Option<NotedAct> {
        self.with_course(|course| course.noted.clone())
    }

    /// A further act of the same call, with a row of its own in the audit: what a stream tells later.
    #[must_use]
    pub fn further_act(&self) -> Self {
        let course = Course { recorded_as: self.recorded_as(), ..Course::default() };
        Self { course: Arc::new(Mutex::new(course)), ..self.clone() }
    }

    /// Notes that the call's row in the audit is written, in the transaction of its effect.
    pub fn put_on_record(&self) {
        self.with_course(|course| course.is_on_record = true);
    }

    /// Whether the call's row in the audit is written.
    pub fn is_on_record(&self) -> bool {
        self.with_course(|course| course.is_on_record)
    }

    fn with_course<T>(&self, look: impl FnOnce(&mut Course) -> T) -> T {
        look(&mut self.course.lock().unwrap_or_else(PoisonError::into_inner))
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
