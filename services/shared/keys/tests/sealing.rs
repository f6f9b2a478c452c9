//! A sealed value opens in its own place, with its own key, and unaltered; and not otherwise.

use std::sync::Arc;
use std::time::{Duration, Instant};

use harborline_keys::{DataKey, DataKeyVersion, KeyError, Place, ProgramKeys, Sealed};
use harborline_types::{Phi, ProgramId};
use proptest::prelude::*;

struct Bunch {
    data: Vec<(u32, DataKey)>,
    look_up: DataKey,
}

impl Bunch {
    fn new(versions: u32) -> Self {
        let data = (1..=versions).map(|version| (version, DataKey::generate().unwrap())).collect();
        Self { data, look_up: DataKey::generate().unwrap() }
    }

    /// The keys of a program in a service, of which versions above `begun` only open yet.
    fn keys(&self, program: ProgramId, service: &str, begun: u32) -> ProgramKeys {
        let version = |(version, key): &(u32, DataKey)| DataKeyVersion {
            version: *version,
            begins: Instant::now() + if *version > begun { Duration::from_secs(3600) } else { Duration::ZERO },
            key: key.clone(),
        };
        let data = self.data.iter().map(version).collect();
        ProgramKeys::new(program, &Arc::from(service), data, &self.look_up).unwrap()
    }
}

fn place() -> Place {
    Place::new("contact", "note", "row-1")
}

fn note() -> Phi<String> {
    Phi::new("what somebody said".to_owned())
}

fn opened(keys: &ProgramKeys, place: &Place, sealed: &Sealed) -> Result<String, KeyError> {
    keys.open::<String>(place, sealed).map(Phi::into_exposed)
}

#[test]
fn a_value_opens_in_its_place_and_shows_nothing_before() {
    let keys = Bunch::new(1).keys(ProgramId::new(), "intake", 1);
    let sealed = keys.seal(&place(), &note()).unwrap();
    assert_eq!(opened(&keys, &place(), &sealed).unwrap(), "what somebody said");
    assert!(!sealed.bytes().windows(8).any(|some| some == b"somebody"));
    assert_eq!(format!("{sealed:?}"), "Sealed(..)");
    assert_ne!(sealed, keys.seal(&place(), &note()).unwrap(), "equal values are not sealed alike");
}

#[test]
fn a_value_moved_to_another_row_column_or_table_does_not_open() {
    let keys = Bunch::new(1).keys(ProgramId::new(), "intake", 1);
    let sealed = keys.seal(&place(), &note()).unwrap();
    let elsewhere = [
        Place::new("contact", "note", "row-2"),
        Place::new("contact", "stated", "row-1"),
        Place::new("participant", "note", "row-1"),
        // The same letters, cut elsewhere.
        Place::new("contactn", "ote", "row-1"),
        Place::new("contact", "noter", "ow-1"),
    ];
    for place in elsewhere {
        assert_eq!(opened(&keys, &place, &sealed), Err(KeyError::Broken));
    }
}

#[test]
fn a_value_of_another_program_or_service_does_not_open_even_with_the_same_key() {
    let (bunch, program) = (Bunch::new(1), ProgramId::new());
    let sealed = bunch.keys(program, "intake", 1).seal(&place(), &note()).unwrap();
    for stranger in [bunch.keys(ProgramId::new(), "intake", 1), bunch.keys(program, "triage", 1)] {
        assert_eq!(opened(&stranger, &place(), &sealed), Err(KeyError::Broken));
    }
    let other_key = Bunch::new(1).keys(program, "intake", 1);
    assert_eq!(opened(&other_key, &place(), &sealed), Err(KeyError::Broken));
}

