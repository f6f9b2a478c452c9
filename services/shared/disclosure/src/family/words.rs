//! The words of a family decision.

use harborline_types::text_enum;

text_enum! {
    /// Who somebody is to a participant.
    pub enum Relationship {
        /// A parent or guardian.
        Parent = "parent",
        /// A spouse or partner.
        Partner = "partner",
        /// A son or daughter.
        Child = "child",
        /// A brother or sister.
        Sibling = "sibling",
        /// Another relative.
        Relative = "relative",
        /// A close friend.
        Friend = "friend",
        /// Anybody else, such as an employer or a landlord: told only what the participant agreed to.
        Other = "other",
    }
}

impl Relationship {
    /// Whether the law counts this person among those who take part in somebody's care (45 CFR 164.510(b)).
    pub fn is_close(self) -> bool {
        self != Self::Other
    }
}

text_enum! {
    /// Whether the participant can be asked.
    pub enum ParticipantState {
        /// Can be asked, and can decide.
        Able = "able",
        /// Cannot be reached now.
        Absent = "absent",
        /// Is not able to decide now.
        Incapacitated = "incapacitated",
    }
}

text_enum! {
    /// What the participant said about telling this person.
    pub enum Preference {
        /// Was not asked.
        NotAsked = "not_asked",
        /// Agreed.
        Agreed = "agreed",
        /// Had the chance to object, and did not.
        DidNotObject = "did_not_object",
        /// Objected.
        Objected = "objected",
    }
}

text_enum! {
    /// Whether somebody is in danger.
    pub enum FamilyThreat {
        /// Nobody is.
        Absent = "absent",
        /// A serious and imminent threat, which who asks cannot lessen.
        Present = "present",
        /// A serious and imminent threat, which who asks is able to lessen: the counselor believes so in good faith, and
        /// that telling is necessary for it.
        CallerCanLessen = "caller_can_lessen",
    }
}

text_enum! {
    /// What a counselor may do.
    pub enum FamilyOutcome {
        /// Listen, and write it down.
        ListenOnly = "listen_only",
        /// Also tell what is true for everybody: how to help somebody in crisis, where families find support.
        GeneralInfoOnly = "general_info_only",
        /// Tell something about the participant.
        Share = "share",
        /// Tell what averts the danger, and do what is owed besides.
        EmergencyShare = "emergency_share",
    }
}

text_enum! {
    /// How much is told.
    pub enum Extent {
        /// Nothing about anybody.
        Nothing = "nothing",
        /// What the consent says.
        AsConsented = "as_consented",
        /// What is relevant to this person's part in the care.
        RelevantToInvolvement = "relevant_to_involvement",
        /// The minimum that the participant's best interest asks for.
        MinimumInBestInterest = "minimum_in_best_interest",
        /// What the participant would be told.
        AsToParticipant = "as_to_participant",
        /// What is needed to lessen the threat.
        NeededAgainstThreat = "needed_against_threat",
    }
}

text_enum! {
    /// Why.
    pub enum FamilyBasis {
        /// The participant objected.
        Objection = "objection",
        /// A program under 42 CFR Part 2 neither confirms nor denies without a written consent.
        Part2WithoutConsent = "part2_without_consent",
        /// There is nobody to tell about.
        NotEnrolled = "not_enrolled",
        /// Who asks was not recognized.
        NotVerified = "not_verified",
        /// What is asked about is told to nobody of the family.
        ClassWithheld = "class_withheld",
        /// The participant can be asked, and was not.
        AskFirst = "ask_first",
        /// The participant cannot be asked, and nothing speaks for telling.
        NotInBestInterest = "not_in_best_interest",
        /// A written consent in force.
        WrittenConsent = "written_consent",
        /// A consent in force that was said, and written down by who heard it. Never under 42 CFR Part 2.
        SpokenConsent = "spoken_consent",
        /// The participant agreed, or had the chance to object and did not (45 CFR 164.510(b)(2)).
        Involvement = "involvement",
        /// Professional judgment for somebody who cannot be asked (45 CFR 164.510(b)(3)).
        BestInterest = "best_interest",
        /// A personal representative (45 CFR 164.502(g)).
        Representative = "representative",
        /// A serious and imminent threat (45 CFR 164.512(j)).
        SeriousThreat = "serious_threat",
    }
}

text_enum! {
    /// What a counselor owes when somebody is in danger.
    pub enum EmergencyDuty {
        /// Get help on its way: rescue, or medical personnel, who may be told under 42 CFR 2.51.
        GetHelp = "get_help",
        /// Tell the supervisor now.
        TellSupervisor = "tell_supervisor",
        /// Write down who was told what, and why.
        RecordDisclosure = "record_disclosure",
        /// Tell the care team on the same day.
        TellCareTeam = "tell_care_team",
    }
}
