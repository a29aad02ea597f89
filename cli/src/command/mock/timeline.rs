//! Which phase it is: a function of the script, the commands given and the time, which comes in as a value.

use super::phase::Phase;
use super::script::Script;
use crate::cli::Start;
use std::sync::Arc;
use std::time::Duration;

/// Where a phase comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Seat {
    /// The time before the script begins; healthy.
    Waiting,
    /// The phase of the script with this index.
    Script(usize),
    /// The n-th phase that came in through the control endpoint.
    Guest(usize),
    /// The time after the last phase; healthy.
    Over,
}

/// A phase while it lasts.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Current {
    /// One higher with every change of phase.
    pub(super) epoch: u64,
    /// Where the phase comes from.
    pub(super) seat: Seat,
    /// The phase.
    pub(super) phase: Arc<Phase>,
    /// When it began.
    pub(super) since: Duration,
    /// When it ends; `None` is never.
    pub(super) until: Option<Duration>,
    /// How often the script began again.
    pub(super) lap: u64,
}

/// What the control endpoint can ask for.
#[derive(Debug, Clone)]
pub(super) enum Command {
    /// Begin the script, if it waits.
    Start,
    /// Go to the beginning of a phase of the script.
    GoTo(usize),
    /// Run a phase that is not in the script; then the script goes on where it was.
    Guest(Box<Phase>),
    /// As at launch.
    Reset,
}

/// Moves through the script. Times are since launch.
#[derive(Debug)]
pub(super) struct Timeline {
    script: Arc<Script>,
    start: Start,
    current: Arc<Current>,
    /// What a guest phase interrupted, and how long that had still to last.
    held: Option<(Arc<Current>, Option<Duration>)>,
    guests: usize,
}

impl Timeline {
    /// The timeline at launch.
    pub(super) fn new(script: Arc<Script>, start: Start, now: Duration) -> Self {
        let phase = Arc::new(Phase::healthy("waiting", &script.usual));
        let current = Current { epoch: 0, seat: Seat::Waiting, phase, since: now, until: None, lap: 0 };
        let mut timeline = Self { script, start, current: Arc::new(current), held: None, guests: 0 };
        timeline.begin(now);
        timeline
    }

    /// The phase it is.
    pub(super) fn current(&self) -> &Arc<Current> {
        &self.current
    }

    /// Passes every end of a phase that lies at `now` or before. Phases follow each other without a gap,
    /// however late this is called.
    pub(super) fn advance(&mut self, now: Duration) {
        while let Some(end) = self.current.until.filter(|end| *end <= now) {
            match (self.current.seat, self.held.take()) {
                (Seat::Guest(_), Some((was, rest))) => {
                    let until = rest.map(|rest| end + rest);
                    self.enter(was.seat, was.phase.clone(), end, until, was.lap);
                }
                (Seat::Script(index), _) => self.follow(index, end),
                _ => self.enter_over(end),
            }
        }
    }

    /// Does what the control endpoint asks for.
    pub(super) fn command(&mut self, command: Command, now: Duration) {
        self.advance(now);
        match command {
            Command::Start if self.current.seat == Seat::Waiting => self.enter_script(0, now, 0),
            Command::Start => {}
            Command::GoTo(index) => {
                self.held = None;
                self.enter_script(index, now, self.current.lap);
            }
            Command::Guest(phase) => self.interrupt(*phase, now),
            Command::Reset => {
                self.held = None;
                let waiting = Arc::new(Phase::healthy("waiting", &self.script.usual));
                self.enter(Seat::Waiting, waiting, now, None, 0);
                self.begin(now);
            }
        }
    }

    fn begin(&mut self, now: Duration) {
        if self.start == Start::Now {
            self.enter_script(0, now, 0);
        }
    }

    fn follow(&mut self, index: usize, end: Duration) {
        let lap = self.current.lap;
        if index + 1 < self.script.phases.len() {
            self.enter_script(index + 1, end, lap);
        } else if self.script.repeat {
            self.enter_script(0, end, lap + 1);
        } else {
            self.enter_over(end);
        }
    }

