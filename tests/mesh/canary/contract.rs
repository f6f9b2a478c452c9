//! The contracts as data: every RPC, and any request of it encoded from chosen values, so that no field is forgotten
//! when one is added.

use std::collections::BTreeMap;

use harborline_identity::ServiceName;
use harborline_proto::DESCRIPTORS;
use prost::Message;
use prost::encoding::{WireType, encode_key, encode_varint};
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorSet};

/// Every RPC and every message of the contracts.
pub(super) struct Contract {
    messages: BTreeMap<String, DescriptorProto>,
    /// Every RPC, by its path without the leading slash.
    pub(super) methods: BTreeMap<String, Method>,
}

/// One RPC.
#[derive(Clone)]
pub(super) struct Method {
    /// `package.Service/Method`.
    pub(super) path: String,
    /// The full name of its request.
    pub(super) input: String,
    /// Who serves it.
    pub(super) service: ServiceName,
}

/// A field of a request, at its place.
pub(super) struct Field<'a> {
    /// Its place, such as `counselor.credentials.type`.
    pub(super) path: &'a str,
    /// Its own name.
    pub(super) name: &'a str,
    /// Its type.
    pub(super) kind: Type,
}

/// What a field is to hold. A repeated field holds it once.
#[derive(Clone)]
pub(super) enum Value {
    Absent,
    /// The fields of a message, asked for one by one.
    Fields,
    Text(String),
    Bytes(Vec<u8>),
    Number(i64),
    Numbers(Vec<i64>),
}

impl Contract {
    pub(super) fn read() -> Self {
        let set = FileDescriptorSet::decode(DESCRIPTORS).expect("the descriptor set decodes");
        let (mut messages, mut methods) = (BTreeMap::new(), BTreeMap::new());
        for file in &set.file {
            for message in &file.message_type {
                assert!(message.nested_type.is_empty() || !file.package().starts_with("harborline"), "nested messages");
                messages.insert(format!("{}.{}", file.package(), message.name()), message.clone());
            }
            for service in &file.service {
                for method in &service.method {
                    let path = format!("{}.{}/{}", file.package(), service.name(), method.name());
                    let input = method.input_type().trim_start_matches('.').to_owned();
                    methods.insert(path.clone(), Method { path, input, service: served_by(file.package()) });
                }
            }
        }
        Self { messages, methods }
    }

    /// The method whose path ends so.
    pub(super) fn method(&self, end: &str) -> Method {
        let mut found = self.methods.values().filter(|method| method.path.ends_with(end));
        let method = found.next().unwrap_or_else(|| panic!("no method {end}"));
        assert!(found.next().is_none(), "{end} is ambiguous");
        method.clone()
    }

    /// The places of every text of a message.
    pub(super) fn texts(&self, message: &str) -> Vec<String> {
        let mut places = Vec::new();
        let _ = self.encode(message, &mut |field| {
            if field.kind == Type::String {
                places.push(field.path.to_owned());
            }
            if field.kind == Type::Message { Value::Fields } else { Value::Absent }
        });
        places
    }

    /// A message in which each field holds what is chosen for it.
    pub(super) fn encode(&self, message: &str, choose: &mut dyn FnMut(&Field<'_>) -> Value) -> Vec<u8> {
        self.encode_at(message, "", choose)
    }

    fn encode_at(&self, message: &str, at: &str, choose: &mut dyn FnMut(&Field<'_>) -> Value) -> Vec<u8> {
        let mut bytes = Vec::new();
        for field in &self.messages[message].field {
            let path = if at.is_empty() { field.name().to_owned() } else { format!("{at}.{}", field.name()) };
            let value = choose(&Field { path: &path, name: field.name(), kind: field.r#type() });
            match value {
                Value::Absent => {}
                Value::Fields => {
                    let inner = self.encode_at(field.type_name().trim_start_matches('.'), &path, choose);
                    put_bytes(&mut bytes, field, &inner);
                }
                Value::Text(text) => put_bytes(&mut bytes, field, text.as_bytes()),
                Value::Bytes(raw) => put_bytes(&mut bytes, field, &raw),
                Value::Number(number) => put_number(&mut bytes, field, number),
                Value::Numbers(numbers) => {
                    assert_eq!(field.label(), Label::Repeated, "{path} holds one number");
                    numbers.into_iter().for_each(|number| put_number(&mut bytes, field, number));
                }
            }
        }
        bytes
    }
}

fn tag(field: &FieldDescriptorProto) -> u32 {
    u32::try_from(field.number()).expect("a field number")
}

fn put_bytes(bytes: &mut Vec<u8>, field: &FieldDescriptorProto, value: &[u8]) {
    encode_key(tag(field), WireType::LengthDelimited, bytes);
    encode_varint(value.len() as u64, bytes);
    bytes.extend_from_slice(value);
}

fn put_number(bytes: &mut Vec<u8>, field: &FieldDescriptorProto, value: i64) {
    if field.r#type() == Type::Double {
        encode_key(tag(field), WireType::SixtyFourBit, bytes);
        return bytes.extend_from_slice(&(value as f64).to_le_bytes());
    }
    let known = matches!(field.r#type(), Type::Bool | Type::Int32 | Type::Int64 | Type::Enum);
    assert!(known, "{} has a type that this does not encode", field.name());
    encode_key(tag(field), WireType::Varint, bytes);
    encode_varint(value.cast_unsigned(), bytes);
}

fn served_by(package: &str) -> ServiceName {
    match package.split('.').nth(1) {
        Some("intake") => ServiceName::Intake,
        Some("availability") => ServiceName::Availability,
        // Every service but intake serves what is common; one stands for all.
        Some("triage" | "common") => ServiceName::Triage,
        Some("referral" | "partner") => ServiceName::Referral,
        Some("followup") => ServiceName::Followup,
        _ => panic!("nobody serves {package}"),
    }
}
