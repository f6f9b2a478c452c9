//! The RPCs of the contracts, which matrix and rules must name one by one.

use std::collections::BTreeSet;

use harborline_proto::DESCRIPTORS;
use prost::Message;
use prost_types::FileDescriptorSet;

/// Every RPC, as `package.Service/Method`.
pub(crate) fn methods() -> BTreeSet<String> {
    let files = FileDescriptorSet::decode(DESCRIPTORS).map(|set| set.file).unwrap_or_default();
    let services = files.iter().flat_map(|file| file.service.iter().map(move |service| (file.package(), service)));
    services
        .flat_map(|(package, service)| {
            let full_name = move |method: &str| format!("{package}.{}/{method}", service.name());
            service.method.iter().map(move |method| full_name(method.name()))
        })
        .collect()
}
