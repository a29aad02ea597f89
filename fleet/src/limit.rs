//! A limit that hosts share: what there is to share of it, how much this host wants, and what is known of all.
//!
//! Of a limit each host has a *floor* always, also without a server; the floors together are a reserve. The rest is lent
//! by the server's script (`script/limit.lua`), for a few seconds at a time and by demand.

use holysheep_cb::{LimiterSnapshot, Share};
use std::time::Duration;

/// How a limit is shared; from [`Rules`](crate::Rules).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sharing {
    /// How many hosts there are at most.
    pub(crate) hosts: u32,
    /// What part of the limit is kept for hosts that the server does not reach.
    pub(crate) reserve_percent: u32,
}

impl Sharing {
    /// What each host has always, in millionths.
    pub(crate) fn floor(self) -> u32 {
        if self.hosts == 1 { Share::WHOLE.floor } else { self.reserve_percent * 10_000 / self.hosts }
    }

    /// What a host has without what others lend it.
    pub(crate) fn alone(self) -> Share {
        Share { floor: self.floor(), lent: 0, lent_for: Duration::ZERO, hosts: self.hosts }
    }
}

/// Of how many calls, at the full limit, the use is averaged over; and within which times.
const CALLS: f64 = 8.0;
const SHORTEST: f64 = 2000.0;
const LONGEST: f64 = 60_000.0;
/// More than it uses, so that it may use more.
const HEADROOM: f64 = 1.25;
/// By how much the want of a host grows whose calls wait, from one second to the next.
const GROWTH: f64 = 4.0;

/// What a host remembers of a limiter between two looks, and how much of its limit the host wants.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    seen: Option<Seen>,
    /// Of the limit, in millionths, on the average of late.
    used: f64,
    /// Units that a call took, when one last did.
    per_call: f64,
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    at_ms: u64,
    admitted: u64,
    units: u64,
    refused: u64,
}

impl Tally {
    /// How much the host wants of the limit, in millionths.
    pub(crate) fn want(&mut self, shown: &LimiterSnapshot, now_ms: u64) -> u32 {
        let seen =
            Seen { at_ms: now_ms, admitted: shown.admitted, units: shown.units, refused: shown.refused };
        let Some(before) = self.seen.replace(seen) else { return 0 };
        let passed = now_ms.saturating_sub(before.at_ms).max(1) as f64;
        let whole = f64::from(Share::WHOLE.floor);
        let limit = f64::from(shown.server_limit.map_or(shown.limit, |said| said.min(shown.limit)).max(1));
        let unit_ms = shown.period.as_secs_f64() * 1000.0 / limit;
        let of_limit = |units: f64| units * unit_ms / passed * whole;

        let [calls, units, refused] =
            [(seen.admitted, before.admitted), (seen.units, before.units), (seen.refused, before.refused)]
                .map(|(now, then)| now.saturating_sub(then) as f64);
        if calls > 0.0 {
            self.per_call = units / calls;
        }
        let per_call = self.per_call.max(1.0);
        let over = (CALLS * per_call * unit_ms).clamp(SHORTEST, LONGEST);
        self.used += (of_limit(units) - self.used) * (1.0 - (-passed / over).exp());

        let share = f64::from(shown.share.unwrap_or(Share::WHOLE).in_force());
        // Longer than a call takes: others are before it.
        let wait_ms = shown.retry_after.saturating_sub(shown.paused).as_secs_f64() * 1000.0;
        let waits = wait_ms > 1.5 * per_call * unit_ms * whole / share;
        let want = if refused > 0.0 || waits {
            (share * GROWTH).max(of_limit(units + refused * per_call)).max(self.used)
        } else {
            self.used * HEADROOM
        };
        want.min(whole) as u32
    }
}

/// What a host asks of a limit; all but `now` and `hosts` in millionths of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// The server's time as the host knows it, ms since 1970.
    pub now: u64,
    /// What it has always.
    pub floor: u32,
    /// How many hosts there are at most.
    pub hosts: u32,
    /// What it holds of what was lent.
    pub held: u32,
    /// What it wants to be lent.
    pub wants: u32,
}

/// What a script answered of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Grant {
    /// An older question came after a newer one; then the rest says nothing.
    pub(crate) is_late: bool,
    pub(crate) lent: u32,
    pub(crate) for_ms: u64,
}

