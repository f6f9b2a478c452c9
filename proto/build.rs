//! Compiles every contract under `harborline/` without an installed `protoc`.

use std::{env, error::Error, fmt::Write, fs, path::PathBuf};

use heck::ToSnakeCase;
use prost_types::{
    DescriptorProto, FieldDescriptorProto, FileDescriptorSet, MethodDescriptorProto, field_descriptor_proto::Type,
};

/// The contracts, as paths relative to this crate.
const CONTRACTS: &[&str] = &[
    "harborline/common/v1/disclosure.proto",
    "harborline/common/v1/reason.proto",
    "harborline/common/v1/types.proto",
    "harborline/common/v1/access.proto",
    "harborline/intake/v1/access_service.proto",
    "harborline/intake/v1/person.proto",
    "harborline/intake/v1/participant.proto",
    "harborline/intake/v1/safety_plan.proto",
    "harborline/intake/v1/safety_plan_service.proto",
    "harborline/intake/v1/program_service.proto",
    "harborline/intake/v1/participant_service.proto",
    "harborline/intake/v1/consent_service.proto",
    "harborline/intake/v1/contact_service.proto",
    "harborline/intake/v1/program_rule.proto",
    "harborline/intake/v1/program_rule_service.proto",
    "harborline/intake/v1/support_person.proto",
    "harborline/intake/v1/support_person_service.proto",
    "harborline/intake/v1/caller_service.proto",
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
    println!("cargo:rerun-if-changed=buf");
    let out = PathBuf::from(env::var("OUT_DIR")?);

    let mut compiler = protox::Compiler::new(["."])?;
    compiler.include_imports(true).include_source_info(true).open_files(CONTRACTS)?;
    fs::write(out.join("descriptors.binpb"), compiler.encode_file_descriptor_set())?;

    let mut descriptors = compiler.file_descriptor_set();
    // Rules are options: those who read them do it in the descriptors.
    descriptors.file.retain(|file| file.package() != "buf.validate");
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
    let mut ids = String::new();
    for file in descriptors.file.iter().filter(|file| file.package().starts_with("harborline.")) {
        for message in &file.message_type {
            spell_ids_of(message, &format!("crate::{}", module(file.package())), &mut ids)?;
        }
    }
    fs::write(out.join("ids.rs"), ids)?;
    fs::write(out.join("delegate.rs"), delegate(&descriptors)?)?;
    builder.compile_fds(descriptors)?;
    Ok(())
}

/// Writes the macro `delegate!`, with one arm for each service of the contracts.
fn delegate(descriptors: &FileDescriptorSet) -> Result<String, std::fmt::Error> {
    let mut arms = String::new();
    for file in descriptors.file.iter().filter(|file| file.package().starts_with("harborline.")) {
        let package = module(file.package());
        for service in &file.service {
            let (name, mut methods) = (service.name(), String::new());
            for method in &service.method {
                delegate_method(method, &mut methods)?;
            }
            let server = format!("$crate::{package}::{}_server::{name}", name.to_snake_case());
            writeln!(arms, "({package}::{name} for $server:ty) => {{")?;
            writeln!(arms, "#[::tonic::async_trait] impl {server} for $server {{ {methods} }} }};")?;
        }
    }
    let doc = "Implements a service of the contracts: each RPC is `handle` in the module of its name, which stands \
               where the macro is called, and the type of a stream is `Answers` there. For example \
               `delegate!(triage::v1::TriageService for Rpc);`, where `Rpc` has the field `app`.";
    Ok(format!("/// {doc}\n#[macro_export] macro_rules! delegate {{ {arms} }}"))
}

fn delegate_method(method: &MethodDescriptorProto, to: &mut String) -> std::fmt::Result {
    let (name, call) = (method.name(), method.name().to_snake_case());
    let path = |message: &str| {
        let (package, message) = message.trim_start_matches('.').rsplit_once('.').unwrap_or_default();
        format!("$crate::{}::{message}", module(package))
    };
    let mut answer = path(method.output_type());
    if method.server_streaming() {
        answer = format!("Self::{name}Stream");
        writeln!(to, "type {name}Stream = {call}::Answers;")?;
    }
    let mut request = path(method.input_type());
    if method.client_streaming() {
        request = format!("::tonic::Streaming<{request}>");
    }
    writeln!(to, "async fn {call}(&self, request: ::tonic::Request<{request}>)")?;
    writeln!(to, "-> ::std::result::Result<::tonic::Response<{answer}>, ::tonic::Status> {{")?;
    writeln!(to, "::harborline_status::answer({call}::handle(&self.app, request).await) }}")
}

/// Ids that are not UUIDs: an identity provider gives them to people, and they are compared as they are.
const PEOPLE: [&str; 12] = [
    "responsible_clinician_id",
    "person_id",
    "judged_by_id",
    "confirmed_by_id",
    "counselor_id",
    "preferred_counselor_id",
    "counselor_ids",
    "off_duty_counselor_ids",
    "supervisor_id",
    "owner_id",
    "caller_id",
    "asked_by_id",
];

/// Writes `crate::Ids` for a message: each of its UUIDs is spelled in one way, and each of its messages'.
fn spell_ids_of(message: &DescriptorProto, module: &str, ids: &mut String) -> Result<(), std::fmt::Error> {
    let plain = message.field.iter().filter(|field| field.oneof_index.is_none() || field.proto3_optional());
    let (mut spelled, mut nested) = (String::new(), String::new());
    for field in plain {
        let (name, is_id) = (field.name(), is_uuid(field));
        match field.r#type() {
            Type::String if is_id && name.ends_with("_ids") => {
                write!(spelled, "self.{name}.iter_mut().for_each(crate::spell);")?;
            }
            Type::String if is_id => write!(spelled, "crate::spell(&mut self.{name});")?,
            Type::Message if field.type_name().starts_with(".harborline.") => {
                write!(nested, "self.r#{name}.iter_mut().for_each(crate::Ids::spell_ids);")?;
            }
            _ => {}
        }
    }
    writeln!(
        ids,
        "impl crate::Ids for {module}::{} {{ fn spell_ids(&mut self) {{ {spelled}{nested} }} }}",
        message.name()
    )
}

fn is_uuid(field: &FieldDescriptorProto) -> bool {
    let name = field.name();
    (name.ends_with("_id") || name.ends_with("_ids")) && !PEOPLE.contains(&name)
}

/// The module of a package, without the house's name.
fn module(package: &str) -> String {
    package.trim_start_matches("harborline.").replace('.', "::")
}
