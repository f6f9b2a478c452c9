//! The contracts of Harborline, generated from `harborline/**/*.proto`.
//!
//! The proto comments are the specification. Generated messages have no `Debug`: most of them carry what people say in
//! confidence, and a message that cannot be printed cannot leak into a log.

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
