//! Questions, consents and emergencies that meet often.

use std::sync::LazyLock;

use chrono::TimeDelta;
use harborline_types::{BreakGlassId, ConsentId, FacilityId, ParticipantId, Person, PersonId, Phi, Timestamp};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::{
    Confirmation, Consent, ConsentRecipient, DataClass, Emergency, EmergencyKind, Expiry, Purpose, Question, Recipient,
    Relationship, Signature, Signed,
};

/// So few of each that questions and consents meet often.
pub(super) struct World {
    pub(super) participants: [ParticipantId; 2],
    pub(super) facilities: [FacilityId; 2],
    pub(super) names: [Phi<String>; 2],
}

pub(super) static WORLD: LazyLock<World> = LazyLock::new(|| World {
    participants: [ParticipantId::new(), ParticipantId::new()],
    facilities: [FacilityId::new(), FacilityId::new()],
    names: [Phi::new("Rosa Diaz".to_owned()), Phi::new("an exchange".to_owned())],
});

pub(super) fn at(hour: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + TimeDelta::hours(hour)
}

fn consent_recipient() -> impl Strategy<Value = ConsentRecipient> {
    let name = || select(&WORLD.names[..]);
    let relationship = select(vec![Relationship::Parent, Relationship::Partner]);
    prop_oneof![
        select(&WORLD.facilities[..]).prop_map(ConsentRecipient::Facility),
        (name(), relationship).prop_map(|(name, relationship)| ConsentRecipient::Person { name, relationship }),
        Just(ConsentRecipient::TreatmentPaymentOperations),
        name().prop_map(|name| ConsentRecipient::Intermediary { name }),
    ]
}

/// Mostly what can be consented to.
fn classes() -> impl Strategy<Value = Vec<DataClass>> {
    let can_be = vec![DataClass::GeneralPhi, DataClass::Part2Sud];
    prop_oneof![
        4 => subsequence(can_be, 1..=2),
        1 => Just(vec![DataClass::SudCounselingNote]),
        1 => subsequence(DataClass::ALL, 0..=3),
    ]
}

fn expiry() -> impl Strategy<Value = Expiry> {
    let event = || Phi::new("the end of treatment".to_owned());
    prop_oneof![
        3 => (2..10_i64).prop_map(|hour| Expiry::On(at(hour))),
        1 => prop::option::of(2..10_i64).prop_map(move |hour| Expiry::With { event: event(), since: hour.map(at) }),
        1 => Just(Expiry::Nothing),
    ]
}

prop_compose! {
    fn consent()(
        participant in select(&WORLD.participants[..]),
        classes in classes(),
        recipients in prop::collection::vec(consent_recipient(), 0..4),
        purposes in subsequence(Purpose::ALL, 1..=4),
        signed in 0..4_i64,
        expiry in expiry(),
        revoked in prop::option::weighted(0.3, 0..10_i64),
        how in select(Signed::ALL),
        flags in prop::collection::vec(prop::bool::weighted(0.95), 5),
    ) -> Consent {
        Consent {
            id: ConsentId::new(),
            participant,
            disclosers: if flags[0] { vec!["the program".to_owned()] } else { Vec::new() },
            description: Phi::new(if flags[1] { "what happened tonight".to_owned() } else { " ".to_owned() }),
            classes,
            recipients,
            purposes,
            expiry,
            signature: Signature { how, at: at(signed), recorded_by: somebody() },
            revocation_right_told: flags[2],
            redisclosure_told: flags[3],
            revoked_at: revoked.map(at),
            confirmation: if flags[4] { Confirmation::NotNeeded } else { Confirmation::Awaited },
        }
    }
}

