//! [`Limiter`]: what users hold.

use super::turn::{Limited, LimiterTurn};
use crate::clock::{Clock, FineClock};
use crate::config::LimiterConfig;
use crate::error;
use crate::gcra::LONGEST;
use crate::layout::{Beside as _, LimiterCell, add, count};
use crate::segment::{Berth, Mooring, Segment, wait_listening, wake_all};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A rate limiter. Clones, handles opened by the same name in the same segment, and those of other processes are all the
/// same limiter: an account's limit is one, however many workers there are.
///
/// Units are whatever is limited: requests, or tokens. A call takes them before it goes; what it really used is settled
/// afterwards with [`Limiter::give_back`] and [`Limiter::charge`].
///
/// ```
/// use holysheep_cb::{Limiter, LimiterConfig};
/// use std::time::Duration;
///
/// let limiter = Limiter::builder().config(LimiterConfig::per_minute(600)).open("account-1")?;
/// assert!(limiter.try_acquire(1).is_ok());
/// let limited = limiter.try_acquire(1).unwrap_err(); // evenly spaced: one in 100 ms
/// assert!(limited.retry_after <= Duration::from_millis(100));
/// limiter.acquire(1, Duration::from_secs(1)).unwrap(); // waits
/// # Ok::<(), holysheep_cb::Error>(())
/// ```
#[derive(Clone)]
pub struct Limiter<C = FineClock> {
    pub(super) core: Arc<Mooring<Berth<LimiterCell>>>,
    clock: C,
}

/// What a server says of its limit; headers such as `x-ratelimit-limit`, `-remaining` and `-reset`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ServerLimits {
    /// Units per period. A lower one than configured replaces it, until the server says another.
    pub limit: Option<u32>,
    /// Units that are left. Fewer than we thought lower our own count; more are not believed.
    pub remaining: Option<u32>,
    /// How long until there are more. Heeded where none is left.
    pub reset: Option<Duration>,
}

/// How long a waiter sleeps at most before it looks again by itself.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

impl<C: Clock> Limiter<C> {
    pub(super) fn new(
        segment: Segment,
        name: &str,
        config: Option<LimiterConfig>,
        clock: C,
    ) -> error::Result<Self> {
        let berth = segment.home().berth(name, config)?;
        let core = Arc::new(Mooring::new(berth, segment, name, clock.now_ns()));
        Ok(Self { core, clock })
    }

    /// The same limiter under another clock, such as a [`ManualClock`](crate::ManualClock) in tests.
    #[must_use]
    pub fn with_clock<D: Clock>(&self, clock: D) -> Limiter<D> {
        Limiter { core: Arc::clone(&self.core), clock }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.core.name()
    }

    /// Takes units if they are to be had now. More than the burst are to be had once all before them is paid, and delay
    /// those that follow.
    ///
    /// # Errors
    /// [`Limited`], with the time until they would be; then nothing is taken.
    pub fn try_acquire(&self, units: u32) -> Result<(), Limited> {
        self.reserve(units, Duration::ZERO).map(LimiterTurn::go)
    }

    /// Takes units and waits until their turn comes, over all processes in the order of asking. Says no at once where it
    /// would take longer than `patience`, and when a pause that comes meanwhile makes it so.
    ///
    /// # Errors
    /// [`Limited`]; then nothing is taken.
    pub fn acquire(&self, units: u32, patience: Duration) -> Result<(), Limited> {
        let begun = Instant::now();
        let turn = self.reserve(units, patience)?;
        loop {
            let (due, left) = (turn.due_in(), patience.saturating_sub(begun.elapsed()));
            if due.is_zero() {
                turn.go();
                return Ok(());
            }
            if due > left {
                return Err(turn.give_up());
            }
            let bell = &turn.cell().bell;
            wait_listening(
                bell.word(),
                || bell.listen(),
                due,
                LOOK_AGAIN,
                || {
                    let due = turn.due_in();
                    due.is_zero() || due > patience.saturating_sub(begun.elapsed())
                },
            );
        }
    }

