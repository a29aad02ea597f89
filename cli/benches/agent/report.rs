//! The table.

use crate::service::{BREAKERS, Spell};
use crate::watching::Work;

/// So many times as much as without an agent a call may cost with one.
const MOST: f64 = 1.02;

/// The service without an agent and with one, one right after the other: a machine that others use too differs from one
/// minute to the next.
pub(crate) struct Pair {
    pub(crate) alone: Spell,
    pub(crate) watched: Spell,
}

pub(crate) fn print(pairs: &[Pair], work: &Work) {
    println!("medians of {} pairs; in brackets the quartiles of the pairs' ratios\n", pairs.len());
    row(["admit + success, shared segment", "no agent", "with one", "ratio", "must reach", ""]);
    let median = figure("  the median of short rounds", pairs, |spell| spell.median_ns);
    let mean = figure("  all calls, in CPU time", pairs, |spell| spell.mean_ns);
    println!(
        "\nThe agent took {:.2} % of a core of its own for {BREAKERS} breakers: {} scrapes, {} pieces of its stream and \
         {} operations at the fleet's server in {:.0} s.",
        100.0 * work.computed.div_duration_f64(work.attached),
        work.scrapes,
        work.pieces,
        work.operations,
        work.attached.as_secs_f64(),
    );
    if median && mean {
        println!("every line is met");
    }
}

/// Prints a line; whether it is met.
fn figure(what: &str, pairs: &[Pair], of: fn(&Spell) -> f64) -> bool {
    let sorted = |figure: &dyn Fn(&Pair) -> f64| {
        let mut figures: Vec<_> = pairs.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        figures
    };
    let [alone, watched] =
        [sorted(&|pair| of(&pair.alone)), sorted(&|pair| of(&pair.watched))].map(|figures| middle(&figures));
    let ratios = sorted(&|pair| of(&pair.watched) / of(&pair.alone));
    let (ratio, low, high) = (middle(&ratios), ratios[ratios.len() / 4], ratios[ratios.len() * 3 / 4]);
    let is_met = ratio <= MOST;
    row([
        what,
        &format!("{alone:.2} ns"),
        &format!("{watched:.2} ns"),
        &format!("{ratio:.3} [{low:.3}..{high:.3}]"),
        &format!("<= {MOST:.2}"),
        if is_met { "met" } else { "FALLS SHORT" },
    ]);
    is_met
}

fn middle(sorted: &[f64]) -> f64 {
    sorted[sorted.len() / 2]
}

fn row([what, alone, watched, ratio, must, verdict]: [&str; 6]) {
    let line = format!("{what:<33}{alone:>9}  {watched:>9}  {ratio:<23}{must:<12}{verdict}");
    println!("{}", line.trim_end());
}