prop_compose! {
    pub(super) fn emergency()(
        participant in select(&WORLD.participants[..]),
        facility in select(&WORLD.facilities[..]),
        kind in select(EmergencyKind::ALL),
        begins in 0..6_i64,
        hours in 1..6_i64,
        is_complete in prop::bool::weighted(0.9),
    ) -> Emergency {
        Emergency {
            id: BreakGlassId::new(),
            participant,
            kind,
            recipient: Phi::new(if is_complete { "Dr. Lee".to_owned() } else { String::new() }),
            facility,
            discloser: somebody(),
            at: at(begins),
            nature: Phi::new("overdose".to_owned()),
            ends_at: at(begins + hours),
        }
    }
}

pub(super) fn somebody() -> Person {
    Person { id: PersonId::parse("ana").unwrap(), name: "Ana".to_owned() }
}

fn recipient() -> impl Strategy<Value = Recipient<'static>> {
    prop_oneof![
        1 => Just(Recipient::Participant),
        4 => (select(&WORLD.facilities[..]), any::<bool>())
            .prop_map(|(id, gives_care)| Recipient::Facility { id, gives_care }),
        2 => (0..2_usize, select(vec![Relationship::Parent, Relationship::Partner]))
            .prop_map(|(name, relationship)| Recipient::Person { name: &WORLD.names[name], relationship }),
        1 => Just(Recipient::Payer),
        1 => Just(Recipient::Operator),
    ]
}

prop_compose! {
    pub(super) fn question()(
        participant in prop::option::weighted(0.9, select(&WORLD.participants[..])),
        class in select(DataClass::ALL),
        purpose in select(Purpose::ALL),
        recipient in recipient(),
        through in prop::option::weighted(0.4, 0..2_usize),
        hour in 0..10_i64,
    ) -> Question<'static> {
        let through = through.map(|name| &WORLD.names[name]);
        Question { participant, class, purpose, recipient, through, now: at(hour) }
    }
}

prop_compose! {
    /// A question that often differs from what the first consent permits, or from the emergency, in one thing or two, or
    /// in none.
    pub(super) fn case()(
        question in question(),
        consents in prop::collection::vec(consent(), 0..4),
        emergency in prop::option::of(emergency()),
        is_like in prop::collection::vec(prop::bool::weighted(0.8), 5),
        gives_care in prop::option::weighted(0.3, any::<bool>()),
    ) -> (Question<'static>, Vec<Consent>, Option<Emergency>) {
        let mut question = question;
        if let (Some(gives_care), Some(emergency)) = (gives_care, &emergency) {
            question.participant = Some(emergency.participant);
            question.recipient = Recipient::Facility { id: emergency.facility, gives_care };
            question.now = emergency.at;
            return (question, consents, Some(emergency.clone()));
        }
        let Some(first) = consents.first() else { return (question, consents, emergency) };
        if is_like[0] {
            question.participant = Some(first.participant);
        }
        if is_like[1] {
            question.class = *first.classes.first().unwrap_or(&question.class);
        }
        if is_like[2] {
            question.purpose = *first.purposes.first().unwrap_or(&question.purpose);
        }
        if is_like[3] {
            question.recipient = like(first.recipients.first(), question);
        }
        if is_like[4] {
            question.through = None;
        }
        (question, consents, emergency)
    }
}

/// Somebody whom a consent names.
fn like(named: Option<&ConsentRecipient>, question: Question<'static>) -> Recipient<'static> {
    match named {
        Some(ConsentRecipient::Facility(id)) => Recipient::Facility { id: *id, gives_care: false },
        Some(ConsentRecipient::Person { name, relationship }) => {
            let name = WORLD.names.iter().find(|known| *known == name).unwrap();
            Recipient::Person { name, relationship: *relationship }
        }
        Some(ConsentRecipient::TreatmentPaymentOperations) => match question.purpose {
            Purpose::Payment => Recipient::Payer,
            Purpose::Operations => Recipient::Operator,
            _ => Recipient::Facility { id: WORLD.facilities[0], gives_care: true },
        },
        Some(ConsentRecipient::Intermediary { .. }) | None => question.recipient,
    }
}
