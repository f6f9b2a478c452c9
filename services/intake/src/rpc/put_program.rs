use harborline_proto::intake::v1::{PutProgramRequest, PutProgramResponse};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::{Person, RequestId};
use tonic::Request;

use crate::app::App;
use crate::domain::custody::on_duty;
use crate::error::IntakeError;
use crate::{store, wire};

struct PutProgram {
    request_id: RequestId,
    name: String,
    clinical_director: Person,
    backup_line: String,
    is_part2: bool,
}

impl PutProgram {
    fn parse(request: &PutProgramRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let name = fields.text("name", &request.name, 1..=200);
        let director = wire::read_person(&mut fields, "clinical_director", request.clinical_director.as_ref());
        let backup_line = backup_line(&mut fields, &request.backup_line);
        let (Some(request_id), Some(name), Some(clinical_director), Some(backup_line)) =
            (request_id, name, director, backup_line)
        else {
            return Err(fields.refused());
        };
        Ok(Self { request_id, name, clinical_director, backup_line, is_part2: request.part2_program })
    }
}

fn backup_line(fields: &mut Fields, text: &str) -> Option<String> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let fits = (2..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !fits {
        fields.fault("backup_line", "must be an E.164 number or a short code of 2 or more digits");
    }
    fits.then(|| text.to_owned())
}

pub(super) async fn handle(app: &App, request: Request<PutProgramRequest>) -> Result<PutProgramResponse, IntakeError> {
    let (call, request) = split(request)?;
    let command = PutProgram::parse(&request)?;
    let scope = call.scope()?;
    let mut tx = match app.store.begin_once(&call, "PutProgram", command.request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let PutProgram { name, clinical_director, backup_line, is_part2, .. } = command;
    let program = store::program_put(&mut tx, &scope, &name, &clinical_director, &backup_line, is_part2).await?;
    let owner = on_duty(program.supervisor.as_ref(), &program.clinical_director);
    store::custody_pass_duty(&mut tx, &scope, &owner, app.now()).await?;
    Ok(tx.commit_answering(PutProgramResponse { program: Some(wire::program(&program)) }).await?)
}
