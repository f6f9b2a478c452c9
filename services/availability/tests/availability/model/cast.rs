//! The roster, the needs of callers, and the rules by which a counselor may answer a contact, written a second time.

use harborline_proto::availability::v1 as pb;
use harborline_proto::common::v1::{Channel, CounselorKind, Need};

/// A counselor of the roster.
pub(super) struct Person {
    pub(super) name: &'static str,
    pub(super) kind: CounselorKind,
    pub(super) languages: &'static [&'static str],
    pub(super) skills: &'static [&'static str],
    pub(super) channels: &'static [Channel],
    pub(super) capacity: usize,
}

/// The roster: no counselor can do everything, and most needs are met by several.
pub(super) const ROSTER: [Person; 5] = [
    Person {
        name: "ana",
        kind: CounselorKind::CrisisCounselor,
        languages: &["en"],
        skills: &[],
        channels: &[Channel::Phone, Channel::Message],
        capacity: 2,
    },
    Person {
        name: "ben",
        kind: CounselorKind::LicensedClinician,
        languages: &["en"],
        skills: &["veterans"],
        channels: &[Channel::Phone, Channel::Message],
        capacity: 2,
    },
    Person {
        name: "cem",
        kind: CounselorKind::PeerSpecialist,
        languages: &["en", "es"],
        skills: &[],
        channels: &[Channel::Phone, Channel::Message],
        capacity: 3,
    },
    Person {
        name: "dua",
        kind: CounselorKind::CrisisCounselor,
        languages: &["es"],
        skills: &[],
        channels: &[Channel::Message],
        capacity: 2,
    },
    Person {
        name: "eli",
        kind: CounselorKind::LicensedClinician,
        languages: &["en", "es"],
        skills: &["veterans"],
        channels: &[Channel::Phone],
        capacity: 1,
    },
];

impl Person {
    pub(super) fn as_counselor(&self) -> pb::Counselor {
        let texts = |all: &[&str]| all.iter().map(|&text| text.to_owned()).collect();
        pb::Counselor {
            counselor_id: self.name.to_owned(),
            name: self.name.to_owned(),
            kind: self.kind.into(),
            skills: texts(self.skills),
            languages: texts(self.languages),
            channels: self.channels.iter().map(|channel| (*channel).into()).collect(),
            message_capacity: i32::try_from(self.capacity).unwrap(),
            ..pb::Counselor::default()
        }
    }
}

/// How many kinds of need there are.
pub(super) const NEEDS: usize = 7;

/// The need of this number. No counselor speaks the language of the last.
pub(super) fn need(number: usize) -> Need {
    let (channel, language, skill, at_least) = match number {
        0 => (Channel::Phone, "en", None, CounselorKind::Unspecified),
        1 => (Channel::Message, "en", None, CounselorKind::Unspecified),
        2 => (Channel::Phone, "es", None, CounselorKind::Unspecified),
        3 => (Channel::Message, "es", None, CounselorKind::Unspecified),
        4 => (Channel::Phone, "en", Some("veterans"), CounselorKind::Unspecified),
        5 => (Channel::Phone, "en", None, CounselorKind::CrisisCounselor),
        _ => (Channel::Message, "fr", None, CounselorKind::Unspecified),
    };
    Need {
        channel: channel.into(),
        language: language.to_owned(),
        skills: skill.into_iter().map(str::to_owned).collect(),
        at_least: at_least.into(),
        ..Need::default()
    }
}

/// The requirements of a ticket, from its row.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct Asked {
    pub(super) channel: String,
    pub(super) language: String,
    pub(super) skills: Vec<String>,
    pub(super) at_least: Option<String>,
    /// The one counselor whom a transfer or a conference asks.
    pub(super) target_person_id: Option<String>,
}

impl Asked {
    /// Whether it takes the whole counselor.
    pub(super) fn is_exclusive(&self) -> bool {
        self.channel != "message"
    }

    /// Whether a counselor can answer it, apart from the contacts in hand. No requirement has been given up, since no
    /// contact waits that long here.
    pub(super) fn is_met_by(&self, person: &Person) -> bool {
        let channel = match self.channel.as_str() {
            "phone" => Channel::Phone,
            "message" => Channel::Message,
            _ => Channel::Video,
        };
        let at_least = match self.at_least.as_deref() {
            None => CounselorKind::Unspecified,
            Some("peer_specialist") => CounselorKind::PeerSpecialist,
            Some("crisis_counselor") => CounselorKind::CrisisCounselor,
            Some(_) => CounselorKind::LicensedClinician,
        };
        if !person.channels.contains(&channel) {
            return false;
        }
        if let Some(target) = &self.target_person_id {
            return target == person.name;
        }
        person.languages.contains(&self.language.as_str())
            && person.kind as i32 >= at_least as i32
            && self.skills.iter().all(|skill| person.skills.contains(&skill.as_str()))
    }

    /// Whether a counselor with these in hand has room for it: a call takes the whole counselor.
    pub(super) fn has_room(&self, person: &Person, in_hand: &[&Asked]) -> bool {
        if self.is_exclusive() {
            return in_hand.is_empty();
        }
        in_hand.len() < person.capacity && !in_hand.iter().any(|other| other.is_exclusive())
    }
}

pub(super) fn person(name: &str) -> Option<&'static Person> {
    ROSTER.iter().find(|person| person.name == name)
}
