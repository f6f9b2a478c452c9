//! Enrolls a participant with their number, phrase, clinician and care brief.

use harborline_identity::Subject;
use harborline_proto::intake::v1::{
    CareBrief as WireBrief, EnrollParticipantRequest, EnrollParticipantResponse, ParticipantDetails as WireDetails,
};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::{ParticipantId, Phi, RequestId};
use tonic::Request;
use uuid::Uuid;

use crate::app::App;
use crate::domain::care::{CareBrief, SafetyPlan};
use crate::domain::participant::{Details, Participant, ParticipantStatus};
use crate::domain::verification::PhraseHash;
use crate::error::IntakeError;
use crate::{store, wire};

/// Entries of one list of a care brief.
const ENTRIES: usize = 50;
/// Characters of one entry.
const ENTRY_LENGTH: usize = 1000;

struct EnrollParticipant {
    request_id: RequestId,
    details: Details,
    verification_phrase: Phi<String>,
    care_brief: Phi<CareBrief>,
}

impl EnrollParticipant {
    fn parse(request: &EnrollParticipantRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let phrase = fields.text("verification_phrase", &request.verification_phrase, 8..=200);
        let details = wire::participant::read_details(&mut fields, "", &details(request));
        let brief = care_brief(&mut fields, request.care_brief.clone().unwrap_or_default());
        let (Some(request_id), Some(details), Some(phrase), Some(brief)) = (request_id, details, phrase, brief) else {
            return Err(fields.refused());
        };
        Ok(Self { request_id, details, verification_phrase: phrase.into(), care_brief: brief.into() })
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
    let plan = wire.safety_plan.unwrap_or_default();
    let mut list =
        |field: &str, texts: &[String]| fields.texts(&format!("care_brief.{field}"), texts, ENTRIES, 1..=ENTRY_LENGTH);
    let goals = list("goals", &wire.goals);
    let challenges = list("challenges", &wire.challenges);
    let program_rules = list("program_rules", &wire.program_rules);
    let warning_signs = list("safety_plan.warning_signs", &plan.warning_signs);
    let own_coping = list("safety_plan.own_coping", &plan.own_coping);
    let people_and_places = list("safety_plan.people_and_places", &plan.people_and_places);
    let people_to_ask = list("safety_plan.people_to_ask", &plan.people_to_ask);
    let professionals = list("safety_plan.professionals", &plan.professionals);
    let safer_environment = list("safety_plan.safer_environment", &plan.safer_environment);
    let safety_plan = SafetyPlan {
        warning_signs: warning_signs?,
        own_coping: own_coping?,
        people_and_places: people_and_places?,
        people_to_ask: people_to_ask?,
        professionals: professionals?,
        safer_environment: safer_environment?,
    };
    Some(CareBrief { goals: goals?, challenges: challenges?, program_rules: program_rules?, safety_plan })
}

pub(super) async fn handle(
    app: &App,
    request: Request<EnrollParticipantRequest>,
) -> Result<EnrollParticipantResponse, IntakeError> {
    let (call, request) = split(request)?;
    let command = EnrollParticipant::parse(&request)?;
    let scope = call.scope()?;
    let mut tx = match app.store.begin_once(&call, "EnrollParticipant", command.request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
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
    call.concerns(Subject::Participant(participant.id));
    store::participant_insert(&mut tx, &scope, &participant, &phrase).await?;
    Ok(tx.commit_answering(EnrollParticipantResponse { participant_id: participant.id.to_string() }).await?)
}