    fn interrupt(&mut self, phase: Phase, now: Duration) {
        // A guest that follows a guest still interrupts the script, not the other guest.
        if !matches!(self.current.seat, Seat::Guest(_)) {
            let rest = self.current.until.map(|end| end.saturating_sub(now));
            self.held = Some((self.current.clone(), rest));
        }
        let until = phase.duration.map(|duration| now + duration);
        self.enter(Seat::Guest(self.guests), Arc::new(phase), now, until, self.current.lap);
        self.guests += 1;
    }

    fn enter_script(&mut self, index: usize, now: Duration, lap: u64) {
        match self.script.phases.get(index).cloned() {
            Some(phase) => {
                let until = phase.duration.map(|duration| now + duration);
                self.enter(Seat::Script(index), phase, now, until, lap);
            }
            None => self.enter_over(now),
        }
    }

    fn enter_over(&mut self, now: Duration) {
        let phase = Arc::new(Phase::healthy("over", &self.script.usual));
        self.enter(Seat::Over, phase, now, None, self.current.lap);
    }

    fn enter(&mut self, seat: Seat, phase: Arc<Phase>, since: Duration, until: Option<Duration>, lap: u64) {
        let epoch = self.current.epoch + 1;
        self.current = Arc::new(Current { epoch, seat, phase, since, until, lap });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn timeline(phases: &[&str], repeat: bool, start: Start) -> Timeline {
        let script = Script { repeat, ..Script::of_short(phases).expect("good") };
        Timeline::new(Arc::new(script), start, Duration::ZERO)
    }

    fn seat_at(timeline: &mut Timeline, seconds: u64) -> Seat {
        timeline.advance(at(seconds));
        timeline.current().seat
    }

    // 0        4      10
    // | healthy | hang | over ...
    #[test]
    fn phases_follow_each_other_and_then_it_is_over() {
        let mut line = timeline(&["healthy:4s", "hang:6s"], false, Start::Now);
        assert_eq!(seat_at(&mut line, 3), Seat::Script(0));
        assert_eq!(seat_at(&mut line, 4), Seat::Script(1));
        assert_eq!(seat_at(&mut line, 9), Seat::Script(1));
        assert_eq!(seat_at(&mut line, 1000), Seat::Over);
        assert_eq!(line.current().since, at(10));
    }

    #[test]
    fn a_loop_keeps_its_rhythm_when_woken_late() {
        let mut line = timeline(&["healthy:4s", "hang:6s"], true, Start::Now);
        assert_eq!(seat_at(&mut line, 57), Seat::Script(1));
        assert_eq!((line.current().lap, line.current().since), (5, at(54)));
    }

    #[test]
    fn a_phase_without_duration_stays() {
        let mut line = timeline(&["503", "hang:6s"], true, Start::Now);
        assert_eq!(seat_at(&mut line, 100_000), Seat::Script(0));
        line.command(Command::GoTo(1), at(100_000));
        assert_eq!(seat_at(&mut line, 100_007), Seat::Script(0));
    }

    // 0         2        5         7      9
    // | healthy | guest | healthy | hang | over
    #[test]
    fn a_guest_stops_the_time_of_the_script() {
        let mut line = timeline(&["healthy:4s", "hang:2s"], false, Start::Now);
        let guest = |text| Script::of_short(&[text]).expect("good").phases[0].as_ref().clone();
        line.command(Command::Guest(Box::new(guest("cut:30s"))), at(2));
        line.command(Command::Guest(Box::new(guest("503:2s"))), at(3));
        assert_eq!(seat_at(&mut line, 4), Seat::Guest(1));
        assert_eq!(seat_at(&mut line, 6), Seat::Script(0));
        assert_eq!(seat_at(&mut line, 7), Seat::Script(1));
        assert_eq!(seat_at(&mut line, 9), Seat::Over);
    }

    #[test]
    fn it_waits_until_started_and_again_after_a_reset() {
        let mut line = timeline(&["hang:2s"], false, Start::Control);
        assert_eq!(seat_at(&mut line, 50), Seat::Waiting);
        line.command(Command::Start, at(50));
        line.command(Command::Start, at(51));
        assert_eq!((seat_at(&mut line, 51), line.current().since), (Seat::Script(0), at(50)));
        line.command(Command::Reset, at(51));
        assert_eq!(seat_at(&mut line, 100), Seat::Waiting);
    }
}
