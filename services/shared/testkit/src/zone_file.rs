//! Compiled time zones of a test's own.

use std::fs;
use std::path::Path;

/// A folder of zones as an operator mounts one: each with what its clocks show until 2025-11-02T09:00Z and from then on, in
/// hours east of universal time. It says that it is of a release.
///
/// # Panics
/// When the folder cannot be written.
pub fn write_zones(folder: &Path, version: &str, zones: &[(&str, i32, i32)]) {
    fs::write(folder.join("tzdata.zi"), format!("# version {version}\n")).expect("the folder can be written");
    for (name, before, after) in [("Etc/UTC", 0, 0)].iter().chain(zones) {
        let file = folder.join(name);
        fs::create_dir_all(file.parent().expect("a folder")).expect("the folder can be written");
        fs::write(file, compiled(*before, *after)).expect("the folder can be written");
    }
}

/// 2025-11-02T09:00:00Z, when the clocks of the west of North America last went back.
const CHANGE: i64 = 1_762_074_000;

/// One change and no rule after it: a TZif file of version 2 (RFC 9636).
fn compiled(before: i32, after: i32) -> Vec<u8> {
    let hour = |hours: i32| [(hours * 3600).to_be_bytes().as_slice(), &[0, 0]].concat();
    let head = |times: u32, types: u32| {
        let counts = [0, 0, 0, times, types, 4].map(u32::to_be_bytes).concat();
        [b"TZif2".as_slice(), &[0; 15], &counts].concat()
    };
    // The first block is for readers of version 1, who know 32 bits alone.
    let first = [head(0, 1), hour(after), b"ZON\0".to_vec()].concat();
    let second =
        [head(1, 2), CHANGE.to_be_bytes().to_vec(), vec![1], hour(before), hour(after), b"ZON\0".to_vec()].concat();
    [first, second, format!("\n<ZON>{}\n", -after).into_bytes()].concat()
}
