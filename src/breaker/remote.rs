//! [`Remote`]: what the breakers of other hosts do to this one.

use super::handle::{Breaker, whole_ms};
use crate::clock::{Clock, SystemClock};
use crate::journal::{NoteWords, note_to_words};
use crate::outcome::Wish;
use std::time::Duration;

/// What a program that knows of the breakers of other hosts does to a [`Breaker`]: see [`Breaker::remote`].
///
/// It never closes an opening of the host's own early, never shortens a deadline that the host has set, and leaves an
/// operator's modes alone, but for its own [`force_open`](Self::force_open). What it did itself it can take back. At most
/// one program of a host should do so for a breaker: of two, one may take back what the other did.
#[derive(Debug)]
pub struct Remote<'a, C: Clock = SystemClock> {
    breaker: &'a Breaker<C>,
    note: NoteWords,
}

impl<C: Clock> Breaker<C> {
    /// What other hosts do to it; `note` is in the events (reason remote), as with [`Breaker::noting`].
    ///
    /// ```
    /// use holysheep_cb::{Breaker, Mode, Reason, Segment};
    /// use std::time::Duration;
    ///
    /// let segment = Segment::private();
    /// let breaker = Breaker::builder().segment(&segment).open("relay")?;
    /// breaker.remote("open on 3 of 4 hosts").open_for(Duration::from_secs(20));
    /// assert!(!breaker.would_admit());
    /// assert_eq!(segment.events_from(0).next().expect("a transition").reason, Reason::Remote);
    ///
    /// breaker.remote("the probe of host-2 succeeded").half_open();
    /// assert_eq!(breaker.mode(), Mode::HalfOpen);
    /// # Ok::<(), holysheep_cb::Error>(())
    /// ```
    #[must_use]
    pub fn remote(&self, note: &str) -> Remote<'_, C> {
        Remote { breaker: self, note: note_to_words(note) }
    }
}

impl<C: Clock> Remote<'_, C> {
    /// Opens a closed or half-open breaker for so long (to the millisecond, rounded up), which is no step of its backoff;
    /// an open one stays so at least so long. In every other mode it does nothing. Whether it changed anything.
    pub fn open_for(&self, duration: Duration) -> bool {
        let until_ms = self.breaker.now().div_ceil(1_000_000).saturating_add(whole_ms(duration));
        self.wish(Wish::Open { until_ms })
    }

    /// Ends what [`open_for`](Self::open_for) gave: half-open, or open on until the deadline that the host itself had set,
    /// if it had. Does nothing where the opening is the host's own. Whether it changed anything.
    pub fn half_open(&self) -> bool {
        self.wish(Wish::HalfOpen)
    }

    /// Forces it open, whatever its mode. Whether it changed anything.
    pub fn force_open(&self) -> bool {
        self.wish(Wish::ForcedOpen)
    }

    /// Closes it, if it was [`force_open`](Self::force_open) that forced it open. Whether it changed anything.
    pub fn release(&self) -> bool {
        self.wish(Wish::Release)
    }

    /// For so long (at most a day) its rules ask for half as much, rounded up: `failure_threshold`, `failure_rate`,
    /// `min_calls`, `consecutive_failures`, `slow_rate`. Zero ends it. It is no transition and makes no event.
    pub fn advise_for(&self, duration: Duration) {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        let until = if nanos == 0 { 0 } else { self.breaker.now().saturating_add(nanos) };
        self.breaker.look_after().advise(until);
    }

    fn wish(&self, wish: Wish) -> bool {
        self.breaker.look_after().wish(wish, &self.note, self.breaker.now())
    }
}
