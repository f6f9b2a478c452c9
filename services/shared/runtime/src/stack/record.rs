//! Every look is on record before it is seen (P9).
//!
//! A write puts itself on record, in the transaction of its effect. What has not done so by the time its handler has
//! answered is put on record here: a read, and a stream before its first message. When that fails, the answer stays
//! inside and the caller may repeat the call. A refusal stays a refusal, whether or not it can be put on record.

use std::sync::{Arc, LazyLock};

use harborline_identity::{AccessLog, Act, Call, Recording};
use harborline_policy::{Matrix, Record};
use harborline_telemetry::Outage;
use tonic::{Code, Status};

use super::{Request, Response, Rpc};
use crate::contract::{is_open, method_name};

static MATRIX: LazyLock<Option<Matrix>> = LazyLock::new(|| Matrix::embedded().ok());

/// A process serves one service, with one record.
static UNRECORDED: LazyLock<Outage> =
    LazyLock::new(|| Outage::new("accesses cannot be put on record, and answers are held back"));

/// How a method goes on record. One that the matrix does not know does: rather a row too many.
fn recording_of(method: &str) -> Recording {
    match MATRIX.as_ref().and_then(|matrix| matrix.row(method)).map_or(Record::Read, |row| row.record) {
        Record::Read => Recording::Read,
        Record::Write => Recording::Write,
        Record::None => Recording::None,
    }
}

pub(super) async fn run(log: Arc<dyn AccessLog>, request: Request, next: Rpc) -> Response {
    let path = request.uri().path();
    let call = request.extensions().get::<Call>().cloned();
    let Some(call) = call.filter(|_| !is_open(path)) else { return next.answer(request).await };
    let method = method_name(path);
    let recording = recording_of(method);
    call.goes_on_record(recording, method);
    let response = next.answer(request).await;
    if recording == Recording::None || call.is_on_record() {
        return response;
    }
    match Status::from_header_map(response.headers()).map_or(Code::Ok, |status| status.code()) {
        Code::Ok => match log.answered(&call).await {
            Ok(()) => {
                UNRECORDED.over();
                response
            }
            Err(error) => {
                UNRECORDED.failed(&error);
                Status::from(error).into_http()
            }
        },
        Code::PermissionDenied => {
            UNRECORDED.note(&log.refused(&call).await);
            response
        }
        // Told to repeat because nobody could say whether the caller may.
        _ if call.noted_act().is_some_and(|noted| noted.act == Act::Undecided) => {
            UNRECORDED.note(&log.answered(&call).await);
            response
        }
        _ => response,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_that_the_table_does_not_know_goes_on_record() {
        assert_eq!(recording_of("harborline.intake.v1.ContactService/DeleteContact"), Recording::Read);
        assert_eq!(recording_of("harborline.intake.v1.ProgramService/GetProgram"), Recording::None);
    }
}
