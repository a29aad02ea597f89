//! [`Segment`]: what users hold.

use super::berth::Berth;
#[cfg(target_os = "linux")]
use super::file::{Wanted, folder_of_environment};
use super::info::SegmentInfo;
use super::place::Place;
use super::private::Private;
use super::reader::EventReader;
use super::shared::Shared;
#[cfg(not(target_os = "linux"))]
use super::shared::{Wanted, folder_of_environment};
use crate::chain::{Chain, TryLock};
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::layout::{Beside, Events, Kind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// A block of memory that holds named breakers (and limiters and bulkheads, see [`Limiter`](crate::Limiter) and
/// [`Bulkhead`](crate::Bulkhead)) and the ring of their events: private to the process, or a file that
/// every process of the host shares. Clones are handles of the same segment.
///
/// ```
/// # let dir = std::env::temp_dir().join(format!("holysheep-cb-doc-{}", std::process::id()));
/// # // SAFETY: this example has one thread.
/// # unsafe { std::env::set_var("HOLYSHEEP_CB_DIR", &dir) };
/// use holysheep_cb::{Breaker, Segment};
///
/// let segment = Segment::open("billing")?; // this line in every process
/// let breaker = Breaker::builder().segment(&segment).open("relay|gpt-4.1")?;
/// assert_eq!(segment.names(), ["relay|gpt-4.1"]);
/// # std::fs::remove_dir_all(dir).unwrap();
/// # Ok::<(), holysheep_cb::Error>(())
/// ```
#[derive(Clone)]
pub struct Segment(Arc<Inner>);

struct Inner {
    /// The memory behind it, now and before.
    homes: Chain<Home>,
    reopening: TryLock,
    /// How often it was looked after.
    looks: AtomicU32,
    /// How to find a shared one again.
    reopen: Option<(String, Wanted)>,
    /// What its breakers go on with when it is lost.
    fallback: OnceLock<Home>,
}

/// The memory behind a segment at some time.
#[derive(Clone)]
pub(crate) enum Home {
    Private(Arc<Private>),
    Shared(Arc<Shared>),
}

/// Of so many looks after a file by opening, listing and the like, one is a close one. Breakers look closely, once a second.
const CLOSELY_EVERY: u32 = 32;

/// How long opening waits for another process: to finish a header, to leave the lock.
const PATIENCE: Duration = Duration::from_secs(1);

/// How a segment is opened; see [`SegmentOptions::open`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SegmentOptions {
    capacity: u32,
    stripes: u32,
    file_mode: u32,
    existing: bool,
    read_only: bool,
}

impl SegmentOptions {
    /// The defaults: room for 1024 breakers, a stripe per CPU up to 8, permissions 0600, made if it is not there.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many breakers there is room for, 1..=1048576; only for who makes the segment. Default 1024.
    #[must_use]
    pub fn capacity(mut self, breakers: u32) -> Self {
        self.capacity = breakers;
        self
    }

    /// Counters per breaker that CPUs are spread over, a power of two up to 64; only for who makes the segment. Default:
    /// one for each CPU, at most 8.
    #[must_use]
    pub fn stripes(mut self, stripes: u32) -> Self {
        self.stripes = stripes;
        self
    }

    /// Permissions of the file: 0o600 (default) or 0o660, whatever the umask; only for who makes the segment.
    #[must_use]
    pub fn file_mode(mut self, mode: u32) -> Self {
        self.file_mode = mode;
        self
    }

    /// Refuse a segment that is not there instead of making it.
    #[must_use]
    pub fn existing(mut self, existing: bool) -> Self {
        self.existing = existing;
        self
    }

    /// Look only: the file is mapped for reading, and no breaker can be opened. Implies [`SegmentOptions::existing`].
    #[must_use]
    pub fn read_only(mut self, read_only: bool) -> Self {
        self.read_only = read_only;
        self
    }

    /// Opens the shared segment `<dir>/<name>`, where dir is `$HOLYSHEEP_CB_DIR` or `/dev/shm/holysheep-cb-<uid>`.
    /// `name` is 1 to 64 of `A-Z a-z 0-9 . _ -`.
    ///
    /// # Errors
    /// Each says what was found where: [`ErrorKind::Name`], [`ErrorKind::Argument`], [`ErrorKind::NotFound`],
    /// [`ErrorKind::NotReady`], [`ErrorKind::Layout`], [`ErrorKind::Truncated`], [`ErrorKind::Permission`],
    /// [`ErrorKind::NoSpace`], [`ErrorKind::Io`], [`ErrorKind::Unsupported`].
    pub fn open(&self, name: &str) -> Result<Segment> {
        let wanted = self.wanted()?;
        let home = Home::Shared(Shared::open(name, &wanted)?);
        // Finding it again happens on the way of a call, which must not wait.
        let again = Wanted { patience: Duration::ZERO, ..wanted };
        Ok(Segment::new(home, Some((name.to_owned(), again))))
    }

