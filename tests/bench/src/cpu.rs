//! What processes have used of the processors, as the kernel counts it.

use std::time::Duration;

/// Of this process and of these with all their children that live.
pub(crate) fn used(roots: &[u32]) -> Duration {
    used_by(|process, parent| process == std::process::id() || roots.contains(&process) || roots.contains(&parent))
}

/// Of one process and all its children that live.
pub(crate) fn used_by_one(root: u32) -> Duration {
    used_by(|process, parent| process == root || parent == root)
}

/// Of the processes that count by their id and their parent's.
fn used_by(counts: impl Fn(u32, u32) -> bool) -> Duration {
    let ticks: u64 = std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let process: u32 = entry.file_name().to_str()?.parse().ok()?;
            let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
            // After the command's name, which is in parentheses: state, parent, ... user and system time.
            let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
            let parent: u32 = fields.get(1)?.parse().ok()?;
            let time = |index: usize| fields.get(index).and_then(|text| text.parse::<u64>().ok());
            counts(process, parent).then_some(time(11)? + time(12)?)
        })
        .sum();
    // A hundredth of a second each, on every Linux that we meet.
    Duration::from_millis(ticks * 10)
}
