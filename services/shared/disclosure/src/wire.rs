//! The words of this crate in the contracts.

use harborline_proto::{common::v1 as pb, intake::v1 as intake};
use harborline_types::wire_enum;

use crate::{
    Basis, DataClass, EmergencyDuty, Extent, FamilyBasis, FamilyOutcome, FamilyThreat, ParticipantState, Preference,
    Purpose, Refusal, Relationship, Signed,
};

wire_enum!(
    DataClass,
    pb::DataClass { GeneralPhi, Part2Sud, PsychotherapyNote, SudCounselingNote, FamilyConfidence, Operational }
);
wire_enum!(
    Purpose,
    pb::DisclosurePurpose { Treatment, Payment, Operations, ParticipantRequest, FamilyInvolvement, Emergency }
);
wire_enum!(
    Basis,
    pb::DisclosureBasis { Operational, ParticipantAccess, Treatment, Consent, SeriousThreat, MedicalEmergency }
);
wire_enum!(
    Refusal,
    pb::DisclosureRefusal {
        ConsentMissing,
        RecipientNotCovered,
        ClassNotCovered,
        PurposeNotCovered,
        ConsentExpired,
        ConsentRevoked,
        ConsentUnconfirmed,
        PsychotherapyNote,
        ToldInConfidence,
    }
);
wire_enum!(Signed, intake::ConsentSigned { Paper, Electronic, Spoken });
wire_enum!(Relationship, intake::Relationship { Parent, Partner, Child, Sibling, Relative, Friend, Other });
wire_enum!(ParticipantState, intake::ParticipantState { Able, Absent, Incapacitated });
wire_enum!(Preference, intake::FamilyPreference { NotAsked, Agreed, DidNotObject, Objected });
wire_enum!(FamilyThreat, intake::FamilyThreat { Absent, Present, CallerCanLessen });
wire_enum!(FamilyOutcome, intake::FamilyOutcome { ListenOnly, GeneralInfoOnly, Share, EmergencyShare });
wire_enum!(
    Extent,
    intake::FamilyExtent {
        Nothing,
        AsConsented,
        RelevantToInvolvement,
        MinimumInBestInterest,
        AsToParticipant,
        NeededAgainstThreat,
    }
);
wire_enum!(
    FamilyBasis,
    intake::FamilyBasis {
        Objection,
        Part2WithoutConsent,
        NotEnrolled,
        NotVerified,
        ClassWithheld,
        AskFirst,
        NotInBestInterest,
        WrittenConsent,
        SpokenConsent,
        Involvement,
        BestInterest,
        Representative,
        SeriousThreat,
    }
);
wire_enum!(EmergencyDuty, intake::EmergencyDuty { GetHelp, TellSupervisor, RecordDisclosure, TellCareTeam });
