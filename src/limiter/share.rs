//! What this host has of a limit that hosts share.

use super::handle::Limiter;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::pace::{Course, Part, WHOLE};
use std::time::Duration;

/// A host's share of a limit that several hosts share, in millionths of it: a floor, which it has always, and what other
/// hosts have lent it for a time. When that time is over, the floor alone is left, whether anybody sees to it or not.
///
/// ```
/// use holysheep_cb::{Limiter, LimiterConfig, ManualClock, Share};
/// use std::time::Duration;
///
/// let clock = ManualClock::new();
/// let limiter = Limiter::builder().config(LimiterConfig::per_minute(600)).clock(clock.clone()).open("shared")?;
/// limiter.set_share(Share { floor: 100_000, lent: 400_000, lent_for: Duration::from_secs(5), hosts: 10 })?;
/// limiter.try_acquire(1)?;
/// assert_eq!(limiter.retry_after(1), Duration::from_millis(200)); // half of 600 a minute
/// clock.advance(Duration::from_secs(5));
/// assert_eq!(limiter.snapshot().share.unwrap().in_force(), 100_000);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// What it has always; 1 to 1000000.
    pub floor: u32,
    /// What others have lent it; with the floor 1000000 at most.
    pub lent: u32,
    /// For how long from now.
    pub lent_for: Duration,
    /// How many hosts share the limit at most; 1 to 10000. Each has an equal part of the burst, and may always let one unit go
    /// after a quiet time.
    pub hosts: u32,
}

impl Share {
    /// All of the limit, for this host alone.
    pub const WHOLE: Self = Self { floor: WHOLE, lent: 0, lent_for: Duration::ZERO, hosts: 1 };

    /// Millionths as a part of the whole: 0.0 to 1.0.
    #[must_use]
    pub fn part(millionths: u32) -> f64 {
        f64::from(millionths) / f64::from(WHOLE)
    }

    /// What the host may use now, in millionths.
    #[must_use]
    pub fn in_force(&self) -> u32 {
        if self.lent_for.is_zero() { self.floor } else { self.floor.saturating_add(self.lent) }
    }

    pub(super) fn of(course: Course, now: u64) -> Self {
        let Course { until, part: Part { floor, lent, hosts }, .. } = course;
        let lent_for = if lent == 0 { 0 } else { until.saturating_sub(now) };
        Self {
            floor,
            lent: if lent_for == 0 { 0 } else { lent },
            lent_for: Duration::from_nanos(lent_for),
            hosts,
        }
    }

    fn validate(&self) -> Result<()> {
        let most = WHOLE.saturating_sub(self.floor);
        for (field, value, min, max) in
            [("floor", self.floor, 1, WHOLE), ("lent", self.lent, 0, most), ("hosts", self.hosts, 1, 10_000)]
        {
            if !(min..=max).contains(&value) {
                let message = format!("{field} is {value}, but must be within {min}..={max}");
                return Err(Error::new(ErrorKind::Config, message));
            }
        }
        Ok(())
    }
}

impl<C: Clock> Limiter<C> {
    /// Says what this host has of the limit from now on, for every process on it. Turns that are out come later or sooner
    /// by it, and no unit is made or lost. While a pause is on, the share does not grow; say it again after.
    ///
    /// For an agent that shares a limit among hosts (`hscb sync`); one at a time says so.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config), naming the field, its value and what is allowed.
    pub fn set_share(&self, share: Share) -> Result<()> {
        share.validate()?;
        let now = self.now();
        self.core.look_after(now);
        let Share { floor, lent, lent_for, hosts } = share;
        let until = now.saturating_add(u64::try_from(lent_for.as_nanos()).unwrap_or(u64::MAX));
        self.cell().share(Part { floor, lent, hosts }, until, now);
        Ok(())
    }
}
