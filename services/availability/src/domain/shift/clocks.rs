//! Zones that tests know by name.

use super::Zone;

fn zone(name: &str) -> Zone {
    name.parse().unwrap_or_else(|_| panic!("{name} is built in"))
}

pub(crate) fn new_york() -> Zone {
    zone("America/New_York")
}

pub(crate) fn berlin() -> Zone {
    zone("Europe/Berlin")
}

/// Its clocks change by half an hour.
pub(crate) fn lord_howe() -> Zone {
    zone("Australia/Lord_Howe")
}

/// It left a day out.
pub(crate) fn apia() -> Zone {
    zone("Pacific/Apia")
}
