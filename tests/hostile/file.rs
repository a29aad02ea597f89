//! A segment's file as its enemies see it: a template with everything in it, the words of its header by offset, and a
//! second mapping to write through.

use holysheep_cb::{Breaker, Bulkhead, Clock, Config, Limiter, Segment, SegmentOptions, Window};
use std::cell::Cell;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

pub(crate) const MS: u64 = 1_000_000;
pub(crate) const START: u64 = 1 << 42;

/// The header (DESIGN 6, docs/SEGMENT): offsets in bytes.
pub(crate) const LAYOUT_AT: usize = 8;
pub(crate) const CELL_BYTES_AT: usize = 12;
pub(crate) const CAPACITY_AT: usize = 16;
pub(crate) const STRIPES_AT: usize = 20;
pub(crate) const BOOT_AT: usize = 24;
pub(crate) const ALLOCATED_AT: usize = 48;
pub(crate) const READY_AT: usize = 56;
/// The event ring begins behind the header, the crew behind the ring, and the directory behind that.
pub(crate) const EVENTS_AT: usize = 4096;
pub(crate) const CREW_AT: usize = (EVENTS_AT + 16 + 1024 * 296_usize).next_multiple_of(64);
pub(crate) const DIRECTORY_AT: usize = CREW_AT + 4096 * 4;
/// A small segment: six cells of one stripe (four breakers, a limiter, a bulkhead), and so sixteen slots.
pub(crate) const CAPACITY: u32 = 6;
pub(crate) const CELLS_AT: usize = DIRECTORY_AT + 16 * 16 + 64 + (6 * 136_usize).next_multiple_of(64);

pub(crate) const NAMES: [&str; 4] =
    ["closed", "open", "half-open, with a name that fills several words", "ü"];

/// The name of the limiter and of the bulkhead.
pub(crate) const BESIDE: &str = "beside";

pub(crate) fn options() -> SegmentOptions {
    SegmentOptions::new().capacity(CAPACITY).stripes(1)
}

thread_local! {
    static NOW: Cell<u64> = const { Cell::new(0) };
}

/// The time that this thread set with [`at`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Own;

impl Clock for Own {
    fn now_ns(&self) -> u64 {
        NOW.get()
    }
}

pub(crate) fn at(now: u64) {
    NOW.set(now);
}

/// A segment that was used: its breakers are in several modes, its ring has come round.
pub(crate) fn template() -> Vec<u8> {
    at(START);
    let segment = options().open("template").expect("the segment");
    let plain = Config::new().open(Duration::from_millis(10));
    let configs = [plain, plain, plain, plain.window(Window::Calls).failure_threshold(9)];
    let breakers: Vec<_> =
        NAMES.iter().zip(configs).map(|(name, config)| open(&segment, name, config)).collect();
    for _ in 0..600 {
        breakers[0].trip();
        breakers[0].reset();
    }
    for (i, breaker) in breakers.iter().enumerate() {
        at(START + i as u64 * 7000 * MS);
        breaker.admit().expect("closed admits").success_after(Duration::from_millis(30));
        breaker.admit().expect("closed admits").failure();
    }
    breakers[1].trip();
    breakers[2].trip();
    at(START + 30_000 * MS);
    let _probe = breakers[2].admit().expect("a probe");
    let limiter = Limiter::builder().segment(&segment).clock(Own).open(BESIDE).expect("a limiter");
    limiter.try_acquire(1).expect("the first goes");
    limiter.pause(Duration::from_secs(1));
    let bulkhead = Bulkhead::builder().segment(&segment).open(BESIDE).expect("a bulkhead");
    let _seat = bulkhead.try_enter().expect("a seat");
    let path = segment.path().expect("a file");
    let bytes = std::fs::read(&path).expect("its bytes");
    std::fs::remove_file(path).expect("removed");
    assert!(bytes.len() > CELLS_AT && (bytes.len() - CELLS_AT).is_multiple_of(CAPACITY as usize));
    assert_eq!(&bytes[..7], b"HSCBSEG");
    bytes
}

fn open(segment: &Segment, name: &str, config: Config) -> Breaker<Own> {
    Breaker::builder().segment(segment).config(config).clock(Own).open(name).expect("a breaker")
}

/// A file of the template's size that is mapped here for writing: its bytes change under whoever has it open.
pub(crate) struct Target {
    words: &'static [AtomicU64],
    pub(crate) inode: u64,
}

impl Target {
    /// The mapping is never taken back: a role's process ends soon.
    pub(crate) fn new(path: &Path, bytes: &[u8]) -> Self {
        use rustix::mm::{MapFlags, ProtFlags, mmap};
        std::fs::write(path, bytes).expect("the file");
        let file = std::fs::File::options().read(true).write(true).open(path).expect("the file");
        let protection = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: a fresh mapping at an address that the kernel chooses.
        let start =
            unsafe { mmap(std::ptr::null_mut(), bytes.len(), protection, MapFlags::SHARED, &file, 0) };
        let start = start.expect("a mapping").cast::<AtomicU64>();
        // SAFETY: aligned, as long as the file, which nobody shortens; all access to it is atomic.
        let words = unsafe { std::slice::from_raw_parts(start, bytes.len() / 8) };
        Self { words, inode: file.metadata().expect("the file").ino() }
    }

    /// Writes words from byte `from` on.
    pub(crate) fn write(&self, from: usize, words: &[u64]) {
        for (to, &word) in self.words[from / 8..].iter().zip(words) {
            to.store(word, Ordering::Relaxed);
        }
    }
}

pub(crate) fn words_of(bytes: &[u8]) -> Vec<u64> {
    bytes.as_chunks::<8>().0.iter().map(|&chunk| u64::from_ne_bytes(chunk)).collect()
}

/// A random generator (splitmix64).
#[derive(Clone, Copy)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
}
