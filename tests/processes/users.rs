//! Two users on one directory: a group shares, a stranger's file is refused, and so is what everyone may write.

use crate::child::{self, directory};
use crate::kit::{Fork, small};
use holysheep_cb::{Breaker, Error, ErrorKind, Segment};
use std::os::unix::fs::{FileExt as _, MetadataExt as _, PermissionsExt as _, chown};
use std::path::Path;
use std::time::Duration;

const OWNER: u32 = 61_001;
const MEMBER: u32 = 61_002;
const STRANGER: u32 = 61_003;
const GROUP: u32 = 62_001;
const LIMIT: Duration = Duration::from_secs(20);

#[test]
fn users_share_by_group_and_strangers_are_refused() {
    if !child::is_root() {
        return child::cannot_run("being other users takes root");
    }
    child::play("users");
}

pub(crate) fn role() {
    own(&directory(), OWNER, 0o2770);
    a_group_shares();
    a_member_replaces_an_earlier_boot();
    a_stranger_is_kept_out();
    strange_files_are_refused();
    what_everyone_may_write_is_refused();
    the_default_directory_is_our_own();
}

/// Runs `body` as another user, with `groups` and the usual umask.
fn be(user: u32, groups: &[u32], body: impl FnOnce()) {
    let child = Fork::run(|| {
        let primary = groups.first().copied().unwrap_or(user);
        let check = |result: i32| assert_eq!(result, 0, "{}", std::io::Error::last_os_error());
        // SAFETY: this process has one thread; a live array of as many groups.
        check(unsafe { libc::setgroups(groups.len(), groups.as_ptr()) });
        // SAFETY: as above, without pointers.
        unsafe {
            check(libc::setgid(primary));
            check(libc::setuid(user));
            libc::umask(0o022);
        }
        body();
    });
    child.join(&format!("user {user}"), LIMIT);
}

fn own(path: &Path, user: u32, mode: u32) {
    chown(path, Some(user), Some(GROUP)).expect("chown");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("chmod");
}

fn open(name: &str) -> Result<Segment, Error> {
    small(4).file_mode(0o660).open(name)
}

fn refused(name: &str, kind: ErrorKind) {
    let error = open(name).expect_err("it is refused");
    assert_eq!(error.kind(), kind, "{error}");
    assert!(error.to_string().contains(name), "the message names the file: {error}");
}

fn call(segment: &Segment) -> u64 {
    let breaker = Breaker::builder().segment(segment).open("relay").expect("a breaker");
    breaker.admit().expect("closed admits").success();
    breaker.snapshot().totals.successes
}

fn a_group_shares() {
    be(OWNER, &[GROUP], || assert_eq!(call(&open("team").expect("made")), 1));
    let file = std::fs::metadata(directory().join("team")).expect("the file");
    assert_eq!((file.uid(), file.gid(), file.mode() & 0o777), (OWNER, GROUP, 0o660), "whatever the umask");
    be(MEMBER, &[MEMBER, GROUP], || assert_eq!(call(&open("team").expect("shared by group")), 2));
    be(OWNER, &[GROUP], || assert_eq!(call(&open("team").expect("still ours")), 3));
    // Without the option it is the owner's alone.
    be(OWNER, &[GROUP], || drop(small(4).open("mine").expect("made")));
    be(MEMBER, &[MEMBER, GROUP], || refused("mine", ErrorKind::Permission));
}

/// The owner replaced one earlier boot's file, and left the lock; the next time a member has to.
fn a_member_replaces_an_earlier_boot() {
    let leave = || {
        let file = std::fs::File::options().write(true).open(directory().join("team")).expect("the file");
        file.write_all_at(&[0x5a; 16], 24).expect("another boot");
    };
    leave();
    be(OWNER, &[GROUP], || assert_eq!(call(&open("team").expect("replaced")), 1));
    leave();
    be(MEMBER, &[MEMBER, GROUP], || assert_eq!(call(&open("team").expect("replaced by a member")), 1));
    std::fs::remove_file(directory().join("team")).expect("removed");
}