#[test]
fn no_byte_can_be_altered_and_none_left_out() {
    let keys = Bunch::new(2).keys(ProgramId::new(), "intake", 1);
    let sealed = keys.seal(&place(), &note()).unwrap();
    for index in 0..sealed.bytes().len() {
        let mut bytes = sealed.bytes().to_vec();
        bytes[index] ^= 1;
        assert!(opened(&keys, &place(), &Sealed::of_bytes(bytes)).is_err(), "byte {index}");
        assert!(opened(&keys, &place(), &Sealed::of_bytes(sealed.bytes()[..index].to_vec())).is_err(), "{index} bytes");
    }
    // The version is authenticated: a value of one does not pass for one of another.
    let mut other_version = sealed.bytes().to_vec();
    other_version[4] = 2;
    assert_eq!(opened(&keys, &place(), &Sealed::of_bytes(other_version)), Err(KeyError::Broken));
}

#[test]
fn an_old_version_opens_after_a_rotation_and_a_new_one_seals_from_its_beginning_on() {
    let (bunch, program) = (Bunch::new(2), ProgramId::new());
    let (before, after) = (bunch.keys(program, "intake", 1), bunch.keys(program, "intake", 2));
    let (old, new) = (before.seal(&place(), &note()).unwrap(), after.seal(&place(), &note()).unwrap());
    assert_eq!((old.bytes()[4], new.bytes()[4]), (1, 2));
    for sealed in [&old, &new] {
        assert!(opened(&before, &place(), sealed).is_ok() && opened(&after, &place(), sealed).is_ok());
    }
    let behind = Bunch { data: bunch.data[..1].to_vec(), look_up: bunch.look_up.clone() }.keys(program, "intake", 1);
    assert_eq!(opened(&behind, &place(), &new), Err(KeyError::VersionUnknown));
}

#[test]
fn equal_values_are_found_by_their_hash_in_one_program_service_and_kind_alone() {
    let (bunch, program) = (Bunch::new(1), ProgramId::new());
    let number = |text: &str| Phi::new(text.to_owned());
    let keys = bunch.keys(program, "intake", 1);
    let hash = keys.look_up("participant.dedicated_number", &number("+12025550101"));
    let name = |text: &str| keys.look_up("participant.name", &number(text));
    assert_eq!(name("Jos\u{E9}"), name("JOSE\u{301}\u{200D} "), "a look-up is a comparison");
    assert_eq!(hash, bunch.keys(program, "intake", 1).look_up("participant.dedicated_number", &number("+12025550101")));
    let others = [
        keys.look_up("participant.dedicated_number", &number("+12025550102")),
        keys.look_up("participant.name", &number("+12025550101")),
        bunch.keys(program, "triage", 1).look_up("participant.dedicated_number", &number("+12025550101")),
        bunch.keys(ProgramId::new(), "intake", 1).look_up("participant.dedicated_number", &number("+12025550101")),
        Bunch::new(1).keys(program, "intake", 1).look_up("participant.dedicated_number", &number("+12025550101")),
    ];
    assert!(!others.contains(&hash));
}

#[test]
fn a_value_of_another_shape_is_told_from_one_that_was_altered() {
    let keys = Bunch::new(1).keys(ProgramId::new(), "intake", 1);
    let sealed = keys.seal(&place(), &note()).unwrap();
    assert_eq!(keys.open::<u64>(&place(), &sealed).map(drop), Err(KeyError::Shape));
}

proptest! {
    #[test]
    fn whatever_is_sealed_opens_as_it_was(words in ".{0,200}", row in any::<u128>()) {
        let keys = Bunch::new(1).keys(ProgramId::new(), "intake", 1);
        let place = Place::new("contact", "stated", row);
        let sealed = keys.seal(&place, &Phi::new(words.clone())).unwrap();
        prop_assert_eq!(opened(&keys, &place, &sealed), Ok(words));
    }

    #[test]
    fn rubbish_never_opens_and_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let keys = Bunch::new(1).keys(ProgramId::new(), "intake", 1);
        prop_assert!(opened(&keys, &place(), &Sealed::of_bytes(bytes)).is_err());
    }
}
