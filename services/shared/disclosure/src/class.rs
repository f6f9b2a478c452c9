//! What kind of information something is.

use harborline_types::text_enum;

text_enum! {
    /// What law and promise say about telling a piece of information.
    pub enum DataClass {
        /// Ordinary health information.
        GeneralPhi = "general_phi",
        /// Records of substance use disorder care (42 CFR Part 2).
        Part2Sud = "part2_sud",
        /// A therapist's notes kept apart from the record (45 CFR 164.501).
        PsychotherapyNote = "psychotherapy_note",
        /// Notes of substance use counseling kept apart from the record (42 CFR 2.11).
        SudCounselingNote = "sud_counseling_note",
        /// What somebody told in confidence about a participant (45 CFR 164.524(a)(2)(v)).
        FamilyConfidence = "family_confidence",
        /// No health information.
        Operational = "operational",
    }
}

text_enum! {
    /// HL7's confidentiality of a class.
    pub enum Confidentiality {
        /// Normal.
        Normal = "N",
        /// Restricted.
        Restricted = "R",
        /// Very restricted.
        VeryRestricted = "V",
    }
}

text_enum! {
    /// HL7's sensitivity of a class.
    pub enum Sensitivity {
        /// Substance use.
        SubstanceUse = "ETH",
        /// Psychiatry.
        Psychiatry = "PSY",
    }
}

impl DataClass {
    /// What it is in a program: of one under 42 CFR Part 2 everything that tells who is in care there is protected so.
    pub fn in_program(self, is_part2_program: bool) -> Self {
        if self == Self::GeneralPhi && is_part2_program { Self::Part2Sud } else { self }
    }

    /// Whether 42 CFR Part 2 protects it.
    pub fn is_part2(self) -> bool {
        matches!(self, Self::Part2Sud | Self::SudCounselingNote)
    }

    /// HL7's confidentiality.
    pub fn confidentiality(self) -> Confidentiality {
        match self {
            Self::Operational => Confidentiality::Normal,
            Self::GeneralPhi | Self::Part2Sud => Confidentiality::Restricted,
            Self::PsychotherapyNote | Self::SudCounselingNote | Self::FamilyConfidence => {
                Confidentiality::VeryRestricted
            }
        }
    }

    /// HL7's sensitivity, where one fits.
    pub fn sensitivity(self) -> Option<Sensitivity> {
        match self {
            Self::Part2Sud | Self::SudCounselingNote => Some(Sensitivity::SubstanceUse),
            Self::PsychotherapyNote => Some(Sensitivity::Psychiatry),
            Self::GeneralPhi | Self::FamilyConfidence | Self::Operational => None,
        }
    }

    /// HL7's code of the policy that protects it, where there is one.
    pub fn policy(self) -> Option<&'static str> {
        self.is_part2().then_some("42CFRPart2")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ordinary_elsewhere_is_part_2_in_a_part_2_program_and_nothing_else_changes() {
        for class in DataClass::ALL {
            assert_eq!(class.in_program(false), *class);
            let expected = if *class == DataClass::GeneralPhi { DataClass::Part2Sud } else { *class };
            assert_eq!(class.in_program(true), expected);
        }
    }

    #[test]
    fn the_labels_of_part_2_name_it() {
        let labels = |class: DataClass| (class.confidentiality(), class.sensitivity(), class.policy());
        let (restricted, substance_use) = (Confidentiality::Restricted, Sensitivity::SubstanceUse);
        assert_eq!(labels(DataClass::Part2Sud), (restricted, Some(substance_use), Some("42CFRPart2")));
        assert_eq!(labels(DataClass::Operational), (Confidentiality::Normal, None, None));
    }
}
