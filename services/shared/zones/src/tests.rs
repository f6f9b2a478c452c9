//! Which data counts, and what clocks show by it.

use std::path::Path;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Offset, TimeZone};
use harborline_testkit::write_zones;
use tempfile::{TempDir, tempdir};

use super::*;

fn local(text: &str) -> NaiveDateTime {
    text.parse().unwrap()
}

fn at(text: &str) -> DateTime<chrono::Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// British Columbia on UTC-7 and Alberta on UTC-6 for good, by the law of 2026.
fn folder(version: &str) -> TempDir {
    let folder = tempdir().unwrap();
    write_zones(folder.path(), version, &[("America/Vancouver", -7, -7), ("America/Edmonton", -6, -6)]);
    folder
}

fn hours_east(zones: &Zones, name: &str, at: DateTime<chrono::Utc>) -> i32 {
    zones.get(name).unwrap().offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc() / 3600
}

#[test]
fn a_mounted_folder_counts_before_all_others_however_old_it_is() {
    let nowhere = Path::new("/nonexistent");
    let old = tempdir().unwrap();
    write_zones(old.path(), "2019a", &[("America/Vancouver", -3, -3)]);
    let zones = Zones::mounted(old.path(), nowhere).unwrap();
    assert_eq!(hours_east(&zones, "America/Vancouver", at("2026-12-07T12:00:00Z")), -3);
    assert_eq!((zones.place(), zones.version().unwrap().to_string().as_str()), ("mounted", "2019a"));
    assert_eq!(hours_east(&zones, "America/New_York", at("2026-12-07T12:00:00Z")), -5, "what it lacks is built in");
}

#[test]
fn of_the_system_and_the_binary_the_newer_counts() {
    let (older, newer) = (folder("2001a"), folder("9999a"));
    let zones = Zones::newest(newer.path());
    assert_eq!((zones.place(), zones.version().unwrap().to_string().as_str()), ("of the system", "9999a"));
    assert_eq!(hours_east(&zones, "America/Edmonton", at("2026-12-07T12:00:00Z")), -6);
    for system in [older.path(), Path::new("/nonexistent")] {
        assert_eq!(Zones::newest(system).place(), "built in");
    }
    let nameless = folder("of its own");
    assert_eq!(Zones::newest(nameless.path()).place(), "built in", "it does not say how new it is");
}

#[test]
fn western_canada_stays_on_summer_time_by_what_is_built_in() {
    let zones = Zones::newest(Path::new("/nonexistent"));
    for (name, east) in [("America/Vancouver", -7), ("America/Edmonton", -6)] {
        assert_eq!(hours_east(&zones, name, at("2026-12-07T16:00:00Z")), east, "{name}");
    }
}

#[test]
fn a_folder_without_zones_is_refused() {
    let empty = tempdir().unwrap();
    for folder in [empty.path(), Path::new("/nonexistent")] {
        assert!(Zones::mounted(folder, Path::new("/nonexistent")).is_err());
    }
}

#[test]
fn what_is_no_zone_has_none() {
    let folder = folder("2026z");
    std::fs::write(folder.path().join("America/Nowhere"), "no zone").unwrap();
    std::fs::create_dir(folder.path().join("right")).unwrap();
    std::fs::copy(folder.path().join("Etc/UTC"), folder.path().join("right/UTC")).unwrap();
    let inner = folder.path().join("America");
    let zones = Zones::mounted(folder.path(), Path::new("/nonexistent")).unwrap();
    let absolute = inner.join("Vancouver").display().to_string();
    for name in ["", "America", "America/Nowhere", "america/new_york", "right/UTC", "../America/Vancouver", &absolute] {
        assert_eq!(zones.get(name), None, "{name:?}");
    }
    assert_eq!(zones.get("America/Vancouver").map(Zone::name), Some("America/Vancouver"));
}

#[test]
fn releases_are_in_order_and_old_ones_are_known() {
    let version = |text: &str| text.parse::<Version>().unwrap();
    assert!(version("2025b") < version("2025c") && version("2025c") < version("2026a"));
    assert!(version("2026z") < version("2026za"));
    for wrong in ["", "2026", "26b", "2026B", "2026-1", "2026abc"] {
        assert!(wrong.parse::<Version>().is_err(), "{wrong:?}");
    }
    assert!(!version("2025b").is_older_than_a_year(day("2026-06-30")));
    assert!(version("2025b").is_older_than_a_year(day("2026-11-30")));
    let (zones, nameless) = (folder("2025b"), folder("none"));
    let said = |folder: &TempDir| {
        Zones::mounted(folder.path(), Path::new("/nonexistent")).unwrap().outdated(day("2026-11-30"))
    };
    assert!(said(&zones).unwrap().contains("2025b"));
    assert!(said(&nameless).unwrap().contains("which release"));
    assert_eq!(said(&folder("2026f")), None);
}

#[test]
fn clocks_that_go_back_and_forward_are_known_by_the_second() {
    let new_york: Zone = "America/New_York".parse().unwrap();
    for skipped in ["2026-03-08T02:00:00", "2026-03-08T02:59:59"] {
        assert!(new_york.offset_from_local_datetime(&local(skipped)).single().is_none());
        assert_eq!(new_york.skipped_until(local(skipped)), Some(at("2026-03-08T07:00:00Z")), "{skipped}");
    }
    assert_eq!(new_york.skipped_until(local("2026-03-08T03:00:00")), None);
    let twice = new_york.from_local_datetime(&local("2026-11-01T01:30:00"));
    let (first, second) = (twice.earliest().unwrap(), twice.latest().unwrap());
    assert_eq!((first.to_utc(), second.to_utc()), (at("2026-11-01T05:30:00Z"), at("2026-11-01T06:30:00Z")));
    assert_eq!(first.to_rfc3339(), "2026-11-01T01:30:00-04:00");
    // The far end of the calendar is no fault.
    assert!(
        new_york.from_utc_datetime(&NaiveDateTime::MAX.checked_sub_days(chrono::Days::new(2)).unwrap()).to_utc()
            > first
    );
    // A day that Samoa left out.
    let apia: Zone = "Pacific/Apia".parse().unwrap();
    assert_eq!(apia.skipped_until(local("2011-12-30T12:00:00")), Some(at("2011-12-30T10:00:00Z")));
}
