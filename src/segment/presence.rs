//! Which processes are there: each holds a lock on one byte of the segment's file, far behind its end. The kernel frees
//! it when the process ends, however it ends; process ids, which repeat and mean nothing across containers, are not asked.
//!
//! The lock belongs to an open file description (OFD), one of its own per process. A forked child inherits it, so the
//! child's side of `fork` closes it, and takes one of its own when it next looks after the segment.

use super::file::SegmentFile;
use crate::fork;
use parking_lot::Mutex;
use std::os::fd::{AsRawFd as _, IntoRawFd as _, OwnedFd};
use std::sync::{Arc, Weak};

/// Where the bytes lie: behind the end of every segment there can be.
const FIRST: i64 = 1 << 50;
/// How many processes can be told apart; more are not counted.
const MOST: i64 = 4096;

/// This process's lock on a segment, which all its handles of that segment share.
pub(super) struct Presence {
    held: Mutex<Option<Arc<Held>>>,
}

struct Held {
    file: (u64, u64),
    /// Where `fork` finds the descriptor to close it.
    slot: fork::Descriptor,
    /// The process that took it.
    process: u32,
}

/// The locks that this process holds, or held.
static LOCKS: Mutex<Vec<Weak<Held>>> = Mutex::new(Vec::new());

impl Presence {
    pub(super) fn new() -> Self {
        Self { held: Mutex::new(None) }
    }

    /// Takes a lock for this process, unless it has one. That none is to be had (no descriptors, a file system without
    /// locks, a fork at a bad moment) only means that the process is not counted.
    pub(super) fn announce(&self, file: &SegmentFile) {
        let (Some(mut held), Some(mut locks)) = (self.held.try_lock(), LOCKS.try_lock()) else { return };
        let process = fork::generation();
        if held.as_ref().is_some_and(|held| held.process == process) {
            return;
        }
        locks.retain(|lock| lock.strong_count() > 0);
        let ours = |lock: &Arc<Held>| lock.process == process && lock.file == file.identity();
        *held = locks.iter().filter_map(Weak::upgrade).find(ours).or_else(|| {
            let descriptor = file.open_again(true).and_then(lock_a_byte)?;
            let slot = fork::close_in_child(descriptor.into_raw_fd(), file.identity())?;
            let lock = Arc::new(Held { file: file.identity(), slot, process });
            locks.push(Arc::downgrade(&lock));
            Some(lock)
        });
    }

    /// Whether the file has a name, which the descriptor of the lock tells at a fifth of what asking by its path costs.
    /// `None` where this process has none.
    pub(super) fn has_name(&self) -> Option<bool> {
        let held = self.held.try_lock()?;
        let held = held.as_ref().filter(|held| held.process == fork::generation())?;
        held.slot.has_name()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.slot.close();
    }
}

/// How many processes hold a lock on the segment's file; `None` where the system does not say.
pub(super) fn count(file: &OwnedFd) -> Option<usize> {
    let mut from = FIRST;
    for number in 0..=MOST as usize {
        match first_lock(file, from)? {
            Some(end) => from = end,
            None => return Some(number),
        }
    }
    None
}

/// The first byte that nobody holds, for as long as the descriptor is open.
fn lock_a_byte(descriptor: OwnedFd) -> Option<OwnedFd> {
    (FIRST..FIRST + MOST).find(|&byte| lock(&descriptor, libc::F_OFD_SETLK, byte, 1).is_some())?;
    Some(descriptor)
}

/// Where the first lock at or behind `from` ends; `None` inside if there is none.
fn first_lock(descriptor: &OwnedFd, from: i64) -> Option<Option<i64>> {
    let found = lock(descriptor, libc::F_OFD_GETLK, from, 0)?;
    let is_free = found.l_type == libc::F_UNLCK as libc::c_short;
    Some((!is_free).then(|| found.l_start.max(from) + found.l_len.max(1)))
}

/// A locking call on `length` bytes (0 = to the end) from `start`.
fn lock(descriptor: &OwnedFd, command: libc::c_int, start: i64, length: i64) -> Option<libc::flock> {
    // SAFETY: a plain struct of integers, for which zeros are valid.
    let mut range: libc::flock = unsafe { std::mem::zeroed() };
    range.l_type = libc::F_WRLCK as libc::c_short;
    range.l_whence = libc::SEEK_SET as libc::c_short;
    range.l_start = start;
    range.l_len = length;
    // SAFETY: an open descriptor, and a struct that outlives the call.
    let done = unsafe { libc::fcntl(descriptor.as_raw_fd(), command, &mut range) };
    (done == 0).then_some(range)
}
