//! What of the host matters to segments: its clock, its boot id, and who tidies up behind users.

use super::finding::Finding;
use std::fs;
use std::path::{Path, PathBuf};

/// A user id from which on users are ordinary ones, whose memory logind removes.
const FIRST_ORDINARY: u32 = 1000;

/// The monotonic clock, which a time namespace shifts.
pub(super) fn clock() -> Finding {
    match fs::read_to_string("/proc/self/timens_offsets") {
        Ok(text) => match offset(&text) {
            Some((0, 0)) | None => Finding::ok("clock", "no time namespace shifts the clock"),
            Some((s, _)) => Finding::ok(
                "clock",
                format!("a time namespace shifts the clock by {s} s, which is taken into account"),
            ),
        },
        Err(_) if Path::new("/proc/self/status").exists() => {
            Finding::ok("clock", "this kernel has no time namespaces")
        }
        Err(_) => Finding::warning(
            "clock",
            "/proc is not mounted: the shift of a time namespace cannot be read",
            "mount /proc, or keep all users of a segment in one time namespace",
        ),
    }
}

/// Seconds and nanoseconds of the `monotonic` line.
fn offset(text: &str) -> Option<(i64, i64)> {
    let line = text.lines().find_map(|line| line.strip_prefix("monotonic"))?;
    let mut fields = line.split_whitespace().map(str::parse);
    Some((fields.next()?.ok()?, fields.next()?.ok()?))
}

/// The boot id, by which a segment of an earlier boot is told.
pub(super) fn boot() -> Finding {
    match fs::read_to_string("/proc/sys/kernel/random/boot_id") {
        Ok(id) => Finding::ok("boot", format!("this boot is {}", id.trim())),
        Err(error) => Finding::warning(
            "boot",
            format!("the boot id cannot be read ({error}): segments of earlier boots are not told apart"),
            "mount /proc; or keep segments in /dev/shm, which is empty after a boot",
        ),
    }
}

/// logind removes what an ordinary user has in /dev/shm when the last session of the user ends.
pub(super) fn remove_ipc(folder: &Path) -> Finding {
    let uid = rustix::process::geteuid().as_raw();
    let what = if !Path::new("/run/systemd/system").exists() {
        "systemd does not run here"
    } else if !folder.starts_with("/dev/shm") {
        "the directory is outside of /dev/shm, where logind does not tidy up"
    } else if uid < FIRST_ORDINARY {
        "logind leaves alone what system users have in /dev/shm"
    } else if setting("RemoveIPC").is_some_and(|value| is_no(&value)) {
        "RemoveIPC is off"
    } else {
        return Finding::warning(
            "remove-ipc",
            "RemoveIPC is on: when the last session of this user ends, logind removes the segments in /dev/shm",
            "run the service as a system user, set RemoveIPC=no in logind.conf, or use RuntimeDirectory= \
             and HOLYSHEEP_CB_DIR (docs/SEGMENT.md, systemd)",
        );
    };
    Finding::ok("remove-ipc", what)
}

/// The last value that logind's files give a setting.
fn setting(name: &str) -> Option<String> {
    let read = |path: PathBuf| fs::read_to_string(path).unwrap_or_default();
    let mut text = String::new();
    for folder in ["/usr/lib/systemd", "/run/systemd", "/etc/systemd"] {
        text += &read(Path::new(folder).join("logind.conf"));
        let mut pieces: Vec<_> = fs::read_dir(Path::new(folder).join("logind.conf.d"))
            .into_iter()
            .flatten()
            .flatten()
            .map(|e| e.path())
            .collect();
        pieces.sort();
        pieces.into_iter().for_each(|piece| text = format!("{text}\n{}\n", read(piece)));
    }
    let mut values =
        text.lines().filter_map(|line| line.trim().strip_prefix(name)?.trim_start().strip_prefix('='));
    values.next_back().map(|value| value.trim().to_owned())
}

/// What systemd reads as no.
fn is_no(value: &str) -> bool {
    matches!(value.to_ascii_lowercase().as_str(), "no" | "false" | "off" | "0")
}

#[cfg(test)]
mod tests {
    use super::{is_no, offset};

    #[test]
    fn the_shift_of_a_time_namespace() {
        assert_eq!(offset("monotonic           0         0\nboottime 0 0\n"), Some((0, 0)));
        assert_eq!(offset("boottime 0 0\nmonotonic -86400 500000000\n"), Some((-86_400, 500_000_000)));
        assert_eq!(offset("monotonic x y"), None);
        assert!(is_no("No") && !is_no("yes"));
    }
}
