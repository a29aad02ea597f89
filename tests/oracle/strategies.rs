//! What the property is driven with. Steps and outcomes are said in words that mean something in every state
//! ("to the lease's end, less one ns"), so that a sequence stays a sequence while it shrinks.

use std::fmt;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::words::{Cfg, Mode, Outcome, Verdict, Window};

/// One sequence: breakers of one segment, and what is done to them.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) start: u64,
    pub(crate) stripes: u32,
    pub(crate) cfgs: Vec<Cfg>,
    pub(crate) ops: Vec<Op>,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "start {} ns, stripes {}", self.start, self.stripes)?;
        for (i, cfg) in self.cfgs.iter().enumerate() {
            writeln!(f, "breaker {i}: {}", differences(cfg))?;
        }
        self.ops.iter().try_for_each(|op| writeln!(f, "  {op:?}"))
    }
}

/// A configuration as what differs from the defaults.
pub(crate) fn differences(cfg: &Cfg) -> String {
    let (ours, default) = (format!("{cfg:#?}"), format!("{:#?}", Cfg::default()));
    let fields = ours.lines().zip(default.lines()).filter(|(a, b)| a != b).map(|(a, _)| a.trim());
    format!("defaults but {{ {} }}", fields.collect::<Vec<_>>().join(" "))
}

/// Time moves, then a breaker is acted on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Op {
    pub(crate) on: u8,
    pub(crate) step: Step,
    pub(crate) act: Act,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Stay,
    Ns(u64),
    Ms(u64),
    /// To one of the edges that matter to the breaker in its mode (tick, window's end, deadline, interval,
    /// lease, half_open_max_ms, slow call), and this many ns further.
    Edge(u8, i8),
    IdleHours(u64),
    Back(u64),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Act {
    Admit,
    Record {
        pick: u8,
        outcome: Outcome,
    },
    RecordDuration {
        pick: u8,
        outcome: Outcome,
        took: Took,
    },
    Throttled {
        pick: u8,
        hint_ms: u64,
    },
    /// Admit and record at once.
    Call(Outcome),
    /// Many calls, `gap` ns apart.
    Burst {
        n: u8,
        outcome: Outcome,
        gap: u64,
    },
    SetMode(Mode),
    TripFor(u64),
    /// Takes the fields whose bit is set from the new configuration.
    Configure {
        raw: [u8; FIELDS],
        mask: u32,
    },
    /// Queries at another time; they change nothing.
    Look {
        ahead: bool,
        ns: u64,
    },
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Took {
    Ns(u64),
    /// slow_call_ms and this many ns.
    Slow(i8),
    Forever,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        20 => Just(Step::Stay),
        8 => (1u64..=3).prop_map(Step::Ns),
        8 => (1u64..3_000_000).prop_map(Step::Ns),
        20 => (1u64..200).prop_map(Step::Ms),
        8 => (1u64..20_000).prop_map(Step::Ms),
        30 => (any::<u8>(), -1i8..=1).prop_map(|(which, off)| Step::Edge(which, off)),
        1 => (1u64..30).prop_map(Step::IdleHours),
        2 => (1u64..2_000_000_000).prop_map(Step::Back),
    ]
}

fn outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        10 => Just(Outcome::Success),
        10 => Just(Outcome::Failure),
        3 => Just(Outcome::Ignored),
    ]
}

fn took() -> impl Strategy<Value = Took> {
    prop_oneof![
        6 => (-1i8..=1).prop_map(Took::Slow),
        1 => Just(Took::Ns(0)),
        6 => (0u32..46, any::<u32>()).prop_map(|(octave, r)| {
            let base = 1u64 << octave;
            Took::Ns(base + ((u128::from(r) * u128::from(base)) >> 32) as u64)
        }),
        1 => Just(Took::Forever),
    ]
}

fn mode() -> impl Strategy<Value = Mode> {
    prop_oneof![
        5 => Just(Mode::Closed),
        4 => Just(Mode::Open),
        5 => Just(Mode::HalfOpen),
        3 => Just(Mode::ForcedOpen),
        3 => Just(Mode::Disabled),
        5 => Just(Mode::Observing),
    ]
}

fn hint_ms() -> impl Strategy<Value = u64> {
    prop_oneof![
        1 => Just(0u64),
        2 => Just(1u64),
        4 => 2u64..2_000,
        2 => 2_000u64..600_000,
        1 => Just(u64::MAX),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        22 => Just(Act::Admit),
        24 => (any::<u8>(), outcome()).prop_map(|(pick, outcome)| Act::Record { pick, outcome }),
        10 => (any::<u8>(), outcome(), took())
            .prop_map(|(pick, outcome, took)| Act::RecordDuration { pick, outcome, took }),
        4 => (any::<u8>(), hint_ms()).prop_map(|(pick, hint_ms)| Act::Throttled { pick, hint_ms }),
        22 => outcome().prop_map(Act::Call),
        2 => (2u8..24, outcome(), prop_oneof![Just(0u64), 1u64..50_000_000])
            .prop_map(|(n, outcome, gap)| Act::Burst { n, outcome, gap }),
        5 => mode().prop_map(Act::SetMode),
        2 => prop_oneof![Just(1u64), 0u64..1_000, 1_000u64..100_000].prop_map(Act::TripFor),
        3 => (any::<[u8; FIELDS]>(), any::<[u32; 3]>())
            .prop_map(|(raw, m)| Act::Configure { raw, mask: m[0] & m[1] & m[2] }),
        3 => (any::<bool>(), 0u64..5_000_000_000).prop_map(|(ahead, ns)| Act::Look { ahead, ns }),
    ]
}

