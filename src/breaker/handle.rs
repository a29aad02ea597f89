//! [`Breaker`]: what users hold. Finds its place in memory, and notices when that is lost.

use super::gate::{Admission, Gate};
use super::record::Report;
use crate::clock::{Clock, SystemClock, wait};
use crate::config::Config;
use crate::error::Result;
use crate::journal::{NO_NOTE, NoteWords};
use crate::layout::Site as _;
use crate::outcome::{Classification, Command, Mode, Outcome};
use crate::segment::{Mooring, Place, Segment};
use crate::stats::Snapshot;
use crate::word::Permit as Token;
use std::sync::Arc;
use std::time::Duration;

/// A circuit breaker. Clones, handles opened by the same name in the same segment, and those of other processes are all
/// the same breaker.
///
/// ```
/// use holysheep_cb::{Breaker, CallError, Config};
///
/// let breaker = Breaker::builder().config(Config::new().failure_threshold(1)).open("relay")?;
/// let answer = breaker.call(|| Ok::<_, std::io::Error>("42"));
/// assert_eq!(answer.unwrap(), "42");
///
/// let outage = || Err::<(), _>(std::io::Error::from(std::io::ErrorKind::TimedOut));
/// assert!(matches!(breaker.call(outage), Err(CallError::Failed(_))));
/// assert!(matches!(breaker.call(outage), Err(CallError::Rejected(_)))); // not called
/// # Ok::<(), holysheep_cb::Error>(())
/// ```
#[derive(Clone)]
pub struct Breaker<C = SystemClock> {
    core: Arc<Core>,
    clock: C,
}

/// What the clones of a handle share.
type Core = Mooring<Place>;

/// In ns: longer than anything that can be configured, as long as the longest duration of a permit's own.
const LONGEST: u64 = 1 << 50;

/// In ms, rounded up.
pub(super) fn whole_ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

impl<C: Clock> Breaker<C> {
    pub(super) fn new(segment: Segment, name: &str, config: Option<&Config>, clock: C) -> Result<Self> {
        let place = segment.home().place(name, config)?;
        let core = Core::new(place, segment, name, clock.now_ns());
        Ok(Self { core: Arc::new(core), clock })
    }

    /// The same breaker under another clock, such as a [`ManualClock`](crate::ManualClock) in tests.
    #[must_use]
    pub fn with_clock<D: Clock>(&self, clock: D) -> Breaker<D> {
        Breaker { core: Arc::clone(&self.core), clock }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.core.name()
    }

