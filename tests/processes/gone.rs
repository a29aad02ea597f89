//! The file is removed or replaced while handles live: they attach anew on their cold paths, at most once a second of
//! the time that they are given; and where nothing can be had they go on with breakers of their own and say so.

use crate::child::{self, directory};
use crate::kit::{Fork, MS, Own, assert_works, at, shared_words, small, timed};
use holysheep_cb::{Breaker, Config, Mode, Reason, Segment};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const START: u64 = 1 << 42;
const SECOND: u64 = 1000 * MS;
const LIMIT: Duration = Duration::from_secs(20);

#[test]
fn handles_outlive_their_file() {
    child::play("gone");
}

pub(crate) fn role() {
    removed();
    removed_under_a_calm_breaker_and_an_open_one();
    replaced();
    replaced_by_what_is_no_segment();
    not_writable();
    removed_and_looked_for_at_once();
    moved();
    removed_while_threads_work();
    directory_gone();
}

/// A threshold that nobody reaches here, and that tells this configuration from the default.
fn config() -> Config {
    Config::new().failure_threshold(60)
}

/// A fresh segment with a breaker that has had three failures, looked after at `START`.
fn fresh(name: &str) -> (Segment, Breaker<Own>, PathBuf) {
    at(START);
    let segment = small(4).open(name).expect("the segment");
    let breaker = timed(&segment, "relay", config());
    (0..3).for_each(|_| fail(&breaker));
    let path = segment.path().expect("a file");
    (segment, breaker, path)
}

fn fail(breaker: &Breaker<Own>) {
    breaker.admit().expect("it admits").failure();
}

fn failures(breaker: &Breaker<Own>) -> u64 {
    breaker.snapshot().totals.failures
}

/// ```text
/// start      removed   + 0.9 s            + 1 s                       then
/// 3 failures           1: not looked yet  1: counted, then attached   on the new file, both processes
/// ```
fn removed() {
    let (segment, breaker, path) = fresh("removed");
    let out = breaker.admit().expect("it admits");
    let seen = shared_words(1);
    let other = Fork::run(|| {
        while seen[0].load(Ordering::SeqCst) == 0 {
            std::thread::yield_now();
        }
        at(START + SECOND);
        fail(&breaker);
        fail(&breaker);
        assert!(!breaker.snapshot().private);
    });
    std::fs::remove_file(&path).expect("removed");
    at(START + SECOND - 1);
    fail(&breaker);
    assert_eq!((failures(&breaker), path.exists()), (4, false), "it looks once a second only");
    at(START + SECOND);
    fail(&breaker);
    assert!(path.exists(), "made anew");
    let shown = breaker.snapshot();
    assert_eq!((shown.totals.failures, shown.private, breaker.config()), (0, false, config()));
    fail(&breaker);
    seen[0].store(1, Ordering::SeqCst);
    other.join("the other process", LIMIT);
    assert_eq!(failures(&breaker), 2, "both processes are on the new file");
    out.failure();
    assert_eq!(segment.names(), ["relay"]);
    assert_works(&breaker, START + 2 * SECOND, Duration::from_secs(400));
    let mut events = segment.events();
    breaker.trip();
    assert_eq!(events.next().map(|e| e.to), Some(Mode::Open), "its events are in the new file");
}

/// Successes alone, and rejections alone, lead to the new file too.
fn removed_under_a_calm_breaker_and_an_open_one() {
    let (_segment, breaker, path) = fresh("calm");
    let open = timed(&_segment, "open", config());
    open.trip_for(Duration::from_secs(100_000));
    std::fs::remove_file(&path).expect("removed");
    at(START + SECOND);
    assert!(open.admit().is_err(), "this one is still the old one's answer");
    assert!(path.exists() && open.admit().is_ok(), "then it is a fresh one");
    at(START + 7 * SECOND);
    breaker.admit().expect("closed admits").success();
    assert_eq!((failures(&breaker), breaker.config()), (0, config()));
}

