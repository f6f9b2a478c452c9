//! What the policy promises, for the files of this build.

use std::collections::BTreeSet;
use std::sync::Arc;

use harborline_identity::{Call, Caller, Facts, PersonCaller, Purpose, Role, ServiceName};
use harborline_policy::{Admission, Fact, Matrix, Party, Policy, PolicyError, PolicyFiles, Record, Row};
use harborline_proto::DESCRIPTORS;
use harborline_types::{CounselorKind, PersonId, ProgramId};
use prost::Message;
use prost_types::FileDescriptorSet;

const GET_CONTACT: &str = "harborline.intake.v1.ContactService/GetContact";
const GET_CARE_BRIEF: &str = "harborline.intake.v1.ProgramService/GetCareBrief";

fn policy() -> Arc<Policy> {
    Arc::new(Policy::embedded().unwrap())
}

fn person(roles: &[Role]) -> Caller {
    Caller::Person(PersonCaller::new(PersonId::parse("somebody").unwrap(), roles))
}

fn call(policy: &Arc<Policy>, caller: Caller, method: &str) -> Call {
    let purpose = policy.matrix().row(method).map_or(Purpose::Treatment, |row| row.purpose);
    Call::new(caller, Some(ProgramId::new()), None).judged(method, purpose, policy.clone())
}

/// The files without one rule.
fn without(files: &PolicyFiles, name: &str) -> PolicyFiles {
    let mut files = files.clone();
    for text in files.rules.values_mut() {
        let begin = format!("@id(\"{name}\")");
        if let Some(at) = text.find(&begin) {
            let end = text[at..].find("\n@id(").map_or(text.len(), |next| at + next);
            text.replace_range(at..end, "");
        }
    }
    files
}

