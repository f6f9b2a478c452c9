//! Counselors, and which of them may answer a contact.

use std::collections::BTreeSet;

use harborline_types::{Acuity, Channel, CounselorKind, Need, PersonId, Skill, Timestamp};
use serde::{Deserialize, Serialize};

use super::Target;
use super::shift::Zone;

/// A license or certificate, valid in one jurisdiction for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    /// For example "LCSW".
    #[serde(rename = "type")]
    pub kind: String,
    /// ISO 3166-2 code.
    pub jurisdiction: String,
    /// The first instant of validity.
    pub valid_from: Timestamp,
    /// The first instant at which it is not valid any more.
    pub valid_until: Timestamp,
    /// The number that its issuer gave it; empty if it was not recorded.
    #[serde(default)]
    pub number: String,
}

impl Credential {
    /// Whether it is valid at an instant of the domain's clock.
    pub fn is_valid(&self, domain_now: Timestamp) -> bool {
        self.valid_from <= domain_now && domain_now < self.valid_until
    }
}

/// A counselor of a program's roster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counselor {
    /// The subject of the access token.
    pub id: PersonId,
    /// The name that records show.
    pub name: String,
    /// The standing.
    pub kind: CounselorKind,
    /// Licenses and certificates.
    pub credentials: Vec<Credential>,
    /// What the counselor is trained in, and how well.
    pub skills: Vec<Skill>,
    /// BCP 47 tags, lower case.
    pub languages: Vec<String>,
    /// The channels the counselor answers on.
    pub channels: Vec<Channel>,
    /// Message conversations at once, 1 to 8. Phone and video are exclusive.
    pub message_capacity: i16,
    /// The counselor's own time zone; none: the program's.
    pub zone: Option<Zone>,
}

/// What one ticket asks of a counselor at this moment of its wait.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Requirements<'a> {
    pub(super) channel: Channel,
    pub(super) at_least: Option<CounselorKind>,
    pub(super) language: Option<&'a str>,
    pub(super) jurisdiction: Option<&'a str>,
    /// Each at its level or above.
    pub(super) skills: &'a [Skill],
    /// The target, if one person alone may answer; none: every counselor who meets the rest.
    pub(super) only: Option<&'a Target>,
}

impl<'a> Requirements<'a> {
    /// The requirements of a need after `widened` steps: first the skills are given up, then the standing (for acuity 1
    /// and 2 not below crisis counselor), then language, credential and all standing. The channel is never given up.
    pub fn of(need: &'a Need, acuity: Acuity, widened: i16) -> Self {
        let at_least = match widened {
            ..=1 => need.at_least,
            2 if acuity.is_urgent() => need.at_least.map(|kind| kind.min(CounselorKind::CrisisCounselor)),
            _ => None,
        };
        let keeps_all = widened < 3;
        Self {
            channel: need.channel,
            at_least,
            language: keeps_all.then_some(need.language.as_str()),
            jurisdiction: need.jurisdiction.as_deref().filter(|_| keeps_all && acuity.is_urgent()),
            skills: if widened < 1 { &need.skills } else { &[] },
            only: None,
        }
    }

    /// The requirements of a ticket beside another. A named person needs the channel alone. For any other counselor the
    /// language and the skills are never given up, since the counselor is asked because of them.
    pub fn beside(need: &'a Need, acuity: Acuity, widened: i16, target: &'a Target) -> Self {
        match target {
            Target::Skilled => {
                Self { language: Some(&need.language), skills: &need.skills, ..Self::of(need, acuity, widened) }
            }
            Target::Person(_) | Target::SupervisorOnCall => Self {
                channel: need.channel,
                at_least: None,
                language: None,
                jurisdiction: None,
                skills: &[],
                only: Some(target),
            },
        }
    }

    /// Whether a counselor meets them, apart from the target. `domain_now` is an instant of the domain's clock.
    pub fn met_by(&self, counselor: &Counselor, domain_now: Timestamp) -> bool {
        counselor.channels.contains(&self.channel)
            && self.at_least.is_none_or(|kind| counselor.kind >= kind)
            && self.language.is_none_or(|language| counselor.speaks(language))
            && self.jurisdiction.is_none_or(|jurisdiction| counselor.is_licensed_in(jurisdiction, domain_now))
            && self.skills.iter().all(|skill| counselor.masters(skill))
    }
}

