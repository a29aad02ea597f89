//! How long the headers of a response ask to wait.

use super::quantity::{Moment, decimal, duration, http_date, reset};
use std::time::{SystemTime, UNIX_EPOCH};

/// A limit's reset is believed for at most this long, in ms: it says when all of the limit is there again, and a call may
/// go long before.
const LONGEST_RESET: u64 = 60_000;
/// More limits than any server has.
const MOST_LIMITS: usize = 16;
/// No header that is read has a longer name.
const LONGEST_NAME: usize = 64;

/// What the headers say of waiting.
pub(super) struct Waits {
    /// This host's Unix time, in ms.
    now: u64,
    /// The response's own.
    date: Option<u64>,
    retry_after_ms: Option<u64>,
    retry_after: Option<Moment>,
    /// Asked where there is no `retry-after`; `None` if this response's status is not one to be asked of.
    limits: Option<Vec<Limit>>,
}

/// One of a server's limits: requests, tokens, ...
struct Limit {
    name: Box<[u8]>,
    used_up: bool,
    reset: Option<Moment>,
}

impl Waits {
    /// `unix_ms`: this host's time; `None` reads its clock. `limits`: whether the resets of limits are waiting times.
    pub(super) fn new(unix_ms: Option<u64>, limits: bool) -> Self {
        Self {
            now: unix_ms.unwrap_or_else(unix_now),
            date: None,
            retry_after_ms: None,
            retry_after: None,
            limits: limits.then(Vec::new),
        }
    }

    /// Reads a header; the first of a name that can be read counts.
    pub(super) fn header(&mut self, name: &[u8], value: &[u8]) {
        let mut lower = [0; LONGEST_NAME];
        let Some(lower) = lower.get_mut(..name.len()) else { return };
        lower.copy_from_slice(name);
        lower.make_ascii_lowercase();
        let value = value.trim_ascii();
        match &*lower {
            b"date" => self.date = self.date.or_else(|| http_date(value)),
            b"retry-after-ms" => self.retry_after_ms = self.retry_after_ms.or_else(|| decimal(value, 1)),
            b"retry-after" => self.retry_after = self.retry_after.or_else(|| retry_after(value)),
            other => self.limit(other, value),
        }
    }

    /// A header of a limit: `x-ratelimit-reset`, `x-ratelimit-remaining-tokens`, `anthropic-ratelimit-requests-reset`.
    fn limit(&mut self, header: &[u8], value: &[u8]) {
        let Some(limits) = &mut self.limits else { return };
        let after = |text: &'static [u8]| {
            header.strip_prefix(b"x-ratelimit-").and_then(|rest| rest.strip_prefix(text))
        };
        let before = |text: &'static [u8]| {
            header.strip_prefix(b"anthropic-ratelimit-").and_then(|rest| rest.strip_suffix(text))
        };
        if let Some(name) = after(b"reset").or_else(|| before(b"-reset")) {
            let Some(limit) = find(limits, name) else { return };
            limit.reset = limit.reset.or_else(|| reset(value));
        } else if let Some(name) = after(b"remaining").or_else(|| before(b"-remaining")) {
            let Some(limit) = find(limits, name) else { return };
            limit.used_up |= decimal(value, 1) == Some(0);
        }
    }

    /// How long to wait, in ms: the first that can be read of `retry-after-ms`, `retry-after`, what the body says, and
    /// the limits.
    pub(super) fn asked(&self, by_body: Option<u64>) -> Option<u64> {
        self.by_retry_after().or(by_body).or_else(|| self.by_limits())
    }

    /// What `retry-after-ms` or `retry-after` say, in ms; a wait that is over is 0.
    pub(super) fn by_retry_after(&self) -> Option<u64> {
        self.retry_after_ms.or_else(|| self.retry_after.map(|moment| moment.after(self.clock())))
    }

    /// Of the limits that are used up the last reset, for until then no call may go; where none says that it is, the
    /// first.
    fn by_limits(&self) -> Option<u64> {
        let limits = self.limits.as_deref().unwrap_or_default();
        let wait = |limit: &Limit| limit.reset.map(|moment| moment.after(self.clock()));
        let used_up = limits.iter().filter(|limit| limit.used_up).filter_map(wait).max();
        used_up.or_else(|| limits.iter().filter_map(wait).min()).map(|ms| ms.min(LONGEST_RESET))
    }

    /// What dates are compared with: the response's own `Date`, so that they mean the same where clocks differ; without
    /// one, this host's time.
    fn clock(&self) -> u64 {
        self.date.unwrap_or(self.now)
    }
}

/// The limit of this name, which may be a new one; `None` if there are too many.
fn find<'a>(limits: &'a mut Vec<Limit>, name: &[u8]) -> Option<&'a mut Limit> {
    let at = limits.iter().position(|limit| *limit.name == *name).unwrap_or(limits.len());
    if at == MOST_LIMITS {
        return None;
    }
    if at == limits.len() {
        limits.push(Limit { name: name.into(), used_up: false, reset: None });
    }
    limits.get_mut(at)
}

/// Seconds, or an HTTP date; OpenAI's durations too, which some relays put here.
fn retry_after(value: &[u8]) -> Option<Moment> {
    let seconds = decimal(value, 1000).or_else(|| duration(value)).map(Moment::In);
    seconds.or_else(|| http_date(value).map(Moment::At))
}

/// The only look at a clock.
pub(super) fn unix_now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