fn replaced() {
    let (segment, breaker, path) = fresh("replaced");
    let other = small(4).open("other").expect("another segment");
    let twin = timed(&other, "relay", Config::new());
    (0..5).for_each(|_| twin.admit().expect("closed admits").success());
    std::fs::rename(other.path().expect("a file"), &path).expect("replaced");
    at(START + SECOND);
    fail(&breaker);
    assert_eq!((breaker.snapshot().totals.successes, breaker.config()), (5, Config::new()));
    breaker.trip();
    // The twin's own name leads nowhere now: it makes a new file there at its next look.
    at(START + 3 * SECOND);
    assert_eq!((twin.snapshot().mode, twin.snapshot().totals.successes), (Mode::Closed, 0));
    let there = timed(&segment, "relay", Config::new());
    assert_eq!(there.snapshot().mode, Mode::Open);
}

/// Whoever opens or lists right after the removal is on the new file, at whichever of its looks: also those that ask
/// nothing but the descriptor.
fn removed_and_looked_for_at_once() {
    let (segment, _breaker, path) = fresh("at-once");
    for looks in 0..40 {
        std::fs::remove_file(&path).expect("removed");
        assert_eq!(segment.names(), [""; 0], "after {looks} looks");
        assert!(path.exists(), "made anew");
        let _ = timed(&segment, "relay", config());
        assert_eq!(segment.names(), ["relay"]);
    }
}

/// A file that was moved elsewhere keeps a name, so only a look at its path tells: a breaker looks within a second, and a
/// segment that is only opened from, or listed, every so many times.
fn moved() {
    let (segment, breaker, path) = fresh("moved");
    let elsewhere = path.with_extension("moved");
    std::fs::rename(&path, &elsewhere).expect("moved");
    let looks = (1..=64).find(|_| segment.names() != ["relay"]);
    assert!(looks.is_some(), "64 looks, and none at the path");
    assert!(path.exists(), "made anew");
    at(START + SECOND);
    fail(&breaker);
    assert_eq!(failures(&breaker), 0, "counted where it was, then attached to the new file");
    let there = timed(&segment, "relay", config());
    breaker.trip();
    assert_eq!(there.snapshot().mode, Mode::Open);
    std::fs::remove_file(&elsewhere).expect("removed");
}

/// Whatever lies there instead: a breaker of its own, an event where the old readers see it, and every call answered
/// within a moment; the segment comes back, and so does the handle.
fn replaced_by_what_is_no_segment() {
    let (_segment, _breaker, kept) = fresh("kept");
    type Act = fn(&PathBuf);
    let others: [(&str, Act); 5] = [
        ("garbage", |path| std::fs::write(path, [0x55; 9000]).expect("written")),
        ("zeros", |path| std::fs::write(path, [0; 9000]).expect("written")),
        ("directory", |path| std::fs::create_dir(path).expect("made")),
        ("symlink", |path| std::os::unix::fs::symlink("kept", path).expect("linked")),
        ("fifo", |path| {
            rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, 0o600.into(), 0)
                .expect("made");
        }),
    ];
    for (name, put) in others {
        let (segment, breaker, path) = fresh(name);
        let mut events = segment.events();
        std::fs::remove_file(&path).expect("removed");
        put(&path);
        at(START + SECOND);
        let begun = Instant::now();
        fail(&breaker);
        assert!(begun.elapsed() < Duration::from_secs(4), "{name}: a call took {:?}", begun.elapsed());
        assert_private(&breaker, &mut events, name);
        if path.is_dir() { std::fs::remove_dir(&path) } else { std::fs::remove_file(&path) }
            .expect("removed");
        std::fs::copy(&kept, &path).expect("a segment again");
        at(START + 10_000 * SECOND);
        fail(&breaker);
        assert_eq!((breaker.snapshot().private, failures(&breaker)), (false, 3), "{name}: it is back");
    }
}

/// It works alone, with its configuration, and said so.
fn assert_private(breaker: &Breaker<Own>, events: &mut holysheep_cb::EventReader, what: &str) {
    let shown = breaker.snapshot();
    assert_eq!((shown.private, shown.mode, breaker.config()), (true, Mode::Closed, config()), "{what}");
    let told: Vec<_> = events.map(|e| (e.breaker, e.from == e.to, e.reason, e.pid)).collect();
    assert_eq!(told, [("relay".to_owned(), true, Reason::Detached, std::process::id())], "{what}");
    assert_works(breaker, START + 100 * SECOND, Duration::from_secs(400));
}

