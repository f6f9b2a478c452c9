//! The contracts of Harborline, generated from `harborline/**/*.proto`.
//!
//! The proto comments are the specification. Generated messages have no `Debug`: most of them carry what people say in
//! confidence, and a message that cannot be printed cannot leak into a log:
//!
//! ```compile_fail,E0277
//! let request = harborline_proto::intake::v1::OpenContactRequest::default();
//! let line = format!("{request:?}");
//! ```

#![allow(clippy::doc_markdown, clippy::doc_lazy_continuation, clippy::large_enum_variant)]

/// The encoded descriptor set of every contract, imports included: for server reflection and contract tests.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.binpb"));

/// Makes one module a package, nested as the packages are.
macro_rules! package {
    ($area:ident, $package:literal) => {
        #[doc = concat!("Package `", $package, "`.")]
        pub mod $area {
            #[doc = concat!("Package `", $package, "`.")]
            pub mod v1 {
                tonic::include_proto!($package);
            }
        }
    };
}

package!(common, "harborline.common.v1");
package!(intake, "harborline.intake.v1");
package!(triage, "harborline.triage.v1");
package!(availability, "harborline.availability.v1");
package!(referral, "harborline.referral.v1");
package!(partner, "harborline.partner.v1");
package!(followup, "harborline.followup.v1");

/// A message whose ids can be spelled in one way.
pub trait Ids {
    /// Spells each UUID in lower case with hyphens, as answers have it: in capitals, without hyphens or as a URN it is the
    /// same id. What is no UUID stays as it is, and the reader of the field names it.
    fn spell_ids(&mut self);
}

fn spell(text: &mut String) {
    if let Ok(id) = uuid::Uuid::parse_str(text) {
        *text = id.to_string();
    }
}

mod ids {
    include!(concat!(env!("OUT_DIR"), "/ids.rs"));
}

include!(concat!(env!("OUT_DIR"), "/delegate.rs"));

#[cfg(test)]
mod tests {
    use prost::Message;

    /// What was generated, one file a package.
    const GENERATED: [&str; 7] = [
        include_str!(concat!(env!("OUT_DIR"), "/harborline.common.v1.rs")),
        include_str!(concat!(env!("OUT_DIR"), "/harborline.intake.v1.rs")),
        include_str!(concat!(env!("OUT_DIR"), "/harborline.triage.v1.rs")),
        include_str!(concat!(env!("OUT_DIR"), "/harborline.availability.v1.rs")),
        include_str!(concat!(env!("OUT_DIR"), "/harborline.referral.v1.rs")),
        include_str!(concat!(env!("OUT_DIR"), "/harborline.partner.v1.rs")),
        include_str!(concat!(env!("OUT_DIR"), "/harborline.followup.v1.rs")),
    ];

    #[test]
    fn no_message_of_the_contracts_prints_itself() {
        let set = prost_types::FileDescriptorSet::decode(super::DESCRIPTORS).unwrap();
        let ours = set.file.iter().filter(|file| file.package().starts_with("harborline."));
        let messages: usize = ours.map(|file| file.message_type.len()).sum();

        let lines: Vec<&str> = GENERATED.iter().flat_map(|text| text.lines()).map(str::trim).collect();
        let derived = |what: &str| (0..lines.len()).filter(|at| lines[*at].contains(what)).collect::<Vec<_>>();
        let (whole, choices) = (derived("::prost::Message)]"), derived("::prost::Oneof)]"));
        assert_eq!(whole.len(), messages, "the packages above are not all that there are");
        for at in whole.into_iter().chain(choices) {
            assert!(!lines[at].contains("Debug"), "{}", lines[at]);
            assert_eq!(lines[at + 1], "#[prost(skip_debug)]", "after {}", lines[at]);
        }
        assert_eq!(lines.iter().find(|line| line.contains("Debug for")), None);
    }

    #[test]
    fn an_id_is_spelled_in_one_way_and_a_persons_stays_as_it_is() {
        let id = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff";
        let spellings = [id.to_uppercase(), id.replace('-', ""), format!("urn:uuid:{id}"), format!("{{{id}}}")];
        for spelling in spellings {
            let mut need = super::referral::v1::CreateReferralRequest {
                request_id: spelling.clone(),
                contact_id: "no id".to_owned(),
                ..Default::default()
            };
            super::Ids::spell_ids(&mut need);
            assert_eq!((need.request_id.as_str(), need.contact_id.as_str()), (id, "no id"));
            let director = super::intake::v1::Person { person_id: spelling.clone(), ..Default::default() };
            let mut program =
                super::intake::v1::PutProgramRequest { clinical_director: Some(director), ..Default::default() };
            super::Ids::spell_ids(&mut program);
            assert_eq!(program.clinical_director.unwrap().person_id, spelling);
        }
    }
}
