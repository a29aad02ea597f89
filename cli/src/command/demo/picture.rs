//! What one run looks like while it runs, and afterwards: at most 100 columns.

use super::abi::mode;
use super::ledger::{Ledger, Row};
use super::plan::{Breakers, CREW, FAILURES, OPEN, Plan, TIMEOUT};
use super::relay::State;
use super::story::Story;
use super::strip::{Did, SLICES};
use crate::output::paint::{Ink, Paint, seconds};

/// The moment that is drawn.
#[derive(Debug)]
pub(super) struct Moment<'a> {
    /// What is played.
    pub(super) plan: &'a Plan,
    /// Whose breakers.
    pub(super) breakers: Breakers,
    /// What the workers told so far.
    pub(super) ledger: &'a Ledger,
    /// How the relay is.
    pub(super) relay: State,
    /// What happened to the probe.
    pub(super) story: &'a Story,
    /// Now, in ns of the host's clock.
    pub(super) now: u64,
}

/// What is about to be seen, and the key to it.
pub(super) fn opening(plan: &Plan, paint: Paint) -> Vec<String> {
    let key = [
        (Did::Answered, "answered"),
        (Did::InVain, "waited for nothing"),
        (Did::Rejected, "rejected at once"),
        (Did::Probe, "probe"),
        (Did::Killed, "killed"),
    ];
    let key = key.map(|(did, meaning)| format!("{} {meaning}", paint.dress(did.look().1, did.look().0)));
    vec![
        format!(
            " {}: 8 processes call one API, which hangs for {} s. A call gives up after {} s.",
            paint.dress(Ink::Bold, "hscb demo"),
            plan.outage.as_secs(),
            TIMEOUT.as_secs_f64()
        ),
        format!(
            " A breaker opens at the {FAILURES}th failure in a row, for {} s; then one probe at a time may go.",
            OPEN.as_secs_f64()
        ),
        format!(" {}", key.join("   ")),
    ]
}

impl Moment<'_> {
    /// The run in a block of lines.
    pub(super) fn draw(&self, paint: Paint) -> Vec<String> {
        let mut lines = vec![String::new(), self.title(paint), self.service(paint)];
        lines.extend(self.ledger.rows.iter().enumerate().map(|(i, row)| self.row(CREW[i].name, row, paint)));
        lines.push(self.sums(paint));
        lines.extend(self.story.lines().into_iter().map(|(mark, ink, at, text)| {
            let at = seconds(at.saturating_sub(self.ledger.began));
            format!(" {} {at:>7}  {text}", paint.dress(ink, mark))
        }));
        lines
    }

    /// The moment in one line, for an output that cannot be redrawn.
    pub(super) fn in_a_line(&self) -> String {
        let (answered, failed, rejected) = self.ledger.sums();
        let modes = [mode::CLOSED, mode::OPEN, mode::HALF_OPEN].map(|mode| {
            let seen = self.ledger.rows.iter().filter(|row| row.mode == Some(mode)).count();
            format!("{} {seen}", mode_look(Some(mode)).0)
        });
        format!(
            " {:<8} {:>7}  API {:<8} {:<29} ok {answered:>4}  failed {failed:>3}  rejected {rejected:>4}",
            self.name(),
            seconds(self.elapsed()),
            self.health(),
            modes.join(", ")
        )
    }

    /// The run's name.
    const fn name(&self) -> &'static str {
        match self.breakers {
            Breakers::Private => "PRIVATE",
            Breakers::Shared => "SHARED",
        }
    }

    /// How the service is.
    const fn health(&self) -> &'static str {
        if self.relay.hanging { "hangs" } else { "answers" }
    }

    /// Since the run began, in ns.
    fn elapsed(&self) -> u64 {
        self.now.saturating_sub(self.ledger.began)
    }

    /// The name of the run, its time, and the names of the columns.
    fn title(&self, paint: Paint) -> String {
        let meaning = match self.breakers {
            Breakers::Private => "a breaker in every process",
            Breakers::Shared => "one breaker for all of them",
        };
        let ink = if self.relay.hanging { Ink::Red } else { Ink::Green };
        let health = paint.dress(ink, &format!("API {:<7}", self.health()));
        format!(
            " {} {meaning:<29}{health} {:>11}  {}",
            paint.dress(Ink::Bold, &format!("{:<9}", self.name())),
            seconds(self.elapsed()),
            paint.dress(Ink::Dim, &format!("{:<9}{:>7}{:>8}{:>10}", "breaker", "ok", "failed", "rejected"))
        )
    }

    /// The phases of the service, as planned, over the strips.
    fn service(&self, paint: Paint) -> String {
        let slice = self.plan.total().as_secs_f64() / SLICES as f64;
        let before = (self.plan.before.as_secs_f64() / slice).round() as usize;
        let outage = (self.plan.outage.as_secs_f64() / slice).round() as usize;
        let after = SLICES.saturating_sub(before + outage);
        format!(
            " the API   {}{}{}",
            paint.dress(Ink::OnGreen, &format!("{:^before$}", "answers")),
            paint.dress(Ink::OnRed, &format!("├{:─^1$}┤", " hangs ", outage.saturating_sub(2))),
            paint.dress(Ink::OnGreen, &format!("{:^after$}", "answers"))
        )
    }

    /// The row of a worker.
    fn row(&self, name: &str, row: &Row, paint: Paint) -> String {
        let (mode, ink) = mode_look(row.mode);
        let failed =
            paint.dress(if row.failed > 0 { Ink::Red } else { Ink::Dim }, &format!("{:>8}", row.failed));
        let rejected = paint
            .dress(if row.rejected > 0 { Ink::Yellow } else { Ink::Dim }, &format!("{:>10}", row.rejected));
        format!(
            " {name:<9} {}  {}{:>7}{failed}{rejected}",
            row.strip.draw(self.elapsed(), paint),
            paint.dress(ink, &format!("{mode:<9}")),
            row.answered
        )
    }

    /// The sums of the run, under the rows.
    fn sums(&self, paint: Paint) -> String {
        let (answered, failed, rejected) = self.ledger.sums();
        let (dead, lost) = (self.relay.dead_calls, seconds(self.ledger.lost));
        let dead_api = format!("dead API: {dead} calls, {lost} lost to its timeouts");
        format!(
            " {:<10}{}  {:<9}{answered:>7}{}{}",
            "",
            paint.dress(if dead > 0 { Ink::Red } else { Ink::Dim }, &format!("{dead_api:<SLICES$}")),
            "",
            paint.dress(Ink::Red, &format!("{failed:>8}")),
            paint.dress(Ink::Yellow, &format!("{rejected:>10}"))
        )
    }
}

/// The name of a mode, and its ink.
const fn mode_look(mode: Option<u32>) -> (&'static str, Ink) {
    match mode {
        Some(mode::CLOSED) => ("closed", Ink::Green),
        Some(mode::OPEN) => ("open", Ink::Yellow),
        Some(mode::HALF_OPEN) => ("half-open", Ink::Magenta),
        Some(_) => ("other", Ink::Dim),
        None => ("-", Ink::Dim),
    }
}