/// The file was removed, and this user may not make another.
fn not_writable() {
    let folder = directory().join("closed");
    std::fs::create_dir(&folder).expect("a directory");
    let user = if child::is_root() { 65_534 } else { rustix::process::geteuid().as_raw() };
    std::os::unix::fs::chown(&folder, Some(user), None).expect("chown");
    let child = Fork::run(|| {
        // SAFETY: this process has one thread.
        unsafe {
            std::env::set_var("HOLYSHEEP_CB_DIR", &folder);
            assert_eq!(libc::setuid(user), 0);
        }
        let (segment, breaker, path) = fresh("closed");
        let mut events = segment.events();
        std::fs::remove_file(path).expect("removed");
        let closed = std::os::unix::fs::PermissionsExt::from_mode(0o500);
        std::fs::set_permissions(&folder, closed).expect("chmod");
        at(START + SECOND);
        fail(&breaker);
        assert_private(&breaker, &mut events, "a directory that is not writable");
    });
    child.join("the user without a writable directory", LIMIT);
}

/// Threads on two handles, each a second further with every call, while the file is removed again and again: no call is
/// refused, for no rule is on.
fn removed_while_threads_work() {
    at(START);
    let segment = small(4).open("busy").expect("the segment");
    let off = Config::new().failure_threshold(0).failure_rate(0.0);
    let handles = [timed(&segment, "relay", off), timed(&segment, "relay", off)];
    let (path, over) = (segment.path().expect("a file"), AtomicBool::new(false));
    let calls = std::thread::scope(|scope| {
        let (handles, segment, over) = (&handles, &segment, &over);
        let work = move |me: usize| {
            let mut calls = 0;
            while !over.load(Ordering::Relaxed) {
                calls += 1;
                at(START + calls * SECOND);
                fail(&handles[me % 2]);
                handles[me % 2].admit().expect("no rule is on").success();
                assert!(segment.names().len() <= 1);
            }
            calls
        };
        let workers: Vec<_> = (0..4).map(|me| scope.spawn(move || work(me))).collect();
        for _ in 0..60 {
            let made = Instant::now() + LIMIT;
            while !path.exists() && Instant::now() < made {
                std::thread::yield_now();
            }
            std::fs::remove_file(&path).expect("it was made anew");
        }
        over.store(true, Ordering::Relaxed);
        workers.into_iter().map(|worker| worker.join().expect("a worker")).sum::<u64>()
    });
    assert!(calls > 60, "{calls} calls");
    at(START + 1_000_000 * SECOND);
    handles.iter().for_each(fail);
    assert!(!handles.iter().any(|handle| handle.snapshot().private));
}

/// The directory and the one above it are gone, so that nothing can be made; later they are back.
fn directory_gone() {
    let above = directory().join("above");
    let folder = above.join("below");
    std::fs::create_dir_all(&folder).expect("two directories");
    // SAFETY: the other thread of this role waits for it and reads no variable meanwhile.
    unsafe { std::env::set_var("HOLYSHEEP_CB_DIR", &folder) };
    let (segment, breaker, path) = fresh("gone");
    let other = timed(&segment, "other", config());
    let mut events = segment.events();
    std::fs::remove_dir_all(&above).expect("removed");
    at(START + SECOND);
    fail(&breaker);
    assert_private(&breaker, &mut events, "no directory");
    at(START + SECOND);
    fail(&other);
    assert!(other.snapshot().private, "each handle notices by itself");
    assert_eq!(segment.names(), ["relay", "other"], "the old memory serves on for who only looks");

    std::fs::create_dir_all(&folder).expect("two directories");
    at(START + 10_000 * SECOND);
    fail(&breaker);
    assert!(path.exists() && !breaker.snapshot().private, "back on a shared segment");
    fail(&other);
    assert_eq!(
        (other.snapshot().private, segment.names()),
        (false, vec!["relay".to_owned(), "other".to_owned()])
    );
}
