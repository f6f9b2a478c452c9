//! Requests at the limits that the contracts state, and one beyond each.
//!
//! A rule stands in the `.proto` as an option of Protovalidate ([`Rule`]). From a sound request of every method one field
//! at a time is changed: to what its rule just allows and to what it just forbids, and where it has no rule to what most
//! rules would forbid. So a limit that stands in the code alone is found, and one that stands in the contract alone.

mod change;
mod rule;
mod sound;

use harborline_identity::ServiceName;
use harborline_proto::DESCRIPTORS;
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MethodDescriptor, ReflectMessage, Value};

use crate::fuzz::server;
use change::{Change, changes};
use rule::Rule;
use sound::{sound, sound_value};

/// One request, and whether a field of it must be named as wrong.
pub struct Case {
    /// `package.Service/Method`.
    pub method: String,
    /// Where it is served.
    pub service: ServiceName,
    /// The field, as a violation names it.
    pub field: String,
    /// What the field has.
    pub what: String,
    /// The request, encoded.
    pub message: Vec<u8>,
    /// Whether the contract forbids it.
    pub is_wrong: bool,
}

/// Every case of every method. Of a stream only the wrong ones: a right request would be answered without an end. Of a stream
/// of requests none: what is wrong with one of them is told in its result, and the stream goes on.
///
/// # Panics
/// When the descriptors do not decode.
pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for method in methods().into_iter().filter(|method| !method.is_client_streaming()) {
        let service = method.parent_service();
        let base = sound(&method.input());
        walk(&mut Vec::new(), &base, &mut |path, change| {
            if method.is_server_streaming() && !change.is_wrong {
                return;
            }
            cases.push(Case {
                method: full_name(&method),
                service: server(service.package_name()),
                field: name(path, change.is_of_entry),
                message: changed(base.clone(), path, &change).encode_to_vec(),
                what: change.what,
                is_wrong: change.is_wrong,
            });
        });
    }
    cases
}

/// A request of every method that keeps every rule of its fields, by `package.Service/Method`.
///
/// # Panics
/// When the descriptors do not decode.
pub fn sound_requests() -> Vec<(String, DynamicMessage)> {
    methods().iter().map(|method| (full_name(method), sound(&method.input()))).collect()
}

fn methods() -> Vec<MethodDescriptor> {
    let pool = DescriptorPool::decode(DESCRIPTORS).expect("the descriptors decode");
    let services = pool.services().filter(|service| service.full_name().starts_with("harborline."));
    services.flat_map(|service| service.methods().collect::<Vec<_>>()).collect()
}

fn full_name(method: &MethodDescriptor) -> String {
    format!("{}/{}", method.parent_service().full_name(), method.name())
}

/// Goes through every field of a message and of the messages in it.
fn walk(path: &mut Vec<FieldDescriptor>, message: &DynamicMessage, found: &mut impl FnMut(&[FieldDescriptor], Change)) {
    for field in message.descriptor().fields() {
        let rule = Rule::of(&field);
        if rule.is_of_answers_only() {
            continue;
        }
        path.push(field.clone());
        changes(&field, &rule).into_iter().for_each(|change| found(path, change));
        if let Kind::Message(inner) = field.kind()
            && inner.package_name().starts_with("harborline.")
        {
            walk(path, &sound(&inner), found);
        }
        path.pop();
    }
}

/// The path of a field as a violation names it: of a list on the way its first entry.
fn name(path: &[FieldDescriptor], is_of_entry: bool) -> String {
    let last = path.len() - 1;
    let names = path.iter().enumerate().map(|(step, field)| {
        let is_entry = field.is_list() && (step < last || is_of_entry);
        format!("{}{}", field.name(), if is_entry { "[0]" } else { "" })
    });
    names.collect::<Vec<_>>().join(".")
}

/// The message with the field at the end of the path changed. What is on the way there is sound.
fn changed(mut message: DynamicMessage, path: &[FieldDescriptor], change: &Change) -> DynamicMessage {
    let [field, rest @ ..] = path else { return message };
    if rest.is_empty() {
        match &change.value {
            Some(value) => message.set_field(field, value.clone()),
            None => message.clear_field(field),
        }
        return message;
    }
    let Some(Value::Message(inner)) = sound_value(field) else { return message };
    let inner = Value::Message(changed(inner, rest, change));
    message.set_field(field, if field.is_list() { Value::List(vec![inner]) } else { inner });
    message
}
