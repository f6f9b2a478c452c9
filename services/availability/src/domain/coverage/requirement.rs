//! The requirements that a program has of its roster.

use std::collections::BTreeSet;

use harborline_types::text::compared;
use harborline_types::{Channel, CounselorKind, RequirementId, Skill, Weekday};

use crate::domain::shift::{Hours, Zone, days_around};
use crate::domain::{Counselor, Span, Spans};

/// So many counselors with these qualities must be on duty in a weekly window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// Its id.
    pub id: RequirementId,
    /// The number of counselors.
    pub at_least: i32,
    /// The lowest standing that counts.
    pub counselor_kind: Option<CounselorKind>,
    /// A BCP 47 tag, lower case.
    pub language: Option<String>,
    /// A credential of this type.
    pub credential_type: Option<String>,
    /// A credential that is valid there.
    pub jurisdiction: Option<String>,
    /// All of these skills, each at its level or above.
    pub skills: Vec<Skill>,
    /// Able to answer on this channel.
    pub channel: Option<Channel>,
    /// The local days on which the window begins; every day if there is none.
    pub days: BTreeSet<Weekday>,
    /// The window on the wall clock.
    pub hours: Hours,
}

impl Requirement {
    /// The times within a span in which it is in force.
    pub fn in_force(&self, zone: Zone, within: Span) -> Spans {
        let days =
            days_around(zone, within).filter(|day| self.days.is_empty() || self.days.contains(&Weekday::of(*day)));
        days.filter_map(|day| self.hours.on(zone, day)?.and(within)).collect()
    }

    /// The times within a span in which a counselor on duty counts for it: none, all, or while a credential is valid.
    pub fn counts(&self, counselor: &Counselor, within: Span) -> Spans {
        let qualifies = self.counselor_kind.is_none_or(|kind| counselor.kind >= kind)
            && self.language.as_deref().is_none_or(|language| counselor.speaks(language))
            && self.channel.is_none_or(|channel| counselor.channels.contains(&channel))
            && self.skills.iter().all(|skill| counselor.masters(skill));
        if !qualifies {
            return Spans::default();
        }
        if self.credential_type.is_none() && self.jurisdiction.is_none() {
            return [within].into_iter().collect();
        }
        let meant = counselor.credentials.iter().filter(|credential| {
            self.credential_type.as_ref().is_none_or(|kind| compared(&credential.kind) == compared(kind))
                && self.jurisdiction.as_ref().is_none_or(|place| credential.jurisdiction == *place)
        });
        meant.filter_map(|it| Span::new(it.valid_from, it.valid_until)?.and(within)).collect()
    }
}
