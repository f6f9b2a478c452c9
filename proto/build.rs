//! Compiles every contract under `harborline/` without an installed `protoc`.

use std::{env, error::Error, fs, path::PathBuf};

/// The contracts, as paths relative to this crate.
const CONTRACTS: &[&str] = &[
    "harborline/common/v1/disclosure.proto",
    "harborline/common/v1/reason.proto",
    "harborline/common/v1/types.proto",
    "harborline/common/v1/access.proto",
    "harborline/intake/v1/access_service.proto",
    "harborline/intake/v1/program_service.proto",
    "harborline/intake/v1/consent_service.proto",
    "harborline/intake/v1/contact_service.proto",
    "harborline/intake/v1/decision_service.proto",
    "harborline/intake/v1/disclosure_service.proto",
    "harborline/intake/v1/mesh_service.proto",
    "harborline/triage/v1/triage_service.proto",
    "harborline/availability/v1/roster_service.proto",
    "harborline/availability/v1/attend_service.proto",
    "harborline/availability/v1/ticket_service.proto",
    "harborline/availability/v1/shift_service.proto",
    "harborline/availability/v1/coverage_service.proto",
    "harborline/availability/v1/measure_service.proto",
    "harborline/availability/v1/board_service.proto",
    "harborline/availability/v1/transfer_service.proto",
    "harborline/referral/v1/disclosure_service.proto",
    "harborline/referral/v1/referral_service.proto",
    "harborline/partner/v1/partner_service.proto",
    "harborline/followup/v1/follow_up_service.proto",
];

#[expect(clippy::disallowed_methods, reason = "cargo speaks to build scripts through the environment")]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=harborline");
    let out = PathBuf::from(env::var("OUT_DIR")?);

    let mut compiler = protox::Compiler::new(["."])?;
    compiler.include_imports(true).include_source_info(true).open_files(CONTRACTS)?;
    fs::write(out.join("descriptors.binpb"), compiler.encode_file_descriptor_set())?;

    let descriptors = compiler.file_descriptor_set();
    let mut builder = tonic_prost_build::configure()
        .build_transport(false)
        // Messages carry what people say in confidence: none prints itself, and no part of one.
        .skip_debug(["."])
        .btree_map(".");
    for file in &descriptors.file {
        for word in &file.enum_type {
            builder = builder.enum_attribute(format!(".{}.{}", file.package(), word.name()), "#[derive(Debug)]");
        }
    }
    builder.compile_fds(descriptors)?;
    Ok(())
}