impl Counselor {
    /// How much this counselor can do at an instant of the domain's clock. The counselor who can do least is asked
    /// first, so that scarce languages, licenses and skills stay free. Each level of a skill counts, so that an expert
    /// is kept free for contacts that need one.
    pub fn flexibility(&self, domain_now: Timestamp) -> usize {
        let levels: usize = self.skills.iter().map(|skill| skill.level as usize + 1).sum();
        let licensed = self.credentials.iter().filter(|credential| credential.is_valid(domain_now));
        let licensed: BTreeSet<&str> = licensed.map(|credential| credential.jurisdiction.as_str()).collect();
        levels + licensed.len() + self.languages.len() + self.channels.len() + self.kind as usize
    }

    /// Whether the counselor speaks a language, regions apart: a speaker of "es-mx" also speaks "es", and the other way
    /// round.
    pub fn speaks(&self, language: &str) -> bool {
        self.languages.iter().any(|spoken| primary_tag(spoken) == primary_tag(language))
    }

    /// Whether the counselor has a skill at the level that is asked for, or above.
    pub fn masters(&self, asked: &Skill) -> bool {
        self.skills.iter().any(|skill| skill.meets(asked))
    }

    /// Whether a credential for this jurisdiction is valid at an instant of the domain's clock.
    pub(super) fn is_licensed_in(&self, jurisdiction: &str, domain_now: Timestamp) -> bool {
        self.credentials
            .iter()
            .any(|credential| credential.jurisdiction == jurisdiction && credential.is_valid(domain_now))
    }
}

