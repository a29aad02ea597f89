//! What watches over one call while it is on the wire: its time limits for the first and for each further piece of the
//! body, and the caller who may break off from another thread.
//!
//! ureq asks a transport for bytes on the thread that waits for them. So the watch of the call lies in that thread's
//! keeping while ureq works for it, and the transport looks there: for how long to wait, and where to leave the socket by
//! which a waiting read can be ended. Time for connecting and the call's whole time are ureq's own matter.

use super::kind::Kind;
use crate::fork;
use arc_swap::ArcSwapOption;
use std::cell::Cell;
use std::fmt;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};
use ureq::Error;
use ureq::Timeout;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, NextTimeout, ShutdownHandle, TcpConnector, Transport, time,
};

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
    sockets: ArcSwapOption<Sockets>,
}

/// What the waiting reads of a cancel's calls can be ended by, by the number of the watch.
struct Sockets {
    process: u32,
    waiting: Mutex<Vec<(u64, Weak<dyn ShutdownHandle>)>>,
}

impl Cancel {
    /// For a call to come.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The call that has it ends as soon as it can: a read that waits is ended, and so is a pause between attempts.
    pub fn cancel(&self) {
        // ORDERING: Release; pairs with the Acquire in `is_cancelled`, by whoever finds the socket shut.
        self.0.cancelled.store(true, Ordering::Release);
        // Under the lock: a call that takes its socket away, so that others may have the connection, waits for this.
        let sockets = self.sockets();
        let waiting = sockets.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.iter().filter_map(|(_, socket)| socket.upgrade()).for_each(|socket| socket.shutdown());
    }

    /// Whether somebody has.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        // ORDERING: Acquire; see `cancel`.
        self.0.cancelled.load(Ordering::Acquire)
    }

    /// Leaves the socket that a call is about to wait on, or takes it away.
    fn leave(&self, number: u64, socket: Option<Weak<dyn ShutdownHandle>>) {
        let sockets = self.sockets();
        let mut waiting = sockets.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|(of, _)| *of != number);
        waiting.extend(socket.map(|socket| (number, socket)));
    }

    /// Those of this process.
    fn sockets(&self) -> Arc<Sockets> {
        let process = fork::generation();
        loop {
            let known = self.0.sockets.load();
            if let Some(sockets) = known.as_ref().filter(|sockets| sockets.process == process) {
                return Arc::clone(sockets);
            }
            // Whoever comes second takes what the first has put there: all of a process have the same lock.
            let fresh = Arc::new(Sockets { process, waiting: Mutex::default() });
            self.0.sockets.compare_and_swap(&known, Some(fresh));
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
    first_byte_until: Instant,
    chunk: Cell<Duration>,
    /// A connection was made for it; otherwise it has one that was kept.
    connected: Cell<bool>,
    /// The first piece of the body is there.
    begun: Cell<bool>,
    /// A limit of ours was over.
    over: Cell<bool>,
}

thread_local! {
    /// The watch of the call that this thread is at. No destructor, and set for no longer than [`Watch::over`] runs.
    static HERE: Cell<Option<NonNull<Watch>>> = const { Cell::new(None) };
}

impl Watch {
    pub(super) fn new(cancel: Cancel, first_byte: Duration, chunk: Duration) -> Self {
        static NUMBERS: AtomicU64 = AtomicU64::new(0);
        Self {
            // ORDERING: Relaxed; only the number matters.
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
            cancel,
            first_byte_until: Instant::now() + first_byte,
            chunk: Cell::new(chunk),
            connected: Cell::new(false),
            begun: Cell::new(false),
            over: Cell::new(false),
        }
    }

    /// Runs what ureq does for this call.
    pub(super) fn over<T>(&self, work: impl FnOnce() -> T) -> T {
        struct Leave<'a>(&'a Watch, Option<NonNull<Watch>>);
        impl Drop for Leave<'_> {
            fn drop(&mut self) {
                self.0.cancel.leave(self.0.number, None);
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
        !self.connected.get() && !self.begun.get()
    }

    pub(super) fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    /// What ended the work, if this watch did: asked when it failed.
    pub(super) fn verdict(&self) -> Option<Kind> {
        if self.cancel.is_cancelled() {
            return Some(Kind::Cancelled);
        }
        let kind = if self.begun.get() { Kind::ChunkTimeout } else { Kind::FirstByteTimeout };
        self.over.get().then_some(kind)
    }

    /// How long the next read may wait.
    fn left(&self) -> Duration {
        if self.begun.get() {
            return self.chunk.get();
        }
        self.first_byte_until.saturating_duration_since(Instant::now())
    }
}

/// Looks at the watch of this thread's call, if it is at one.
fn here<T>(look: impl FnOnce(&Watch) -> T) -> Option<T> {
    // SAFETY: set by `Watch::over` alone, which holds the watch borrowed until it has taken the pointer away; and this
    // thread is within it.
    HERE.get().map(|watch| look(unsafe { watch.as_ref() }))
}

/// Connects over TCP, and puts the watch before the socket.
#[derive(Debug, Default)]
pub(super) struct WatchedTcp(TcpConnector);

impl<In: Transport> Connector<In> for WatchedTcp {
    type Out = Watched<<TcpConnector as Connector<In>>::Out>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        let socket: Arc<Mutex<Option<Weak<dyn ShutdownHandle>>>> = Arc::default();
        let (seen, theirs) = (Arc::clone(&socket), Arc::clone(&details.register_shutdown));
        let ours = ConnectionDetails {
            uri: details.uri,
            addrs: details.addrs.clone(),
            config: details.config,
            request_level: details.request_level,
            resolver: details.resolver,
            now: details.now,
            timeout: details.timeout,
            current_time: Arc::clone(&details.current_time),
            run_connector: Arc::clone(&details.run_connector),
            register_shutdown: Arc::new(move |handle: Weak<dyn ShutdownHandle>| {
                *seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(handle.clone());
                theirs(handle)
            }),
        };
        here(|watch| watch.connected.set(true));
        let inner = self.0.connect(&ours, chained)?;
        let socket = socket.lock().unwrap_or_else(PoisonError::into_inner).take();
        Ok(inner.map(|inner| Watched { inner, socket }))
    }
}

