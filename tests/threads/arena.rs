//! Where the tests play: segments of both kinds, and a clock that each thread sets for itself.

use holysheep_cb::{Breaker, Clock, Config, Segment, SegmentOptions};
use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

pub(crate) const MS: u64 = 1_000_000;
pub(crate) const SECOND: u64 = 1_000 * MS;

/// How much longer a soak runs.
pub(crate) fn times() -> u64 {
    if std::env::var_os("HSCB_SOAK").is_some_and(|v| v != "0") { 10 } else { 1 }
}

thread_local! {
    static NOW: Cell<u64> = const { Cell::new(0) };
}

/// The time that the calling thread set with [`at`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Own;

impl Clock for Own {
    fn now_ns(&self) -> u64 {
        NOW.get()
    }
}

/// Sets this thread's time.
pub(crate) fn at(now: u64) {
    NOW.set(now);
}

/// Where a segment lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Private,
    Shared,
}

pub(crate) const BOTH: [Kind; 2] = [Kind::Private, Kind::Shared];

/// How many arenas there are, or are being made, with a file.
static SHARED: Mutex<usize> = Mutex::new(0);

/// A segment that is gone with its holder.
pub(crate) struct Arena {
    pub(crate) segment: Segment,
}

impl Arena {
    pub(crate) fn new(kind: Kind) -> Self {
        Self::striped(kind, 0)
    }

    /// With so many stripes per breaker; 0 = the default.
    pub(crate) fn striped(kind: Kind, stripes: u32) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let segment = match kind {
            Kind::Private => Segment::private(),
            Kind::Shared => {
                set_directory();
                *SHARED.lock().unwrap_or_else(PoisonError::into_inner) += 1;
                let name = format!("arena-{}", NEXT.fetch_add(1, Ordering::Relaxed));
                SegmentOptions::new().capacity(16).stripes(stripes).open(&name).expect("a shared segment")
            }
        };
        Self { segment }
    }

    /// A breaker under each thread's own time.
    pub(crate) fn breaker(&self, name: &str, config: Config) -> Breaker<Own> {
        Breaker::builder().segment(&self.segment).config(config).clock(Own).open(name).expect("a breaker")
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        if let Some(path) = self.segment.path() {
            let _ = std::fs::remove_file(&path);
            // The last one takes the directory along, while nobody can begin to make a file in it.
            let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
            *shared -= 1;
            if *shared == 0 {
                let _ = path.parent().map(std::fs::remove_dir);
            }
        }
    }
}

/// Shared segments of this process lie in a directory of its own; one that the last test removed is made again.
fn set_directory() {
    static SET: OnceLock<()> = OnceLock::new();
    SET.get_or_init(|| {
        let base =
            if std::path::Path::new("/dev/shm").is_dir() { "/dev/shm".into() } else { std::env::temp_dir() };
        let path = base.join(format!("hscb-threads-{}", std::process::id()));
        // SAFETY: once, before this process opens its first shared segment; its other threads read the environment
        // through std only, which takes its lock.
        unsafe { std::env::set_var("HOLYSHEEP_CB_DIR", path) };
    });
}

/// A small random generator (xorshift64*), so that every run with the same seed does the same.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
}
