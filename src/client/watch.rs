//! What watches over one call while it is on the wire: its whole time, its limits for the first and for each further piece of
//! the body, and the caller who may break off from another thread.
//!
//! ureq asks a transport for bytes on the thread that waits for them. So the watch of the call lies in that thread's
//! keeping while ureq works for it, and whatever waits looks there: for how long, and where to leave that by which its
//! waiting can be ended. Time for connecting is ureq's own matter.

use super::kind::Kind;
use crate::fork;
use arc_swap::ArcSwapOption;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};
use ureq::unversioned::transport::ShutdownHandle;
use ureq::{Error, Timeout};

/// Breaks a call off, from any thread. Clones break off the same call.
///
/// ```
/// let cancel = holysheep_cb::client::Cancel::new();
/// let other = cancel.clone();
/// std::thread::spawn(move || other.cancel()).join().unwrap();
/// assert!(cancel.is_cancelled());
/// ```
#[derive(Clone, Default)]
pub struct Cancel(Arc<CancelState>);

#[derive(Default)]
struct CancelState {
    cancelled: AtomicBool,
    /// Those of this process: a forked child's cancel must not shut its parent's, nor wait for its lock.
    waits: ArcSwapOption<Waits>,
}

/// What the waiting of a cancel's calls can be ended by, by the number of the watch: their sockets, and whatever else they
/// wait for.
struct Waits {
    process: u32,
    ends: Mutex<Vec<(u64, Weak<dyn ShutdownHandle>)>>,
}

impl Cancel {
    /// For a call to come.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The call that has it ends as soon as it can: whatever it waits for is waited for no longer.
    pub fn cancel(&self) {
        // ORDERING: Release; pairs with the Acquire in `is_cancelled`, by whoever finds the socket shut.
        self.0.cancelled.store(true, Ordering::Release);
        // Under the lock: a call that takes its socket away, so that others may have the connection, waits for this.
        let waits = self.waits();
        let ends = waits.ends.lock().unwrap_or_else(PoisonError::into_inner);
        ends.iter().filter_map(|(_, end)| end.upgrade()).for_each(|end| end.shutdown());
    }

    /// Whether somebody has.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        // ORDERING: Acquire; see `cancel`.
        self.0.cancelled.load(Ordering::Acquire)
    }

    /// Leaves what ends the waiting that a call is about to begin, or takes it away.
    fn leave(&self, number: u64, end: Option<Weak<dyn ShutdownHandle>>) {
        let waits = self.waits();
        let mut ends = waits.ends.lock().unwrap_or_else(PoisonError::into_inner);
        ends.retain(|(of, _)| *of != number);
        ends.extend(end.map(|end| (number, end)));
    }

    /// Those of this process.
    fn waits(&self) -> Arc<Waits> {
        let process = fork::generation();
        loop {
            let known = self.0.waits.load();
            if let Some(waits) = known.as_ref().filter(|waits| waits.process == process) {
                return Arc::clone(waits);
            }
            // Whoever comes second takes what the first has put there: all of a process have the same lock.
            let fresh = Arc::new(Waits { process, ends: Mutex::default() });
            self.0.waits.compare_and_swap(&known, Some(fresh));
        }
    }
}

impl fmt::Debug for Cancel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cancel").field(&self.is_cancelled()).finish()
    }
}

/// The watch over one attempt.
pub(super) struct Watch {
    number: u64,
    cancel: Cancel,
    /// When the call's whole time is over.
    until: Instant,
    first_byte_until: Instant,
    chunk: Cell<Duration>,
    /// Its connection was made for another call, and kept.
    kept: Cell<bool>,
    /// The proxy that a connection is being made over; `None` once it stands, or where there is none.
    proxy: RefCell<Option<String>>,
    /// The cancel has what ends its waiting.
    in_reach: Cell<bool>,
    /// The first piece of the body is there.
    begun: Cell<bool>,
    /// The limit that was over.
    over: Cell<Option<Kind>>,
}

thread_local! {
    /// The watch of the call that this thread is at. No destructor, and set for no longer than [`Watch::over`] runs.
    static HERE: Cell<Option<NonNull<Watch>>> = const { Cell::new(None) };
}

