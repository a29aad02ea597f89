//! The rows of the table.

use super::duel::{Duel, Score};

/// What DESIGN 8 asks of a line.
#[derive(Clone, Copy)]
pub(crate) enum Must {
    /// At most so many times what it is compared with.
    Times(f64),
    /// At most so many ns more than that.
    More(f64),
    /// At most so many ns.
    Ns(f64),
}

/// A line of the table.
pub(crate) struct Row {
    what: &'static str,
    must: Option<Must>,
    figure: Figure,
}

enum Figure {
    Duel(Box<Duel>),
    Bytes {
        measured: u64,
        most: u64,
    },
    /// It could not be measured, and why.
    None(String),
}

impl Row {
    /// A line of DESIGN 8.
    pub(crate) fn must(what: &'static str, must: Must, duel: Result<Duel, String>) -> Self {
        Self { what, must: Some(must), figure: Figure::from(duel) }
    }

    /// A line for comparison.
    pub(crate) fn compare(what: &'static str, duel: Result<Duel, String>) -> Self {
        Self { what, must: None, figure: Figure::from(duel) }
    }

    /// A line of DESIGN 8 that is not timed.
    pub(crate) fn bytes(what: &'static str, measured: u64, most: u64) -> Self {
        Self { what, must: None, figure: Figure::Bytes { measured, most } }
    }

    /// Runs a round, if it is about time.
    pub(crate) fn round(&mut self) {
        if let Figure::Duel(duel) = &mut self.figure {
            duel.round();
        }
    }

    /// Why there is no figure.
    pub(crate) fn why_not(&self) -> Option<String> {
        let Figure::None(why) = &self.figure else { return None };
        Some(format!("{}: {why}", self.what))
    }

    /// What falls short, and by how much.
    pub(crate) fn shortfall(&self) -> Option<String> {
        let short = match &self.figure {
            Figure::None(_) => None,
            Figure::Bytes { measured, most } => {
                (measured > most).then(|| format!("{} bytes too many", measured - most))
            }
            Figure::Duel(duel) => self.must.and_then(|must| must.shortfall(&duel.score())),
        };
        short.map(|by| format!("{}: {by}", self.what))
    }

    pub(crate) fn print(&self) {
        let [measured, against, ratio, must] = match &self.figure {
            Figure::None(_) => {
                println!("{}", row([self.what, "?", "could not be measured", "", "", ""]));
                return;
            }
            Figure::Bytes { measured, most } => {
                [format!("{measured} B"), String::new(), String::new(), format!("<= {most} B")]
            }
            Figure::Duel(duel) => self.cells(duel),
        };
        let verdict = match self.shortfall() {
            _ if must.is_empty() => "",
            Some(_) => "FALLS SHORT",
            None => "met",
        };
        let line = row([self.what, &measured, &against, &ratio, &must, verdict]);
        println!("{line}");
    }

    fn cells(&self, duel: &Duel) -> [String; 4] {
        let score = duel.score();
        let [_, against] = duel.names();
        let [low, high] = score.quartiles;
        let must = self.must.map_or_else(String::new, |must| match must {
            Must::Times(most) => format!("<= {most:.2}"),
            Must::More(ns) => format!("<= + {ns:.1} ns"),
            Must::Ns(most) => format!("<= {most:.0} ns"),
        });
        let ratio = match self.must {
            Some(Must::More(_)) => format!("{:+.2} ns", score.difference_ns),
            _ if score.ratio < 10.0 => format!("{:.2} [{low:.2}..{high:.2}]", score.ratio),
            _ => format!("{:.0} [{low:.0}..{high:.0}]", score.ratio),
        };
        [nanos(score.subject_ns), format!("{against} {}", nanos(score.against_ns)), ratio, must]
    }
}

impl Must {
    fn shortfall(self, score: &Score) -> Option<String> {
        match self {
            Self::Times(most) if score.ratio > most => Some(format!(
                "{:.3} where {most:.2} is asked, {:.2} ns too many",
                score.ratio,
                score.subject_ns - most * score.against_ns
            )),
            Self::More(most) if score.difference_ns > most => {
                Some(format!("{:.2} ns more where {most:.1} is asked", score.difference_ns))
            }
            Self::Ns(most) if score.subject_ns > most => {
                Some(format!("{} where {most:.0} ns is asked", nanos(score.subject_ns)))
            }
            _ => None,
        }
    }
}

impl Figure {
    fn from(duel: Result<Duel, String>) -> Self {
        match duel {
            Ok(duel) => Self::Duel(Box::new(duel)),
            Err(why) => Self::None(why),
        }
    }
}

/// The table's columns.
pub(crate) fn row([what, measured, against, ratio, must, verdict]: [&str; 6]) -> String {
    let line = format!("{what:<38}{measured:>8}  {against:<29}{ratio:<19}{must:<13}{verdict}");
    line.trim_end().to_owned()
}

fn nanos(ns: f64) -> String {
    if ns < 100.0 { format!("{ns:.2} ns") } else { format!("{ns:.0} ns") }
}
