//! Sets the program up, or changes it.

use chrono::TimeDelta;
use harborline_proto::intake::v1::{PutProgramRequest, PutProgramResponse};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::{Once, check_etag};
use harborline_types::RequestId;
use harborline_types::wire::duration;
use tonic::Request;

use crate::app::App;
use crate::domain::care::Program;
use crate::domain::custody::on_duty;
use crate::error::IntakeError;
use crate::store::ProgramPut;
use crate::{store, wire};

/// A product default, to be signed off by a licensed clinician.
const SAME_CALLER_WITHIN: TimeDelta = TimeDelta::minutes(30);

struct PutProgram {
    request_id: RequestId,
    /// Whether the program is under Part 2; none: as before.
    part2: Option<bool>,
    put: ProgramPut,
}

impl PutProgram {
    fn parse(request: &PutProgramRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let name = fields.text("name", &request.name, 1..=200);
        let director = wire::read_person(&mut fields, "clinical_director", request.clinical_director.as_ref());
        let backup_line = fields.line("backup_line", &request.backup_line);
        let backup_text_line = match request.backup_text_line.as_str() {
            "" => Some(None),
            text => fields.line("backup_text_line", text).map(Some),
        };
        let within = within(&mut fields, request.same_caller_within.as_ref());
        let (Some(request_id), Some(name), Some(clinical_director), Some(backup_line), Some(backup_text_line)) =
            (request_id, name, director, backup_line, backup_text_line)
        else {
            return Err(fields.refused());
        };
        let Some(same_caller_within) = within else { return Err(fields.refused()) };
        let part2 = request.part2_program;
        let is_part2 = part2 == Some(true);
        let put = ProgramPut { name, clinical_director, backup_line, backup_text_line, is_part2, same_caller_within };
        Ok(Self { request_id, part2, put })
    }

    /// Whether it may take the place of the program that is there.
    fn check(&self, etag: &str, current: Option<&Program>) -> Result<(), IntakeError> {
        let version = current.map(|current| wire::program(current).etag);
        check_etag(etag, version.as_deref())?;
        let lifts_protection = self.part2 == Some(false) && current.is_some_and(|current| current.is_part2);
        if lifts_protection { Err(IntakeError::Part2InForce) } else { Ok(()) }
    }
}

/// How long after a contact its caller goes on with it.
fn within(fields: &mut Fields, wire: Option<&prost_types::Duration>) -> Option<TimeDelta> {
    let Some(wire) = wire else { return Some(SAME_CALLER_WITHIN) };
    let within = duration(wire).and_then(|within| TimeDelta::from_std(within).ok());
    let within = within.filter(|within| (TimeDelta::minutes(1)..=TimeDelta::hours(24)).contains(within));
    if within.is_none() {
        fields.fault("same_caller_within", "must be from 1 minute to 24 hours");
    }
    within
}

pub(super) async fn handle(app: &App, request: Request<PutProgramRequest>) -> Result<PutProgramResponse, IntakeError> {
    let (call, request) = split(request)?;
    let command = PutProgram::parse(&request)?;
    let scope = call.scope()?;
    let mut tx = match app.store.begin_once(&call, "PutProgram", command.request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let current = store::program_for_update(&mut tx, &scope).await?.map(|(program, _)| program);
    command.check(&request.etag, current.as_ref())?;
    let program = store::program_put(&mut tx, &scope, &command.put).await?;
    let owner = on_duty(program.supervisor.as_ref(), &program.clinical_director);
    store::custody_pass_duty(&mut tx, &scope, &owner, app.now()).await?;
    store::custody_pass_direction(&mut tx, &scope, &program.clinical_director, app.now()).await?;
    Ok(tx.commit_answering(PutProgramResponse { program: Some(wire::program(&program)) }).await?)
}
