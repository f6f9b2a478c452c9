//! The enumerations of a referral.

use harborline_types::text_enum;

text_enum! {
    /// What a facility offers, and what a referral asks for.
    pub enum ServiceKind {
        /// An emergency department.
        EmergencyRoom = "emergency_room",
        /// Inpatient care.
        Inpatient = "inpatient",
        /// A mobile crisis team.
        MobileCrisis = "mobile_crisis",
        /// Outpatient care.
        Outpatient = "outpatient",
        /// Withdrawal management.
        Detox = "detox",
        /// Support in the community.
        LocalSupport = "local_support",
    }
}

impl ServiceKind {
    /// Whether it is for somebody whose life is in danger.
    pub fn is_emergency(self) -> bool {
        matches!(self, Self::EmergencyRoom | Self::Inpatient | Self::MobileCrisis)
    }
}

text_enum! {
    /// Where a referral stands for the program.
    pub enum ReferralState {
        /// A facility was asked.
        Offered = "offered",
        /// A clinic evaluates.
        Claimed = "claimed",
        /// A named person at a clinic is responsible.
        Accepted = "accepted",
        /// A clinic has put the person on its wait list; they stay with the program.
        OnHold = "on_hold",
        /// Nobody is left to ask. An end.
        Unplaced = "unplaced",
        /// The program took it back. An end.
        Cancelled = "cancelled",
        /// The accepted person was seen. An end.
        Completed = "completed",
    }
}

text_enum! {
    /// Where a referral stands for one clinic that was asked.
    pub enum OfferState {
        /// The clinic was asked.
        Offered = "offered",
        /// The clinic evaluates.
        Claimed = "claimed",
        /// A named person at the clinic is responsible.
        Accepted = "accepted",
        /// The clinic has put the person on its wait list.
        OnHold = "on_hold",
        /// The clinic declined, or let its time pass. An end.
        Declined = "declined",
        /// The program took it back. An end.
        Cancelled = "cancelled",
        /// The accepted person was seen. An end.
        Completed = "completed",
    }
}

impl ServiceKind {
    /// Whether a facility that offers it gives health care.
    pub fn is_care(self) -> bool {
        match self {
            Self::EmergencyRoom | Self::Inpatient | Self::MobileCrisis | Self::Outpatient | Self::Detox => true,
            Self::LocalSupport => false,
        }
    }
}

impl ReferralState {
    /// Whether nothing moves the referral from there.
    pub fn has_ended(self) -> bool {
        match self {
            Self::Unplaced | Self::Cancelled | Self::Completed => true,
            Self::Offered | Self::Claimed | Self::Accepted | Self::OnHold => false,
        }
    }
}

impl OfferState {
    /// Whether the clinic has the referral in hand: asked, evaluating, responsible, with the person on its wait list, or
    /// done.
    pub fn holds(self) -> bool {
        self == Self::Offered || self.discloses()
    }

    /// Whether the clinic has said when it expects the person.
    pub fn promises(self) -> bool {
        matches!(self, Self::Accepted | Self::OnHold | Self::Completed)
    }

    /// Whether the clinic may read the summary: it has taken the referral up and still has it.
    pub fn discloses(self) -> bool {
        matches!(self, Self::Claimed | Self::Accepted | Self::OnHold | Self::Completed)
    }
}

text_enum! {
    /// Why a clinic does not take somebody.
    pub enum DeclineReason {
        /// No place is free.
        NoCapacity = "no_capacity",
        /// The clinic is not the right one for this person.
        NotSuitable = "not_suitable",
        /// The person is outside the clinic's area.
        OutOfArea = "out_of_area",
        /// Another reason.
        Other = "other",
        /// The clinic did not claim, or did not accept, in time. Said by the service, never by a clinic.
        NoAnswer = "no_answer",
    }
}

text_enum! {
    /// What happened to a referral.
    pub enum EventKind {
        /// A facility was asked.
        Offered = "offered",
        /// The clinic took it up for evaluation.
        Claimed = "claimed",
        /// The clinic accepted.
        Accepted = "accepted",
        /// The clinic put the person on its wait list.
        OnHold = "on_hold",
        /// The clinic declined, or let its time pass.
        Declined = "declined",
        /// The program took it back.
        Cancelled = "cancelled",
        /// Nobody was left to ask.
        Unplaced = "unplaced",
        /// The accepted person was seen.
        Completed = "completed",
        /// A consent under which the clinic was told was revoked.
        ConsentRevoked = "consent_revoked",
    }
}

impl EventKind {
    /// Whether the referral has ended by it.
    pub fn is_end(self) -> bool {
        matches!(self, Self::Unplaced | Self::Cancelled | Self::Completed)
    }

    /// What the event makes of the clinic's side; `None` when that stays as it is, or no clinic is concerned.
    pub fn offer_state(self) -> Option<OfferState> {
        match self {
            Self::Offered => Some(OfferState::Offered),
            Self::Claimed => Some(OfferState::Claimed),
            Self::Accepted => Some(OfferState::Accepted),
            Self::OnHold => Some(OfferState::OnHold),
            Self::Declined => Some(OfferState::Declined),
            Self::Cancelled => Some(OfferState::Cancelled),
            Self::Completed => Some(OfferState::Completed),
            Self::Unplaced | Self::ConsentRevoked => None,
        }
    }
}