/// The language itself, without region or script.
pub(super) fn primary_tag(tag: &str) -> &str {
    tag.split('-').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use harborline_types::SkillLevel;
    use proptest::prelude::*;

    use super::*;

    fn domain_now() -> Timestamp {
        DateTime::UNIX_EPOCH + TimeDelta::days(1)
    }

    fn counselor() -> Counselor {
        Counselor {
            id: PersonId::parse("ana").unwrap(),
            name: "Ana".to_owned(),
            kind: CounselorKind::CrisisCounselor,
            credentials: vec![Credential {
                kind: "LCSW".to_owned(),
                jurisdiction: "US-VA".to_owned(),
                valid_from: DateTime::UNIX_EPOCH,
                valid_until: domain_now() + TimeDelta::days(1),
                number: String::new(),
            }],
            skills: vec![Skill::basic("substance_use")],
            languages: vec!["en".to_owned(), "es-mx".to_owned()],
            channels: vec![Channel::Phone, Channel::Message],
            message_capacity: 2,
            zone: None,
        }
    }

    fn need() -> Need {
        Need {
            channel: Channel::Phone,
            at_least: Some(CounselorKind::CrisisCounselor),
            language: "es".to_owned(),
            jurisdiction: Some("US-VA".to_owned()),
            skills: vec![Skill::basic("substance_use")],
        }
    }

    fn meets(need: &Need, acuity: Acuity, widened: i16) -> bool {
        Requirements::of(need, acuity, widened).met_by(&counselor(), domain_now())
    }

    #[test]
    fn a_counselor_who_meets_every_requirement_may_answer() {
        assert!(meets(&need(), Acuity::Emergency, 0));
    }

    #[test]
    fn skills_are_given_up_first() {
        let need = Need { skills: vec![Skill::basic("veterans")], ..need() };
        assert!(!meets(&need, Acuity::High, 0));
        assert!(meets(&need, Acuity::High, 1));
    }

    #[test]
    fn a_skill_must_be_mastered_at_the_level_that_is_asked_for_or_above_and_is_given_up_with_its_level() {
        for asked in SkillLevel::ALL {
            let need = Need { skills: vec![Skill::new("substance_use", *asked)], ..need() };
            for has in SkillLevel::ALL {
                let mut candidate = counselor();
                candidate.skills[0].level = *has;
                let met_by = |widened| Requirements::of(&need, Acuity::High, widened).met_by(&candidate, domain_now());
                assert_eq!(met_by(0), has >= asked, "{has} for {asked}");
                assert!(met_by(1));
            }
        }
    }

    #[test]
    fn a_counselor_with_a_higher_level_of_a_skill_is_kept_free() {
        let mut expert = counselor();
        expert.skills[0].level = SkillLevel::Expert;
        assert_eq!(expert.flexibility(domain_now()), counselor().flexibility(domain_now()) + 2);
    }

    #[test]
    fn a_counselor_licensed_in_more_jurisdictions_is_kept_free_while_the_licenses_are_valid() {
        let license = |jurisdiction: &str, days| Credential {
            jurisdiction: jurisdiction.to_owned(),
            valid_until: domain_now() + TimeDelta::days(days),
            ..counselor().credentials.remove(0)
        };
        let credentials = vec![license("US-VA", 9), license("US-MD", 5), license("US-MD", 2)];
        let licensed = Counselor { credentials, ..counselor() };
        let flexibility = |days| licensed.flexibility(domain_now() + TimeDelta::days(days));
        assert_eq!([0, 3, 5, 9].map(|days| flexibility(0) - flexibility(days)), [0, 0, 1, 2]);
    }

    #[test]
    fn standing_is_given_up_second_and_never_below_crisis_counselor_for_the_most_urgent() {
        let need = Need { at_least: Some(CounselorKind::LicensedClinician), ..need() };
        assert!(!meets(&need, Acuity::Emergency, 1));
        assert!(meets(&need, Acuity::Emergency, 2));
        let peer = Counselor { kind: CounselorKind::PeerSpecialist, ..counselor() };
        assert!(!Requirements::of(&need, Acuity::VeryHigh, 2).met_by(&peer, domain_now()));
        assert!(Requirements::of(&need, Acuity::High, 2).met_by(&peer, domain_now()));
        assert!(Requirements::of(&need, Acuity::VeryHigh, 3).met_by(&peer, domain_now()));
    }

    #[test]
    fn language_and_credential_are_given_up_last() {
        let french = Need { language: "fr".to_owned(), ..need() };
        let elsewhere = Need { jurisdiction: Some("US-MD".to_owned()), ..need() };
        for need in [french, elsewhere] {
            assert!(!meets(&need, Acuity::Emergency, 2));
            assert!(meets(&need, Acuity::Emergency, 3));
        }
    }

    #[test]
    fn a_credential_counts_for_acuity_1_and_2_only_and_not_where_the_place_is_unknown() {
        let elsewhere = Need { jurisdiction: Some("US-MD".to_owned()), ..need() };
        assert!(!meets(&elsewhere, Acuity::VeryHigh, 0));
        assert!(meets(&elsewhere, Acuity::High, 0));
        assert!(meets(&Need { jurisdiction: None, ..need() }, Acuity::Emergency, 0));
    }

    #[test]
    fn a_credential_ends_at_the_instant_it_says() {
        let requirements = need();
        let requirements = Requirements::of(&requirements, Acuity::Emergency, 0);
        assert!(!requirements.met_by(&counselor(), domain_now() + TimeDelta::days(1)));
    }

    proptest! {
        #[test]
        fn waiting_longer_never_excludes_a_counselor(
            level in 1_u8..=5, widened in 0_i16..3, kind in 0_usize..3, skilled: bool, spanish: bool, licensed: bool,
        ) {
            let acuity = Acuity::from_level(level).unwrap();
            let mut candidate = Counselor { kind: CounselorKind::ALL[kind], ..counselor() };
            if !skilled { candidate.skills.clear(); }
            if !spanish { candidate.languages = vec!["en".to_owned()]; }
            if !licensed { candidate.credentials.clear(); }
            let need = need();
            let now = Requirements::of(&need, acuity, widened).met_by(&candidate, domain_now());
            let later = Requirements::of(&need, acuity, widened + 1).met_by(&candidate, domain_now());
            prop_assert!(!now || later);
        }
    }
}