fn rule_names(files: &PolicyFiles) -> BTreeSet<String> {
    let named = files.rules.values().flat_map(|text| text.split("@id(\"").skip(1));
    named.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

#[test]
fn the_rules_come_to_what_the_matrix_says_in_every_case() {
    let differences: Vec<_> = policy().differences().collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn without_any_one_of_the_rules_they_come_to_something_else() {
    let files = PolicyFiles::embedded();
    let names = rule_names(&files);
    assert!(names.len() > 25, "{names:?}");
    for name in names {
        let less = Policy::parse(&without(&files, &name)).unwrap();
        assert!(less.differences().next().is_some(), "nothing depends on {name}");
    }
}

#[test]
fn each_internal_call_is_made_by_the_services_that_its_row_names_and_by_nobody_else() {
    let policy = policy();
    for (method, row) in policy.matrix().rows() {
        for name in ServiceName::ALL {
            let caller = Caller::Service(*name);
            let admitted = policy.admits(&call(&policy, caller, method)).is_ok();
            assert_eq!(admitted, row.allow.contains(&Party::Service(*name)), "{method} by {name}");
        }
        let is_internal = row.allow.iter().any(|party| matches!(party, Party::Service(_)));
        let is_of_people = row.may_admit(&person(Role::ALL));
        assert!(is_internal || is_of_people, "{method} is nobody's");
    }
}

#[test]
fn a_service_calls_its_neighbors_only_through_intake() {
    let policy = policy();
    for (method, row) in policy.matrix().rows() {
        for party in &row.allow {
            let Party::Service(name) = party else { continue };
            let is_intakes = method.starts_with("harborline.intake.");
            assert_ne!(*name == ServiceName::Intake, is_intakes, "{method} by {name}");
        }
    }
}

#[test]
fn a_clinic_is_admitted_to_the_partner_contract_only() {
    let policy = policy();
    let clinic = person(&[Role::Clinic]);
    let admitted: Vec<_> = policy
        .matrix()
        .rows()
        .filter(|(method, _)| policy.admits(&call(&policy, clinic.clone(), method)).is_ok())
        .collect();
    assert!(!admitted.is_empty());
    assert!(admitted.iter().all(|(method, _)| method.starts_with("harborline.partner.v1.")));
}

#[test]
fn a_call_that_is_admitted_on_a_condition_is_permitted_when_it_holds_and_names_the_rule_when_not() {
    let policy = policy();
    let asked = call(&policy, person(&[Role::Counselor]), GET_CONTACT);
    assert_eq!(policy.admits(&asked), Ok(Admission::Conditional));
    let refused = asked.permit(&Facts::default()).unwrap_err();
    assert!(!refused.to_string().contains("counselors_see"), "the caller learns nothing of the rule: {refused}");
    assert_eq!(asked.denied().unwrap().rule, "counselors_see_whom_they_answer");
    assert!(!asked.was_permitted());
    asked.permit(&Fact::IsAssigned.alone()).unwrap();
    assert!(asked.was_permitted());
}

#[test]
fn what_no_rule_speaks_of_is_refused_to_everybody_with_every_fact() {
    let policy = policy();
    let everything =
        Facts { is_assigned: true, is_own: true, has_consent: true, has_broken_glass: true, ..Facts::default() };
    for caller in [person(Role::ALL), Caller::Service(ServiceName::Intake)] {
        let asked = call(&policy, caller, "harborline.intake.v1.ContactService/DeleteContact");
        assert_eq!(policy.admits(&asked).unwrap_err().rule, "default");
        assert!(asked.permit(&everything).is_err());
    }
}

#[test]
fn care_records_are_not_read_on_a_wish_that_somebody_else_states() {
    let policy = policy();
    let supervisor = Call::new(person(&[Role::Supervisor]), Some(ProgramId::new()), None);
    let asked = supervisor.judged(GET_CARE_BRIEF, Purpose::FamilyRequest, policy.clone());
    assert_eq!(policy.admits(&asked).unwrap_err().rule, "care_records_are_for_care");
}

#[test]
fn broken_glass_opens_nothing_once_its_time_is_over() {
    let policy = policy();
    let asked = call(&policy, counselor(Some(CounselorKind::CrisisCounselor)), GET_CARE_BRIEF);
    asked.permit(&Fact::HasBrokenGlass.alone()).unwrap();
    // The fact is false from the moment at which it ends.
    assert!(asked.permit(&Facts::default()).is_err());
}

/// A counselor whose token says this of their training.
fn counselor(credential: Option<CounselorKind>) -> Caller {
    let somebody = PersonCaller::new(PersonId::parse("somebody").unwrap(), &[Role::Counselor]);
    Caller::Person(PersonCaller { credential, ..somebody })
}

#[test]
fn broken_glass_opens_nothing_to_a_peer_specialist_or_to_a_token_that_names_no_training() {
    let policy = policy();
    for credential in [Some(CounselorKind::PeerSpecialist), None] {
        let asked = call(&policy, counselor(credential), GET_CARE_BRIEF);
        assert!(asked.permit(&Fact::HasBrokenGlass.alone()).is_err(), "{credential:?}");
        asked.permit(&Facts { has_broken_glass: true, ..Fact::IsAssigned.alone() }).unwrap();
    }
}

#[test]
fn broken_glass_opens_nothing_to_run_the_program() {
    let policy = policy();
    let broken = Fact::HasBrokenGlass.alone();
    let trained = || Call::new(counselor(Some(CounselorKind::LicensedClinician)), Some(ProgramId::new()), None);
    for (purpose, opens) in
        [(Purpose::Treatment, true), (Purpose::EmergencyTreatment, true), (Purpose::Operations, false)]
    {
        let asked = trained().judged(GET_CARE_BRIEF, purpose, policy.clone());
        assert_eq!(asked.permit(&broken).is_ok(), opens, "{purpose:?}");
    }
}

#[test]
fn a_directory_whose_rules_are_not_its_matrix_is_refused_with_every_difference() {
    let folder = tempfile::tempdir().unwrap();
    let files = without(&PolicyFiles::embedded(), "auditors_see_who_answered");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("harborline.cedarschema", &files.schema);
    write("matrix.toml", &files.matrix);
    files.rules.iter().for_each(|(name, text)| write(name, text));
    let Err(PolicyError::Faults(faults)) = Policy::from_directory(folder.path()) else { panic!("it is refused") };
    for method in ["ListCustody", "GetProgram", "GetProtocol"] {
        assert!(faults.iter().any(|fault| fault.contains(method) && fault.contains("auditor")), "{faults:?}");
    }
    std::fs::remove_file(folder.path().join("matrix.toml")).unwrap();
    assert!(matches!(Policy::from_directory(folder.path()), Err(PolicyError::Read { .. })));
}

#[test]
fn every_fault_of_the_files_is_named() {
    let mut files = PolicyFiles::embedded();
    let set = |files: &mut PolicyFiles, name: &str, text: &str| files.rules.insert(name.to_owned(), text.to_owned());
    set(&mut files, "unnamed.cedar", "permit (principal, action, resource);");
    set(
        &mut files,
        "unknown.cedar",
        "@id(\"x\") @reason(\"x\") permit (principal, action == Action::\"nap\", resource);",
    );
    set(&mut files, "garbled.cedar", "permit (");
    files.matrix.push_str("[\"a.B/C\"]\npurpose = \"treatment\"\nrecord = \"read\"\nallow = [\"auditor\"]\n");
    files.schema.push_str("\naction \"a.B/D\" appliesTo { principal: [Person], resource: [Record], context: Asked };");
    let Err(PolicyError::Faults(faults)) = Policy::parse(&files) else { panic!("it is refused") };
    let told = faults.join("\n");
    for wanted in ["unnamed.cedar: a rule without", "nap", "garbled.cedar", "a.B/C is no RPC", "a.B/D is no RPC"] {
        assert!(told.contains(wanted), "{wanted} is missing in {told}");
    }
}

/// Changes that set nothing up and touch nobody's record: a counselor's own availability.
const OFF_RECORD: [&str; 2] = ["AttendService/SetBreak", "AttendService/LeaveShift"];

/// The calls that change something: their requests have an id.
fn mutations() -> BTreeSet<String> {
    let files = FileDescriptorSet::decode(DESCRIPTORS).unwrap().file;
    let messages = files.iter().flat_map(|file| file.message_type.iter().map(move |message| (file.package(), message)));
    let requests: BTreeSet<String> = messages
        .filter(|(_, message)| message.field.iter().any(|field| field.name() == "request_id"))
        .map(|(package, message)| format!(".{package}.{}", message.name()))
        .collect();
    let services = files.iter().flat_map(|file| file.service.iter().map(move |service| (file.package(), service)));
    let methods = services.flat_map(|(package, service)| {
        service.method.iter().map(move |method| (format!("{package}.{}/{}", service.name(), method.name()), method))
    });
    methods.filter(|(_, method)| requests.contains(method.input_type())).map(|(name, _)| name).collect()
}

#[test]
fn every_change_that_a_person_makes_goes_on_record() {
    let (matrix, mutations) = (Matrix::embedded().unwrap(), mutations());
    assert!(mutations.len() > 50, "{}", mutations.len());
    let by_a_person = |row: &Row| row.allow.iter().chain(row.allow_if.keys()).any(|one| matches!(one, Party::Role(_)));
    let off_record: Vec<&str> = matrix
        .rows()
        .filter(|(method, row)| mutations.contains(*method) && by_a_person(row) && row.record != Record::Write)
        .map(|(method, _)| method)
        .filter(|method| !OFF_RECORD.iter().any(|known| method.ends_with(known)))
        .collect();
    assert!(off_record.is_empty(), "{off_record:#?}");
}
