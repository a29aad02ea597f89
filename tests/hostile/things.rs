//! Things in the file's place that are no file: each is refused at once and left alone.

use crate::child::{self, directory};
use crate::file::{options, template};
use holysheep_cb::{ErrorKind, Segment};
use rustix::fs::{CWD, FileType, mknodat};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::{Duration, Instant};

#[test]
fn things_that_are_no_file() {
    child::play("things");
}

fn kind(name: &str) -> Option<ErrorKind> {
    let begun = Instant::now();
    let kind = options().open(name).map_err(|error| error.kind()).err();
    assert!(begun.elapsed() < Duration::from_secs(3), "{name} took {:?}", begun.elapsed());
    kind
}

pub(crate) fn role() {
    let at = |name: &str| directory().join(name);
    std::fs::write(at("segment"), template()).expect("a segment in order");
    assert_eq!(kind("segment"), None);

    std::fs::create_dir(at("directory")).expect("made");
    symlink("segment", at("link")).expect("made");
    symlink("nowhere", at("dangling")).expect("made");
    symlink("loop", at("loop")).expect("made");
    mknodat(CWD, at("fifo"), FileType::Fifo, 0o600.into(), 0).expect("made");
    let listener = UnixListener::bind(at("socket")).expect("made");
    std::fs::hard_link(at("segment"), at("second-name")).expect("made");
    for name in ["link", "dangling", "loop", "fifo"] {
        assert_eq!(kind(name), Some(ErrorKind::Permission), "{name}");
    }
    for name in ["directory", "socket"] {
        assert!(matches!(kind(name), Some(ErrorKind::Io | ErrorKind::Permission)), "{name}");
    }
    assert_eq!(kind("second-name"), None, "one more name of the same file is no harm");
    drop(listener);
    assert!(!at("nowhere").exists(), "nothing was made through a link");
    let left = ["directory", "link", "dangling", "loop", "fifo", "socket"];
    assert!(left.iter().all(|name| std::fs::symlink_metadata(at(name)).is_ok()), "each was left alone");

    for bad in ["", ".", "..", "a/b", "../a", "segment.lock", "a b", "ä", &"x".repeat(65)] {
        assert_eq!(kind(bad), Some(ErrorKind::Name), "{bad:?}");
    }
    modes(&at("segment"));
    directories();
}

fn modes(path: &Path) {
    for (mode, refused) in [(0o602, true), (0o666, true), (0o777, true), (0o660, false), (0o644, false)] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("chmod");
        assert_eq!(kind("segment"), refused.then_some(ErrorKind::Permission), "{mode:o}");
    }
}

/// What `HOLYSHEEP_CB_DIR` names may be anything as well.
fn directories() {
    let here = directory();
    let with = |folder: &Path| {
        // SAFETY: the other threads of this role do not look at the environment.
        unsafe { std::env::set_var("HOLYSHEEP_CB_DIR", folder) };
        Segment::open("any").map_err(|error| error.kind()).err()
    };
    for (name, wanted) in [("segment", ErrorKind::Permission), ("no/such/parent", ErrorKind::NotFound)] {
        assert_eq!(with(&here.join(name)), Some(wanted), "{name}");
    }
    assert!(with(&here.join("fifo")).is_some());
    assert_eq!(with(&here.join("directory")), None, "an empty one is used");
    assert_eq!(with(&here.join("fresh")), None, "one that is not there is made");
    std::fs::set_permissions(here.join("fresh"), std::fs::Permissions::from_mode(0o777)).expect("chmod");
    assert_eq!(with(&here.join("fresh")), Some(ErrorKind::Permission), "everyone may write there");
}