fn a_stranger_is_kept_out() {
    be(OWNER, &[GROUP], || drop(open("team").expect("made")));
    be(STRANGER, &[STRANGER], || {
        assert_eq!(open("team").expect_err("the directory is closed").kind(), ErrorKind::Permission);
    });
    // A directory that all may enter does not open the file.
    own(&directory(), OWNER, 0o2775);
    be(STRANGER, &[STRANGER], || refused("team", ErrorKind::Permission));
}

/// In a directory like /tmp a stranger may be first; its file is not ours, even if it lets us in.
fn strange_files_are_refused() {
    own(&directory(), OWNER, 0o1777);
    be(STRANGER, &[GROUP], || drop(open("trap").expect("made by a stranger")));
    be(MEMBER, &[MEMBER, GROUP], || refused("trap", ErrorKind::Permission));
    be(OWNER, &[GROUP], || refused("trap", ErrorKind::Permission));
    be(STRANGER, &[GROUP], || assert_eq!(call(&open("trap").expect("its own")), 1));
    // Root's is accepted where its mode lets us in, and the owner's only with a group of ours.
    chown(directory().join("trap"), Some(0), Some(GROUP)).expect("chown");
    be(MEMBER, &[MEMBER, GROUP], || assert_eq!(call(&open("trap").expect("root's")), 2));
    chown(directory().join("trap"), Some(OWNER), Some(STRANGER)).expect("chown");
    std::fs::set_permissions(directory().join("trap"), std::fs::Permissions::from_mode(0o664))
        .expect("chmod");
    be(MEMBER, &[MEMBER, GROUP], || {
        let error = small(4).read_only(true).open("trap").expect_err("not a group of ours");
        assert_eq!(error.kind(), ErrorKind::Permission, "{error}");
    });
}

fn what_everyone_may_write_is_refused() {
    own(&directory(), OWNER, 0o2770);
    let file = directory().join("team");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o666)).expect("chmod");
    be(OWNER, &[GROUP], || refused("team", ErrorKind::Permission));
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o660)).expect("chmod");
    own(&directory(), OWNER, 0o777);
    be(OWNER, &[GROUP], || {
        assert_eq!(open("team").expect_err("anyone may replace it").kind(), ErrorKind::Permission);
    });
    own(&directory(), OWNER, 0o770);
    be(OWNER, &[GROUP], || drop(open("team").expect("in order again")));
}

/// Without HOLYSHEEP_CB_DIR: made with 0700, refused if it is somebody else's, or a link to somewhere.
fn the_default_directory_is_our_own() {
    let default = Path::new("/dev/shm").join(format!("holysheep-cb-{MEMBER}"));
    if !Path::new("/dev/shm").is_dir() || default.exists() {
        return;
    }
    // SAFETY: this role has one thread that looks at the environment.
    unsafe { std::env::remove_var("HOLYSHEEP_CB_DIR") };
    let refused = || assert_eq!(open("own").expect_err("not our directory").kind(), ErrorKind::Permission);
    be(MEMBER, &[MEMBER], || drop(open("own").expect("made with its directory")));
    let made = std::fs::metadata(&default).expect("the directory");
    let modes = (made.uid(), made.mode() & 0o777);
    chown(&default, Some(STRANGER), None).expect("chown");
    be(MEMBER, &[MEMBER], refused);
    std::fs::remove_dir_all(&default).expect("removed");
    let elsewhere = Path::new("/dev/shm").join(format!("holysheep-cb-{MEMBER}.elsewhere"));
    std::fs::create_dir(&elsewhere).expect("a directory");
    chown(&elsewhere, Some(MEMBER), None).expect("chown");
    std::os::unix::fs::symlink(&elsewhere, &default).expect("a link");
    be(MEMBER, &[MEMBER], refused);
    std::fs::remove_file(&default).expect("removed");
    std::fs::remove_dir(&elsewhere).expect("it is empty");
    assert_eq!(modes, (MEMBER, 0o700));
}
