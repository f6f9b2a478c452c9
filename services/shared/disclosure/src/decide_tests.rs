//! Consent × purpose × recipient × class: whatever is on record, nothing is told that it does not permit.

mod given;

use chrono::TimeDelta;
use harborline_types::{ConsentId, Phi, Timestamp};
use proptest::prelude::*;

use self::given::{WORLD, at, case, emergency, question, somebody};
use crate::{
    Basis, Confirmation, Consent, ConsentRecipient, DataClass, Expiry, Purpose, Question, Recipient, Refusal,
    Signature, Signed, decide,
};

/// Whether a consent permits it, said as a list of what must be so and not as a search for what is not.
fn permits(consent: &Consent, question: &Question<'_>) -> bool {
    let has = |wanted: &dyn Fn(&ConsentRecipient) -> bool| consent.recipients.iter().any(wanted);
    let care = matches!(question.recipient, Recipient::Facility { gives_care: true, .. });
    let one_form = match question.purpose {
        Purpose::Treatment => care,
        Purpose::Payment => question.recipient == Recipient::Payer,
        Purpose::Operations => question.recipient == Recipient::Operator,
        Purpose::ParticipantRequest | Purpose::FamilyInvolvement | Purpose::Emergency => false,
    };
    let by_name = has(&|named| match (named, question.recipient) {
        (ConsentRecipient::Facility(one), Recipient::Facility { id, .. }) => *one == id,
        (ConsentRecipient::Person { name: a, relationship: b }, Recipient::Person { name: c, relationship: d }) => {
            (a, *b) == (c, d)
        }
        _ => false,
    });
    let wanted = |name: &Phi<String>| ConsentRecipient::Intermediary { name: name.clone() };
    question.participant == Some(consent.participant)
        && consent.faults().is_empty()
        && (by_name || one_form && has(&|named| *named == ConsentRecipient::TreatmentPaymentOperations))
        && question.through.is_none_or(|body| has(&|named| *named == wanted(body)))
        && consent.classes.contains(&question.class)
        && consent.purposes.contains(&question.purpose)
        && consent.signature.at <= question.now
        && lasts(&consent.expiry, question.now)
        && consent.confirmation != Confirmation::Awaited
        && consent.revoked_at.is_none_or(|revoked_at| question.now < revoked_at)
}

