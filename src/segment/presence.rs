//! Which processes are there: each holds a lock on one byte of the segment's file, far behind its end. The kernel frees
//! it when the process ends, however it ends; process ids, which repeat and mean nothing across containers, are not asked.
//!
//! The lock belongs to an open file description (OFD), one of its own per process. A forked child inherits it, so the
//! child's side of `fork` closes it, and takes one of its own when it next looks after the segment.

use super::crew::{Crew, MOST, Member};
use super::file::SegmentFile;
use crate::fork;
use parking_lot::Mutex;
use std::os::fd::{AsRawFd as _, IntoRawFd as _, OwnedFd};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

/// Where the bytes lie: behind the end of every segment there can be.
const FIRST: i64 = 1 << 50;

/// How long a call waits for another thread to make this process known. Only a fork at a bad moment gets near it.
const PATIENCE: Duration = Duration::from_secs(1);

/// This process's lock on a segment, which all its handles of that segment share.
pub(super) struct Presence {
    held: Mutex<Option<Arc<Held>>>,
    /// The member that it made of this process (low half), and of which process (high half, plus one): what is asked often.
    known: AtomicU64,
}

struct Held {
    file: (u64, u64),
    /// Where `fork` finds the descriptor to close it.
    slot: fork::Descriptor,
    /// By what it holds this process is known.
    member: Member,
    /// The process that took it.
    process: u32,
}

/// The locks that this process holds, or held.
static LOCKS: Mutex<Vec<Weak<Held>>> = Mutex::new(Vec::new());

impl Presence {
    pub(super) fn new() -> Self {
        Self { held: Mutex::new(None), known: AtomicU64::new(0) }
    }

    /// Takes a lock for this process, unless it has one. That none is to be had (no descriptors, a file system without
    /// locks, a fork at a bad moment) only means that the process is not counted.
    pub(super) fn announce(&self, file: &SegmentFile, crew: &Crew) {
        self.announce_within(file, crew, Duration::ZERO);
    }

    fn announce_within(&self, file: &SegmentFile, crew: &Crew, patience: Duration) {
        let locks = (self.held.try_lock_for(patience), LOCKS.try_lock_for(patience));
        let (Some(mut held), Some(mut locks)) = locks else { return };
        let process = fork::generation();
        if held.as_ref().is_some_and(|held| held.process == process) {
            return;
        }
        locks.retain(|lock| lock.strong_count() > 0);
        let ours = |lock: &Arc<Held>| lock.process == process && lock.file == file.identity();
        *held = locks.iter().filter_map(Weak::upgrade).find(ours).or_else(|| {
            let (descriptor, place) = file.open_again(true).and_then(lock_a_byte)?;
            let slot = fork::close_in_child(descriptor.into_raw_fd(), file.identity())?;
            let member = crew.sign_on(place);
            let lock = Arc::new(Held { file: file.identity(), slot, member, process });
            locks.push(Arc::downgrade(&lock));
            Some(lock)
        });
        if let Some(held) = held.as_ref() {
            let known = (u64::from(process) + 1) << 32 | u64::from(held.member.word());
            // ORDERING: Relaxed; stands for itself.
            self.known.store(known, Ordering::Relaxed);
        }
    }

    /// By what this process is known to others that look at what it holds. Without a lock it has no place, and nobody takes
    /// back what it holds.
    pub(super) fn member(&self, file: &SegmentFile, crew: &Crew) -> Member {
        self.known_member().unwrap_or_else(|| {
            self.announce_within(file, crew, PATIENCE);
            self.known_member().unwrap_or_else(|| Member::without_place(std::process::id()))
        })
    }

    fn known_member(&self) -> Option<Member> {
        // ORDERING: Relaxed; stands for itself.
        let known = self.known.load(Ordering::Relaxed);
        (known >> 32 == u64::from(fork::generation()) + 1).then(|| Member::from_word(known as u32))
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
    for number in 0..=MOST {
        match first_lock(file, from)? {
            Some(end) => from = end,
            None => return Some(number),
        }
    }
    None
}

/// Those of `members` whose process is gone. One without a place is not told to be.
pub(super) fn gone(file: &SegmentFile, crew: &Crew, members: &[Member]) -> Vec<Member> {
    let Some(descriptor) = file.open_again(false) else { return Vec::new() };
    let is_free = |place| {
        let found = lock(&descriptor, libc::F_OFD_GETLK, byte_of(place), 1);
        found.is_some_and(|found| found.l_type == libc::F_UNLCK as libc::c_short)
    };
    let is_gone =
        |member: &Member| member.place().is_some_and(|place| crew.has_left(*member, place) || is_free(place));
    members.iter().copied().filter(is_gone).collect()
}

fn byte_of(place: usize) -> i64 {
    FIRST + place as i64
}

/// The first place whose byte nobody holds; it is held for as long as the descriptor is open.
fn lock_a_byte(descriptor: OwnedFd) -> Option<(OwnedFd, usize)> {
    let place = (0..MOST).find(|&place| lock(&descriptor, libc::F_OFD_SETLK, byte_of(place), 1).is_some())?;
    Some((descriptor, place))
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
