//! Creates or changes a counselor. A conversation in progress goes on, even if the counselor no longer meets its need.

use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::{Once, check_etag};
use harborline_types::RequestId;
use tonic::Request;

use crate::app::App;
use crate::domain::{Activity, Counselor, Credential};
use crate::error::AvailabilityError;
use crate::store;
use crate::wire::{self, local};

pub(super) async fn handle(
    app: &App,
    request: Request<pb::PutCounselorRequest>,
) -> Result<pb::PutCounselorResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let (request_id, counselor) = parse(&request)?;
    let scope = call.scope()?;

    let known = store::counselor_get(&app.store, &scope, &counselor.id).await?;
    let activity = known.map_or(Activity::Offline, |entry| entry.activity);
    let mut tx = match app.store.begin_once(&call, "PutCounselor", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let current = store::counselor_for_update(&mut tx, &scope, &counselor.id).await?;
    let version = current.map(|current| wire::counselor(current, activity).etag);
    check_etag(request.counselor.as_ref().map_or("", |edited| &edited.etag), version.as_deref())?;
    store::counselor_put(&mut tx, &scope, &counselor).await?;
    store::roster_changed(&mut tx);
    tx.hint_with_commit(store::on_duty_hint(scope.program(), &counselor.id)).await?;
    let answer = pb::PutCounselorResponse { counselor: Some(wire::counselor(counselor, activity)) };
    Ok(tx.commit_answering(answer).await?)
}

fn parse(request: &pb::PutCounselorRequest) -> Result<(RequestId, Counselor), ServiceError> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let given = fields.message("counselor", request.counselor.as_ref());
    let id = fields.person_id("counselor.counselor_id", &given.counselor_id);
    let name = fields.text("counselor.name", &given.name, 1..=200);
    let kind = fields.word("counselor.kind", given.kind);
    let credentials = credentials(&mut fields, &given.credentials);
    let skills = fields.skills("counselor", &given.skills, &given.leveled_skills, 50);
    let languages = languages(&mut fields, &given.languages);
    let channels = fields.words("counselor.channels", &given.channels);
    if given.channels.is_empty() {
        fields.fault("counselor.channels", "must have at least one entry");
    }
    let capacity = i16::try_from(given.message_capacity).ok().filter(|capacity| (1..=8).contains(capacity));
    if capacity.is_none() {
        fields.fault("counselor.message_capacity", "must be 1 to 8");
    }
    let zone = local::optional_zone(&mut fields, "counselor.time_zone", &given.time_zone);
    let (Some(request_id), Some(id), Some(name), Some(kind), Some(skills), Some(channels), Some(message_capacity)) =
        (request_id, id, name, kind, skills, channels, capacity)
    else {
        return Err(fields.refused());
    };
    let Some(zone) = zone else { return Err(fields.refused()) };
    fields.finish()?;
    Ok((request_id, Counselor { id, name, kind, credentials, skills, languages, channels, message_capacity, zone }))
}

/// Reads the languages; faults are noted.
fn languages(fields: &mut Fields, given: &[String]) -> Vec<String> {
    if given.is_empty() || given.len() > 20 {
        fields.fault("counselor.languages", "must have 1 to 20 entries");
    }
    let mut languages = Vec::new();
    for (index, tag) in given.iter().enumerate().take(20) {
        let field = format!("counselor.languages[{index}]");
        match fields.optional_language(&field, tag) {
            Some(Some(language)) => languages.push(language),
            Some(None) => fields.fault(field, "must be a BCP 47 language tag such as \"en\""),
            None => {}
        }
    }
    languages
}

/// Reads the credentials; faults are noted.
fn credentials(fields: &mut Fields, given: &[pb::Credential]) -> Vec<Credential> {
    if !fields.at_most("counselor.credentials", given, 50) {
        return Vec::new();
    }
    let read = given.iter().enumerate().map(|(index, given)| {
        let field = |name: &str| format!("counselor.credentials[{index}].{name}");
        let kind = fields.text(&field("type"), &given.r#type, 1..=100);
        let jurisdiction = fields.optional_jurisdiction(&field("jurisdiction"), &given.jurisdiction);
        if jurisdiction == Some(None) {
            fields.fault(field("jurisdiction"), "must be an ISO 3166-2 code such as \"US-VA\"");
        }
        let valid_from = fields.instant(&field("valid_from"), given.valid_from.as_ref());
        let valid_until = fields.instant(&field("valid_until"), given.valid_until.as_ref());
        if let (Some(from), Some(until)) = (valid_from, valid_until)
            && until <= from
        {
            fields.fault(field("valid_until"), "must be after valid_from");
        }
        let number = fields.text(&field("number"), &given.number, 0..=100);
        Some(Credential {
            kind: kind?,
            jurisdiction: jurisdiction??,
            valid_from: valid_from?,
            valid_until: valid_until?,
            number: number?,
        })
    });
    read.flatten().collect()
}
