//! Which policy holds for which breaker, and which limits are shared: the file of `--fleet-rules`.

use crate::limit::Sharing;
use crate::policy::Policy;
use serde::Deserialize;
use std::ops::RangeInclusive;

/// The rules of a fleet, as a JSON file has them. Of the policies the first whose pattern matches `SEGMENT/NAME` holds;
/// `*` stands for any number of characters, `?` for one. Where none matches, [`Policy::Advise`] does. Of the limits likewise;
/// where none matches, a limit is each host's own.
///
/// ```
/// use holysheep_cb_fleet::{Policy, Rules};
///
/// let rules = Rules::from_json(r#"{
///     "policies": [
///         { "breakers": "billing/*", "policy": "local" },
///         { "breakers": "*/api.openai.com|*", "policy": "quorum:50%" }
///     ],
///     "limits": [{ "limiters": "*/account|main|*", "hosts": 16, "reserve_percent": 20 }],
///     "probe_lease_ms": 20000
/// }"#)?;
/// assert_eq!(rules.policy("chat", "api.openai.com|gpt-4.1"), Policy::Share(50));
/// assert_eq!(rules.policy("billing", "api.openai.com|gpt-4.1"), Policy::Local);
/// assert_eq!(rules.policy("chat", "other"), Policy::Advise);
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    policies: Vec<Entry>,
    limits: Vec<Limit>,
    probe_lease_ms: u64,
    jitter_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    breakers: String,
    policy: String,
    #[serde(skip)]
    parsed: Policy,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Limit {
    limiters: String,
    hosts: u32,
    #[serde(default = "twenty")]
    reserve_percent: u32,
}

fn twenty() -> u32 {
    20
}

impl Default for Rules {
    fn default() -> Self {
        Self { policies: Vec::new(), limits: Vec::new(), probe_lease_ms: 30_000, jitter_ms: 1000 }
    }
}

impl Rules {
    /// Reads them.
    ///
    /// # Errors
    /// What is wrong, where, and what would be right.
    pub fn from_json(text: &str) -> Result<Self, String> {
        // serde would take an array, too.
        if !text.trim_start().starts_with('{') {
            return Err("this is no JSON object".to_owned());
        }
        let mut rules: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        for (i, entry) in rules.policies.iter_mut().enumerate() {
            entry.parsed = entry.policy.parse().map_err(|why| format!("policies[{i}].policy: {why}"))?;
            if entry.breakers.is_empty() {
                return Err(format!(
                    "policies[{i}].breakers is empty; allowed: a pattern such as \"*/api.openai.com|*\""
                ));
            }
        }
        for (i, limit) in rules.limits.iter().enumerate() {
            if limit.limiters.is_empty() {
                return Err(format!(
                    "limits[{i}].limiters is empty; allowed: a pattern such as \"*/account|main|*\""
                ));
            }
            within(&format!("limits[{i}].hosts"), limit.hosts.into(), 1..=10_000)?;
            within(&format!("limits[{i}].reserve_percent"), limit.reserve_percent.into(), 1..=100)?;
        }
        within("probe_lease_ms", rules.probe_lease_ms, 100..=600_000)?;
        within("jitter_ms", rules.jitter_ms, 0..=60_000)?;
        Ok(rules)
    }

    /// The same with one policy for every breaker that no pattern matches.
    #[must_use]
    pub fn with_default(mut self, policy: Policy) -> Self {
        self.policies.push(Entry { breakers: "*".into(), policy: policy.to_string(), parsed: policy });
        self
    }

    /// The policy of a breaker.
    #[must_use]
    pub fn policy(&self, segment: &str, name: &str) -> Policy {
        let full = format!("{segment}/{name}");
        let of = self.policies.iter().find(|entry| matches(&entry.breakers, &full));
        of.map_or_else(Policy::default, |entry| entry.parsed)
    }

    /// How a limit is shared, `SEGMENT/NAME`; `None`: it is each host's own.
    pub(crate) fn sharing(&self, limiter: &str) -> Option<Sharing> {
        let of = self.limits.iter().find(|limit| matches(&limit.limiters, limiter))?;
        Some(Sharing { hosts: of.hosts, reserve_percent: of.reserve_percent })
    }

    /// How long a host may probe for all.
    pub(crate) fn probe_lease_ms(&self) -> u64 {
        self.probe_lease_ms
    }

    /// By up to how much hosts come back one after the other.
    pub(crate) fn jitter_ms(&self) -> u64 {
        self.jitter_ms
    }
}

fn within(field: &str, value: u64, allowed: RangeInclusive<u64>) -> Result<(), String> {
    if allowed.contains(&value) {
        return Ok(());
    }
    let (least, most) = (allowed.start(), allowed.end());
    Err(format!("{field} is {value}, but must be within {least}..={most}"))
}

/// Whether a pattern matches all of a text. In time that grows with the product of their lengths at most.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<_>, Vec<_>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    // The last `*`, and what it stood for up to.
    let mut star = None;
    while t < text.len() {
        if p < pattern.len() && pattern[p] == '*' {
            star = Some((p, t));
            p += 1;
        } else if p < pattern.len() && (pattern[p] == '?' || pattern[p] == text[t]) {
            (p, t) = (p + 1, t + 1);
        } else if let Some((at, until)) = star {
            star = Some((at, until + 1));
            (p, t) = (at + 1, until + 1);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|&c| c == '*')
}

#[cfg(test)]
mod tests {
    use super::{Rules, matches};

    #[test]
    fn patterns() {
        for (pattern, text) in [
            ("*", ""),
            ("*", "a/b"),
            ("a*c", "abc"),
            ("a*c", "ac"),
            ("a?c", "abc"),
            ("*b*", "abc"),
            ("**", "x"),
            ("a*b*c", "aXbXbc"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in
            [("", "a"), ("a?c", "ac"), ("a*c", "abd"), ("a", "ab"), ("?", ""), ("*/x", "a/xy")]
        {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
        let (hard, long) = ("*a".repeat(60), "a".repeat(59));
        assert!(!matches(&hard, &long));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, word) in [
            ("[]", "no JSON object"),
            (r#"{"policy": []}"#, "unknown field `policy`"),
            (
                r#"{"policies": [{"breakers": "*", "policy": "most"}]}"#,
                "policies[0].policy: \"most\" is no policy",
            ),
            (r#"{"policies": [{"breakers": "", "policy": "any"}]}"#, "policies[0].breakers is empty"),
            (r#"{"probe_lease_ms": 1}"#, "probe_lease_ms is 1, but must be within 100..=600000"),
            (r#"{"jitter_ms": 99999}"#, "jitter_ms is 99999"),
            (r#"{"limits": [{"limiters": "*"}]}"#, "missing field `hosts`"),
            (r#"{"limits": [{"limiters": "", "hosts": 2}]}"#, "limits[0].limiters is empty"),
            (
                r#"{"limits": [{"limiters": "*", "hosts": 0}]}"#,
                "limits[0].hosts is 0, but must be within 1..=10000",
            ),
            (
                r#"{"limits": [{"limiters": "*", "hosts": 2, "reserve_percent": 101}]}"#,
                "limits[0].reserve_percent is 101, but must be within 1..=100",
            ),
        ] {
            let message = Rules::from_json(text).unwrap_err();
            assert!(message.contains(word), "{text}: {message}");
        }
        assert_eq!(Rules::from_json("{}").unwrap(), Rules::default());
    }
}
