//! What the contracts say about a method.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use harborline_proto::DESCRIPTORS;
use prost::Message;
use prost_types::FileDescriptorSet;

/// What a method's messages are.
#[derive(Clone, Copy)]
struct Streams {
    requests: bool,
    answers: bool,
}

/// Every method by its path, and in which direction it streams.
static METHODS: LazyLock<BTreeMap<String, Streams>> = LazyLock::new(|| {
    let files = FileDescriptorSet::decode(DESCRIPTORS).map(|set| set.file).unwrap_or_default();
    let mut methods = BTreeMap::new();
    for file in &files {
        for service in &file.service {
            for method in &service.method {
                let path = format!("/{}.{}/{}", file.package(), service.name(), method.name());
                let streams = Streams { requests: method.client_streaming(), answers: method.server_streaming() };
                methods.insert(path, streams);
            }
        }
    }
    methods
});

/// What a path outside the contracts is called in telemetry, since the path is the caller's invention.
pub(crate) const UNKNOWN_METHOD: &str = "unknown";

/// The method's full name without the leading slash, or [`UNKNOWN_METHOD`].
pub(crate) fn method_name(path: &str) -> &'static str {
    METHODS.get_key_value(path).map_or(UNKNOWN_METHOD, |(path, _)| path.trim_start_matches('/'))
}

/// Whether the method sends or takes more than one message. True for a method outside the contracts.
pub(crate) fn is_streaming(path: &str) -> bool {
    METHODS.get(path).is_none_or(|streams| streams.requests || streams.answers)
}

/// Whether the method takes any number of messages.
pub(crate) fn takes_many(path: &str) -> bool {
    METHODS.get(path).is_some_and(|streams| streams.requests)
}

/// Whether the path belongs to health or reflection, which anybody may ask and which tell nothing about anybody.
pub(crate) fn is_open(path: &str) -> bool {
    path.starts_with("/grpc.health.v1.Health/")
        || path.starts_with("/grpc.reflection.v1.ServerReflection/")
        || path.starts_with("/grpc.reflection.v1alpha.ServerReflection/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_outside_the_contracts_is_not_repeated() {
        assert_eq!(
            method_name("/harborline.triage.v1.TriageService/GetProtocol"),
            "harborline.triage.v1.TriageService/GetProtocol"
        );
        assert_eq!(method_name("/harborline.triage.v1.TriageService/somebody@example.org"), UNKNOWN_METHOD);
    }

    #[test]
    fn the_contracts_say_which_methods_stream() {
        assert!(is_streaming("/harborline.intake.v1.ContactService/WatchContact"));
        assert!(!is_streaming("/harborline.intake.v1.ContactService/GetContact"));
        assert!(takes_many("/harborline.intake.v1.ParticipantService/ImportParticipants"));
        assert!(!takes_many("/harborline.intake.v1.ContactService/WatchContact") && !takes_many("/of/nobody"));
    }
}
