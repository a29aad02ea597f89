//! What the headers of a response say of the server's limits, to correct a limiter by.

use super::quantity::{Moment, decimal, http_date, reset};
use crate::limiter::ServerLimits;
use std::time::Duration;

/// The limits of requests and of tokens that a response tells of, as its headers come.
///
/// ```
/// use holysheep_cb::response::RateLimits;
/// use std::time::Duration;
///
/// let mut limits = RateLimits::new(Some(1_700_000_000_000));
/// limits.header(b"x-ratelimit-limit", b"600");
/// limits.header(b"x-ratelimit-remaining", b"0");
/// limits.header(b"x-ratelimit-reset", b"1700000030"); // Unix time
/// let requests = limits.requests();
/// assert_eq!((requests.limit, requests.remaining), (Some(600), Some(0)));
/// assert_eq!(requests.reset, Some(Duration::from_secs(30)));
/// ```
#[derive(Debug, Clone, Default)]
pub struct RateLimits {
    /// This host's Unix time in ms; `None` if it is to be read.
    now: Option<u64>,
    date: Option<u64>,
    requests: Said,
    tokens: Said,
}

#[derive(Debug, Clone, Copy, Default)]
struct Said {
    limit: Option<u64>,
    remaining: Option<u64>,
    reset: Option<Moment>,
}

/// No header that is read has a longer name.
const LONGEST_NAME: usize = 64;

impl RateLimits {
    /// `unix_ms`: the host's wall clock in ms, for resets that are dates; `None` reads it.
    #[must_use]
    pub fn new(unix_ms: Option<u64>) -> Self {
        Self { now: unix_ms, ..Self::default() }
    }

    /// A header, in any case; those that say nothing here are ignored. Of two that say the same, the first counts.
    pub fn header(&mut self, name: &[u8], value: &[u8]) {
        let mut lower = [0; LONGEST_NAME];
        let Some(lower) = lower.get_mut(..name.len()) else { return };
        lower.copy_from_slice(name);
        lower.make_ascii_lowercase();
        let value = value.trim_ascii();
        if *lower == *b"date" {
            self.date = self.date.or_else(|| http_date(value));
            return;
        }
        let Some((what, of)) = parse(lower) else { return };
        let said = match of {
            b"" | b"requests" => &mut self.requests,
            b"tokens" => &mut self.tokens,
            _ => return,
        };
        match what {
            b"limit" => said.limit = said.limit.or_else(|| decimal(value, 1)),
            b"remaining" => said.remaining = said.remaining.or_else(|| decimal(value, 1)),
            _ => said.reset = said.reset.or_else(|| reset(value)),
        }
    }

    /// What was said of requests, or without saying of what.
    #[must_use]
    pub fn requests(&self) -> ServerLimits {
        self.limits(&self.requests)
    }

    /// What was said of tokens.
    #[must_use]
    pub fn tokens(&self) -> ServerLimits {
        self.limits(&self.tokens)
    }

    fn limits(&self, said: &Said) -> ServerLimits {
        let number = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        let clock = || self.date.or(self.now).unwrap_or_else(super::wait::unix_now);
        ServerLimits {
            limit: said.limit.map(number),
            remaining: said.remaining.map(number),
            reset: said.reset.map(|moment| Duration::from_millis(moment.after(clock()))),
        }
    }
}

/// `x-ratelimit-remaining-tokens`, `anthropic-ratelimit-tokens-remaining`: what, and of what.
fn parse(header: &[u8]) -> Option<(&[u8], &[u8])> {
    let words: [&[u8]; 3] = [b"limit", b"remaining", b"reset"];
    if let Some(rest) = header.strip_prefix(b"x-ratelimit-") {
        return words.into_iter().find_map(|word| {
            let of = rest.strip_prefix(word)?;
            Some((word, if of.is_empty() { of } else { of.strip_prefix(b"-")? }))
        });
    }
    let rest = header.strip_prefix(b"anthropic-ratelimit-")?;
    words.into_iter().find_map(|word| Some((word, rest.strip_suffix(word)?.strip_suffix(b"-")?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(headers: &[(&str, &str)]) -> RateLimits {
        let mut limits = RateLimits::new(Some(1_700_000_000_000));
        headers.iter().for_each(|(name, value)| limits.header(name.as_bytes(), value.as_bytes()));
        limits
    }

    #[test]
    fn each_provider_has_its_own_names() {
        let openai = of(&[
            ("X-RateLimit-Limit-Requests", "60"),
            ("x-ratelimit-remaining-requests", "59"),
            ("x-ratelimit-reset-requests", "1s"),
            ("x-ratelimit-limit-tokens", "150000"),
            ("x-ratelimit-remaining-tokens", "0"),
            ("x-ratelimit-reset-tokens", "6m0s"),
        ]);
        assert_eq!((openai.requests().limit, openai.requests().remaining), (Some(60), Some(59)));
        assert_eq!(
            (openai.tokens().remaining, openai.tokens().reset),
            (Some(0), Some(Duration::from_secs(360)))
        );
        let anthropic = of(&[
            ("anthropic-ratelimit-requests-limit", "50"),
            ("anthropic-ratelimit-requests-reset", "2023-11-14T22:13:30Z"),
            ("anthropic-ratelimit-tokens-remaining", "7"),
        ]);
        assert_eq!((anthropic.requests().limit, anthropic.tokens().remaining), (Some(50), Some(7)));
        assert_eq!(anthropic.requests().reset, Some(Duration::from_secs(10)));
    }

    #[test]
    fn what_is_not_said_or_no_number_is_none() {
        let nothing = of(&[
            ("x-ratelimit-limit", "many"),
            ("x-ratelimit-limits", "7"),
            ("x-ratelimit-limit-images", "7"),
            ("x-ratelimit-remaining", "-1"),
            ("anthropic-ratelimit-limit", "7"),
            ("content-type", "text/plain"),
        ]);
        assert_eq!(
            (nothing.requests(), nothing.tokens()),
            (ServerLimits::default(), ServerLimits::default())
        );
    }
}
