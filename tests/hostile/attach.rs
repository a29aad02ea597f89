//! Files that are too short, of another kind, of another time or not ready: each is refused by name or put right, and
//! nobody waits longer than a moment.

use crate::child::{self, directory};
use crate::file::{
    BOOT_AT, CAPACITY, CAPACITY_AT, CELL_BYTES_AT, EVENTS_AT, LAYOUT_AT, Own, READY_AT, Random, STRIPES_AT,
    options, template,
};
use holysheep_cb::{Breaker, ErrorKind, Segment};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Where nothing has to be waited for.
const AT_ONCE: Duration = Duration::from_millis(700);
/// Where a maker is given a second.
const SOON: Duration = Duration::from_millis(2500);

#[test]
fn files_that_are_not_in_order() {
    child::play("attach");
}

pub(crate) fn role() {
    let template = template();
    lengths(&template);
    headers(&template);
    absurd_but_whole(&template);
    not_ready(&template);
    earlier_boots(&template);
    locked(&template);
}

fn put(name: &str, bytes: &[u8]) {
    std::fs::write(directory().join(name), bytes).expect("the file");
}

fn with(template: &[u8], at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut changed = template.to_vec();
    changed[at..at + bytes.len()].copy_from_slice(bytes);
    changed
}

/// The answer, which must come in time. A machine that is busy with other things gets two more chances to be quick.
fn opens(name: &str, limit: Duration) -> Result<Segment, ErrorKind> {
    for _ in 0..2 {
        let begun = Instant::now();
        let answer = options().open(name).map_err(|error| error.kind());
        if begun.elapsed() < limit {
            return answer;
        }
    }
    let begun = Instant::now();
    let answer = options().open(name).map_err(|error| error.kind());
    assert!(begun.elapsed() < limit, "{name} took {:?}", begun.elapsed());
    answer
}

fn assert_works(segment: &Segment) {
    let breaker = Breaker::builder().segment(segment).open("closed").expect("a breaker");
    let before = breaker.snapshot().totals.successes;
    breaker.reset();
    breaker.admit().expect("closed admits").success();
    assert_eq!(breaker.snapshot().totals.successes, before + 1);
}

/// A file cut off anywhere is truncated; one that is longer than it must be is in order. What is shorter than a header
/// may be still in the making, and is waited for: all of these at the same time.
fn lengths(template: &[u8]) {
    let mut random = Random(5);
    let near = |n: usize| [n - 1, n, n + 1];
    let mut lengths: Vec<usize> = (0..=80).collect();
    lengths.extend([near(EVENTS_AT), near(EVENTS_AT + 16), near(template.len() / 2)].concat());
    lengths.extend((0..300).map(|_| 64 + random.below(template.len() - 64)));
    lengths.extend([template.len() - 8, template.len() - 1]);
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..48 {
            scope.spawn(|| {
                while let Some(&length) = lengths.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let name = format!("length-{length}-{}", std::thread::current().id().as_text());
                    put(&name, &template[..length]);
                    assert_eq!(opens(&name, SOON).err(), Some(ErrorKind::Truncated), "{length} bytes");
                    std::fs::remove_file(directory().join(name)).expect("it is left alone");
                }
            });
        }
    });
    for more in [0, 1, 5000] {
        let mut bytes = template.to_vec();
        bytes.resize(template.len() + more, 0xee);
        put("long", &bytes);
        assert_works(&opens("long", AT_ONCE).expect("it is whole"));
    }
}

/// Text of a thread's number.
trait AsText {
    fn as_text(&self) -> String;
}

impl AsText for std::thread::ThreadId {
    fn as_text(&self) -> String {
        format!("{self:?}").chars().filter(char::is_ascii_digit).collect()
    }
}

fn headers(template: &[u8]) {
    let layout = u32::from_ne_bytes(template[LAYOUT_AT..][..4].try_into().expect("four bytes"));
    let wrong = |at, value: u32| with(template, at, &value.to_ne_bytes());
    let mut images =
        vec![with(template, 0, b"HSCBSEX"), with(template, 0, &[0; 8]), vec![0xff; template.len()]];
    images.extend([0, layout + 1, layout.wrapping_sub(1), u32::MAX].map(|layout| wrong(LAYOUT_AT, layout)));
    images.extend([0, (1 << 20) + 1, 1 << 31, u32::MAX].map(|capacity| wrong(CAPACITY_AT, capacity)));
    images.extend([0, 3, 65, 128, 1 << 31, u32::MAX].map(|stripes| wrong(STRIPES_AT, stripes)));
    images.extend([0, 1, u32::MAX].map(|bytes| wrong(CELL_BYTES_AT, bytes)));
    for (i, image) in images.iter().enumerate() {
        put("header", image);
        assert_eq!(opens("header", AT_ONCE).err(), Some(ErrorKind::Layout), "image {i}");
        assert_eq!(&std::fs::read(directory().join("header")).expect("the file"), image, "it is left alone");
    }
    // In range, but more than the file holds.
    for capacity in [CAPACITY + 1, 1000, 1 << 20] {
        put("header", &wrong(CAPACITY_AT, capacity));
        assert_eq!(opens("header", AT_ONCE).err(), Some(ErrorKind::Truncated), "capacity {capacity}");
    }
    put("header", &wrong(CAPACITY_AT, 2));
    assert!(opens("header", AT_ONCE).is_ok(), "a smaller one fits");
}