impl Watch {
    /// Over a call whose whole time ends then.
    pub(super) fn new(cancel: Cancel, until: Instant, first_byte: Duration, chunk: Duration) -> Self {
        static NUMBERS: AtomicU64 = AtomicU64::new(0);
        Self {
            // ORDERING: Relaxed; only the number matters.
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
            cancel,
            until,
            first_byte_until: Instant::now() + first_byte,
            chunk: Cell::new(chunk),
            kept: Cell::new(false),
            proxy: RefCell::default(),
            in_reach: Cell::new(false),
            begun: Cell::new(false),
            over: Cell::new(None),
        }
    }

    /// The request is sent now, for the first time or once more.
    pub(super) fn sends(&self) {
        self.kept.set(false);
        self.goes_over(None);
    }

    /// Runs what ureq does for this call.
    pub(super) fn over<T>(&self, work: impl FnOnce() -> T) -> T {
        struct Leave<'a>(&'a Watch, Option<NonNull<Watch>>);
        impl Drop for Leave<'_> {
            fn drop(&mut self) {
                if self.0.in_reach.take() {
                    self.0.cancel.leave(self.0.number, None);
                }
                HERE.set(self.1);
            }
        }
        let _leave = Leave(self, HERE.replace(Some(NonNull::from(self))));
        work()
    }

    /// A piece of the body is there: from now on the limit is that for each further one.
    pub(super) fn body_came(&self) {
        self.begun.set(true);
    }

    /// What follows is waited for no longer than this.
    pub(super) fn hurry(&self, chunk: Duration) {
        self.chunk.set(chunk);
    }

    /// Its connection was kept from another call, and no byte came over it.
    pub(super) fn is_on_a_kept_connection(&self) -> bool {
        self.kept.get() && !self.begun.get()
    }

    /// It works with a connection that was made for the watch of this number.
    pub(super) fn has_connection_of(&self, number: Option<u64>) {
        self.kept.set(number != Some(self.number));
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Its connection is being made over this proxy.
    pub(super) fn goes_over(&self, proxy: Option<String>) {
        self.proxy.replace(proxy);
    }

    /// The proxy that it has got no further than.
    pub(super) fn stuck_at(&self) -> Option<String> {
        self.proxy.borrow().clone()
    }

    /// It is about to wait: a cancel ends that by this.
    pub(super) fn waits(&self, end: Weak<dyn ShutdownHandle>) {
        self.in_reach.set(true);
        self.cancel.leave(self.number, Some(end));
    }

    /// A limit of ours, and not of ureq's, was over.
    pub(super) fn ran_out(&self, kind: Kind) {
        self.over.set(Some(kind));
    }

    pub(super) fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    /// What ended the work, if this watch did: asked when it failed.
    pub(super) fn verdict(&self) -> Option<Kind> {
        if self.cancel.is_cancelled() { Some(Kind::Cancelled) } else { self.over.get() }
    }

    /// How long what begins now may wait for bytes, and what it is if none come.
    pub(super) fn left(&self, now: Instant) -> (Duration, Kind) {
        let piece = if self.begun.get() {
            (self.chunk.get(), Kind::ChunkTimeout)
        } else {
            (self.first_byte_until.saturating_duration_since(now), Kind::FirstByteTimeout)
        };
        let whole = self.whole_left(now);
        if whole <= piece.0 { (whole, Kind::Deadline) } else { piece }
    }

    /// How long the call has.
    pub(super) fn whole_left(&self, now: Instant) -> Duration {
        self.until.saturating_duration_since(now)
    }

    /// Looks whether its whole time is over.
    pub(super) fn check_whole(&self) {
        if self.whole_left(Instant::now()).is_zero() {
            self.ran_out(Kind::Deadline);
        }
    }
}

/// Looks at the watch of this thread's call, if it is at one.
pub(super) fn here<T>(look: impl FnOnce(&Watch) -> T) -> Option<T> {
    // SAFETY: set by `Watch::over` alone, which holds the watch borrowed until it has taken the pointer away; and this
    // thread is within it.
    HERE.get().map(|watch| look(unsafe { watch.as_ref() }))
}

/// An error where the call of this thread is over: its caller broke off, or a limit did, as [`Watch::verdict`] then says.
pub(super) fn check() -> Result<(), Error> {
    match here(Watch::verdict) {
        Some(Some(_)) => Err(Error::Timeout(Timeout::Global)),
        _ => Ok(()),
    }
}