    fn wanted(&self) -> Result<Wanted> {
        let mode = if self.file_mode == 0 { 0o600 } else { self.file_mode };
        if mode != 0o600 && mode != 0o660 {
            let message = format!("file_mode is {mode:#o}, but must be 0o600 or 0o660");
            return Err(Error::new(ErrorKind::Argument, message));
        }
        Ok(Wanted {
            folder: folder_of_environment(),
            patience: PATIENCE,
            capacity: if self.capacity == 0 { 1024 } else { self.capacity },
            stripes: if self.stripes == 0 { default_stripes() as u32 } else { self.stripes },
            mode,
            create: !self.existing && !self.read_only,
            writable: !self.read_only,
        })
    }
}

/// One for each CPU, at most 8.
fn default_stripes() -> usize {
    std::thread::available_parallelism().map_or(8, usize::from).next_power_of_two().min(8)
}

impl Segment {
    /// Opens or makes a shared segment with the default options; see [`SegmentOptions::open`].
    ///
    /// # Errors
    /// As [`SegmentOptions::open`].
    pub fn open(name: &str) -> Result<Self> {
        SegmentOptions::new().open(name)
    }

    /// The directory that shared segments lie in: `$HOLYSHEEP_CB_DIR` or `/dev/shm/holysheep-cb-<uid>`.
    #[must_use]
    pub fn directory() -> PathBuf {
        Shared::folder()
    }

    /// Every file in [`Segment::directory`], by name: segments, and what cannot be opened, with what is wrong about it.
    /// Maps nothing, makes nothing, waits for nobody.
    ///
    /// ```
    /// # let dir = std::env::temp_dir().join(format!("holysheep-cb-list-{}", std::process::id()));
    /// # // SAFETY: this example has one thread.
    /// # unsafe { std::env::set_var("HOLYSHEEP_CB_DIR", &dir) };
    /// use holysheep_cb::Segment;
    ///
    /// let segment = Segment::open("billing")?;
    /// for found in Segment::list()? {
    ///     match found.problem {
    ///         None => println!("{}: {} bytes, {:?} processes", found.name, found.bytes, found.processes),
    ///         Some(problem) => println!("{}: {problem}", found.name),
    ///     }
    /// }
    /// # std::fs::remove_dir_all(dir).unwrap();
    /// # Ok::<(), holysheep_cb::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if there is no directory; [`ErrorKind::Permission`], [`ErrorKind::Io`].
    pub fn list() -> Result<Vec<SegmentInfo>> {
        Shared::list()
    }

    /// A new segment of this process alone. A breaker in it is dropped with its last handle.
    #[must_use]
    pub fn private() -> Self {
        let home = Home::Private(Private::new(default_stripes()));
        Self::new(home, None)
    }

    /// The private segment that all of this process shares.
    pub(crate) fn of_process() -> Self {
        static SEGMENT: OnceLock<Segment> = OnceLock::new();
        SEGMENT.get_or_init(Self::private).clone()
    }

    fn new(home: Home, reopen: Option<(String, Wanted)>) -> Self {
        Self(Arc::new(Inner {
            homes: Chain::new(home),
            reopening: TryLock::new(),
            looks: AtomicU32::new(0),
            reopen,
            fallback: OnceLock::new(),
        }))
    }

    /// Where its file lies; `None` for a private segment.
    #[must_use]
    pub fn path(&self) -> Option<PathBuf> {
        match self.0.homes.newest() {
            Home::Private(_) => None,
            Home::Shared(shared) => Some(shared.path().to_owned()),
        }
    }