/// The largest segment there can be, in a file with holes: opened and used, or refused for want of address space.
fn absurd_but_whole(template: &[u8]) {
    let cell = 2368 + 64 * 704_u32;
    let image = with(template, CAPACITY_AT, &(1_u32 << 20).to_ne_bytes());
    let image = with(&image, STRIPES_AT, &64_u32.to_ne_bytes());
    let image = with(&image, CELL_BYTES_AT, &cell.to_ne_bytes());
    put("absurd", &image[..EVENTS_AT]);
    let file = std::fs::File::options().write(true).open(directory().join("absurd")).expect("the file");
    if file.set_len(64 << 30).is_err() {
        return; // this file system has a limit of its own
    }
    match opens("absurd", AT_ONCE) {
        Ok(segment) => {
            assert_works(&segment);
            assert!(segment.names().iter().any(|name| name == "closed"));
        }
        Err(kind) => assert!(matches!(kind, ErrorKind::NoSpace | ErrorKind::Io), "{kind:?}"),
    }
    std::fs::remove_file(directory().join("absurd")).expect("removed");
}

/// A maker that wrote into a named file and was killed: refused after a second; one that goes on: attached.
fn not_ready(template: &[u8]) {
    put("making", &with(template, READY_AT, &[0; 8]));
    let begun = Instant::now();
    assert_eq!(opens("making", SOON).err(), Some(ErrorKind::NotReady));
    assert!(begun.elapsed() > Duration::from_millis(500), "it was given no time");
    let file = std::fs::File::options().write(true).open(directory().join("making")).expect("the file");
    std::thread::scope(|scope| {
        let opener = scope.spawn(|| opens("making", SOON));
        std::thread::sleep(Duration::from_millis(50));
        file.write_all_at(&template[READY_AT..READY_AT + 8], READY_AT as u64).expect("made ready");
        assert_works(&opener.join().expect("the opener").expect("it was made ready in time"));
    });
}

/// Its times mean nothing now: replaced by a fresh one, or not there for who would not make one.
fn earlier_boots(template: &[u8]) {
    let image = with(template, BOOT_AT, &[0x5a; 16]);
    put("boot", &image);
    let inode = || std::fs::metadata(directory().join("boot")).expect("the file").ino();
    let before = inode();
    for looking in [options().existing(true), options().read_only(true)] {
        assert_eq!(looking.open("boot").map_err(|error| error.kind()).err(), Some(ErrorKind::NotFound));
    }
    assert_eq!(inode(), before, "who only looks replaces nothing");
    let segment = opens("boot", AT_ONCE).expect("a fresh one");
    assert!(inode() != before && segment.names().is_empty());
    assert_works(&segment);
    // Ten at once replace it once.
    put("boot", &image);
    let before = inode();
    std::thread::scope(|scope| {
        let openers: Vec<_> =
            (0..10).map(|_| scope.spawn(|| opens("boot", SOON).expect("a fresh one"))).collect();
        let segments: Vec<_> = openers.into_iter().map(|opener| opener.join().expect("an opener")).collect();
        segments.iter().for_each(assert_works);
        assert!(segments.iter().all(|segment| segment.names() == ["closed"]), "all have the same one");
        let breaker = Breaker::builder().segment(&segments[0]).clock(Own).open("closed").expect("a breaker");
        assert_eq!(breaker.snapshot().totals.successes, 10);
    });
    assert_ne!(inode(), before);
}

/// Somebody holds the lock and does not go on: refused after a second, not waited for; and so is a lock that is none.
fn locked(template: &[u8]) {
    put("locked", &with(template, BOOT_AT, &[0x5a; 16]));
    let lock = std::fs::File::create(directory().join("locked.lock")).expect("the lock");
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive).expect("locked");
    assert_eq!(opens("locked", SOON).err(), Some(ErrorKind::NotReady));
    drop(lock);
    assert_works(&opens("locked", SOON).expect("it was let go"));
    put("odd", &with(template, BOOT_AT, &[0x5a; 16]));
    std::fs::create_dir(directory().join("odd.lock")).expect("a directory");
    assert!(matches!(opens("odd", AT_ONCE), Err(ErrorKind::Io | ErrorKind::Permission)));
}
