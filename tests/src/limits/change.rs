//! What a field is given: what its rules just allow, and what they just forbid.

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor, Value};

use super::rule::Rule;
use super::sound::{duration, sound_value};

/// Longer than any text that is kept.
const LONG: usize = 20_000;
/// More entries than any list needs that has no limit.
const MANY: usize = 300;
/// A number that no enumeration has.
const NO_WORD: i32 = 999;

/// Texts whose form is told in the contracts' README and tried elsewhere. Here only their absence counts.
const FORMS: [&str; 27] = [
    "authorized_on",
    "backup_line",
    "backup_text_line",
    "birth_date",
    "confirmed_on",
    "cursor",
    "day",
    "dedicated_number",
    "ends",
    "etag",
    "first_day",
    "holds_until",
    "jurisdiction",
    "jurisdictions",
    "key",
    "language",
    "languages",
    "last_day",
    "other_languages",
    "page_token",
    "phone_number",
    "phone_numbers",
    "recurrence",
    "starts",
    "subject_ids",
    "time_zone",
    "verified_on",
];

/// What one field is given.
pub(super) struct Change {
    /// None: the field is left out.
    pub(super) value: Option<Value>,
    pub(super) what: String,
    pub(super) is_wrong: bool,
    /// Whether the first entry is wrong or right, and not the list.
    pub(super) is_of_entry: bool,
}

fn change(value: impl Into<Option<Value>>, what: impl Into<String>, is_wrong: bool) -> Change {
    Change { value: value.into(), what: what.into(), is_wrong, is_of_entry: false }
}

/// All that one field is given.
pub(super) fn changes(field: &FieldDescriptor, rule: &Rule) -> Vec<Change> {
    let Some(sound) = sound_value(field) else { return Vec::new() };
    if !field.is_list() {
        let mut changes = of_value(field, rule);
        changes.push(change(sound, "a sound value", false));
        return changes;
    }
    let many = |count: usize| Value::List(vec![sound.clone(); count]);
    let mut changes = vec![change(None, "no entry", rule.size("repeated.min_items").is_some())];
    match rule.size("repeated.max_items") {
        None => changes.push(change(many(MANY), format!("{MANY} entries"), false)),
        Some(most) => {
            changes.push(change(many(most), format!("{most} entries"), false));
            changes.push(change(many(most + 1), format!("{} entries", most + 1), true));
        }
    }
    let of_entry = of_value(field, &rule.of_entries()).into_iter();
    let of_entry = of_entry.filter_map(|change| {
        let value = Some(Value::List(vec![change.value?]));
        Some(Change { value, is_of_entry: true, ..change })
    });
    changes.extend(of_entry);
    changes
}

/// What a single value is given.
fn of_value(field: &FieldDescriptor, rule: &Rule) -> Vec<Change> {
    match field.kind() {
        Kind::String => of_text(field, rule),
        Kind::Enum(_) => vec![
            change(Value::EnumNumber(0), "unspecified", rule.forbids_unspecified()),
            change(Value::EnumNumber(NO_WORD), "a value that there is not", rule.is_defined_only()),
        ],
        Kind::Int32 => of_whole(rule, "int32", (i32::MIN.into(), i32::MAX.into()), |number| {
            Value::I32(i32::try_from(number).expect("between its bounds"))
        }),
        Kind::Int64 => of_whole(rule, "int64", (i64::MIN, i64::MAX), Value::I64),
        Kind::Double => of_double(rule),
        Kind::Message(kind) if kind.full_name() == "google.protobuf.Duration" => {
            let mut changes = of_duration(&kind, rule);
            changes.push(change(None, "none", rule.is_required()));
            changes
        }
        Kind::Message(_) => vec![change(None, "none", rule.is_required())],
        _ => Vec::new(),
    }
}

fn of_text(field: &FieldDescriptor, rule: &Rule) -> Vec<Change> {
    let text = |text: String| Value::String(text);
    let least = rule.size("string.min_len").unwrap_or(0);
    let needs_some = rule.is_required() || rule.is_uuid() || least > 0;
    let mut changes = vec![change(text(String::new()), "an empty text", needs_some && !rule.ignores_zero())];
    if rule.is_uuid() {
        changes.push(change(text("no UUID".to_owned()), "no UUID", true));
        return changes;
    }
    if FORMS.contains(&field.name()) {
        return changes;
    }
    let long = |length: usize| text("x".repeat(length));
    let length = |length: usize, is_wrong| change(long(length), format!("{length} characters"), is_wrong);
    if least > 1 {
        changes.extend([length(least - 1, true), length(least, false)]);
    }
    match rule.size("string.max_len") {
        None => changes.push(length(LONG, false)),
        Some(most) => changes.extend([length(most, false), length(most + 1, true)]),
    }
    changes
}

fn of_whole(rule: &Rule, kind: &str, ends: (i64, i64), value: impl Fn(i64) -> Value) -> Vec<Change> {
    let number = |number: i64, is_wrong| change(value(number), number.to_string(), is_wrong);
    let mut changes = match rule.whole(&format!("{kind}.gte")) {
        None => vec![number(ends.0, false)],
        Some(least) => vec![number(least, false), number(least - 1, true), number(ends.0, true)],
    };
    changes.extend(match rule.whole(&format!("{kind}.lte")) {
        None => vec![number(ends.1, false)],
        Some(most) => vec![number(most, false), number(most + 1, true), number(ends.1, true)],
    });
    changes
}

fn of_double(rule: &Rule) -> Vec<Change> {
    let number = |number: f64, is_wrong| change(Value::F64(number), number.to_string(), is_wrong);
    let mut changes = Vec::new();
    if let Some(least) = rule.double("double.gte") {
        changes.extend([number(least, false), number(least - 0.001, true), number(f64::NAN, true)]);
    }
    if let Some(most) = rule.double("double.lte") {
        changes.extend([number(most, false), number(most * 1.0001, true), number(f64::INFINITY, true)]);
    }
    if rule.ignores_zero() {
        changes.push(number(0.0, false));
    }
    changes
}

fn of_duration(kind: &MessageDescriptor, rule: &Rule) -> Vec<Change> {
    let time = |milliseconds: i64, is_wrong| {
        change(Value::Message(duration(kind, milliseconds)), format!("{milliseconds} ms"), is_wrong)
    };
    let mut changes = Vec::new();
    match (rule.milliseconds("duration.gte"), rule.milliseconds("duration.gt")) {
        (Some(least), _) => changes.extend([time(least, false), time(least - 1, true)]),
        (_, Some(above)) => changes.extend([time(above + 1, false), time(above, true)]),
        _ => changes.push(time(-1, false)),
    }
    match rule.milliseconds("duration.lte") {
        None => changes.push(time(1_000_000_000_000, false)),
        Some(longest) => changes.extend([time(longest, false), time(longest + 1, true)]),
    }
    changes
}
