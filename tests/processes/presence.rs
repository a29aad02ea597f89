//! Who is there: told by a lock that ends with its process, whatever its end (DESIGN 6).

use crate::child;
use crate::kit::{Fork, shared_words, small, until};
use holysheep_cb::{Segment, SegmentOptions};
use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(20);

#[test]
fn processes_count_from_their_first_handle_to_their_end() {
    child::play("presence");
}

#[test]
fn descriptors_that_a_program_closed_are_not_closed_again() {
    child::play("presence-closed");
}

fn open() -> Segment {
    small(4).open("presence").expect("the segment")
}

fn count(segment: &Segment) -> usize {
    segment.processes().expect("Linux says who is there")
}

/// A forked process that does `first`, says so, and stays until it is killed.
fn resident(said: &AtomicU64, first: impl FnOnce()) -> Fork {
    let before = said.load(Ordering::SeqCst);
    let fork = Fork::run(|| {
        first();
        said.fetch_add(1, Ordering::SeqCst);
        loop {
            std::thread::park();
        }
    });
    until("a resident is there", LIMIT, || said.load(Ordering::SeqCst) > before);
    fork
}

fn kill(fork: Fork) {
    fork.kill();
    fork.reap();
}

pub(crate) fn role() {
    let said = &shared_words(1)[0];
    let segment = open();
    assert_eq!(count(&segment), 1);
    let again = open();
    let looking = SegmentOptions::new().read_only(true).open("presence").expect("a look");
    assert_eq!(
        [&segment, &again, &looking].map(count),
        [1; 3],
        "a process counts once, and a look not at all"
    );

    // A child has its parent's handles, but is not there before it uses them.
    let idle = resident(said, || {});
    assert_eq!(count(&segment), 1);
    let busy = resident(said, || assert_eq!(segment.names(), [""; 0]));
    assert_eq!(count(&segment), 2);
    kill(idle);
    assert_eq!(count(&segment), 2);
    kill(busy);
    assert_eq!(count(&segment), 1);

    let many: Vec<Fork> = (0..20).map(|_| resident(said, || std::mem::forget(open()))).collect();
    assert_eq!(count(&segment), 21);
    many.into_iter().for_each(kill);
    assert_eq!(count(&segment), 1);

    a_parent_goes_before_its_child(said);
    drop((segment, again));
    assert_eq!(count(&looking), 0, "with its last handle a process is gone");
}

/// The lock of a process that was killed does not live on in its child, which inherited the descriptor.
fn a_parent_goes_before_its_child(said: &'static AtomicU64) {
    let pid = &shared_words(1)[0];
    let looking = SegmentOptions::new().read_only(true).open("presence").expect("a look");
    let before = count(&looking);
    let parent = resident(said, || {
        std::mem::forget(open());
        let child = resident(said, || {});
        pid.store(child.pid().into(), Ordering::SeqCst);
        std::mem::forget(child);
    });
    until("parent and child are there", LIMIT, || pid.load(Ordering::SeqCst) != 0);
    assert_eq!(count(&looking), before + 1);
    kill(parent);
    assert_eq!(count(&looking), before);
    // SAFETY: the grandchild's number; nobody waits for it before this test's own end, so it is still its own.
    unsafe { libc::kill(pid.load(Ordering::SeqCst) as libc::pid_t, libc::SIGKILL) };
}

/// A program that closes every descriptor, as daemons do, and then opens files of its own under the same numbers.
pub(crate) fn closed_role() {
    let segment = open();
    let path = crate::child::directory().join("theirs");
    // SAFETY: nothing in this process uses a descriptor that is closed here.
    assert_eq!(unsafe { libc::close_range(3, u32::MAX, 0) }, 0, "{}", std::io::Error::last_os_error());
    let files: Vec<_> = (0..64).map(|_| std::fs::File::create(&path).expect("a file")).collect();
    drop(segment);
    for mut file in &files {
        file.write_all(b"still open").expect("not closed by us");
    }
    let child = Fork::run(|| {
        for mut file in &files {
            file.write_all(b"in a child too").expect("not closed by us");
        }
    });
    child.join("the child", LIMIT);
}
