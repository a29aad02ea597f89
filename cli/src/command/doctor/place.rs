//! The directory of segments, and the room in it.

use super::finding::Finding;
use crate::output::size;
use holysheep_cb::{ErrorKind, Segment};
use rustix::fs::statvfs;
use std::path::Path;

/// What a segment takes with the default options and 8 stripes.
const DEFAULT_SEGMENT: u64 = 8_613_952;

/// Whether it can be used.
pub(super) fn directory(folder: &Path) -> Finding {
    let shown = folder.display();
    match Segment::list() {
        Ok(found) => Finding::ok("directory", format!("{shown} can be read and has {} files", found.len())),
        Err(error) if error.kind() == ErrorKind::NotFound => Finding::ok(
            "directory",
            format!("{shown} is not there; whoever opens the first segment makes it"),
        ),
        Err(error) => Finding::wrong(
            "directory",
            error.to_string(),
            "give it to the user of the service, take away what others may write, or set HOLYSHEEP_CB_DIR to another",
        ),
    }
}

/// Whether a segment would find room. The directory's parent stands in for one that is not there yet.
pub(super) fn space(folder: &Path) -> Finding {
    let place = if folder.is_dir() { folder } else { folder.parent().unwrap_or(folder) };
    let shown = place.display();
    let room = match statvfs(place) {
        Ok(room) => room,
        Err(error) => {
            return Finding::wrong(
                "space",
                format!("{shown}: {}", std::io::Error::from(error)),
                "make the directory",
            );
        }
    };
    let (free, all) =
        (room.f_bavail.saturating_mul(room.f_frsize), room.f_blocks.saturating_mul(room.f_frsize));
    let what = format!("{shown} has {} of {} left", size(free), size(all));
    if free >= DEFAULT_SEGMENT {
        return Finding::ok("space", what);
    }
    let needed = size(DEFAULT_SEGMENT);
    Finding::warning(
        "space",
        format!("{what}; another segment of the default size takes {needed}"),
        "enlarge it (docker: --shm-size), or open segments with a smaller capacity or fewer stripes",
    )
}
