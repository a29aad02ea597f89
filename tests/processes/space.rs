//! A full file system is an error when the segment is made, and never a signal afterwards; nothing is left behind.

use crate::child::{self, directory};
use crate::kit::{Fork, assert_works, small, timed};
use holysheep_cb::{Config, ErrorKind, SegmentOptions, ffi};
use std::ffi::{CStr, CString};
use std::path::Path;
use std::time::Duration;

#[test]
fn a_full_file_system_is_a_clean_error() {
    if !child::is_root() {
        return child::cannot_run("mounting a small file system takes root");
    }
    let text = child::play("no-space");
    if let Some(why) = text.lines().find_map(|line| line.split_once("cannot: ")) {
        child::cannot_run(why.1);
    }
}

/// Room for 384 KiB and eight files, in a mount namespace of its own.
pub(crate) fn role() {
    Fork::run(|| match mount_small(&directory()) {
        Err(error) => println!("\ncannot: mount a tmpfs in a namespace: {error}"),
        Ok(()) => in_small_space(&directory()),
    })
    .join("the process with the small disk", Duration::from_secs(50));
}

fn mount_small(at: &Path) -> std::io::Result<()> {
    let at = CString::new(at.as_os_str().as_encoded_bytes())?;
    let check = |result: i32| if result == 0 { Ok(()) } else { Err(std::io::Error::last_os_error()) };
    let (tmpfs, options) = (c"tmpfs".as_ptr(), c"size=384k,nr_inodes=8,mode=0700");
    // SAFETY: this process has one thread; what is mounted from here on is seen by nobody else.
    check(unsafe { libc::unshare(libc::CLONE_NEWNS) })?;
    let private = libc::MS_REC | libc::MS_PRIVATE;
    // SAFETY: NUL-terminated strings, or NULL where none is asked for.
    check(unsafe {
        libc::mount(c"none".as_ptr(), c"/".as_ptr(), std::ptr::null(), private, std::ptr::null())
    })?;
    // SAFETY: as above.
    check(unsafe { libc::mount(tmpfs, at.as_ptr(), tmpfs, 0, options.as_ptr().cast()) })
}

fn in_small_space(at: &Path) {
    let empty = used(at);
    for capacity in [1024, 64, 40] {
        let error = SegmentOptions::new().capacity(capacity).stripes(8).open("big").expect_err("no room");
        assert_eq!(error.kind(), ErrorKind::NoSpace, "{error}");
    }
    assert_eq!(c_open(c"big"), ffi::HSCB_ERR_NO_SPACE);
    assert_eq!((used(at), files(at)), (empty, 0), "nothing is left behind");

    // What fits is whole: with not a byte left on the disk, every cell works, also those that nobody has touched yet.
    let segment = small(4).open("small").expect("a small one fits");
    std::fs::write(at.join("ballast"), vec![1; 1 << 20]).expect_err("the rest of the disk is filled");
    assert_eq!(used(at).0, 0, "the disk is full");
    for number in 0..4 {
        let breaker = timed(&segment, &format!("relay-{number}"), Config::new());
        assert_works(&breaker, 1 << 40, Duration::from_secs(400));
    }
    for _ in 0..1500 {
        timed(&segment, "relay-0", Config::new()).trip();
        timed(&segment, "relay-0", Config::new()).reset();
    }
    assert_eq!(segment.events_from(0).count(), 1024, "every page of the event ring is there");
    assert_eq!(small(4).open("second").expect_err("no room").kind(), ErrorKind::NoSpace);
    gone_on_a_full_disk(at);
    without_inodes(at);
}

/// The file of a live handle is removed and there is no room for another: it goes on with a breaker of its own.
fn gone_on_a_full_disk(at: &Path) {
    let segment = small(4).open("small").expect("it is there");
    let breaker = timed(&segment, "relay-0", Config::new());
    std::fs::remove_file(at.join("small")).expect("removed");
    std::fs::write(at.join("ballast-2"), vec![1; 1 << 20]).expect_err("the room it had is filled");
    crate::kit::at(u64::MAX / 4);
    breaker.admit().expect("closed admits").failure();
    assert!(breaker.snapshot().private);
    assert_works(&breaker, u64::MAX / 4, Duration::from_secs(400));
}

fn without_inodes(at: &Path) {
    drop(std::fs::remove_file(at.join("ballast")));
    drop(std::fs::remove_file(at.join("ballast-2")));
    let mut taken = 0;
    while std::fs::write(at.join(format!("inode-{taken}")), []).is_ok() {
        taken += 1;
        assert!(taken < 100, "this file system has no limit on files");
    }
    assert_eq!(small(1).open("last").expect_err("no inode").kind(), ErrorKind::NoSpace);
}

fn c_open(name: &CStr) -> i32 {
    let mut segment = std::ptr::null_mut();
    // SAFETY: a NUL-terminated name, default options, a live out-pointer.
    let status = unsafe { ffi::hscb_segment_open(name.as_ptr(), std::ptr::null(), &mut segment) };
    assert!(segment.is_null(), "out is written on success only");
    status
}

/// Free blocks and free inodes.
fn used(at: &Path) -> (u64, u64) {
    let there = rustix::fs::statvfs(at).expect("a file system");
    (there.f_bfree, there.f_ffree)
}

fn files(at: &Path) -> usize {
    std::fs::read_dir(at).expect("the directory").count()
}