fn start() -> impl Strategy<Value = u64> {
    const YEAR: u64 = 365 * 24 * 3_600_000_000_000;
    prop_oneof![
        3 => Just(1_000_000_000_000u64),
        1 => Just(0u64),
        1 => Just(1u64),
        3 => 0u64..YEAR,
    ]
}

pub(crate) fn case(length: usize) -> impl Strategy<Value = Case> {
    let op = (0u8..3, step(), act()).prop_map(|(on, step, act)| Op { on, step, act });
    let cfgs = vec(any::<[u8; FIELDS]>().prop_map(|raw| cfg(&raw)), 1..=3);
    (start(), prop_oneof![Just(1u32), Just(2), Just(0)], cfgs, vec(op, 1..=length))
        .prop_map(|(start, stripes, cfgs, ops)| Case { start, stripes, cfgs, ops })
}

/// Drawn per field of a configuration.
pub(crate) const FIELDS: usize = 21;

/// A valid configuration out of any bytes. Small and touching values are the likely ones; the first of each
/// list is what shrinking ends at.
pub(crate) fn cfg(raw: &[u8; FIELDS]) -> Cfg {
    let mut next = raw.iter().map(|&b| usize::from(b));
    let mut of = |values: &[u32]| values[next.next().expect("a byte per field") % values.len()];
    let time_or_calls = [Window::Time, Window::Calls];
    let strict_or_rate = [Verdict::Strict, Verdict::Rate];
    repaired(Cfg {
        failure_threshold: of(&[5, 0, 1, 2, 3, 3, 5, 8, 64]),
        failure_ppm: of(&[500_000, 0, 0, 0, 70_000, 250_000, 333_333, 500_000, 666_667, 1_000_000]),
        min_calls: of(&[0, 0, 0, 1, 2, 3, 5, 10, 20, 1 << 20]),
        consecutive_failures: of(&[0, 0, 0, 0, 1, 2, 3, 7, 1024]),
        slow_ppm: of(&[0, 0, 0, 200_000, 500_000, 1_000_000, 1_000_000]),
        slow_call_ms: of(&[0, 0, 0, 1, 10, 100, 100, 5_000, 86_400_000]),
        window: time_or_calls[of(&[0, 0, 1]) as usize],
        window_ms: of(&[60_000, 1_000, 1_000, 10_000, 999, 100, 7, 1, 3_600_000, 86_400_000]),
        window_buckets: of(&[10, 10, 1, 2, 3, 7, 64]),
        window_calls: of(&[100, 10, 10, 1, 2, 3, 5, 20, 63, 64, 65, 1024]),
        open_ms: of(&[30_000, 1_000, 1_000, 100, 64, 1, 86_400_000]),
        backoff_halves: of(&[2, 2, 3, 4, 4, 6, 20]),
        open_max_ms: of(&[300_000, 1, 700, 5_000, 86_400_000]),
        half_open_max_calls: of(&[3, 3, 1, 2, 4, 5, 10, 255]),
        half_open_max_concurrent: of(&[0, 0, 0, 0, 1, 2, 3, 255]),
        success_threshold: of(&[2, 2, 1, 3, 5, 255]),
        verdict: strict_or_rate[of(&[0, 0, 1]) as usize],
        half_open_interval_ms: of(&[0, 0, 0, 1, 100, 1_000, 60_000]),
        half_open_max_ms: of(&[0, 0, 0, 100, 1_000, 20_000]),
        probe_lease_ms: of(&[60_000, 1_000, 1_000, 100, 10, 1, u32::MAX]),
        retry_after_max_ms: of(&[300_000, 300_000, 1_000, 1, 0, 86_400_000]),
    })
}

/// The relations of section 2, and whole milliseconds for every power of a backoff of 1.5.
fn repaired(mut c: Cfg) -> Cfg {
    if c.slow_ppm > 0 {
        c.min_calls = c.min_calls.max(1);
        c.slow_call_ms = c.slow_call_ms.max(1);
    }
    if c.verdict == Verdict::Rate && c.failure_ppm == 0 && c.slow_ppm == 0 {
        c.failure_ppm = 500_000;
    }
    if c.failure_ppm > 0 && c.failure_threshold == 0 && c.min_calls == 0 {
        c.min_calls = 3;
    }
    if c.window == Window::Calls {
        c.failure_threshold = c.failure_threshold.min(c.window_calls);
    }
    if c.backoff_halves == 3 {
        c.open_ms = c.open_ms.min(1_000_000).div_ceil(64) * 64;
        c.open_max_ms = c.open_max_ms.min(c.open_ms / 64 * 729);
    }
    c
}

/// `old` with the fields of `new` whose bit is set.
pub(crate) fn mixed(old: &Cfg, new: Cfg, mask: u32) -> Cfg {
    let mut c = old.clone();
    let mut bit = 0;
    macro_rules! take {
        ($($field:ident)*) => {$(
            if mask >> bit & 1 == 1 {
                c.$field = new.$field;
            }
            bit += 1;
        )*};
    }
    take! {
        failure_threshold failure_ppm min_calls consecutive_failures slow_ppm slow_call_ms window window_ms
        window_buckets window_calls open_ms backoff_halves open_max_ms half_open_max_calls
        half_open_max_concurrent success_threshold verdict half_open_interval_ms half_open_max_ms
        probe_lease_ms retry_after_max_ms
    }
    assert_eq!(bit, FIELDS);
    repaired(c)
}
