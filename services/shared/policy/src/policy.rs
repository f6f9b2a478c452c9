//! The policy of a process: asked about every call before its story begins, and by the story about the record it wants.

use std::path::Path;
use std::sync::Arc;

use harborline_identity::{Call, Denied, Facts, Judge};

use crate::decide::{Decider, Question, Ruling};
use crate::rules::Rules;
use crate::{Matrix, PolicyError, PolicyFiles, sweep};

/// What a refusal is called that no rule has a name for.
const NO_RULE: &str = "default";

/// How a call is admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Whatever record it wants.
    Always,
    /// If what is known of the record allows it: [`Call::permit`] must be asked and agree before anything is answered.
    Conditional,
}

/// Rules and matrix, read and held against each other and against the contracts.
pub struct Policy {
    matrix: Matrix,
    decider: Decider,
}

impl Policy {
    /// The policy that this build was reviewed with. That its rules come to what its matrix says is tested, not asked
    /// again at each start.
    ///
    /// # Errors
    /// When it is wrong; a test keeps such a build from being made.
    pub fn embedded() -> Result<Self, PolicyError> {
        Self::parse(&PolicyFiles::embedded())
    }

    /// The policy in a directory, if its rules come to what its matrix says.
    ///
    /// # Errors
    /// Every fault, and every case in which rules and matrix differ.
    pub fn from_directory(directory: &Path) -> Result<Self, PolicyError> {
        let policy = Self::parse(&PolicyFiles::read(directory)?)?;
        let differences: Vec<_> = policy.differences().collect();
        if differences.is_empty() { Ok(policy) } else { Err(PolicyError::Faults(differences)) }
    }

    /// The policy that these files are, without holding the rules against the matrix.
    ///
    /// # Errors
    /// Every fault: what does not parse, what the schema does not know, what is not of the contracts.
    pub fn parse(files: &PolicyFiles) -> Result<Self, PolicyError> {
        let mut faults = Vec::new();
        let matrix = Matrix::parse(&files.matrix, &mut faults);
        let rules = Rules::parse(files, &matrix, &mut faults);
        match Decider::new(rules) {
            Some(decider) if faults.is_empty() => Ok(Self { matrix, decider }),
            _ => Err(PolicyError::Faults(faults)),
        }
    }

    /// Every case in which the rules do not come to what the matrix says.
    pub fn differences(&self) -> impl Iterator<Item = String> {
        sweep::differences(&self.matrix, &self.decider)
    }

    /// The matrix.
    pub fn matrix(&self) -> &Matrix {
        &self.matrix
    }

    /// Whether a call may be made at all, before it is known which record it wants.
    ///
    /// # Errors
    /// The rule that refuses it for every record.
    pub fn admits(&self, call: &Call) -> Result<Admission, Denied> {
        match &*self.ruling(call, &Facts::default()) {
            Ruling::Permitted(_) => Ok(Admission::Always),
            Ruling::Forbidden(rules) => Err(denied(rules)),
            Ruling::Unsaid => {
                let row = self.matrix.row(call.method());
                let conditional = row.is_some_and(|row| row.has_condition_for(call.caller()));
                if conditional { Ok(Admission::Conditional) } else { Err(denied::<&str>(&[])) }
            }
        }
    }

    fn ruling(&self, call: &Call, facts: &Facts) -> Arc<Ruling> {
        let program = call.scope().ok().map(|scope| scope.program());
        self.decider.decide(&Question {
            asker: call.caller().into(),
            program,
            method: call.method(),
            purpose: call.purpose(),
            // What a story reads, it reads in the program of its call: the store takes nothing else.
            of: program,
            facts,
        })
    }
}

impl Judge for Policy {
    /// A refusal for want of a fact names the rules that would have permitted the call with it.
    fn judge(&self, call: &Call, facts: &Facts) -> Result<(), Denied> {
        match &*self.ruling(call, facts) {
            Ruling::Permitted(_) => Ok(()),
            Ruling::Forbidden(rules) => Err(denied(rules)),
            Ruling::Unsaid => {
                let row = self.matrix.row(call.method());
                let rules: Vec<_> = row.into_iter().flat_map(|row| row.conditions_of(call.caller())).collect();
                Err(denied(&rules))
            }
        }
    }
}

fn denied<T: AsRef<str>>(rules: &[T]) -> Denied {
    let mut rules: Vec<_> = rules.iter().map(AsRef::as_ref).collect();
    rules.sort_unstable();
    rules.dedup();
    Denied { rule: if rules.is_empty() { NO_RULE.to_owned() } else { rules.join(", ") } }
}
