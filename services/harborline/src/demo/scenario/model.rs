//! What a scenario says.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use harborline_types::{Acuity, CallerKind, Channel, CounselorKind, Signal};

/// A whole night: who works, who reaches out, which clinics there are.
pub struct Scenario {
    pub(crate) night: Night,
    pub(crate) response_times: ResponseTimes,
    pub(crate) counselors: Vec<CounselorScript>,
    pub(crate) participants: Vec<ParticipantScript>,
    pub(crate) clinics: Vec<ClinicScript>,
    pub(crate) contacts: Vec<CallerScript>,
}

/// The clock of the night.
pub(crate) struct Night {
    /// What the clock shows when it begins.
    pub(crate) starts_at: DateTime<Utc>,
    /// Scenario seconds in a real one.
    pub(crate) speed: f64,
    /// Real time after which the demo gives up waiting for the night's end.
    pub(crate) real_limit: Duration,
}

/// The pool's response times, in real time.
pub(crate) struct ResponseTimes {
    pub(crate) urgent_offer_timeout: Duration,
    pub(crate) offer_timeout: Duration,
    pub(crate) widen_after: Vec<Duration>,
    pub(crate) page_after: Duration,
    pub(crate) backup_after: Duration,
    pub(crate) presence_grace: Duration,
}

/// A counselor on shift, and how this one behaves. Offers and conversations are counted from 1.
pub(crate) struct CounselorScript {
    pub(crate) name: String,
    pub(crate) kind: CounselorKind,
    pub(crate) languages: Vec<String>,
    pub(crate) channels: Vec<Channel>,
    pub(crate) skills: Vec<String>,
    pub(crate) jurisdictions: Vec<String>,
    pub(crate) message_capacity: i32,
    /// After the night's start, on the scenario's clock.
    pub(crate) on_duty_from: TimeDelta,
    pub(crate) on_duty_until: Option<TimeDelta>,
    /// Real time between an offer and the answer to it.
    pub(crate) reaction: Duration,
    /// Offers this counselor declines.
    pub(crate) declines: Vec<u32>,
    /// Offers this counselor lets run out: the measure of patience with the screen.
    pub(crate) ignores: Vec<u32>,
    /// Conversations in which the connection breaks.
    pub(crate) breaks_in: Vec<u32>,
    /// Real time until the connection is back.
    pub(crate) back_after: Duration,
}

/// Somebody enrolled in the program.
pub(crate) struct ParticipantScript {
    pub(crate) name: String,
    pub(crate) language: String,
    pub(crate) jurisdiction: String,
    pub(crate) status: StatusWord,
}

harborline_types::text_enum! {
    /// Where a participant stands in the program.
    pub enum StatusWord {
        /// In treatment.
        Active = "active",
        /// Away for a while.
        OnLeave = "on_leave",
        /// Has left the program.
        Discharged = "discharged",
    }
}

/// A partner clinic, and how it behaves.
pub(crate) struct ClinicScript {
    pub(crate) name: String,
    pub(crate) services: Vec<String>,
    pub(crate) jurisdictions: Vec<String>,
    pub(crate) rank: i32,
    /// Answers in turn, the last one for ever after.
    pub(crate) answers: Vec<ClinicAnswer>,
    /// On the scenario's clock, between the offer and the answer.
    pub(crate) answer_after: TimeDelta,
}

harborline_types::text_enum! {
    /// What a clinic does with an offer.
    pub enum ClinicAnswer {
        /// Claims and accepts it, with a named owner.
        Accept = "accept",
        /// Declines: no capacity.
        DeclineNoCapacity = "decline_no_capacity",
        /// Claims, then declines: not suitable.
        DeclineNotSuitable = "decline_not_suitable",
        /// Does nothing.
        Ignore = "ignore",
    }
}

/// One reach-out.
pub(crate) struct CallerScript {
    /// The line of the file, to name it in the report.
    pub(crate) line: usize,
    /// After the night's start, on the scenario's clock.
    pub(crate) at: TimeDelta,
    pub(crate) channel: Channel,
    pub(crate) caller: CallerKind,
    /// The index of the participant that this is, or is about.
    pub(crate) participant: Option<usize>,
    /// The index of the participant whose phrase an unknown caller says to the counselor.
    pub(crate) turns_out_to_be: Option<usize>,
    pub(crate) language: String,
    pub(crate) jurisdiction: String,
    pub(crate) callback: bool,
    pub(crate) signals: Vec<Signal>,
    /// Answered in the front end, before anybody is there.
    pub(crate) self_screening: Option<AsqScript>,
    /// Asked by the counselor.
    pub(crate) screening: Option<AsqScript>,
    /// Put on record by the counselor only after the contact was closed.
    pub(crate) late_screening: Option<AsqScript>,
    /// The lower acuity that the counselor judges, for somebody else to confirm.
    pub(crate) judged: Option<Acuity>,
    /// How long the conversation lasts, on the scenario's clock.
    pub(crate) talk: TimeDelta,
    /// Real time after which the caller leaves if nobody has answered.
    pub(crate) patience: Option<Duration>,
    /// After leaving so, the caller is back after this time of the scenario's clock, and says nothing new.
    pub(crate) back_after: Option<TimeDelta>,
    /// The caller hangs up as soon as a counselor has answered, and then the counselor's connection breaks.
    pub(crate) hangs_up: bool,
    /// The participant and the counselor write in the safety plan at once, and the participant agrees to it.
    pub(crate) writes_safety_plan: bool,
    /// The service that the counselor refers to.
    pub(crate) refer_to: Option<String>,
    /// The attempt at which a follow-up reaches the participant; 0: never.
    pub(crate) reached_on_attempt: u32,
}

/// Answers to the ASQ: yes, no or refused; question 5 only when one of the others is not "no".
#[derive(Clone)]
pub(crate) struct AsqScript {
    pub(crate) answers: [AsqWord; 4],
    pub(crate) thoughts_now: Option<AsqWord>,
}

harborline_types::text_enum! {
    /// One answer.
    pub enum AsqWord {
        /// No.
        No = "no",
        /// Yes.
        Yes = "yes",
        /// Would not say.
        Refused = "refused",
    }
}