impl Grant {
    pub(crate) fn from_parts(parts: &[String]) -> Option<Self> {
        let [_, granted, lent, for_ms, ..] = parts else { return None };
        Some(Self { is_late: granted != "1", lent: lent.parse().ok()?, for_ms: for_ms.parse().ok()? })
    }
}

/// What the fleet knows of a limit that hosts share.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Ledger {
    /// What each host may hold of what is lent, until when, and what it wants; in millionths of the limit, and the server's
    /// time in ms since 1970.
    pub hosts: Vec<Loan>,
    /// Until then only what hosts hold is lent again.
    pub quiet_until: u64,
}

/// What a host may hold of a limit.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Loan {
    /// Who.
    pub host: String,
    /// How much.
    pub lent: u32,
    /// Until when.
    pub until: u64,
    /// What it wants.
    pub wants: u32,
}

impl Ledger {
    /// From fields and values, in turn; what is no number counts as 0.
    #[must_use]
    pub fn from_fields<'a>(mut flat: impl Iterator<Item = &'a str>) -> Self {
        let mut ledger = Self::default();
        while let (Some(field), Some(value)) = (flat.next(), flat.next()) {
            if let Some(host) = field.strip_prefix("h:") {
                let mut numbers = value.split(' ').map(|number| number.parse().unwrap_or(0_u64));
                let mut next = || numbers.next().unwrap_or(0);
                let (lent, until, _asked, wants) = (next(), next(), next(), next());
                let ppm = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
                ledger.hosts.push(Loan { host: host.to_owned(), lent: ppm(lent), until, wants: ppm(wants) });
            } else if field == "q" {
                ledger.quiet_until = value.parse().unwrap_or(0);
            }
        }
        ledger.hosts.sort_by(|a, b| a.host.cmp(&b.host));
        ledger
    }
}

#[cfg(test)]
mod tests {
    use super::{Ledger, Sharing, Tally};
    use holysheep_cb::{Limiter, LimiterConfig, ManualClock, Segment};
    use std::time::Duration;

    #[test]
    fn floors_are_no_more_than_the_reserve() {
        for (hosts, percent, floor) in
            [(1, 20, 1_000_000), (16, 20, 12_500), (3, 100, 333_333), (10_000, 1, 1)]
        {
            let sharing = Sharing { hosts, reserve_percent: percent };
            assert_eq!(sharing.floor(), floor);
            assert!(hosts == 1 || sharing.floor() * hosts <= percent * 10_000);
        }
    }

    /// Calls so many times in each of `seconds`; what it wants at the end, in percent.
    fn want(config: LimiterConfig, per_second: u32, seconds: u32) -> u32 {
        let (clock, segment) = (ManualClock::new(), Segment::private());
        clock.advance(Duration::from_secs(1000));
        let limiter =
            Limiter::builder().segment(&segment).config(config).clock(clock.clone()).open("l").unwrap();
        let (mut tally, mut want) = (Tally::default(), 0);
        for second in 0..seconds {
            for _ in 0..per_second {
                let _ = limiter.try_acquire(1);
                clock.advance(Duration::from_secs(1) / per_second);
            }
            if per_second == 0 {
                clock.advance(Duration::from_secs(1));
            }
            want = tally.want(&limiter.snapshot(), u64::from(second) * 1000);
        }
        want / 10_000
    }

    #[test]
    fn a_host_wants_what_it_uses_and_all_if_its_calls_wait() {
        let config = LimiterConfig::per_minute(600);
        assert_eq!(want(config, 0, 10), 0);
        assert!((50..=70).contains(&want(config, 5, 30)), "half of it, and a quarter more");
        assert_eq!(want(config, 20, 10), 100);
    }

    #[test]
    fn a_ledger_is_read_whatever_it_holds() {
        let flat = ["q", "9", "h:b", "7 1000 5 20", "h:a", "x", "s", "7", "odd"];
        let ledger = Ledger::from_fields(flat.into_iter());
        assert_eq!(ledger.quiet_until, 9);
        let shown: Vec<_> =
            ledger.hosts.iter().map(|l| (l.host.as_str(), l.lent, l.until, l.wants)).collect();
        assert_eq!(shown, [("a", 0, 0, 0), ("b", 7, 1000, 20)]);
    }
}
