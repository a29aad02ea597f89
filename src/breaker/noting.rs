//! [`Noting`]: an operator's commands that say who and why.

use super::handle::{Breaker, whole_ms};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::error::Result;
use crate::journal::{NoteWords, note_to_words};
use crate::layout::Site as _;
use crate::outcome::{Command, Mode, Reason};
use std::time::Duration;

/// The commands of a [`Breaker`], each of which writes the same note into its event: see [`Breaker::noting`].
#[derive(Debug)]
pub struct Noting<'a, C: Clock = SystemClock> {
    breaker: &'a Breaker<C>,
    note: NoteWords,
}

impl<C: Clock> Breaker<C> {
    /// Commands that say in their event who gave them and why: up to 127 bytes, of which control characters become
    /// spaces; what is longer is cut. A command that changes nothing makes no event, and then its note is nowhere.
    ///
    /// ```
    /// use holysheep_cb::{Breaker, Segment};
    ///
    /// let segment = Segment::private();
    /// let breaker = Breaker::builder().segment(&segment).open("relay")?;
    /// breaker.noting("user alice: provider maintenance").force_open();
    /// let event = segment.events_from(0).next().expect("a transition");
    /// assert_eq!(event.note, "user alice: provider maintenance");
    /// # Ok::<(), holysheep_cb::Error>(())
    /// ```
    #[must_use]
    pub fn noting(&self, note: &str) -> Noting<'_, C> {
        Noting { breaker: self, note: note_to_words(note) }
    }
}

impl<C: Clock> Noting<'_, C> {
    /// As [`Breaker::reset`].
    pub fn reset(&self) {
        self.obey(Command::Reset);
    }

    /// As [`Breaker::trip`].
    pub fn trip(&self) {
        self.obey(Command::Trip);
    }

    /// As [`Breaker::trip_for`].
    pub fn trip_for(&self, duration: Duration) {
        self.trip_for_at(whole_ms(duration), self.breaker.now());
    }

    /// As [`Breaker::force_open`].
    pub fn force_open(&self) {
        self.obey(Command::Hold(Mode::ForcedOpen));
    }

    /// As [`Breaker::disable`].
    pub fn disable(&self) {
        self.obey(Command::Hold(Mode::Disabled));
    }

    /// As [`Breaker::observe`].
    pub fn observe(&self) {
        self.obey(Command::Hold(Mode::Observing));
    }

    /// As [`Breaker::half_open`].
    ///
    /// # Errors
    /// [`ErrorKind::Mode`](crate::ErrorKind::Mode) unless it is open or half-open.
    pub fn half_open(&self) -> Result<()> {
        self.set_mode_at(Mode::HalfOpen, self.breaker.now())
    }

    /// As [`Breaker::configure`], and with an event of its own (reason configured), where that makes none.
    ///
    /// # Errors
    /// As [`Config::validate`]; then nothing has changed.
    pub fn configure(&self, config: &Config) -> Result<()> {
        config.validate()?;
        let gate = self.breaker.look_after();
        gate.configure(config);
        gate.0.tell(Reason::Configured, &self.note, self.breaker.now());
        Ok(())
    }

    pub(crate) fn set_mode_at(&self, mode: Mode, now: u64) -> Result<()> {
        self.breaker.operate(Command::to(mode), &self.note, now)
    }

    pub(crate) fn trip_for_at(&self, duration_ms: u64, now: u64) {
        let _ = self.breaker.operate(Command::TripFor(duration_ms), &self.note, now);
    }

    /// A command that is possible from every mode.
    fn obey(&self, command: Command) {
        let _ = self.breaker.operate(command, &self.note, self.breaker.now());
    }
}
