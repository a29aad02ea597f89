//! From a failing sequence to a small one. proptest would shrink every number of every operation; what helps
//! a reader is fewer operations, fewer breakers and a configuration near the defaults.

use crate::strategies::{Act, Case, FIELDS, Step, mixed};
use crate::words::Cfg;

/// The smallest case found that still fails.
pub(crate) fn minimal(mut case: Case, fails: impl Fn(&Case) -> bool) -> Case {
    let breakers = case.cfgs.len() as u8;
    case.ops.iter_mut().for_each(|op| op.on %= breakers);
    loop {
        let before = format!("{case:?}");
        fewer_ops(&mut case, &fails);
        let simpler: Vec<fn(&Case) -> Vec<Case>> =
            vec![fewer_breakers, nearer_defaults, calmer_steps, plainer_acts, rounder_start];
        for candidates in simpler {
            // Ends: each candidate that is taken is strictly simpler.
            while let Some(smaller) = candidates(&case).into_iter().find(|c| fails(c)) {
                case = smaller;
            }
        }
        if format!("{case:?}") == before {
            return case;
        }
    }
}

fn fewer_ops(case: &mut Case, fails: &impl Fn(&Case) -> bool) {
    let mut size = case.ops.len().div_ceil(2);
    while size > 0 {
        let mut end = case.ops.len();
        while end > 0 {
            let start = end.saturating_sub(size);
            let mut smaller = case.clone();
            smaller.ops.drain(start..end);
            if fails(&smaller) {
                *case = smaller;
            }
            end = start;
        }
        size /= 2;
    }
}

fn fewer_breakers(case: &Case) -> Vec<Case> {
    let without = |i: usize| {
        let mut smaller = case.clone();
        smaller.cfgs.remove(i);
        smaller.ops.retain(|op| usize::from(op.on) != i);
        smaller.ops.iter_mut().filter(|op| usize::from(op.on) > i).for_each(|op| op.on -= 1);
        smaller
    };
    if case.cfgs.len() == 1 { Vec::new() } else { (0..case.cfgs.len()).map(without).collect() }
}

fn nearer_defaults(case: &Case) -> Vec<Case> {
    let mut all = Vec::new();
    for (i, cfg) in case.cfgs.iter().enumerate() {
        for field in 0..FIELDS {
            let nearer = mixed(cfg, Cfg::default(), 1 << field);
            if distance(&nearer) < distance(cfg) {
                let mut smaller = case.clone();
                smaller.cfgs[i] = nearer;
                all.push(smaller);
            }
        }
    }
    all
}

fn distance(cfg: &Cfg) -> usize {
    crate::strategies::differences(cfg).matches(',').count()
}

/// Every operation replaced by each of the given ones in turn.
fn with_each<T>(
    case: &Case,
    options: impl Fn(usize) -> Vec<T>,
    put: impl Fn(&mut Case, usize, T),
) -> Vec<Case> {
    let mut all = Vec::new();
    for i in 0..case.ops.len() {
        for option in options(i) {
            let mut smaller = case.clone();
            put(&mut smaller, i, option);
            all.push(smaller);
        }
    }
    all
}

fn calmer_steps(case: &Case) -> Vec<Case> {
    let options = |i: usize| match case.ops[i].step {
        Step::Stay => vec![],
        Step::Ms(1) => vec![Step::Stay],
        Step::Ns(1) => vec![Step::Stay, Step::Ms(1)],
        Step::Ns(_) => vec![Step::Stay, Step::Ms(1), Step::Ns(1)],
        Step::Edge(w, 0) if w < 8 => vec![Step::Stay],
        Step::Edge(w, off) => vec![Step::Stay, Step::Edge(w % 6, 0), Step::Edge(w % 4, 0)]
            .into_iter()
            .chain((w >= 8).then_some(Step::Edge(w % 6, off)))
            .filter(|s| !matches!(s, Step::Edge(_, 0)) || off != 0 || w >= 8)
            .collect(),
        Step::Ms(n) => vec![Step::Stay, Step::Ms(1), Step::Ms(n / 2)],
        Step::IdleHours(_) | Step::Back(_) => vec![Step::Stay],
    };
    with_each(case, options, |c, i, step| c.ops[i].step = step)
}

fn plainer_acts(case: &Case) -> Vec<Case> {
    let options = |i: usize| match case.ops[i].act {
        Act::Burst { outcome, .. } => vec![Act::Call(outcome)],
        Act::RecordDuration { pick, outcome, .. } => vec![Act::Record { pick, outcome }],
        Act::Record { pick, outcome } if pick > 0 => vec![Act::Record { pick: 0, outcome }],
        Act::Throttled { pick, hint_ms } if pick > 0 => vec![Act::Throttled { pick: 0, hint_ms }],
        Act::Configure { raw, mask } => (0..FIELDS as u32)
            .filter(|bit| mask >> bit & 1 == 1 || mask >> FIELDS != 0)
            .map(|bit| Act::Configure { raw, mask: mask & !(1 << bit) & ((1 << FIELDS) - 1) })
            .collect(),
        _ => vec![],
    };
    with_each(case, options, |c, i, act| c.ops[i].act = act)
}

fn rounder_start(case: &Case) -> Vec<Case> {
    const ROUND: u64 = 1_000_000_000_000;
    let mut smaller = case.clone();
    (smaller.start, smaller.stripes) = (ROUND, 1);
    if (case.start, case.stripes) == (ROUND, 1) { Vec::new() } else { vec![smaller] }
}
