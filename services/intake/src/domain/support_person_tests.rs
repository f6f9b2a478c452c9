//! Whom nobody may contact, who represents, and what consents allow.

use chrono::DateTime;
use harborline_disclosure::{Confirmation, ConsentRecipient, Expiry, Signature, Signed};
use harborline_types::{Person, PersonId};

use super::*;

fn details() -> Details {
    Details {
        name: "Mo Example".to_owned(),
        relationship: Relationship::Parent,
        numbers: vec!["+12025550143".to_owned()],
        language: "en".to_owned(),
        rule: None,
        note: String::new(),
        representative: None,
        token_subject: String::new(),
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn a_representative_decides_on_the_days_that_are_on_record_the_last_one_included() {
    let of = |holds_until| Details {
        representative: Some(Representative {
            by: Representation::Guardian,
            scope: String::new(),
            confirmed_on: day("2026-03-01"),
            holds_until,
        }),
        ..details()
    };
    let until = of(Some(day("2026-03-31")));
    let held = ["2026-02-28", "2026-03-01", "2026-03-31", "2026-04-01"].map(|on| until.represents_on(day(on)));
    assert_eq!(held, [false, true, true, false]);
    assert!(of(None).represents_on(day("2199-12-31")) && !details().represents_on(day("2026-03-01")));
}

#[test]
fn whom_nobody_may_contact_is_told_nothing_unless_the_participant_agrees_now() {
    let never = Details { rule: Some(ContactRule::Never), ..details() };
    let said = [Preference::NotAsked, Preference::DidNotObject, Preference::Agreed, Preference::Objected];
    let objected = [Preference::Objected, Preference::Objected, Preference::Agreed, Preference::Objected];
    assert_eq!(said.map(|said| never.preference(said)), objected);
    for rule in [None, Some(ContactRule::MayBeContacted), Some(ContactRule::InAnEmergency)] {
        let other = Details { rule, ..details() };
        assert_eq!(said.map(|said| other.preference(said)), said);
    }
}

#[test]
fn whom_nobody_may_contact_is_no_emergency_contact() {
    let contact = |number: &str| EmergencyContact {
        name: "Mo Example".to_owned(),
        number: number.to_owned(),
        relation: String::new(),
        authorized_on: None,
    };
    let contacts = [contact("+12025550199"), contact("+12025550143")];
    let never = Details { rule: Some(ContactRule::Never), ..details() };
    let twice = [contacts.as_slice(), contacts.as_slice()].concat();
    assert_eq!((never.forbidden_among(&twice), details().forbidden_among(&twice)), (vec![1, 3], vec![]));
    assert!(never.forbidden_among(&contacts[..1]).is_empty());
}

fn consent(participant: ParticipantId, name: &str, classes: &[DataClass]) -> Consent {
    let signed = DateTime::UNIX_EPOCH;
    let by = Person { id: PersonId::parse("clinician").unwrap(), name: "Clinician".to_owned() };
    Consent {
        id: ConsentId::new(),
        participant,
        disclosers: vec!["Harbor IOP".to_owned()],
        description: Phi::new("How it goes".to_owned()),
        classes: classes.to_vec(),
        recipients: vec![ConsentRecipient::Person {
            name: Phi::new(name.to_owned()),
            relationship: Relationship::Parent,
        }],
        purposes: vec![Purpose::FamilyInvolvement],
        expiry: Expiry::On(signed + chrono::TimeDelta::days(2)),
        signature: Signature { how: Signed::Paper, at: signed, recorded_by: by },
        revocation_right_told: true,
        redisclosure_told: false,
        revoked_at: None,
        confirmation: Confirmation::NotNeeded,
    }
}

#[test]
fn what_is_allowed_is_what_consents_in_force_say_of_this_person() {
    let participant = ParticipantId::new();
    let general = consent(participant, " mo  EXAMPLE", &[DataClass::GeneralPhi]);
    let other = consent(participant, "Somebody Else", &[DataClass::GeneralPhi]);
    let now = DateTime::UNIX_EPOCH + chrono::TimeDelta::days(1);
    let allowed = |consents: &[Consent], is_part2, now| -> Vec<_> {
        let allowed = details().allowed(participant, consents, is_part2, now).into_iter();
        allowed.map(|allowed| (allowed.consent, allowed.classes)).collect()
    };
    let both = [other.clone(), general.clone()];
    assert_eq!(allowed(&both, false, now), [(general.id, vec![DataClass::GeneralPhi])]);
    assert_eq!(allowed(&both, true, now), [], "a program under Part 2 tells nothing by a general consent");
    assert_eq!(allowed(&both, false, now + chrono::TimeDelta::days(1)), [], "it has expired");
    assert_eq!(allowed(&[other], false, now), []);
    let protected = consent(participant, "Mo Example", &[DataClass::Part2Sud]);
    assert_eq!(allowed(std::slice::from_ref(&protected), true, now), [(protected.id, vec![DataClass::Part2Sud])]);
}
