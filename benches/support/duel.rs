//! Two subjects in alternating rounds. A ratio needs both at the same moment: on a machine that others use, or whose
//! clock rate wanders, two figures of different minutes tell nothing. So each round runs one right after the other, in
//! turns of who is first, and what counts is the median over many short rounds.

use super::stack::displaced;
use super::subject::Subject;
use std::time::Duration;

/// How long one subject's part of a round should last.
const PART: Duration = Duration::from_micros(150);

/// A subject and what it is compared with.
pub(crate) struct Duel {
    subject: Contender,
    against: Contender,
    rounds: Vec<Round>,
}

struct Contender {
    subject: Subject,
    /// Operations per round.
    n: u64,
}

/// Nanoseconds per operation.
#[derive(Clone, Copy)]
struct Round {
    subject: f64,
    against: f64,
}

/// What the rounds say: medians, and between which values half of all ratios lie.
#[derive(Clone, Copy)]
pub(crate) struct Score {
    pub(crate) subject_ns: f64,
    pub(crate) against_ns: f64,
    pub(crate) ratio: f64,
    pub(crate) quartiles: [f64; 2],
    pub(crate) difference_ns: f64,
}

impl Duel {
    pub(crate) fn new(subject: Subject, against: Subject) -> Self {
        Self { subject: Contender::new(subject), against: Contender::new(against), rounds: Vec::new() }
    }

    pub(crate) fn names(&self) -> [&'static str; 2] {
        [self.subject.subject.name, self.against.subject.name]
    }

    pub(crate) fn round(&mut self) {
        let number = self.rounds.len();
        let round = displaced(number, || {
            if number.is_multiple_of(2) {
                let subject = self.subject.run();
                Round { subject, against: self.against.run() }
            } else {
                let against = self.against.run();
                Round { subject: self.subject.run(), against }
            }
        });
        self.rounds.push(round);
    }

    pub(crate) fn score(&self) -> Score {
        let sorted = |f: fn(&Round) -> f64| {
            let mut values: Vec<f64> = self.rounds.iter().map(f).collect();
            values.sort_by(f64::total_cmp);
            values
        };
        let ratios = sorted(|round| round.subject / round.against);
        Score {
            subject_ns: quantile(&sorted(|round| round.subject), 0.5),
            against_ns: quantile(&sorted(|round| round.against), 0.5),
            ratio: quantile(&ratios, 0.5),
            quartiles: [quantile(&ratios, 0.25), quantile(&ratios, 0.75)],
            difference_ns: quantile(&sorted(|round| round.subject - round.against), 0.5),
        }
    }
}

impl Contender {
    /// Warms it up, and finds out how much work a round should be.
    fn new(mut subject: Subject) -> Self {
        subject.run(500);
        let took = subject.run(500).max(Duration::from_nanos(1));
        let n = (PART.as_nanos() * 500 / took.as_nanos()).clamp(60, 20_000);
        Self { subject, n: n as u64 }
    }

    fn run(&mut self) -> f64 {
        self.subject.run(self.n).as_nanos() as f64 / self.n as f64
    }
}

fn quantile(sorted: &[f64], q: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * q).round() as usize]
}
