//! The names of span attributes, log fields and metric labels, each in one place.
//!
//! Tracing macros need their field names literally; write `harborline.contact.id = %id` there and compare against these
//! constants in tests and layers.

/// The RPC, `harborline.intake.v1.IntakeService/OpenContact`.
pub const RPC_METHOD: &str = "rpc.method";
/// The gRPC code's name, `NotFound`.
pub const RPC_CODE: &str = "rpc.grpc.status_code";
/// What the caller is: a front end, a clinic or a service. A kind, never a name.
pub const CALLER_KIND: &str = "harborline.caller.kind";
/// The neighbor that is called.
pub const NEIGHBOR: &str = "harborline.neighbor";
/// The reason of a refusal, from the proto enum.
pub const REASON: &str = "harborline.reason";
/// The request id of a mutation.
pub const REQUEST_ID: &str = "harborline.request.id";
/// Acuity, 1 (emergency) to 5 (routine). Set where a span is created, 1 and 2 keep its trace.
pub const ACUITY: &str = "harborline.acuity";
/// Set to [`SAMPLE_ALWAYS`] where a span is created, it keeps its trace.
pub const SAMPLE: &str = "harborline.sample";
/// The value of [`SAMPLE`] that keeps a trace.
pub const SAMPLE_ALWAYS: &str = "always";

/// Id of a program.
pub const PROGRAM_ID: &str = "harborline.program.id";
/// Id of a participant.
pub const PARTICIPANT_ID: &str = "harborline.participant.id";
/// Id of a contact.
pub const CONTACT_ID: &str = "harborline.contact.id";
/// Id of a counselor.
pub const COUNSELOR_ID: &str = "harborline.counselor.id";
/// Id of a pool.
pub const POOL_ID: &str = "harborline.pool.id";
/// Id of a ticket.
pub const TICKET_ID: &str = "harborline.ticket.id";
/// Id of an offer.
pub const OFFER_ID: &str = "harborline.offer.id";
/// Id of an assessment.
pub const ASSESSMENT_ID: &str = "harborline.assessment.id";
/// Id of a referral.
pub const REFERRAL_ID: &str = "harborline.referral.id";
/// Id of a facility.
pub const FACILITY_ID: &str = "harborline.facility.id";
/// Id of a follow-up plan.
pub const FOLLOW_UP_ID: &str = "harborline.follow_up.id";

/// What became of a page.
pub const PAGE_OUTCOME: &str = "harborline.page.outcome";

/// Kind of a duty.
pub const DUTY_KIND: &str = "harborline.duty.kind";
/// Subject of a duty: an id.
pub const DUTY_SUBJECT: &str = "harborline.duty.subject";
/// How a run of a duty ended, "done" or "failed".
pub const DUTY_OUTCOME: &str = "harborline.duty.outcome";
/// How often a duty was tried, from 1.
pub const DUTY_ATTEMPT: &str = "harborline.duty.attempt";
