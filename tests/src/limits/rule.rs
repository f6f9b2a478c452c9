//! What the contract says that a field must be.

use prost_reflect::{DynamicMessage, FieldDescriptor, Value};

/// The rules of one field, or of the entries of one list: an option `(buf.validate.field)`; none where there is no option.
#[derive(Clone)]
pub(super) struct Rule(Option<DynamicMessage>);

impl Rule {
    pub(super) fn of(field: &FieldDescriptor) -> Self {
        let option = field.parent_pool().get_extension_by_name("buf.validate.field");
        let option = option.expect("the contracts import the rules");
        let options = field.options();
        let rules = options.has_extension(&option).then(|| options.get_extension(&option).into_owned());
        Self(rules.and_then(|rules| rules.as_message().cloned()))
    }

    /// The rules for each entry of a list.
    pub(super) fn of_entries(&self) -> Self {
        Self(self.get("repeated.items").and_then(|items| items.as_message().cloned()))
    }

    /// One rule by its path, such as `string.max_len`.
    fn get(&self, path: &str) -> Option<Value> {
        let mut steps = path.split('.');
        let mut value = Value::Message(self.0.clone()?);
        steps.try_for_each(|step| {
            let message = value.as_message()?;
            let next = message.has_field_by_name(step).then(|| message.get_field_by_name(step))??.into_owned();
            value = next;
            Some(())
        })?;
        Some(value)
    }

    fn is(&self, path: &str) -> bool {
        self.get(path).and_then(|value| value.as_bool()) == Some(true)
    }

    pub(super) fn is_required(&self) -> bool {
        self.is("required")
    }

    pub(super) fn is_uuid(&self) -> bool {
        self.is("string.uuid")
    }

    /// Whether a number that no enumeration value has is wrong.
    pub(super) fn is_defined_only(&self) -> bool {
        self.is_required() || self.is("enum.defined_only")
    }

    /// Whether the enumeration's zero is wrong.
    pub(super) fn forbids_unspecified(&self) -> bool {
        self.is_required() || self.get("enum.not_in").is_some()
    }

    /// Whether a zero or an empty value passes the other rules over.
    pub(super) fn ignores_zero(&self) -> bool {
        self.get("ignore").and_then(|value| value.as_enum_number()) == Some(1)
    }

    /// Whether only answers have the field.
    pub(super) fn is_of_answers_only(&self) -> bool {
        self.get("ignore").and_then(|value| value.as_enum_number()) == Some(3)
    }

    /// A length or a number of entries.
    pub(super) fn size(&self, path: &str) -> Option<usize> {
        self.get(path)?.as_u64()?.try_into().ok()
    }

    /// A bound of a whole number.
    pub(super) fn whole(&self, path: &str) -> Option<i64> {
        let value = self.get(path)?;
        value.as_i64().or_else(|| value.as_i32().map(i64::from))
    }

    pub(super) fn double(&self, path: &str) -> Option<f64> {
        self.get(path)?.as_f64()
    }

    /// A bound of a time, in milliseconds.
    pub(super) fn milliseconds(&self, path: &str) -> Option<i64> {
        let duration: prost_types::Duration = self.get(path)?.as_message()?.transcode_to().ok()?;
        Some(duration.seconds * 1000 + i64::from(duration.nanos / 1_000_000))
    }
}
