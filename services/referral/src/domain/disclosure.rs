//! Telling a clinic what it must know: what permits it, and what goes with it.
//!
//! Intake decides; here its word is held against what the summary holds. A word that does not fit permits nothing.

use harborline_disclosure::{Basis, DataClass, Disclosed, Notice, Part2, Reference, Refusal};
use harborline_types::{BreakGlassId, ConsentId, Phi};

/// What permits telling one class of information.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The class, as it is in the program.
    pub class: DataClass,
    /// On what ground.
    pub basis: Basis,
    /// The consent, when that is the ground, with its scope in words.
    pub consent: Option<(ConsentId, Phi<String>)>,
    /// The emergency on record, when that is the ground.
    pub emergency: Option<BreakGlassId>,
}

/// Intake's permission to tell a facility, at the moment it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permitted {
    /// One for each class.
    pub grants: Vec<Grant>,
    /// What goes with a summary under 42 CFR Part 2.
    pub notice: Option<Notice>,
}

/// Intake's word on telling a facility.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All classes may be told.
    Permitted(Permitted),
    /// Nothing may be told: why, and which classes nothing permits.
    Refused(Refusal, Vec<DataClass>),
}

/// A summary on its way to a clinic that may be told.
pub enum Carried {
    /// Ordinary health information; with the consent, where one permits it.
    Ordinary(Phi<String>, Option<Reference>),
    /// Under 42 CFR Part 2: the notice and the ground go with it.
    Part2(Disclosed<Phi<String>>),
}

/// A permission does not cover what the summary holds, or lacks what must go with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the permission does not fit the summary")]
pub struct Unfit;

/// The classes that leave the program for no facility, among these.
pub fn kept_inside(classes: &[DataClass]) -> Option<(Refusal, Vec<DataClass>)> {
    let of = |class: DataClass, refusal| classes.contains(&class).then(|| (refusal, vec![class]));
    of(DataClass::PsychotherapyNote, Refusal::PsychotherapyNote)
        .or_else(|| of(DataClass::FamilyConfidence, Refusal::ToldInConfidence))
}

impl Grant {
    /// What a clinic is given to refer to.
    fn reference(&self) -> Option<Reference> {
        match (&self.consent, self.emergency) {
            (Some((id, scope)), _) => Some(Reference::consent(*id, scope.clone())),
            (None, Some(id)) => Some(Reference::emergency(id)),
            (None, None) => None,
        }
    }
}

impl Permitted {
    /// The classes, as they are in the program.
    pub fn classes(&self) -> Vec<DataClass> {
        self.grants.iter().map(|grant| grant.class).collect()
    }

    /// The grant that weighs most: the one under Part 2, or else the first.
    pub fn ground(&self) -> Option<&Grant> {
        self.grants.iter().find(|grant| grant.class.is_part2()).or(self.grants.first())
    }

    /// Takes a summary of these classes out, with all that must go with it.
    ///
    /// # Errors
    /// When a class is not covered, or a summary under Part 2 would go without notice or ground.
    pub fn carry(&self, summary: Phi<String>, classes: &[DataClass]) -> Result<Carried, Unfit> {
        let covers = |class: &DataClass| {
            self.grants.iter().any(|grant| grant.class == *class || grant.class == class.in_program(true))
        };
        let ground = self.ground().filter(|_| classes.iter().all(covers)).ok_or(Unfit)?;
        if !ground.class.is_part2() {
            return Ok(Carried::Ordinary(summary, ground.reference()));
        }
        let (notice, reference) = self.notice.zip(ground.reference()).ok_or(Unfit)?;
        Ok(Carried::Part2(Part2::new(summary).disclose(notice, reference)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(class: DataClass, basis: Basis) -> Grant {
        let consent = (basis == Basis::Consent).then(|| (ConsentId::new(), Phi::new("scope".to_owned())));
        let emergency = (basis == Basis::MedicalEmergency).then(BreakGlassId::new);
        Grant { class, basis, consent, emergency }
    }

    fn carry(grants: &[Grant], notice: Option<Notice>, classes: &[DataClass]) -> Result<Carried, Unfit> {
        Permitted { grants: grants.to_vec(), notice }.carry(Phi::new("what to know".to_owned()), classes)
    }

    #[test]
    fn a_summary_under_part_2_goes_with_notice_and_ground_or_not_at_all() {
        let classes = [DataClass::GeneralPhi, DataClass::Part2Sud];
        let ordinary = grant(DataClass::GeneralPhi, Basis::Treatment);
        for basis in [Basis::Consent, Basis::MedicalEmergency] {
            let grants = [ordinary.clone(), grant(DataClass::Part2Sud, basis)];
            let carried = carry(&grants, Some(Notice::short()), &classes);
            assert!(matches!(carried, Ok(Carried::Part2(_))), "{basis}");
            assert!(carry(&grants, None, &classes).is_err(), "{basis} without notice");
        }
        let groundless = [ordinary.clone(), grant(DataClass::Part2Sud, Basis::Treatment)];
        assert!(carry(&groundless, Some(Notice::short()), &classes).is_err());
        assert!(carry(&[ordinary], Some(Notice::short()), &classes).is_err(), "a class without a grant");
        assert!(carry(&[], Some(Notice::short()), &[]).is_err(), "no grant permits nothing");
    }

    #[test]
    fn what_was_ordinary_when_it_was_written_goes_as_part_2_once_the_program_is_under_it() {
        let grants = [grant(DataClass::Part2Sud, Basis::Consent)];
        assert!(matches!(carry(&grants, Some(Notice::short()), &[DataClass::GeneralPhi]), Ok(Carried::Part2(_))));
    }

    #[test]
    fn an_ordinary_summary_goes_with_its_consent_where_one_permits_it() {
        let reference = |basis| match carry(&[grant(DataClass::GeneralPhi, basis)], None, &[DataClass::GeneralPhi]) {
            Ok(Carried::Ordinary(_, reference)) => reference.is_some(),
            _ => panic!("{basis} carries an ordinary summary"),
        };
        assert!(reference(Basis::Consent));
        assert!(!reference(Basis::Treatment));
    }

    #[test]
    fn notes_kept_apart_and_what_was_told_in_confidence_stay_inside() {
        let kept = |class| kept_inside(&[DataClass::GeneralPhi, class]).map(|(refusal, _)| refusal);
        assert_eq!(kept(DataClass::PsychotherapyNote), Some(Refusal::PsychotherapyNote));
        assert_eq!(kept(DataClass::FamilyConfidence), Some(Refusal::ToldInConfidence));
        assert_eq!(kept(DataClass::SudCounselingNote), None);
    }
}