    /// The names of its breakers.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.names_of(Kind::Breaker)
    }

    /// The names of its limiters.
    #[must_use]
    pub fn limiters(&self) -> Vec<String> {
        self.names_of(Kind::Limiter)
    }

    /// The names of its bulkheads.
    #[must_use]
    pub fn bulkheads(&self) -> Vec<String> {
        self.names_of(Kind::Bulkhead)
    }

    fn names_of(&self, kind: Kind) -> Vec<String> {
        self.home().names(kind)
    }

    /// The first name at or behind place `from` of the order of [`Segment::names`], and the place behind it.
    #[cfg(feature = "ffi")]
    pub(crate) fn name_from(&self, kind: Kind, from: u32) -> Option<(String, u32)> {
        match self.home() {
            Home::Private(private) => private.name_from(kind, from),
            Home::Shared(shared) => shared.name_from(kind, from),
        }
    }

    /// How many processes have it open for use, this one included; those that were killed are not counted, whatever their
    /// last act. `None` where the system does not say. A private segment has one.
    #[must_use]
    pub fn processes(&self) -> Option<usize> {
        match self.home() {
            Home::Private(_) => Some(1),
            Home::Shared(shared) => shared.processes(),
        }
    }

    /// Reads its events from the next one on.
    #[must_use]
    pub fn events(&self) -> EventReader {
        EventReader::new(self.clone(), u64::MAX)
    }

    /// Reads its events from number `cursor` on; 0 = the oldest that is kept.
    #[must_use]
    pub fn events_from(&self, cursor: u64) -> EventReader {
        EventReader::new(self.clone(), cursor)
    }

    /// The memory behind it now. A shared file that was removed or replaced is attached anew; where that fails, or while
    /// another thread is at it, the old memory serves on.
    pub(crate) fn home(&self) -> &Home {
        // ORDERING: Relaxed; only decides who looks how closely.
        let closely = self.0.looks.fetch_add(1, Ordering::Relaxed) % CLOSELY_EVERY == 0;
        match self.fresh_home(closely) {
            Some(Ok(home)) => home,
            _ => self.0.homes.newest(),
        }
    }

    /// What breakers go on with while the segment is lost: one for all of them.
    pub(crate) fn fallback(&self) -> &Home {
        self.0.fallback.get_or_init(|| Home::Private(Private::new(default_stripes())))
    }

    /// The same, but an error where the file is lost, and `None` while another thread is looking. `closely`: also notices
    /// a file that was moved elsewhere, which takes a look at its path.
    pub(crate) fn fresh_home(&self, closely: bool) -> Option<Result<&Home>> {
        let looked = self.0.reopening.run(|| {
            match (self.0.homes.newest(), &self.0.reopen) {
                (Home::Shared(shared), Some((name, wanted))) if shared.is_stale(closely) => {
                    self.0.homes.push(Home::Shared(Shared::open(name, wanted)?));
                }
                _ => {}
            }
            Ok(())
        });
        looked.map(|result| result.map(|()| self.0.homes.newest()))
    }
}

impl Home {
    /// Gets or creates a breaker's place.
    pub(crate) fn place(&self, name: &str, config: Option<&Config>) -> Result<Place> {
        match self {
            Self::Private(private) => private.place(name, config),
            Self::Shared(shared) => shared.place(name, config),
        }
    }

    /// The names of its cells of this kind.
    pub(crate) fn names(&self, kind: Kind) -> Vec<String> {
        match self {
            Self::Private(private) => private.names(kind),
            Self::Shared(shared) => shared.names(kind),
        }
    }

    /// Gets or creates the place of what stands beside a breaker.
    pub(crate) fn berth<T: Beside>(&self, name: &str, config: Option<T::Config>) -> Result<Berth<T>> {
        match self {
            Self::Private(private) => private.berth(name, config),
            Self::Shared(shared) => shared.berth(name, config),
        }
    }

    /// The same to look at, if it is there.
    pub(crate) fn find_berth<T: Beside>(&self, name: &str) -> Option<Berth<T>> {
        match self {
            Self::Private(private) => private.find_berth(name),
            Self::Shared(shared) => shared.find_berth(name),
        }
    }

    /// A breaker to look at, if it is there.
    pub(crate) fn find(&self, name: &str) -> Option<Place> {
        match self {
            Self::Private(private) => private.find(name),
            Self::Shared(shared) => shared.find(name),
        }
    }

    pub(crate) fn events(&self) -> &Events {
        let events = match self {
            Self::Private(private) => private.events(),
            Self::Shared(shared) => shared.events(),
        };
        // SAFETY: in bounds and aligned (`Span::array`), plain memory, kept by the segment that `self` holds.
        unsafe { events.as_ref() }
    }
}

impl std::fmt::Debug for Segment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Segment").field("path", &self.path()).finish_non_exhaustive()
    }
}
