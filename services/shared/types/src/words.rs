//! The enumerations of the domain.

use chrono::Datelike;

use crate::text_enum;

/// A written form that names no value of its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a {0}")]
pub struct UnknownWord(pub &'static str);

/// How soon and by whom a contact must be answered. Ordered by urgency: `Emergency` is the smallest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::Type)]
#[repr(i16)]
pub enum Acuity {
    /// An attempt in progress, or means at hand with thoughts right now.
    Emergency = 1,
    /// An acute positive screen, or withdrawal red flags.
    VeryHigh = 2,
    /// A non-acute positive screen, or relapse today.
    High = 3,
    /// Craving, or a worried family member.
    Moderate = 4,
    /// Stress, a question, support.
    Routine = 5,
}

impl Acuity {
    /// Every level, the most urgent first.
    pub const ALL: [Self; 5] = [Self::Emergency, Self::VeryHigh, Self::High, Self::Moderate, Self::Routine];

    /// The level's number, 1 (emergency) to 5 (routine).
    pub fn level(self) -> u8 {
        self as u8
    }

    /// The level with this number.
    pub fn from_level(level: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|acuity| acuity.level() == level)
    }

    /// The more urgent of two: software raises and never lowers.
    pub fn raised_to(self, other: Self) -> Self {
        self.min(other)
    }

    /// Whether a life may be at risk now: levels 1 and 2.
    pub fn is_urgent(self) -> bool {
        self <= Self::VeryHigh
    }
}

text_enum! {
    /// The way a caller reached the line.
    pub enum Channel {
        /// A voice call.
        Phone = "phone",
        /// Online messages.
        Message = "message",
        /// A secure video call.
        Video = "video",
    }
}

text_enum! {
    /// Who reached out.
    pub enum CallerKind {
        /// Enrolled in the program.
        Participant = "participant",
        /// Somebody close to a participant.
        FamilyMember = "family_member",
        /// Not known to the program.
        Unknown = "unknown",
    }
}

text_enum! {
    /// A professional standing, the least trained first: what asks for one is also met by those above it.
    pub enum CounselorKind {
        /// Lived experience, trained for the line.
        PeerSpecialist = "peer_specialist",
        /// Trained in crisis work.
        CrisisCounselor = "crisis_counselor",
        /// Licensed to assess and to decide.
        LicensedClinician = "licensed_clinician",
    }
}

text_enum! {
    /// A fact that the caller or the front end states when a contact is opened.
    pub enum Signal {
        /// An attempt is happening.
        AttemptInProgress = "attempt_in_progress",
        /// An overdose is happening.
        Overdose = "overdose",
        /// The means are within reach.
        MeansAtHand = "means_at_hand",
        /// A weapon is within reach.
        Weapon = "weapon",
        /// The caller will not, or cannot, stay safe.
        UnableToStaySafe = "unable_to_stay_safe",
        /// Voices that command harm.
        CommandHallucinations = "command_hallucinations",
        /// Withdrawal that can kill.
        WithdrawalRedFlags = "withdrawal_red_flags",
        /// Thoughts of suicide, not further asked yet.
        SuicidalThoughts = "suicidal_thoughts",
        /// Used today.
        RelapseToday = "relapse_today",
        /// An urge to use.
        Craving = "craving",
        /// A panic attack.
        Panic = "panic",
        /// A family member is worried.
        FamilyWorried = "family_worried",
        /// Stress.
        Stress = "stress",
        /// A question about the program.
        ProgramQuestion = "program_question",
    }
}

text_enum! {
    /// Something a counselor must do, or record, before a contact of that acuity may close.
    pub enum ClosingDuty {
        /// The reason for the contact is coded.
        ReasonCoded = "reason_coded",
        /// The suicide question was asked.
        ScreenAsked = "screen_asked",
        /// A complete suicide screen is on record.
        ScreenComplete = "screen_complete",
        /// The brief suicide safety assessment was done.
        SafetyAssessment = "safety_assessment",
        /// The safety plan was made or reviewed, access to means included.
        SafetyPlanReviewed = "safety_plan_reviewed",
        /// A brief plan for the next hours was agreed.
        BriefPlan = "brief_plan",
        /// A referral or an urgent session was offered.
        ReferralOffered = "referral_offered",
        /// A supervisor was consulted.
        SupervisorConsulted = "supervisor_consulted",
        /// The care team was told on the same day.
        CareTeamNotified = "care_team_notified",
        /// The caller's location was confirmed.
        LocationConfirmed = "location_confirmed",
        /// The least invasive way was tried first.
        LeastInvasiveTried = "least_invasive_tried",
        /// The rescue arrived or was stood down.
        RescueResolved = "rescue_resolved",
        /// A named person owns what happens next.
        OwnerNamed = "owner_named",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raising_never_lowers() {
        for a in Acuity::ALL {
            for b in Acuity::ALL {
                assert!(a.raised_to(b).level() <= a.level().min(b.level()));
            }
        }
    }

    #[test]
    fn every_word_reads_back_as_itself() {
        for duty in ClosingDuty::ALL {
            assert_eq!(duty.as_str().parse(), Ok(*duty));
        }
        assert!("nothing".parse::<Signal>().is_err());
    }
}

text_enum! {
    /// A day of the week.
    pub enum Weekday {
        /// The first.
        Monday = "monday",
        /// The second.
        Tuesday = "tuesday",
        /// The third.
        Wednesday = "wednesday",
        /// The fourth.
        Thursday = "thursday",
        /// The fifth.
        Friday = "friday",
        /// The sixth.
        Saturday = "saturday",
        /// The last.
        Sunday = "sunday",
    }
}

impl Weekday {
    /// That of a day.
    pub fn of(day: chrono::NaiveDate) -> Self {
        match day.weekday() {
            chrono::Weekday::Mon => Self::Monday,
            chrono::Weekday::Tue => Self::Tuesday,
            chrono::Weekday::Wed => Self::Wednesday,
            chrono::Weekday::Thu => Self::Thursday,
            chrono::Weekday::Fri => Self::Friday,
            chrono::Weekday::Sat => Self::Saturday,
            chrono::Weekday::Sun => Self::Sunday,
        }
    }
}
