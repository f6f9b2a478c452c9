//! Somebody who says the same unmistakable words in every field, and keeps all that they are told.

use std::collections::{BTreeMap, BTreeSet};

use harborline::mesh::DEVELOPMENT_PROGRAM;
use harborline_authority::TokenRequest;
use harborline_identity::Role;
use harborline_runtime::PROGRAM_KEY;
use harborline_testkit::Wait;
use harborline_tests::Stage;
use prost::Message;
use prost_types::field_descriptor_proto::Type;
use tonic::Status;
use uuid::Uuid;

use super::caller::{Extras, Ways};
use super::contract::{Contract, Field, Method, Value};

/// Part of every text that is planted.
pub(super) const WORDS: &str = "zzmarker";
/// Every telephone number that is planted.
pub(super) const NUMBER: &str = "+15559283746";
/// Every jurisdiction that is planted.
pub(super) const JURISDICTION: &str = "ZQ-Q7X";
/// The counselor that the driver is, among its other roles.
pub(super) const COUNSELOR: &str = "zzmarker-counselor";

/// Values for places, in the stead of what is planted there otherwise.
pub(super) type Instead<'a> = &'a [(&'a str, Value)];

/// Drives a mesh.
pub(super) struct Driver<'a> {
    pub(super) contract: Contract,
    pub(super) ways: Ways<'a>,
    pub(super) extras: Extras,
    /// Ids that later requests name, by the name of their field.
    pub(super) ids: BTreeMap<&'static str, String>,
    /// Every place that a marker was planted in, as `method field`.
    pub(super) planted: BTreeSet<String>,
    /// Every method that was answered.
    pub(super) accepted: BTreeSet<String>,
    /// How often each was answered.
    pub(super) answered: BTreeMap<String, i64>,
    /// What came back beside answers, by the method.
    pub(super) told: Vec<(String, String)>,
}

impl<'a> Driver<'a> {
    /// Somebody with every role, speaking for a clinic as well.
    pub(super) fn new(stage: &'a Stage, clinic: Uuid) -> Self {
        let extras = Extras {
            authorization: token(stage, DEVELOPMENT_PROGRAM.0, Role::ALL, None),
            of_clinic: token(stage, DEVELOPMENT_PROGRAM.0, Role::ALL, Some(clinic)),
            metadata: vec![(PROGRAM_KEY, DEVELOPMENT_PROGRAM.to_string())],
            timeout: None,
        };
        let ids = BTreeMap::from([("facility_id", clinic.to_string())]);
        Self {
            contract: Contract::read(),
            ways: Ways::into_mesh(stage, clinic),
            extras,
            ids,
            planted: BTreeSet::new(),
            accepted: BTreeSet::new(),
            answered: BTreeMap::new(),
            told: Vec::new(),
        }
    }

    /// Every method, for a sweep.
    pub(super) fn methods(&self) -> Vec<Method> {
        self.contract.methods.values().cloned().collect()
    }

    /// Sends bytes as a request.
    pub(super) async fn send(&mut self, method: &Method, message: Vec<u8>) -> Result<Vec<u8>, Status> {
        let (answer, told) = self.ways.call(method, message, &self.extras).await;
        self.told.push((method.path.clone(), told));
        answer
    }

    /// Sends bytes to a method that no contract has, on a public listener.
    pub(super) async fn send_elsewhere(&mut self, method: &Method, message: Vec<u8>) -> Result<Vec<u8>, Status> {
        let (answer, told) = self.ways.public(method, message, &self.extras).await;
        self.told.push((method.service.to_string(), told));
        answer
    }

    /// Makes a call that is right in every field, each text of which is a marker as far as the contract allows.
    pub(super) async fn call(&mut self, end: &str, instead: Instead<'_>) -> Result<Vec<u8>, Status> {
        let method = self.contract.method(end);
        let message = self.right(&method, instead);
        let answer = self.send(&method, message).await;
        if answer.is_ok() {
            *self.answered.entry(method.path.clone()).or_default() += 1;
            self.accepted.insert(method.path);
        }
        answer
    }

    /// Makes a call that must be answered; again and again, since one part of the mesh learns after another.
    pub(super) async fn must<A: Message + Default>(&mut self, end: &str, instead: Instead<'_>) -> A {
        let wait = Wait::begin();
        loop {
            let refused = match self.call(end, instead).await {
                Ok(bytes) => return A::decode(bytes.as_slice()).expect("the answer decodes"),
                Err(status) => status,
            };
            let refused = format!("{end} is refused: {:?} {}", refused.code(), refused.message());
            assert!(!refused.contains("InvalidArgument"), "{refused}");
            wait.again(&refused).await;
        }
    }

    /// A request that is right in every field.
    pub(super) fn right(&mut self, method: &Method, instead: Instead<'_>) -> Vec<u8> {
        let (ids, planted) = (&self.ids, &mut self.planted);
        self.contract.encode(&method.input, &mut |field| {
            let instead = instead.iter().find(|(path, _)| *path == field.path).map(|(_, value)| value.clone());
            let value = instead.unwrap_or_else(|| right(field, ids));
            note(planted, method, field, &value);
            value
        })
    }

    /// A request in which every field is wrong, or as wrong as its type lets it be.
    pub(super) fn wrong(&mut self, method: &Method) -> Vec<u8> {
        let planted = &mut self.planted;
        self.contract.encode(&method.input, &mut |field| {
            let value = match field.kind {
                Type::Message => Value::Fields,
                Type::String => Value::Text(format!("{WORDS} {}\u{1}", field.path)),
                _ => Value::Number(99),
            };
            note(planted, method, field, &value);
            value
        })
    }
}

fn note(planted: &mut BTreeSet<String>, method: &Method, field: &Field<'_>, value: &Value) {
    let text = match value {
        Value::Text(text) => text.clone(),
        Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        _ => return,
    };
    if is_marked(&text) {
        planted.insert(format!("{} {}", method.path, field.path));
    }
}

/// Whether a text holds a marker, in whichever case.
pub(super) fn is_marked(text: &str) -> bool {
    let text = text.to_lowercase();
    let digits = NUMBER.trim_start_matches('+');
    text.contains(WORDS) || text.contains(digits) || text.contains(&JURISDICTION.to_lowercase())
}

/// The value that is right for a field by its name and type.
fn right(field: &Field<'_>, ids: &BTreeMap<&'static str, String>) -> Value {
    let now = chrono::Utc::now().timestamp();
    match (field.kind, field.name) {
        (Type::Message, _) => Value::Fields,
        (Type::String, name) => text(name, field.path, ids),
        // Asked only of those who answered yes before.
        (Type::Int32, "nanos") | (Type::Enum, "thoughts_now") => Value::Absent,
        (Type::Int64, "seconds") => Value::Number(seconds(field.path, now)),
        (Type::Int32, "page_size") => Value::Number(10),
        // A basic level is kept as none.
        (Type::Enum, "level") => Value::Number(3),
        _ => Value::Number(1),
    }
}

fn seconds(path: &str, now: i64) -> i64 {
    match path {
        path if path.starts_with("response_times") => 30,
        path if path.starts_with("fatigue_rules") => 600,
        path if path.starts_with("waited") => 5,
        path if path.starts_with("lasts") => 60,
        path if path.starts_with("interval") || path.starts_with("handling") => 900,
        path if path.starts_with("same_caller_within") => 900,
        path if path.starts_with("patience") || path.starts_with("target_wait") => 30,
        // On a half hour, and a day.
        path if path.starts_with("from") => now - now.rem_euclid(1800),
        path if path.starts_with("until") => now - now.rem_euclid(1800) + 86_400,
        path if path.contains("valid_from") => now - 86_400,
        path if ["valid_until", "expected_by", "expires_at"].iter().any(|late| path.contains(late)) => now + 86_400,
        _ => now,
    }
}

fn text(name: &str, path: &str, ids: &BTreeMap<&'static str, String>) -> Value {
    let text = match name {
        "request_id" => Uuid::now_v7().to_string(),
        "counselor_id" => COUNSELOR.to_owned(),
        // What people are called where they work: no UUID, and so a place for anything.
        "person_id" | "supervisor_id" | "owner_id" | "preferred_counselor_id" => {
            format!("{WORDS}-{path}")
        }
        name if name.ends_with("_id") => ids.get(name).cloned().unwrap_or_else(|| Uuid::now_v7().to_string()),
        "page_token" | "cursor" | "etag" => return Value::Absent,
        "day" | "first_day" | "last_day" => (chrono::Utc::now().date_naive() + chrono::Days::new(2)).to_string(),
        "birth_date" | "authorized_on" | "verified_on" | "confirmed_on" | "holds_until" => "1990-05-17".to_owned(),
        "starts" | "ends" => "22:00".to_owned(),
        "recurrence" => "FREQ=DAILY".to_owned(),
        "time_zone" => "UTC".to_owned(),
        "key" => WORDS.to_owned(),
        // A variant of a language that is nobody's.
        "language" | "languages" | "other_languages" => format!("zz-{WORDS}"),
        "jurisdiction" | "jurisdictions" => JURISDICTION.to_owned(),
        "dedicated_number" | "callback_number" | "phone_number" | "phone_numbers" | "backup_line"
        | "backup_text_line" => NUMBER.to_owned(),
        _ => format!("{WORDS}-{path} what somebody said"),
    };
    Value::Text(text)
}

/// The header with an access token for a program. Its subject and its name are markers.
pub(super) fn token(stage: &Stage, program: Uuid, roles: &[Role], clinic: Option<Uuid>) -> String {
    token_of(stage, COUNSELOR, program, roles, clinic)
}

/// The same of another subject.
pub(super) fn token_of(stage: &Stage, subject: &str, program: Uuid, roles: &[Role], clinic: Option<Uuid>) -> String {
    let request = TokenRequest {
        subject: subject.to_owned(),
        program,
        roles: roles.iter().map(ToString::to_string).collect(),
        clinic,
        participant: None,
        credential: None,
        name: Some(format!("{WORDS}-holder")),
        lifetime: chrono::TimeDelta::days(1),
    };
    format!("Bearer {}", stage.authority.token(&request).expect("the authority signs"))
}