/// A transport that waits no longer than the watch of the call allows.
pub(super) struct Watched<T> {
    inner: T,
    socket: Option<Weak<dyn ShutdownHandle>>,
}

impl<T: Transport> Transport for Watched<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.watched(timeout, false, |inner, timeout| inner.transmit_output(amount, timeout))
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.watched(timeout, true, |inner, timeout| inner.await_input(timeout))
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}

impl<T: Transport> Watched<T> {
    /// Does what may wait, within ureq's limit and the watch's; a socket that the caller shut is an error, and not the end
    /// of the body.
    ///
    /// A limit is told to the socket by a system call, unless it is the one that it has. So a wait is cut into steps of round
    /// lengths, the longest that fit into what is left: nearly every call then begins with the same.
    fn watched<R>(
        &mut self,
        timeout: NextTimeout,
        can_go_on: bool,
        mut wait: impl FnMut(&mut T, NextTimeout) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let begun = Instant::now();
        here(|watch| watch.cancel.leave(watch.number, self.socket.clone()));
        let ours = here(Watch::left);
        let theirs = (!timeout.after.is_not_happening()).then_some(*timeout.after);
        let limit = [ours, theirs].into_iter().flatten().min();
        loop {
            check_cancelled()?;
            let left = limit.map(|limit| limit.saturating_sub(begun.elapsed()));
            let step = left.map(|left| if can_go_on { round(left) } else { round_up(left) });
            let after = step.map_or(time::Duration::NotHappening, time::Duration::Exact);
            let result = wait(&mut self.inner, NextTimeout { after, ..timeout });
            check_cancelled()?;
            if !matches!(result, Err(Error::Timeout(_))) {
                return result;
            }
            if !can_go_on || limit.is_none_or(|limit| begun.elapsed() >= limit) {
                if ours.is_some() && ours == limit && ours != theirs {
                    here(|watch| watch.over.set(true));
                }
                return result;
            }
        }
    }
}

const MS: Duration = Duration::from_millis(1);

/// For what cannot go on where it stopped: of a write that is cut short nobody knows how much was written.
fn round_up(left: Duration) -> Duration {
    if left < Duration::from_secs(4) { left.max(MS) } else { Duration::from_secs(left.as_secs() + 1) }
}

/// A round length that fits into what is left: no less than half of it, and at least a millisecond.
fn round(left: Duration) -> Duration {
    let ms = u64::try_from(left.as_millis()).unwrap_or(u64::MAX).clamp(1, 1 << 40);
    Duration::from_millis(1 << ms.ilog2()).max(MS)
}

fn check_cancelled() -> Result<(), Error> {
    match here(|watch| watch.cancel.is_cancelled()) {
        Some(true) => Err(Error::Timeout(Timeout::Global)),
        _ => Ok(()),
    }
}

impl<T: fmt::Debug> fmt::Debug for Watched<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Watched").field(&self.inner).finish()
    }
}