fn lasts(expiry: &Expiry, now: Timestamp) -> bool {
    match expiry {
        Expiry::On(end) | Expiry::With { since: Some(end), .. } => now < *end,
        Expiry::With { since: None, .. } | Expiry::Nothing => true,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    #[test]
    fn a_consent_is_the_basis_only_of_what_it_permits_at_that_instant(
        (question, consents, emergency) in case(),
    ) {
        let decided = decide(&question, &consents, emergency.as_ref());
        if let Some(id) = decided.ok().and_then(|permission| permission.consent()) {
            let basis = consents.iter().find(|consent| consent.id == id).unwrap();
            prop_assert!(permits(basis, &question));
        }
    }

    #[test]
    fn another_participants_consents_permit_nothing((question, consents, emergency) in case()) {
        let others: Vec<_> =
            consents.into_iter().filter(|consent| question.participant != Some(consent.participant)).collect();
        let decided = decide(&question, &others, emergency.as_ref());
        prop_assert_eq!(decided.ok(), decide(&question, &[], emergency.as_ref()).ok());
    }

    #[test]
    fn what_a_consent_permits_is_not_refused((question, consents, _) in case()) {
        let is_tellable = !matches!(question.class, DataClass::PsychotherapyNote | DataClass::FamilyConfidence);
        if is_tellable && consents.iter().any(|consent| permits(consent, &question)) {
            prop_assert!(decide(&question, &consents, None).is_ok());
        }
    }

    #[test]
    fn what_no_consent_permits_is_told_on_another_basis_or_not_at_all(
        (question, consents, emergency) in case(),
    ) {
        let permitted = consents.iter().any(|consent| permits(consent, &question));
        let (decided, bare) =
            (decide(&question, &consents, emergency.as_ref()), decide(&question, &[], emergency.as_ref()));
        if !permitted {
            prop_assert_eq!(decided.ok(), bare.ok());
        }
    }

    #[test]
    fn part_2_content_leaves_by_consent_to_the_participant_or_to_medical_personnel_in_an_emergency_alone(
        (question, consents, emergency) in case(),
    ) {
        let Ok(permission) = decide(&question, &consents, emergency.as_ref()) else { return Ok(()) };
        if question.class.is_part2() {
            let care = matches!(question.recipient, Recipient::Facility { gives_care: true, .. });
            let is_lawful = match permission.basis() {
                Basis::Consent => permission.consent().is_some(),
                Basis::ParticipantAccess => question.recipient == Recipient::Participant,
                Basis::MedicalEmergency => care && permission.emergency().is_some(),
                Basis::Operational | Basis::Treatment | Basis::SeriousThreat => false,
            };
            prop_assert!(is_lawful);
        }
    }

    #[test]
    fn an_emergency_is_a_basis_for_its_recipient_and_participant_while_it_lasts(
        question in question(),
        emergency in emergency(),
    ) {
        let Ok(permission) = decide(&question, &[], Some(&emergency)) else { return Ok(()) };
        if matches!(permission.basis(), Basis::MedicalEmergency | Basis::SeriousThreat) {
            prop_assert_eq!(permission.emergency(), Some(emergency.id));
            let is_recipient = matches!(question.recipient, Recipient::Facility { id, .. } if id == emergency.facility);
            prop_assert!(is_recipient && question.participant == Some(emergency.participant));
            prop_assert!((emergency.at..emergency.ends_at).contains(&question.now));
            prop_assert!(!emergency.recipient.expose().is_empty());
        }
    }

    #[test]
    fn psychotherapy_notes_and_confidences_are_told_to_nobody(
        (question, consents, emergency) in case(),
    ) {
        let ask = |class| decide(&Question { class, ..question }, &consents, emergency.as_ref());
        prop_assert_eq!(ask(DataClass::PsychotherapyNote), Err(Refusal::PsychotherapyNote));
        prop_assert_eq!(ask(DataClass::FamilyConfidence), Err(Refusal::ToldInConfidence));
    }
}

/// A consent to one clinic, and the question that it permits.
fn one_clinic() -> (Consent, Question<'static>) {
    let facility = WORLD.facilities[0];
    let consent = Consent {
        id: ConsentId::new(),
        participant: WORLD.participants[0],
        disclosers: vec!["the program".to_owned()],
        description: Phi::new("what happened tonight".to_owned()),
        classes: vec![DataClass::Part2Sud],
        recipients: vec![ConsentRecipient::Facility(facility)],
        purposes: vec![Purpose::Treatment],
        expiry: Expiry::On(at(9)),
        signature: Signature { how: Signed::Paper, at: at(1), recorded_by: somebody() },
        revocation_right_told: true,
        redisclosure_told: false,
        revoked_at: None,
        confirmation: Confirmation::NotNeeded,
    };
    let question = Question {
        participant: Some(consent.participant),
        class: DataClass::Part2Sud,
        purpose: Purpose::Treatment,
        recipient: Recipient::Facility { id: facility, gives_care: true },
        through: None,
        now: at(5),
    };
    (consent, question)
}

#[test]
fn a_consent_ends_at_the_instant_it_expires_and_at_the_instant_it_is_revoked() {
    let (consent, question) = one_clinic();
    let ask = |consent: &Consent, now| decide(&Question { now, ..question }, std::slice::from_ref(consent), None);
    let moment = TimeDelta::microseconds(1);
    assert!(ask(&consent, at(9) - moment).is_ok());
    assert_eq!(ask(&consent, at(9)), Err(Refusal::ConsentExpired));
    let revoked = Consent { revoked_at: Some(at(5)), ..consent };
    assert!(ask(&revoked, at(5) - moment).is_ok());
    assert_eq!(ask(&revoked, at(5)), Err(Refusal::ConsentRevoked));
}

#[test]
fn a_consent_ends_with_its_event_or_by_its_revocation_alone() {
    let (consent, question) = one_clinic();
    let ask = |expiry: Expiry, now| {
        decide(&Question { now, ..question }, &[Consent { expiry, ..consent.clone() }], None).map(drop)
    };
    let event = || Phi::new("the end of treatment".to_owned());
    assert_eq!(ask(Expiry::With { event: event(), since: None }, at(1_000)), Ok(()));
    assert_eq!(ask(Expiry::With { event: event(), since: Some(at(6)) }, at(5)), Ok(()));
    assert_eq!(ask(Expiry::With { event: event(), since: Some(at(6)) }, at(6)), Err(Refusal::ConsentExpired));
    assert_eq!(ask(Expiry::Nothing, at(1_000)), Ok(()));

    let fields = |consent: Consent| consent.faults().iter().map(|fault| fault.field).collect::<Vec<_>>();
    let unnamed = Expiry::With { event: Phi::default(), since: Some(at(0)) };
    assert_eq!(fields(Consent { expiry: unnamed, ..consent.clone() }), ["expires_with", "expired_at"]);
    let purposes = vec![Purpose::Treatment, Purpose::FamilyInvolvement];
    assert_eq!(fields(Consent { expiry: Expiry::Nothing, purposes, ..consent }), ["does_not_expire"]);
}

#[test]
fn a_consent_in_doubt_permits_nothing_until_it_is_confirmed() {
    let (consent, question) = one_clinic();
    let ask = |confirmation| decide(&question, &[Consent { confirmation, ..consent.clone() }], None).map(drop);
    assert_eq!(ask(Confirmation::Awaited), Err(Refusal::ConsentUnconfirmed));
    assert_eq!(ask(Confirmation::Given { by: somebody(), at: at(4) }), Ok(()));
}

#[test]
fn in_a_part_2_program_a_consent_reaches_what_part_2_protects_or_is_none() {
    let (consent, _) = one_clinic();
    let fields =
        |consent: &Consent, part2| consent.faults_in(part2, at(5)).iter().map(|fault| fault.field).collect::<Vec<_>>();
    let ordinary = Consent { classes: vec![DataClass::GeneralPhi], ..consent.clone() };
    assert_eq!((fields(&ordinary, false), fields(&ordinary, true)), (vec![], vec!["data_classes"]));
    let signature = Signature { how: Signed::Spoken, ..consent.signature.clone() };
    let spoken = Consent { signature, ..ordinary.clone() };
    assert_eq!((fields(&spoken, false), fields(&spoken, true)), (vec![], vec!["data_classes", "signed_how"]));
    let ended = Consent { revoked_at: Some(at(4)), ..ordinary.clone() };
    assert_eq!(fields(&ended, true), Vec::<&str>::new(), "kept for the accounting");
    let both = Consent { classes: vec![DataClass::GeneralPhi, DataClass::Part2Sud], ..consent };
    assert_eq!(fields(&both, true), Vec::<&str>::new());
}

#[test]
fn the_closest_consent_says_why_it_is_not_enough() {
    let (consent, question) = one_clinic();
    let ask = |question: &Question<'_>| decide(question, std::slice::from_ref(&consent), None).unwrap_err();
    assert_eq!(decide(&question, &[], None), Err(Refusal::ConsentMissing));
    let recipient = Recipient::Facility { id: WORLD.facilities[1], gives_care: true };
    assert_eq!(ask(&Question { recipient, ..question }), Refusal::RecipientNotCovered);
    assert_eq!(ask(&Question { class: DataClass::SudCounselingNote, ..question }), Refusal::ClassNotCovered);
    assert_eq!(ask(&Question { purpose: Purpose::Payment, ..question }), Refusal::PurposeNotCovered);
    let somebody_else = Some(WORLD.participants[1]);
    assert_eq!(ask(&Question { participant: somebody_else, ..question }), Refusal::ConsentMissing);
}

#[test]
fn ordinary_information_goes_to_who_gives_care_and_not_to_others() {
    let (_, question) = one_clinic();
    let question = Question { class: DataClass::GeneralPhi, ..question };
    assert_eq!(decide(&question, &[], None).unwrap().basis(), Basis::Treatment);
    let recipient = Recipient::Facility { id: WORLD.facilities[0], gives_care: false };
    assert_eq!(decide(&Question { recipient, ..question }, &[], None), Err(Refusal::ConsentMissing));
}

#[test]
fn a_consent_names_everything_that_it_lacks() {
    let (consent, _) = one_clinic();
    assert_eq!(consent.faults(), []);
    let empty = Consent {
        disclosers: Vec::new(),
        description: Phi::new(String::new()),
        classes: Vec::new(),
        recipients: vec![ConsentRecipient::Intermediary { name: Phi::new(String::new()) }],
        purposes: Vec::new(),
        expiry: Expiry::On(consent.signature.at),
        revocation_right_told: false,
        ..consent.clone()
    };
    let fields: Vec<_> = empty.faults().iter().map(|fault| fault.field).collect();
    let all = [
        "disclosers",
        "description",
        "data_classes",
        "recipients",
        "recipients",
        "purposes",
        "expires_at",
        "revocation_right_told",
    ];
    assert_eq!(fields, all);

    let one_form = Consent { recipients: vec![ConsentRecipient::TreatmentPaymentOperations], ..consent.clone() };
    assert_eq!(one_form.faults()[0].field, "redisclosure_told");
    let spoken = Signature { how: Signed::Spoken, ..consent.signature.clone() };
    assert_eq!(Consent { signature: spoken, ..consent.clone() }.faults()[0].field, "signed_how");
    let notes = vec![DataClass::SudCounselingNote, DataClass::Part2Sud];
    assert_eq!(Consent { classes: notes, ..consent.clone() }.faults()[0].field, "data_classes");
    let own = Consent { classes: vec![DataClass::SudCounselingNote], ..consent };
    assert_eq!(own.faults(), []);
}

#[test]
fn a_consent_explains_its_scope_to_the_recipient() {
    let (consent, _) = one_clinic();
    let scope = consent.explained().into_exposed();
    for part in ["the program", "what happened tonight", "part2_sud", "treatment", "1970-01-01T09:00Z"] {
        assert!(scope.contains(part), "{scope}");
    }
}
