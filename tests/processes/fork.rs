//! fork() in the middle: both sides go on with the same shared breaker, and each with a private one of its own.

use crate::child;
use crate::kit::{Fork, shared_words, small};
use holysheep_cb::{Breaker, Config, Mode, Segment, ffi};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

#[test]
fn both_sides_of_a_fork_share_what_is_shared() {
    child::play("fork");
}

#[test]
fn a_fork_inherits_no_wait() {
    child::play("fork-busy");
}

fn calls(breaker: &Breaker, count: u64) {
    for _ in 0..count {
        breaker.admit().expect("closed admits").success();
    }
}

pub(crate) fn role() {
    let segment = small(4).open("fork").expect("the segment");
    let shared = Breaker::builder().segment(&segment).open("relay").expect("a breaker");
    let private = Breaker::builder().open("relay").expect("a breaker");
    let own_segment = Segment::private();
    let alone = Breaker::builder().segment(&own_segment).open("alone").expect("a breaker");
    let out = shared.admit().expect("closed admits");
    for breaker in [&shared, &private, &alone] {
        calls(breaker, 10);
    }
    let gate = shared_words(1);
    let child = Fork::run(|| {
        gate[0].store(1, Ordering::SeqCst);
        for breaker in [&shared, &private, &alone] {
            calls(breaker, 1000);
        }
        assert_eq!([&private, &alone].map(|b| b.snapshot().totals.successes), [1010; 2]);
        private.trip();
        alone.trip();
        // Handles made on this side work too.
        calls(&Breaker::builder().segment(&segment).open("relay").expect("opened again"), 5);
    });
    let pid = child.pid();
    while gate[0].load(Ordering::SeqCst) == 0 {
        std::thread::yield_now();
    }
    for breaker in [&shared, &private, &alone] {
        calls(breaker, 500);
    }
    child.join("the child", Duration::from_secs(30));
    out.success();
    let sums = [&shared, &private, &alone].map(|b| b.snapshot().totals.successes);
    assert_eq!(sums, [10 + 1000 + 5 + 500 + 1, 510, 510]);
    assert_eq!(
        [&private, &alone].map(|b| b.snapshot().mode),
        [Mode::Closed; 2],
        "the child's trip was its own"
    );
    assert_eq!(shared.snapshot().totals.late, 0);

    let mut events = segment.events();
    let child = Fork::run(|| shared.trip());
    let pids = [pid, child.pid()];
    child.join("the child", Duration::from_secs(30));
    assert!(shared.admit().is_err(), "what the child opened is open here");
    let told: Vec<_> = events.by_ref().map(|e| (e.to, e.pid)).collect();
    assert_eq!(told, [(Mode::Open, pids[1])], "the event names the process that made it");
    closed_in_the_child();
}

/// A child that closes the handles it inherited, as a finaliser of its language may, takes nothing from its parent.
fn closed_in_the_child() {
    let handles = Handles::open("closing");
    let child = Fork::run(|| {
        assert_eq!(handles.call(), 1);
        handles.close();
    });
    child.join("the child that closes", Duration::from_secs(30));
    assert_eq!(handles.call(), 2);
    handles.close();
}

/// The handles of a C program.
#[derive(Clone, Copy)]
struct Handles {
    segment: *mut ffi::hscb_segment,
    breaker: *mut ffi::hscb_breaker,
}

impl Handles {
    fn open(name: &str) -> Self {
        let name = std::ffi::CString::new(name).expect("no NUL");
        let (mut segment, mut breaker) = (std::ptr::null_mut(), std::ptr::null_mut());
        // SAFETY: a NUL-terminated name, default options and configuration, live out-pointers.
        let status = unsafe {
            ffi::hscb_segment_open(name.as_ptr(), std::ptr::null(), &mut segment)
                | ffi::hscb_breaker_open(segment, name.as_ptr(), std::ptr::null(), &mut breaker)
        };
        assert_eq!(status, ffi::HSCB_OK);
        Self { segment, breaker }
    }

    /// One success; how many there are now.
    fn call(self) -> u64 {
        // SAFETY: a C struct of integers, for which all zeros is a value.
        let mut shown: ffi::hscb_snapshot = unsafe { std::mem::zeroed() };
        // SAFETY: an open breaker, and a struct whose size is the first published one.
        let status = unsafe {
            let permit = ffi::hscb_admit(self.breaker);
            ffi::hscb_record(self.breaker, permit, ffi::HSCB_SUCCESS);
            ffi::hscb_breaker_snapshot(self.breaker, &mut shown)
        };
        assert_eq!(status, ffi::HSCB_OK);
        shown.successes_total
    }

    fn close(self) {
        // SAFETY: each is closed once in each process.
        unsafe {
            ffi::hscb_segment_close(self.segment);
            ffi::hscb_breaker_close(self.breaker);
        }
    }
}

/// A server with threads forks its workers while one of them is inside of the library.
pub(crate) fn busy_role() {
    let segment = small(4).open("busy").expect("the segment");
    let config = Config::new().open(Duration::from_millis(1));
    let shared = Breaker::builder().segment(&segment).config(config).open("relay").expect("a breaker");
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (busy, stop) = (&segment, &over);
        for _ in 0..2 {
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let _ = (busy.names(), busy.path(), busy.snapshot("relay"));
                    let _ = Breaker::builder().segment(busy).open("relay").expect("a breaker opens");
                }
            });
        }
        let _stop = Stop(&over);
        for round in 0..400 {
            let child = Fork::run(|| {
                assert_eq!(segment.names(), ["relay"]);
                let breaker = Breaker::builder().segment(&segment).open("relay").expect("a breaker opens");
                let _ = shared.admit().map(|permit| permit.success());
                let _ = breaker.admit().map(|permit| permit.failure());
                assert!(segment.path().is_some() && segment.snapshot("relay").is_some());
            });
            child.join(&format!("child {round} of a busy parent"), Duration::from_secs(10));
        }
    });
}

/// Ends the busy threads, also when the test fails.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
