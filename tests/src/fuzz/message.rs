//! Messages of every request type, by the descriptors.

use std::collections::BTreeMap;
use std::sync::Arc;

use harborline_identity::ServiceName;
use prost::Message;
use prost::encoding::{WireType, encode_key, encode_varint};
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorSet};
use uuid::Uuid;

use super::Dice;

/// Deeper than any of our messages; deeper ones are made by spoiling.
const DEEPEST: usize = 6;

type Messages = Arc<BTreeMap<String, DescriptorProto>>;

/// A unary method of the contracts.
#[derive(Clone)]
pub struct Method {
    /// `package.Service/Method`.
    pub name: String,
    /// Who serves it.
    pub service: ServiceName,
    request: String,
    messages: Messages,
}

/// Every unary method of the contracts.
///
/// # Panics
/// When the descriptors do not decode, or a package is of no service.
pub fn methods() -> Vec<Method> {
    let files = FileDescriptorSet::decode(harborline_proto::DESCRIPTORS).expect("the descriptors decode").file;
    let described = files.iter().flat_map(|file| {
        file.message_type
            .iter()
            .map(move |message| (format!(".{}.{}", file.package(), message.name()), message.clone()))
    });
    let messages: Messages = Arc::new(described.collect());
    let mut methods = Vec::new();
    for file in files.iter().filter(|file| file.package().starts_with("harborline.")) {
        for service in &file.service {
            for method in
                service.method.iter().filter(|method| !method.client_streaming() && !method.server_streaming())
            {
                methods.push(Method {
                    name: format!("{}.{}/{}", file.package(), service.name(), method.name()),
                    service: server(file.package()),
                    request: method.input_type().to_owned(),
                    messages: Arc::clone(&messages),
                });
            }
        }
    }
    methods
}

pub(crate) fn server(package: &str) -> ServiceName {
    let area = package.split('.').nth(1).expect("a package has an area");
    // The partner contract is served by referral.
    let name = match area {
        "partner" => "referral",
        // Every service but intake serves what is common; one stands for all.
        "common" => "triage",
        area => area,
    };
    name.parse().unwrap_or_else(|_| panic!("{package} is of no service"))
}

impl Method {
    /// The name as a folder's.
    pub fn folder(&self) -> String {
        self.name.replace('/', ".")
    }

    /// A message as a client would send it, about things that are not there.
    pub fn valid(&self, dice: &mut Dice) -> Vec<u8> {
        self.message(&self.request, dice, false, 0)
    }

    /// A well-formed message with impossible values.
    pub fn wild(&self, dice: &mut Dice) -> Vec<u8> {
        self.message(&self.request, dice, true, 0)
    }

    fn message(&self, kind: &str, dice: &mut Dice, is_wild: bool, depth: usize) -> Vec<u8> {
        let Some(described) = self.messages.get(kind) else { return Vec::new() };
        let mut bytes = Vec::new();
        for field in &described.field {
            // The time of an instant may be anything when the rest is right.
            let is_wild = is_wild && dice.once_in(3);
            let times = match (field.label(), is_wild) {
                (Label::Repeated, true) => *dice.pick(&[0, 1, 3, 51, 101, 2000]),
                (Label::Repeated, false) => 2,
                (_, true) => *dice.pick(&[0, 1, 1, 2]),
                (_, false) => 1,
            };
            // One value for all of a long list: making a thousand different ones would only be slow.
            let mut once = Vec::new();
            self.field(field, &mut once, dice, is_wild, depth);
            for _ in 0..times {
                bytes.extend_from_slice(&once);
            }
        }
        bytes
    }

