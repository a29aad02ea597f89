//! The segments one by one; and removed ones that processes still have in memory.

use super::finding::Finding;
use crate::place::open;
use holysheep_cb::{ErrorKind, SegmentInfo};
use std::fs;
use std::path::Path;

/// What there is to say of a file in the directory.
pub(super) fn segment(info: &SegmentInfo) -> Finding {
    let path = info.path.display();
    if let Some(problem) = &info.problem {
        return Finding::wrong("segment", problem.to_string(), advice(problem.kind()));
    }
    let breakers = match open(&info.name) {
        Ok(opened) => opened.segment.names().len(),
        Err(fault) => {
            return Finding::wrong(
                "segment",
                fault.to_string(),
                "look at it again; it may just have been removed",
            );
        }
    };
    let capacity = info.capacity.unwrap_or(0) as usize;
    let what = format!("{path} has {breakers} breakers of {capacity}");
    if breakers >= capacity {
        let advice = "remove it, and make it anew with a larger capacity; look whether names are made up of something unbounded";
        return Finding::wrong("segment", format!("{what}: it is full"), advice);
    }
    if breakers * 10 >= capacity * 9 {
        return Finding::warning(
            "segment",
            format!("{what}: it is nearly full"),
            "make it anew with a larger capacity",
        );
    }
    Finding::ok("segment", what)
}

/// What to do about a segment that cannot be opened.
fn advice(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Layout => {
            "stop its users, remove it (hscb rm), start again; or another name for each version of the library"
        }
        ErrorKind::Truncated | ErrorKind::NotReady => {
            "remove it (hscb rm --force); whoever opens it next makes it anew"
        }
        ErrorKind::NotFound => "nothing: whoever opens it next for use makes it anew",
        ErrorKind::Permission => {
            "let its creator be the directory's owner, with a common group and mode 0660; or chmod o-w"
        }
        ErrorKind::Name => "move it elsewhere: nothing but segments belongs there",
        _ => "the message has the system's reason",
    }
}

/// Processes that have a removed segment of this directory in memory, and not the one that took its place. Those of other
/// users do not show theirs.
pub(super) fn removed(folder: &Path) -> Vec<Finding> {
    // As the kernel writes it: without links.
    let folder = &fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let mut found = Vec::new();
    for pid in pids {
        let Ok(maps) = fs::read_to_string(format!("/proc/{pid}/maps")) else { continue };
        for path in lost(&maps, folder) {
            found.push(Finding::warning(
                "removed",
                format!("process {pid} goes on with {path}, which was removed"),
                "a breaker looks for the new file at its next cold call; a process that stays here makes no calls",
            ));
        }
    }
    if found.is_empty() {
        found.push(Finding::ok("removed", "no process that can be looked into has a removed segment alone"));
    }
    found
}

/// The segments of the folder that this process has mapped as removed files only.
fn lost(maps: &str, folder: &Path) -> Vec<String> {
    let prefix = format!("{}/", folder.display());
    // Five fields stand before the path; it may hold spaces.
    let mapped = maps.lines().filter_map(|line| Some(&line[line.find(&prefix)?..]));
    let (gone, there): (Vec<_>, Vec<_>) = mapped.partition(|path| path.ends_with(" (deleted)"));
    let mut lost: Vec<_> = gone.iter().map(|path| path.trim_end_matches(" (deleted)")).collect();
    lost.sort_unstable();
    lost.dedup();
    lost.into_iter().filter(|path| !there.contains(path)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::lost;
    use std::path::Path;

    #[test]
    fn a_mapping_that_was_replaced_is_not_lost() {
        let maps = "\
7f00-7f01 rw-s 00000000 00:19 12 /dev/shm/cb/old (deleted)
7f01-7f02 rw-s 00000000 00:19 13 /dev/shm/cb/renewed (deleted)
7f02-7f03 rw-s 00000000 00:19 14 /dev/shm/cb/renewed
7f03-7f04 rw-s 00000000 00:19 15 /dev/shm/other/old (deleted)
7f04-7f05 r--p 00000000 00:19 16 /usr/lib/libc.so.6
";
        assert_eq!(lost(maps, Path::new("/dev/shm/cb")), ["/dev/shm/cb/old"]);
    }
}