    /// Its mode. An opening that is over still shows as open until the next call is admitted (S7).
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.core.look_after(self.now());
        self.core.place().cell().word.load().mode()
    }

    /// Whether [`Breaker::admit`] would admit a call now; changes nothing.
    #[must_use]
    pub fn would_admit(&self) -> bool {
        self.would_admit_at(self.now())
    }

    /// How long until it would admit a call; zero = now, `None` = not to be known (forced open, or probes are out).
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        wait(self.retry_after_at(self.now()))
    }

    /// Closes it and forgets everything but the totals.
    pub fn reset(&self) {
        self.obey(Command::Reset);
    }

    /// Opens it, as if a rule had been met.
    pub fn trip(&self) {
        self.obey(Command::Trip);
    }

    /// Opens it for a stated time; if it is open, replaces what is left of the opening.
    pub fn trip_for(&self, duration: Duration) {
        self.trip_for_at(whole_ms(duration), self.now());
    }

    /// Rejects every call until told otherwise.
    pub fn force_open(&self) {
        self.obey(Command::Hold(Mode::ForcedOpen));
    }

    /// Admits every call and records none but in the totals, until told otherwise.
    pub fn disable(&self) {
        self.obey(Command::Hold(Mode::Disabled));
    }

    /// Admits and records every call but never trips, and counts when it would have.
    pub fn observe(&self) {
        self.obey(Command::Hold(Mode::Observing));
    }

    /// Lets an open breaker probe now.
    ///
    /// # Errors
    /// [`ErrorKind::Mode`](crate::ErrorKind::Mode) unless it is open or half-open.
    pub fn half_open(&self) -> Result<()> {
        self.set_mode_at(Mode::HalfOpen, self.now())
    }

    /// Replaces the configuration, for every process; mode and window stay, unless the window's own fields change (S11).
    ///
    /// # Errors
    /// As [`Config::validate`]; then nothing has changed.
    pub fn configure(&self, config: &Config) -> Result<()> {
        config.validate()?;
        self.look_after().configure(config);
        Ok(())
    }

    /// The breaker where it is now, after a look whether its file is still there.
    pub(super) fn look_after(&self) -> Gate<'_, Place> {
        self.core.look_after(self.now());
        self.core.gate()
    }

    /// The configuration in force.
    #[must_use]
    pub fn config(&self) -> Config {
        self.core.place().cell().settings.config()
    }

    /// Its state, window and totals.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.snapshot_at(self.now())
    }

    /// The latency that a share `quantile` (0..=1) of the successes did not exceed, at most 12.5 % off between 4 ms and
    /// 1 h; `None` if there was none.
    #[must_use]
    pub fn latency(&self, quantile: f64) -> Option<Duration> {
        self.core.gate().histogram().quantile(quantile)
    }

    #[inline(always)]
    pub(crate) fn now(&self) -> u64 {
        self.clock.now_ns()
    }

    #[inline(always)]
    pub(crate) fn admit_at(&self, now: u64) -> Admission {
        let gate = self.core.gate();
        match gate.glance(now) {
            Some(Ok(permit)) => Ok(permit),
            Some(Err(wait)) if !self.core.is_due(now) => {
                gate.reject();
                Err(wait)
            }
            _ => self.core.admit(now),
        }
    }

    #[inline(always)]
    pub(crate) fn record_at(&self, permit: u64, outcome: Outcome, now: u64) {
        let token = Token::from_word(permit);
        if outcome != Outcome::Success || !self.core.gate().record_success_at_once(token, now) {
            self.core.record(permit, outcome, token.duration(now), 0, now);
        }
    }

    pub(crate) fn record_throttled_at(&self, permit: u64, hint_ms: u64, now: u64) {
        let duration = Token::from_word(permit).duration(now);
        self.core.record(permit, Outcome::Failure, duration, hint_ms, now);
    }

    /// Gives a permit back with a classifier's answer; `duration` in ns, if not the time since admission.
    #[inline]
    pub(crate) fn give_back_at(
        &self,
        permit: u64,
        classification: Classification,
        duration: Option<u64>,
        now: u64,
    ) {
        let (outcome, hint_ms) = match classification {
            Classification::Success => (Outcome::Success, 0),
            Classification::Failure => (Outcome::Failure, 0),
            Classification::Ignored => (Outcome::Ignored, 0),
            Classification::Throttled(wait) => (Outcome::Failure, whole_ms(wait)),
        };
        match duration {
            Some(duration) => self.core.record(permit, outcome, duration.min(LONGEST), hint_ms, now),
            None if hint_ms > 0 => self.record_throttled_at(permit, hint_ms, now),
            None => self.record_at(permit, outcome, now),
        }
    }

    pub(crate) fn would_admit_at(&self, now: u64) -> bool {
        self.ask_at(now).0
    }

    pub(crate) fn retry_after_at(&self, now: u64) -> u64 {
        self.ask_at(now).1
    }

    /// Whether it would admit a call now; if not, how long until.
    #[cfg(feature = "client")]
    pub(crate) fn ask(&self) -> std::result::Result<(), Option<Duration>> {
        let (would_admit, ns) = self.ask_at(self.now());
        if would_admit { Ok(()) } else { Err(wait(ns)) }
    }

    fn ask_at(&self, now: u64) -> (bool, u64) {
        self.core.look_after(now);
        self.core.gate().ask(now)
    }

    pub(crate) fn set_mode_at(&self, mode: Mode, now: u64) -> Result<()> {
        self.operate(Command::to(mode), &NO_NOTE, now)
    }

    pub(crate) fn trip_for_at(&self, ms: u64, now: u64) {
        let _ = self.operate(Command::TripFor(ms), &NO_NOTE, now);
    }

    pub(crate) fn snapshot_at(&self, now: u64) -> Snapshot {
        self.core.look_after(now);
        let private = self.core.is_private();
        Snapshot { private, ..self.core.gate().snapshot(now) }
    }

    /// A command that is possible from every mode.
    fn obey(&self, command: Command) {
        let _ = self.operate(command, &NO_NOTE, self.now());
    }

    pub(super) fn operate(&self, command: Command, note: &NoteWords, now: u64) -> Result<()> {
        self.core.look_after(now);
        self.core.gate().operate(command, note, now)
    }
}

impl Core {
    #[inline(always)]
    fn gate(&self) -> Gate<'_, Place> {
        Gate::new(self.place())
    }

    /// Admitting, where a glance does not do.
    #[cold]
    #[inline(never)]
    fn admit(&self, now: u64) -> Admission {
        let admission = self.gate().admit(now);
        self.look_after(now);
        admission
    }

    /// What of recording is not done at once. (Scalars: a struct would be stored to memory before the fast path's
    /// atomic, which waits for every store.)
    #[cold]
    #[inline(never)]
    fn record(&self, permit: u64, outcome: Outcome, duration: u64, hint_ms: u64, now: u64) {
        let permit = Token::from_word(permit);
        self.gate().record(Report { permit, outcome, duration, hint_ms }, now);
        self.look_after(now);
    }
}

impl<C: Clock> std::fmt::Debug for Breaker<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mode = self.core.place().cell().word.load().mode();
        f.debug_struct("Breaker")
            .field("name", &self.core.name())
            .field("mode", &mode)
            .finish_non_exhaustive()
    }
}
