use harborline_types::Acuity;

use super::*;

#[test]
fn every_wrong_field_is_named() {
    let mut fields = Fields::new();
    fields.phone("callback_number", "555");
    fields.optional_jurisdiction("jurisdiction", "virginia");
    fields.text("name", " ", 1..=200);
    let error = fields.finish().unwrap_err();
    assert_eq!(error.to_string(), "REQUEST_INVALID: wrong fields: callback_number, jurisdiction, name");
}

#[test]
fn a_list_that_is_too_long_is_named_as_a_whole() {
    let mut fields = Fields::new();
    assert_eq!(fields.words::<Acuity>("signals", &[1; 101]), None);
    assert_eq!(fields.texts("skills", &vec!["a".to_owned(); 21], 20, 1..=100), None);
    let need = pb::Need { channel: 1, skills: vec!["a".to_owned(); 21], ..pb::Need::default() };
    assert_eq!(fields.need("need", Some(&need)), None);
    let error = fields.finish().unwrap_err();
    assert_eq!(error.to_string(), "REQUEST_INVALID: wrong fields: signals, skills, need.skills");
}

#[test]
fn every_wrong_entry_of_a_list_is_named() {
    let mut fields = Fields::new();
    assert_eq!(fields.words::<Acuity>("acuities", &[1, 0, 2, 99]), None);
    let error = fields.finish().unwrap_err();
    assert_eq!(error.to_string(), "REQUEST_INVALID: wrong fields: acuities[1], acuities[3]");
}

#[test]
fn what_a_missing_message_must_hold_is_named_beside_it() {
    let mut fields = Fields::new();
    assert_eq!(fields.need("need", None), None);
    assert!(fields.names("need") && fields.names("need.channel") && !fields.names("nee"));
    let error = fields.finish().unwrap_err();
    assert_eq!(error.to_string(), "REQUEST_INVALID: wrong fields: need, need.channel");
}

#[test]
fn skills_are_read_from_both_lists_and_counted_together() {
    let leveled = |name: &str, level| pb::Skill { name: name.to_owned(), level };
    let mut fields = Fields::new();
    let names = ["grief".to_owned(), "youth".to_owned()];
    let read = fields.skills("need", &names, &[leveled("grief", 3), leveled("veterans", 0)], 3);
    let expert = Skill::new("grief", SkillLevel::Expert);
    assert_eq!(read, Some(vec![expert, Skill::basic("youth"), Skill::basic("veterans")]));
    assert_eq!(fields.skills("need", &names, &[leveled("", 1), leveled("grief", 4)], 3), None);
    assert_eq!(fields.skills("counselor", &names, &[leveled("trauma", 2), leveled("veterans", 1)], 3), None);
    let error = fields.finish().unwrap_err();
    let wrong = "need.leveled_skills[0].name, need.leveled_skills[1].level, counselor.leveled_skills";
    assert_eq!(error.to_string(), format!("REQUEST_INVALID: wrong fields: {wrong}"));
}

#[test]
fn a_request_that_is_wrong_everywhere_is_refused_in_headers_that_fit() {
    let mut fields = Fields::new();
    let nothing = vec![String::new(); 50];
    for list in 0..20 {
        fields.texts(&format!("care_brief.safety_plan.safer_environment_{list}"), &nothing, 50, 1..=1000);
    }
    let status = tonic::Status::from(fields.refused());
    assert!(status.details().len() * 4 / 3 + status.message().len() < 8 * 1024, "{}", status.details().len());
}

#[test]
fn an_instant_out_of_the_calendars_four_digits_is_a_fault() {
    let mut fields = Fields::new();
    for seconds in [i64::MIN, -70_000_000_000, 253_402_300_800, i64::MAX] {
        let wire = prost_types::Timestamp { seconds, nanos: 0 };
        assert_eq!(fields.instant("at", Some(&wire)), None, "{seconds}");
    }
    let wire = prost_types::Timestamp { seconds: 253_402_300_799, nanos: 0 };
    assert!(fields.instant("at", Some(&wire)).is_some());
}

#[test]
fn right_fields_pass() {
    let mut fields = Fields::new();
    assert_eq!(fields.phone("n", "+1 (202) 555-0101"), Some("+12025550101".to_owned()));
    assert_eq!(fields.optional_jurisdiction("j", "US-VA"), Some(Some("US-VA".to_owned())));
    assert_eq!(fields.optional_language("l", "es-MX"), Some(Some("es-mx".to_owned())));
    assert!(fields.finish().is_ok());
}

#[test]
fn a_duration_that_is_missing_is_the_configured_one_and_a_given_one_is_within_the_bounds() {
    let (configured, bounds) = (Duration::from_secs(90), Duration::from_millis(1)..=Duration::from_secs(60));
    let mut fields = Fields::new();
    assert_eq!(fields.duration("wait", None, configured, bounds.clone()), Some(configured));
    let given = |seconds, nanos| prost_types::Duration { seconds, nanos };
    let mut read = |wire| fields.duration("wait", Some(&wire), configured, bounds.clone());
    assert_eq!(read(given(60, 0)), Some(Duration::from_secs(60)));
    for wrong in [given(0, 999_999), given(60, 1), given(-1, 0), given(1, -1)] {
        assert_eq!(read(wrong), None, "{wrong:?}");
    }
    assert_eq!(fields.faults[0], ("wait".to_owned(), "must be 0.001 to 60 seconds".to_owned()));
}

#[test]
fn an_instant_that_is_missing_is_required_and_one_that_is_none_is_said_to_be_so() {
    let mut fields = Fields::new();
    assert_eq!(fields.instant("starts_at", None), None);
    let never = prost_types::Timestamp { seconds: i64::MAX, nanos: 0 };
    assert_eq!(fields.instant("ends_at", Some(&never)), None);
    assert!(fields.instant("at", Some(&prost_types::Timestamp::default())).is_some());
    let faults = [("starts_at", "is required"), ("ends_at", "must be an instant of the years 1 to 9999")];
    assert_eq!(fields.faults, faults.map(|(field, must)| (field.to_owned(), must.to_owned())));
}
