//! The comparison of both runs: one table, with bars.

use super::measure::Measures;
use crate::output::paint::{Ink, Paint, bar, brief, seconds};

/// Width of a bar.
const BAR: usize = 12;

/// One line of the table.
struct Line {
    /// What was measured.
    what: &'static str,
    /// In the private and in the shared run; none where a worker never got there.
    values: [Option<u64>; 2],
    /// How a value is shown.
    show: fn(u64) -> String,
    /// What a smaller and a greater value in the shared run is called.
    words: [&'static str; 2],
    /// A greater value in the shared run is what the breaker is for.
    more_is_better: bool,
    /// The values are drawn as bars, too.
    bars: bool,
}

/// A line in which less is better.
fn line(
    what: &'static str,
    of: impl Fn(&Measures) -> Option<u64>,
    runs: [&Measures; 2],
    show: fn(u64) -> String,
    words: [&'static str; 2],
) -> Line {
    Line { what, values: runs.map(of), show, words, more_is_better: false, bars: true }
}

/// The lines of the table.
fn lines(runs: [&Measures; 2]) -> Vec<Line> {
    let count = |n: u64| n.to_string();
    let rejected = line("calls rejected at once", |m| Some(m.rejected), runs, count, ["fewer", "more"]);
    let median =
        line("a rejection takes, median", |m| Some(m.rejection.median_ns), runs, brief, ["faster", "slower"]);
    let p99 =
        line("a rejection takes, 99 %", |m| Some(m.rejection.p99_ns), runs, brief, ["faster", "slower"]);
    vec![
        line("calls that reached the dead API", |m| Some(m.dead_calls), runs, count, ["fewer", "more"]),
        line("time lost to its timeouts", |m| Some(m.lost_ns), runs, seconds, ["less", "more"]),
        line("until the last process knew", |m| m.knew_after_ns, runs, seconds, ["sooner", "later"]),
        line("until the last process was back", |m| m.back_after_ns, runs, seconds, ["sooner", "later"]),
        Line { more_is_better: true, ..rejected },
        Line { bars: false, ..median },
        Line { bars: false, ..p99 },
    ]
}

/// The table of the private and the shared run.
pub(super) fn draw(private: &Measures, shared: &Measures, paint: Paint) -> Vec<String> {
    let head =
        format!(" {:<33}{:>9} {:<BAR$}  {:>9} {:<BAR$}  {}", "", "private", "", "shared", "", "shared is");
    let mut table = vec![String::new(), paint.dress(Ink::Bold, head.trim_end())];
    table.extend(lines([private, shared]).iter().map(|line| line.draw(paint)));
    table
}

impl Line {
    /// The line on the screen.
    fn draw(&self, paint: Paint) -> String {
        let most = self.values.iter().flatten().max().copied().unwrap_or_default() as f64;
        let cell = |value: Option<u64>, ink| {
            let shown = value.map_or("never".to_owned(), self.show);
            let length = if self.bars { value.map_or(most, |v| v as f64) } else { 0.0 };
            format!("{shown:>9} {}", paint.dress(ink, &bar(length, most, BAR)))
        };
        let (verdict, better) = self.verdict();
        format!(
            " {:<33}{}  {}  {}",
            self.what,
            cell(self.values[0], Ink::Red),
            cell(self.values[1], Ink::Green),
            paint.dress(if better { Ink::Bold } else { Ink::Dim }, &verdict)
        )
    }

    /// How the shared run compares, and whether that is for the better.
    fn verdict(&self) -> (String, bool) {
        let [Some(private), Some(shared)] = self.values.map(|v| v.map(|v| v.max(1) as f64)) else {
            return ("no ratio".to_owned(), false);
        };
        let (factor, less) =
            if shared <= private { (private / shared, true) } else { (shared / private, false) };
        if factor < 1.05 {
            return ("as good".to_owned(), false);
        }
        (format!("{factor:.1} × {}", self.words[usize::from(!less)]), less != self.more_is_better)
    }
}

#[cfg(test)]
mod tests {
    use super::line;
    use crate::command::demo::measure::Measures;

    #[test]
    fn a_line_says_how_the_shared_run_compares() {
        let run = |dead_calls| Measures { dead_calls, ..Measures::of(&[], 0..1, 0) };
        let verdict = |private, shared| {
            let runs = [&run(private), &run(shared)];
            line("", |m| Some(m.dead_calls), runs, |n| n.to_string(), ["fewer", "more"]).verdict()
        };
        assert_eq!(verdict(47, 10), ("4.7 × fewer".to_owned(), true));
        assert_eq!(verdict(10, 20), ("2.0 × more".to_owned(), false));
        assert_eq!(verdict(10, 10), ("as good".to_owned(), false));
        let never = line("", |m| m.back_after_ns, [&run(1), &run(1)], |n| n.to_string(), ["", ""]);
        assert!(!never.verdict().1);
    }
}