    fn field(&self, field: &FieldDescriptorProto, to: &mut Vec<u8>, dice: &mut Dice, is_wild: bool, depth: usize) {
        let tag = u32::try_from(field.number()).expect("field numbers are positive");
        let kind = field.r#type();
        match kind {
            Type::String => delimited(tag, text(field.name(), dice, is_wild).as_bytes(), to),
            Type::Message if depth < DEEPEST => {
                let inner = match field.type_name() {
                    ".google.protobuf.Timestamp" => instant(dice, is_wild),
                    ".google.protobuf.Duration" => duration(dice, is_wild),
                    name => self.message(name, dice, is_wild, depth + 1),
                };
                delimited(tag, &inner, to);
            }
            Type::Message => {}
            Type::Double => {
                let wild = [0.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN_POSITIVE, 1e6];
                encode_key(tag, WireType::SixtyFourBit, to);
                to.extend_from_slice(&(if is_wild { *dice.pick(&wild) } else { 1.0 }).to_le_bytes());
            }
            _ => {
                encode_key(tag, WireType::Varint, to);
                let wild = [0, 2, 7, 999, i64::MAX as u64, u64::MAX, 1 << 31, i64::MIN as u64];
                encode_varint(if is_wild { *dice.pick(&wild) } else { 1 }, to);
            }
        }
    }
}

fn delimited(tag: u32, content: &[u8], to: &mut Vec<u8>) {
    encode_key(tag, WireType::LengthDelimited, to);
    encode_varint(content.len() as u64, to);
    to.extend_from_slice(content);
}

fn text(field: &str, dice: &mut Dice, is_wild: bool) -> String {
    if is_wild {
        return match dice.below(9) {
            0 => String::new(),
            1 => "\0".to_owned(),
            2 => "v1:\0%s'; drop table contact; --".to_owned(),
            3 => "\u{202e}\u{feff}\u{1f9d1}\u{200d}".repeat(1 + dice.below(80)),
            4 => "x".repeat(*dice.pick(&[36, 201, 4001, 8001])),
            5 => "v1:99999999999999999999999999999999".to_owned(),
            6 if dice.once_in(8) => "y".repeat(1024 * 1024),
            7 => format!("{}\n", Uuid::from_u128(u128::from(dice.roll()))),
            _ => sound_text(field, dice),
        };
    }
    sound_text(field, dice)
}

/// A text as a client would write it into the field of this name.
pub(crate) fn sound_text(field: &str, dice: &mut Dice) -> String {
    match field {
        "language" | "languages" | "other_languages" => "en".to_owned(),
        "jurisdiction" | "jurisdictions" => "US-VA".to_owned(),
        "callback_number" | "dedicated_number" | "phone_number" | "phone_numbers" | "backup_line"
        | "backup_text_line" => {
            format!("+1555{:07}", dice.below(10_000_000))
        }
        "page_token" | "cursor" => String::new(),
        "day" | "first_day" | "last_day" | "birth_date" | "authorized_on" | "verified_on" | "confirmed_on"
        | "holds_until" => "2026-11-01".to_owned(),
        "starts" | "ends" => "22:00".to_owned(),
        "recurrence" => "FREQ=WEEKLY;BYDAY=MO,SU".to_owned(),
        "time_zone" => "America/New_York".to_owned(),
        "key" => "a-rule".to_owned(),
        name if name.ends_with("_id") => {
            Uuid::from_u128(u128::from(dice.roll()) << 64 | u128::from(dice.roll())).to_string()
        }
        _ => "words that somebody wrote".to_owned(),
    }
}

fn instant(dice: &mut Dice, is_wild: bool) -> Vec<u8> {
    let seconds = [0, -1, i64::MAX, i64::MIN, 253_402_300_799, -62_135_596_800, 8_210_266_876_799, 9_224_318_016_000];
    let nanos = [0, -1, 999_999_999, 1_999_999_999, i32::MAX, i32::MIN];
    let (seconds, nanos) = if is_wild { (*dice.pick(&seconds), *dice.pick(&nanos)) } else { (1_772_388_000, 0) };
    prost_types::Timestamp { seconds, nanos }.encode_to_vec()
}

fn duration(dice: &mut Dice, is_wild: bool) -> Vec<u8> {
    let seconds = [0, -1, 3601, i64::MAX, i64::MIN, 315_576_000_001];
    let nanos = [0, -1, 999_999_999, i32::MAX, i32::MIN];
    let (seconds, nanos) = if is_wild { (*dice.pick(&seconds), *dice.pick(&nanos)) } else { (30, 0) };
    prost_types::Duration { seconds, nanos }.encode_to_vec()
}
