//! [`View`]: looking at a segment's breakers without using them; a read-only mapping suffices.

use super::gate::Gate;
use crate::clock::{Clock as _, SystemClock, wait};
use crate::config::Config;
use crate::histogram::Histogram;
use crate::layout::Kind;
use crate::layout::Site as _;
use crate::segment::{Place, Segment};
use crate::stats::Snapshot;
use std::time::Duration;

/// A breaker to look at: see [`Segment::view`]. It stays with the memory that it was found in.
///
/// ```
/// use holysheep_cb::{Breaker, Mode, Segment};
///
/// let segment = Segment::private();
/// let breaker = Breaker::builder().segment(&segment).open("relay")?;
/// breaker.force_open();
/// let view = segment.view("relay").expect("it is there");
/// assert_eq!((view.snapshot().mode, view.retry_after()), (Mode::ForcedOpen, None));
/// assert!(segment.view("another").is_none());
/// # Ok::<(), holysheep_cb::Error>(())
/// ```
pub struct View {
    name: String,
    place: Place,
}

impl Segment {
    /// The state of a breaker by name, as far as it is there; creates none.
    #[must_use]
    pub fn snapshot(&self, breaker: &str) -> Option<Snapshot> {
        self.view(breaker).map(|view| view.snapshot())
    }

    /// A breaker by name, to look at, if it is there; creates none.
    #[must_use]
    pub fn view(&self, breaker: &str) -> Option<View> {
        let place = self.home().find(breaker)?;
        Some(View { name: breaker.to_owned(), place })
    }

    /// All its breakers, in the order of [`Segment::names`].
    #[must_use]
    pub fn views(&self) -> Vec<View> {
        let home = self.home();
        let view = |name: String| home.find(&name).map(|place| View { name, place });
        home.names(Kind::Breaker).into_iter().filter_map(view).collect()
    }
}

impl View {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its state, window and totals.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.gate().snapshot(now())
    }

    /// The configuration in force.
    #[must_use]
    pub fn config(&self) -> Config {
        self.place.cell().settings.config()
    }

    /// The latencies of its successes.
    #[must_use]
    pub fn histogram(&self) -> Histogram {
        self.gate().histogram()
    }

    /// As [`Breaker::retry_after`](crate::Breaker::retry_after).
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        wait(self.gate().ask(now()).1)
    }

    fn gate(&self) -> Gate<'_, Place> {
        Gate::new(&self.place)
    }
}

impl std::fmt::Debug for View {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("View").field("name", &self.name).finish_non_exhaustive()
    }
}

fn now() -> u64 {
    SystemClock::new().now_ns()
}
