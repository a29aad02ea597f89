//! Time (S12): nanoseconds on a clock that never steps and that all processes of the host share. Nothing below the
//! breaker's plain methods reads a clock; every operation takes the time as a value.

use crate::prim::{AtomicU64, Ordering};
use std::sync::Arc;

/// A source of time in nanoseconds. It never goes back by itself.
pub trait Clock: Clone + Send + Sync + 'static {
    /// The time now, in ns since an origin that all users of the same breaker share.
    fn now_ns(&self) -> u64;
}

/// The host's monotonic clock, in its coarse form where the platform has one (a resolution of 1 to 4 ms for a read of a
/// few ns and no syscall), corrected for time namespaces so that containers agree.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    /// What the kernel added to this process's clock, in ns.
    namespace_offset: u64,
}

impl SystemClock {
    /// The clock, with the offset of this process's time namespace, which is read once.
    #[must_use]
    pub fn new() -> Self {
        static OFFSET: std::sync::OnceLock<u64> = std::sync::OnceLock::new();
        Self { namespace_offset: *OFFSET.get_or_init(namespace_offset) }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[inline(always)]
    fn now_ns(&self) -> u64 {
        coarse_ns().wrapping_sub(self.namespace_offset)
    }
}

/// The same clock with its full resolution, for what may come more often than once in a millisecond: a read costs about
/// 20 ns.
#[derive(Debug, Clone, Copy, Default)]
pub struct FineClock(SystemClock);

impl FineClock {
    /// The clock, with the offset of this process's time namespace.
    #[must_use]
    pub fn new() -> Self {
        Self(SystemClock::new())
    }
}

impl Clock for FineClock {
    fn now_ns(&self) -> u64 {
        fine_ns().wrapping_sub(self.0.namespace_offset)
    }
}

/// A wait in ns as users see it; `u64::MAX` is one that is not to be known.
#[cfg(not(loom))]
#[inline(always)]
pub(crate) fn wait(ns: u64) -> Option<std::time::Duration> {
    if ns == u64::MAX { None } else { Some(std::time::Duration::from_nanos(ns)) }
}

#[cfg(target_os = "linux")]
#[inline(always)]
fn coarse_ns() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::MonotonicCoarse);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

#[cfg(all(unix, not(target_os = "linux")))]
use fine_ns as coarse_ns;

#[cfg(unix)]
fn fine_ns() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

#[cfg(not(unix))]
use fine_ns as coarse_ns;

#[cfg(not(unix))]
fn fine_ns() -> u64 {
    static ORIGIN: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    let elapsed = ORIGIN.get_or_init(std::time::Instant::now).elapsed();
    u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX)
}

/// The `monotonic` line of `/proc/self/timens_offsets` (seconds, nanoseconds), 0 where there is none.
fn namespace_offset() -> u64 {
    std::fs::read_to_string("/proc/self/timens_offsets")
        .map_or(0, |text| parse_offsets(&text).unwrap_or(0) as u64)
}

fn parse_offsets(text: &str) -> Option<i64> {
    let line = text.lines().find_map(|line| line.strip_prefix("monotonic"))?;
    let mut fields = line.split_whitespace().map(str::parse::<i64>);
    let (seconds, nanos) = (fields.next()?.ok()?, fields.next()?.ok()?);
    seconds.checked_mul(1_000_000_000)?.checked_add(nanos)
}

/// A clock that stands still until it is told otherwise, for tests. Its clones show the same time.
///
/// ```
/// use holysheep_cb::{Clock, ManualClock};
/// use std::time::Duration;
///
/// let clock = ManualClock::new();
/// clock.advance(Duration::from_secs(30));
/// assert_eq!(clock.now_ns(), 30_000_000_000);
/// ```
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<AtomicU64>);

impl ManualClock {
    /// A clock that shows 0.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(AtomicU64::new(0)))
    }

    /// Moves the clock on.
    pub fn advance(&self, by: std::time::Duration) {
        // ORDERING: Relaxed; a test's clock publishes nothing but itself.
        self.0.fetch_add(u64::try_from(by.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Sets the clock to a time in ns, also an earlier one.
    pub fn set_ns(&self, now: u64) {
        // ORDERING: Relaxed; as above.
        self.0.store(now, Ordering::Relaxed);
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for ManualClock {
    fn now_ns(&self) -> u64 {
        // ORDERING: Relaxed; as above.
        self.0.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_of_a_time_namespace() {
        assert_eq!(parse_offsets("monotonic           0         0\nboottime 0 0\n"), Some(0));
        assert_eq!(parse_offsets("monotonic      -86400 500000000\n"), Some(-86_399_500_000_000));
        assert_eq!(parse_offsets("boottime 1 2"), None);
        assert_eq!(parse_offsets("monotonic x 2"), None);
    }
}