    /// Takes units whose turn comes within `patience`, for a call that waits in its own way.
    ///
    /// # Errors
    /// [`Limited`]; then nothing is taken.
    pub fn reserve(&self, units: u32, patience: Duration) -> Result<LimiterTurn<C>, Limited> {
        let now = self.now();
        self.core.look_after(now);
        let (berth, patience) = (self.core.place(), u64::try_from(patience.as_nanos()).unwrap_or(u64::MAX));
        let at = berth.cell().at(now);
        match berth.cell().gcra.take(&at.rate, units, at.time, at.own(patience)) {
            Ok(turn) => Ok(LimiterTurn::new(berth.clone(), self.clock.clone(), turn, units)),
            Err(wait) => Err(self.refuse(at.real(wait))),
        }
    }

    /// How long until a call of so many units would go; zero = now. Changes nothing.
    #[must_use]
    pub fn retry_after(&self, units: u32) -> Duration {
        let now = self.now();
        self.core.look_after(now);
        let (cell, at) = (self.cell(), self.cell().at(now));
        at.real(cell.gcra.wait(&at.rate, units, at.time))
    }

    /// Gives back units that a call took and did not use.
    pub fn give_back(&self, units: u32) {
        let (cell, at) = (self.cell(), self.cell().at(self.now()));
        cell.gcra.give_back(&at.rate, units, at.time);
    }

    /// Takes units that a call used beyond those that it took; those that follow wait until they are paid.
    pub fn charge(&self, units: u32) {
        let (cell, at) = (self.cell(), self.cell().at(self.now()));
        cell.gcra.charge(&at.rate, units, at.time);
        add(&cell.units, units.into());
    }

    /// Nobody goes for so long (a 429 with Retry-After; at most a day), those who wait already among them, and after that
    /// one unit after the other. Of several pauses at once the longest counts.
    pub fn pause(&self, duration: Duration) {
        let (cell, at) = (self.cell(), self.cell().at(self.now()));
        let length = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX).min(LONGEST);
        if cell.gcra.pause(&at.rate, at.time.saturating_add(at.own(length)), at.time) {
            count(&cell.pauses);
            cell.bell.ring();
            wake_all(cell.bell.word());
        }
    }

    /// Heeds what the server says. It never makes more of what is left than our own count, for what is in flight to it is
    /// not in its answer.
    pub fn correct(&self, server: ServerLimits) {
        let cell = self.cell();
        if let Some(limit) = server.limit.filter(|&limit| limit > 0) {
            cell.heed_limit(limit, self.now());
        }
        match (server.remaining, server.reset) {
            (Some(0), Some(reset)) => self.pause(reset),
            (Some(remaining), _) => {
                let at = cell.at(self.now());
                cell.gcra.leave(&at.rate, remaining, at.time);
            }
            (None, _) => {}
        }
    }

    /// Replaces the configuration, for every process. What was taken counts on as so many units; turns that are out stay
    /// where they are.
    ///
    /// # Errors
    /// As [`LimiterConfig::validate`]; then nothing has changed.
    pub fn configure(&self, config: LimiterConfig) -> error::Result<()> {
        config.validate()?;
        let now = self.now();
        self.core.look_after(now);
        let (cell, before) = (self.cell(), self.cell().at(now));
        cell.configure(config);
        cell.gcra.rescale(&before.rate, &cell.at(now).rate, before.time);
        Ok(())
    }

    /// The configuration in force.
    #[must_use]
    pub fn config(&self) -> LimiterConfig {
        self.cell().config()
    }

    pub(super) fn now(&self) -> u64 {
        self.clock.now_ns()
    }

    pub(super) fn cell(&self) -> &LimiterCell {
        self.core.place().cell()
    }

    fn refuse(&self, retry_after: Duration) -> Limited {
        count(&self.cell().refused);
        Limited { retry_after }
    }
}

impl<C: Clock> std::fmt::Debug for Limiter<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Limiter")
            .field("name", &self.name())
            .field("config", &self.config())
            .finish_non_exhaustive()
    }
}
