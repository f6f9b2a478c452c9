//! The few facts about the process itself that are read from the environment under their plain names.

/// The variables that [`environment`] reads, each with its meaning.
pub const PROCESS_VARIABLES: &[(&str, &str)] = &[
    ("HARBORLINE_AUDIT_DSN", "connection string of the database whose record of accesses is audited"),
    ("HARBORLINE_PG", "connection string of a running Postgres, with {db} for the database; none is started then"),
    ("HARBORLINE_PG_BIN", "folder with the postgres and initdb programs to start"),
    ("HARBORLINE_PG_HIDE_SYSTEM", "set to pass over an installed Postgres and fetch the pinned one"),
    ("HOME", "home folder of the user, for the fallbacks of the two XDG folders"),
    ("XDG_CACHE_HOME", "folder for what can be fetched again, such as the Postgres programs"),
    ("XDG_STATE_HOME", "folder for what survives a restart, such as the development databases"),
    ("PATH", "where programs are searched"),
    ("CARGO", "the cargo that started a test, for the tests that ask it for the crates' dependencies"),
];

/// The value of one of [`PROCESS_VARIABLES`]. None when it is unset, empty or not Unicode, and for any other name: what
/// is not on the list is not a setting.
#[allow(clippy::disallowed_methods, reason = "the environment is read in this crate, and nowhere else")]
pub fn environment(name: &str) -> Option<String> {
    PROCESS_VARIABLES.iter().find(|(known, _)| *known == name)?;
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Every variable of the process whose name begins with `prefix`, sorted by name.
#[allow(clippy::disallowed_methods, reason = "the environment is read in this crate, and nowhere else")]
pub(crate) fn variables_beginning_with(prefix: &str) -> Vec<(String, String)> {
    let readable = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
    let mut found: Vec<_> = std::env::vars_os()
        .map(|(name, value)| (readable(name), value))
        .filter(|(name, _)| name.starts_with(prefix))
        .map(|(name, value)| (name, readable(value)))
        .collect();
    found.sort();
    found
}
