//! Enrolls a participant with their number, phrase, clinician and care brief.

use harborline_identity::{Call, Subject};
use harborline_proto::intake::v1::{
    CareBrief as WireBrief, EnrollParticipantRequest, EnrollParticipantResponse, ParticipantDetails as WireDetails,
    SafetyPlanDraft,
};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::{ParticipantId, Phi, RequestId};
use tonic::Request;
use uuid::Uuid;

use crate::app::App;
use crate::domain::care::CareBrief;
use crate::domain::participant::{Details, Participant, ParticipantStatus};
use crate::domain::safety_plan::{Draft, Mark, SafetyPlan};
use crate::domain::verification::PhraseHash;
use crate::error::IntakeError;
use crate::rpc::acting::acting;
use crate::{store, wire};

/// Entries of one list of a care brief.
const ENTRIES: usize = 50;
/// Characters of one entry.
const ENTRY_LENGTH: usize = 1000;
/// Entries of a safety plan: as many as its sections may have.
const DRAFTS: usize = 300;

struct EnrollParticipant {
    request_id: RequestId,
    details: Details,
    verification_phrase: Phi<String>,
    care_brief: Phi<CareBrief>,
    safety_plan: Vec<Draft>,
}

impl EnrollParticipant {
    fn parse(request: &EnrollParticipantRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let phrase = fields.text("verification_phrase", &request.verification_phrase, 8..=200);
        let details = wire::participant::read_details(&mut fields, "", &details(request));
        let brief = care_brief(&mut fields, request.care_brief.clone().unwrap_or_default());
        let safety_plan = safety_plan(&mut fields, &request.safety_plan);
        let (Some(request_id), Some(details), Some(phrase), Some(brief)) = (request_id, details, phrase, brief) else {
            return Err(fields.refused());
        };
        let Some(safety_plan) = safety_plan else { return Err(fields.refused()) };
        Ok(Self { request_id, details, verification_phrase: phrase.into(), care_brief: brief.into(), safety_plan })
    }
}

/// What of the request people edit later.
fn details(request: &EnrollParticipantRequest) -> WireDetails {
    WireDetails {
        name: request.name.clone(),
        dedicated_number: request.dedicated_number.clone(),
        language: request.language.clone(),
        jurisdiction: request.jurisdiction.clone(),
        responsible_clinician: request.responsible_clinician.clone(),
        profile: request.profile.clone(),
    }
}

fn care_brief(fields: &mut Fields, wire: WireBrief) -> Option<CareBrief> {
    let mut list =
        |field: &str, texts: &[String]| fields.texts(&format!("care_brief.{field}"), texts, ENTRIES, 1..=ENTRY_LENGTH);
    let goals = list("goals", &wire.goals);
    let challenges = list("challenges", &wire.challenges);
    let program_rules = list("program_rules", &wire.program_rules);
    Some(CareBrief { goals: goals?, challenges: challenges?, program_rules: program_rules? })
}

fn safety_plan(fields: &mut Fields, wire: &[SafetyPlanDraft]) -> Option<Vec<Draft>> {
    if !fields.at_most("safety_plan", wire, DRAFTS) {
        return None;
    }
    let mut read = |(index, draft)| wire::safety_plan::read_draft(fields, &format!("safety_plan[{index}]"), draft);
    wire.iter().enumerate().map(&mut read).collect::<Vec<_>>().into_iter().collect()
}

/// What became of somebody who was to be enrolled.
pub(in crate::rpc) enum Enrolled {
    /// They are, from now on.
    New(ParticipantId),
    /// The same request had enrolled them.
    Before(String),
    /// They would be.
    NotKept,
}

/// Enrolls a participant as part of a call of `method`, or only looks whether that could be.
pub(in crate::rpc) async fn enroll(
    app: &App,
    call: &Call,
    method: &'static str,
    request: &EnrollParticipantRequest,
    keeps: bool,
) -> Result<Enrolled, IntakeError> {
    let command = EnrollParticipant::parse(request)?;
    let scope = call.scope()?;
    let mut tx = match app.store.begin_once(call, method, command.request_id, request).await? {
        Once::Replay(EnrollParticipantResponse { participant_id }) => return Ok(Enrolled::Before(participant_id)),
        Once::Fresh(tx) => tx,
    };
    store::program_share(&mut tx, &scope).await?.ok_or(IntakeError::ProgramNotReady)?;
    let phrase = PhraseHash::of(&command.verification_phrase, Uuid::new_v4().into_bytes());
    let now = app.now();
    let participant = Participant {
        id: ParticipantId::new(),
        status: ParticipantStatus::Active,
        status_since: now,
        details: command.details,
        care_brief: command.care_brief,
        revision: 1,
        enrolled_at: now,
        updated_at: now,
    };
    store::participant_insert(&mut tx, &scope, &participant, &phrase).await?;
    let mark = Mark { by: acting(call)?, at: now };
    if let Some((plan, change)) = SafetyPlan::first(participant.id, command.safety_plan, &mark)? {
        store::safety_plan_for_update(&mut tx, &scope, participant.id).await?;
        store::safety_plan_save(&mut tx, &scope, &plan, Some(&change)).await?;
    }
    if !keeps {
        return Ok(Enrolled::NotKept);
    }
    call.concerns(Subject::Participant(participant.id));
    tx.commit_answering(EnrollParticipantResponse { participant_id: participant.id.to_string() }).await?;
    Ok(Enrolled::New(participant.id))
}

pub(super) async fn handle(
    app: &App,
    request: Request<EnrollParticipantRequest>,
) -> Result<EnrollParticipantResponse, IntakeError> {
    let (call, request) = split(request)?;
    let participant_id = match enroll(app, &call, "EnrollParticipant", &request, true).await? {
        Enrolled::New(id) => id.to_string(),
        Enrolled::Before(participant_id) => participant_id,
        Enrolled::NotKept => String::new(),
    };
    Ok(EnrollParticipantResponse { participant_id })
}
