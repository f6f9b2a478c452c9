//! Where the written policy comes from: this build, or a directory.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::PolicyError;

/// The schema's file.
const SCHEMA: &str = "harborline.cedarschema";
/// The matrix' file.
const MATRIX: &str = "matrix.toml";
/// How the files with rules end.
const RULES: &str = "cedar";

/// What the reviewed files say.
macro_rules! reviewed {
    ($file:literal) => {
        include_str!(concat!("../../../../deploy/policies/", $file))
    };
}

/// Policy as it is written: a schema, files of rules by their names, and a matrix.
#[derive(Clone, Debug)]
pub struct PolicyFiles {
    /// What the rules may speak of.
    pub schema: String,
    /// The rules, by the name of their file.
    pub rules: BTreeMap<String, String>,
    /// What the rules must come to.
    pub matrix: String,
}

impl PolicyFiles {
    /// The files that this build was reviewed with.
    pub fn embedded() -> Self {
        let rules = [
            ("administrators.cedar", reviewed!("administrators.cedar")),
            ("auditors.cedar", reviewed!("auditors.cedar")),
            ("break_glass.cedar", reviewed!("break_glass.cedar")),
            ("care_team.cedar", reviewed!("care_team.cedar")),
            ("clinics.cedar", reviewed!("clinics.cedar")),
            ("counselors.cedar", reviewed!("counselors.cedar")),
            ("limits.cedar", reviewed!("limits.cedar")),
            ("participants.cedar", reviewed!("participants.cedar")),
            ("services.cedar", reviewed!("services.cedar")),
            ("supervisors.cedar", reviewed!("supervisors.cedar")),
        ];
        Self {
            schema: reviewed!("harborline.cedarschema").to_owned(),
            rules: rules.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect(),
            matrix: reviewed!("matrix.toml").to_owned(),
        }
    }

    /// The files of a directory; of the rules every one whose name ends with `.cedar`.
    ///
    /// # Errors
    /// When one of them cannot be read, or schema or matrix are missing.
    pub fn read(directory: &Path) -> Result<Self, PolicyError> {
        let mut rules = BTreeMap::new();
        let entries = fs::read_dir(directory).map_err(|source| unreadable(directory, source))?;
        for entry in entries {
            let path = entry.map_err(|source| unreadable(directory, source))?.path();
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if path.extension().is_some_and(|extension| extension == RULES) {
                rules.insert(name, text(&path)?);
            }
        }
        Ok(Self { schema: text(&directory.join(SCHEMA))?, rules, matrix: text(&directory.join(MATRIX))? })
    }
}

fn text(path: &Path) -> Result<String, PolicyError> {
    fs::read_to_string(path).map_err(|source| unreadable(path, source))
}

fn unreadable(path: &Path, source: std::io::Error) -> PolicyError {
    PolicyError::Read { path: path.to_owned(), source }
}
