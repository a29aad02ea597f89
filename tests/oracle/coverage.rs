//! What the random sequences must have reached. A property that never visits a rule says nothing about it.

use crate::run::Coverage;

/// Name, and how often it must have happened in each million operations.
const NEEDED: &[(&str, u64)] = &[
    // S1: every mode
    ("in Closed", 50_000),
    ("in Open", 20_000),
    ("in HalfOpen", 20_000),
    ("in ForcedOpen", 5_000),
    ("in Disabled", 5_000),
    ("in Observing", 20_000),
    ("s1 disabled", 500),
    ("s1 would_trip", 500),
    ("s1 would_trip rearmed", 100),
    // every transition with every reason
    ("Closed -> Open, Failure", 500),
    ("Closed -> Open, Row", 500),
    ("Closed -> Open, Slow", 100),
    ("Closed -> Open, Throttled", 500),
    ("Closed -> Open, Operator", 200),
    ("Open -> HalfOpen, Deadline", 500),
    ("Open -> HalfOpen, Operator", 500),
    ("Open -> Closed, Operator", 200),
    ("Open -> ForcedOpen, Operator", 200),
    ("Open -> Disabled, Operator", 200),
    ("Open -> Observing, Operator", 200),
    ("HalfOpen -> HalfOpen, Lease", 200),
    ("HalfOpen -> Closed, ProbesOk", 500),
    ("HalfOpen -> Closed, Operator", 100),
    ("HalfOpen -> Open, ProbeFailed", 500),
    ("HalfOpen -> Open, HalfOpenTimeout", 200),
    ("HalfOpen -> Open, Throttled", 100),
    ("HalfOpen -> Open, Operator", 100),
    ("HalfOpen -> ForcedOpen, Operator", 100),
    ("HalfOpen -> Disabled, Operator", 100),
    ("HalfOpen -> Observing, Operator", 100),
    ("ForcedOpen -> Closed, Operator", 100),
    ("ForcedOpen -> Open, Operator", 100),
    ("ForcedOpen -> Disabled, Operator", 50),
    ("ForcedOpen -> Observing, Operator", 100),
    ("Disabled -> Closed, Operator", 100),
    ("Disabled -> Open, Operator", 100),
    ("Disabled -> ForcedOpen, Operator", 50),
    ("Disabled -> Observing, Operator", 100),
    ("Observing -> Closed, Operator", 100),
    ("Observing -> Open, Operator", 100),
    ("Observing -> ForcedOpen, Operator", 100),
    ("Observing -> Disabled, Operator", 100),
    // S4 to S6
    ("s4 probe ignored", 500),
    ("s5 tripped by a success", 200),
    ("s6 next tick", 5_000),
    ("s6 earlier now", 50),
    ("edge: tick -1", 500),
    ("edge: tick +0", 500),
    ("edge: tick +1", 500),
    ("edge: failure ages -1", 500),
    ("edge: failure ages +0", 500),
    ("edge: window ends -1", 500),
    ("edge: window ends +0", 500),
    // S7, S8
    ("edge: deadline -1", 200),
    ("edge: deadline +0", 200),
    ("edge: deadline +1", 200),
    ("edge: interval -1", 50),
    ("edge: interval +0", 50),
    ("edge: lease -1", 200),
    ("edge: lease +0", 200),
    ("edge: half-open max -1", 50),
    ("edge: half-open max +0", 50),
    ("s8 interval", 200),
    ("s8 permits taken", 500),
    ("s8 lease", 200),
    ("s8 lease, several lost", 50),
    ("s8 timed out at admit", 100),
    ("s8 timed out at outcome", 50),
    ("s8 slow probe", 20),
    ("s8 strict verdict", 500),
    ("s8 rate verdict, reopen", 100),
    ("s8 rate verdict, close", 100),
    ("s8 third opening", 20),
    ("s8 third opening at the cap", 20),
    // S9
    ("s9 late hint, later", 50),
    ("s9 late hint, not later", 50),
    ("s9 late hint, not open", 50),
    ("s9 throttled while observing", 50),
    ("s9 throttled while disabled", 20),
    ("hint of 0", 100),
    ("hints not honoured", 100),
    ("hint cut", 100),
    ("hint whole", 500),
    // S10, S11
    ("s10 reset while closed", 500),
    ("s10 nothing to do", 500),
    ("s10 half-open refused", 500),
    ("s10 deadline earlier", 100),
    ("s10 deadline later", 100),
    ("s11 window emptied", 200),
    // S12
    ("time ran backwards", 500),
    ("negative duration", 20),
    ("idle for hours", 500),
    ("slow boundary, measured -1", 20),
    ("slow boundary, measured +0", 20),
    ("slow boundary, given -1", 200),
    ("slow boundary, given +0", 200),
    ("slow boundary, given +1", 200),
];

/// Panics with the list of what came up short after `ops` operations.
pub(crate) fn assert_reached(coverage: &Coverage, ops: u64) {
    let short: Vec<String> = NEEDED
        .iter()
        .map(|&(name, per_million)| (name, per_million * ops / 1_000_000))
        .map(|(name, needed)| (name, needed, coverage.get(name).copied().unwrap_or(0)))
        .filter(|&(_, needed, times)| times < needed)
        .map(|(name, needed, times)| format!("  {name}: {times} of {needed}"))
        .collect();
    assert!(short.is_empty(), "in {ops} operations too seldom:\n{}", short.join("\n"));
}
