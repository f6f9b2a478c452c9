//! Requests that keep every rule.

use chrono::{DurationRound, TimeDelta, Utc};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};

use super::rule::Rule;
use crate::fuzz::{Dice, sound_text};

/// A message with all its fields. Of a `oneof` it has the last.
pub(super) fn sound(kind: &MessageDescriptor) -> DynamicMessage {
    let mut message = DynamicMessage::new(kind.clone());
    for field in kind.fields() {
        if Rule::of(&field).is_of_answers_only() {
            continue;
        }
        if let Some(value) = sound_value(&field) {
            message.set_field(&field, if field.is_list() { Value::List(vec![value]) } else { value });
        }
    }
    message
}

/// A value of the field, or an entry of it where it is a list; none of a kind that no request has.
pub(super) fn sound_value(field: &FieldDescriptor) -> Option<Value> {
    let rule = Rule::of(field);
    let rule = if field.is_list() { rule.of_entries() } else { rule };
    Some(match field.kind() {
        Kind::String => Value::String(sound_words(field, &rule)),
        Kind::Enum(_) => Value::EnumNumber(1),
        Kind::Bool => Value::Bool(true),
        Kind::Int32 => Value::I32(i32::try_from(rule.whole("int32.gte").unwrap_or(1)).ok()?),
        Kind::Int64 => Value::I64(rule.whole("int64.gte").unwrap_or(1)),
        Kind::Double => Value::F64(rule.double("double.gte").unwrap_or(1.0)),
        Kind::Message(kind) => Value::Message(match kind.full_name() {
            "google.protobuf.Timestamp" => instant(&kind, field.name()),
            "google.protobuf.Duration" => {
                let least = rule.milliseconds("duration.gte").or(rule.milliseconds("duration.gt").map(|gt| gt + 1));
                duration(&kind, least.unwrap_or(30_000))
            }
            _ => sound(&kind),
        }),
        _ => return None,
    })
}

fn sound_words(field: &FieldDescriptor, rule: &Rule) -> String {
    let mut dice = Dice::new(u64::from(field.number()));
    if rule.is_uuid() { sound_text("some_id", &mut dice) } else { sound_text(field.name(), &mut dice) }
}

/// A full hour: yesterday's, or of a later one of two instants today's or tomorrow's.
fn instant(kind: &MessageDescriptor, field: &str) -> DynamicMessage {
    let hour = Utc::now().duration_trunc(TimeDelta::hours(1)).expect("an hour");
    let days = match field {
        "until" | "valid_until" => 0,
        "expected_by" | "expires_at" => 1,
        _ => -1,
    };
    let at = hour + TimeDelta::days(days);
    message(kind, &prost_types::Timestamp { seconds: at.timestamp(), nanos: 0 })
}

pub(super) fn duration(kind: &MessageDescriptor, milliseconds: i64) -> DynamicMessage {
    let nanos = i32::try_from(milliseconds % 1000 * 1_000_000).expect("below a second");
    message(kind, &prost_types::Duration { seconds: milliseconds / 1000, nanos })
}

fn message(kind: &MessageDescriptor, of: &impl prost::Message) -> DynamicMessage {
    DynamicMessage::decode(kind.clone(), of.encode_to_vec().as_slice()).expect("the same message")
}
