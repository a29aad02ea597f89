//! The time line of one worker: what it did in each of 52 slices of the run.

use crate::output::paint::{Ink, Paint};

/// Slices in a strip, and characters on the screen.
pub(super) const SLICES: usize = 52;

/// What a worker did in a slice; of several things the last of this list is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Did {
    /// Its calls were answered.
    Answered,
    /// Its calls were rejected at once.
    Rejected,
    /// It waited for an answer that never came.
    InVain,
    /// It had a probe out.
    Probe,
    /// It was killed.
    Killed,
}

impl Did {
    /// How it is drawn; the shapes tell it without colour too.
    pub(super) const fn look(self) -> (&'static str, Ink) {
        match self {
            Self::Answered => ("▁", Ink::Green),
            Self::Rejected => ("·", Ink::Yellow),
            Self::InVain => ("█", Ink::Red),
            Self::Probe => ("▓", Ink::Magenta),
            Self::Killed => ("✗", Ink::OnRed),
        }
    }

    /// Whether it goes on between two calls; the others last as long as they take.
    const fn goes_on(self) -> bool {
        matches!(self, Self::Answered | Self::Rejected)
    }
}

/// A time line.
#[derive(Clone, Debug)]
pub(super) struct Strip {
    /// Length of a slice, in ns.
    slice: u64,
    /// What was done in each.
    did: [Option<Did>; SLICES],
    /// What was done last, and until when (in ns since the run began).
    last: Option<(u64, Did)>,
}

impl Strip {
    /// An empty one of a run of `length` ns.
    pub(super) fn new(length: u64) -> Self {
        Self { slice: (length / SLICES as u64).max(1), did: [None; SLICES], last: None }
    }

    /// The slice of a moment.
    fn slice_of(&self, at: u64) -> usize {
        usize::try_from(at / self.slice).map_or(SLICES - 1, |slice| slice.min(SLICES - 1))
    }

    /// Something that ended at `at` and took `took`; times in ns, since the run began.
    pub(super) fn note(&mut self, at: u64, took: u64, did: Did) {
        let (from, to) = (self.slice_of(at.saturating_sub(took)), self.slice_of(at));
        self.go_on(from);
        self.did[from..=to].iter_mut().for_each(|slice| *slice = (*slice).max(Some(did)));
        self.last = Some((at, did));
    }

    /// What goes on between two calls went on up to this slice.
    fn go_on(&mut self, to: usize) {
        if let Some((until, before)) = self.last.filter(|(_, before)| before.goes_on()) {
            let from = self.slice_of(until).min(to);
            self.did[from..to].iter_mut().for_each(|slice| *slice = slice.or(Some(before)));
        }
    }

    /// The run is over: nothing is waited for any more.
    pub(super) fn end(&mut self) {
        self.go_on(SLICES);
        self.last = None;
    }

    /// The strip at `now`: a worker of which nothing was heard for a while is waiting.
    pub(super) fn draw(&self, now: u64, paint: Paint) -> String {
        const A_WHILE: u64 = 330_000_000;
        let waits_from = match self.last {
            Some((until, _)) if now.saturating_sub(until) > A_WHILE => self.slice_of(until) + 1,
            _ => SLICES,
        };
        let waits = waits_from..=self.slice_of(now);
        let slices = self.did.iter().enumerate().map(|(i, did)| match did {
            Some(did) => did.look(),
            None if waits.contains(&i) => ("░", Ink::Dim),
            None => (" ", Ink::Dim),
        });
        runs(slices).iter().map(|(text, ink)| paint.dress(*ink, text)).collect()
    }
}

/// Neighbours of one ink, joined: fewer escape sequences on the wire.
fn runs(looks: impl Iterator<Item = (&'static str, Ink)>) -> Vec<(String, Ink)> {
    let mut runs: Vec<(String, Ink)> = Vec::new();
    for (glyph, ink) in looks {
        match runs.last_mut() {
            Some((text, last)) if *last == ink => text.push_str(glyph),
            _ => runs.push((glyph.to_owned(), ink)),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::{Did, SLICES, Strip};
    use crate::output::paint::Paint;

    #[test]
    fn a_strip_shows_the_gravest_and_fills_what_goes_on() {
        let mut strip = Strip::new(SLICES as u64);
        strip.note(1, 0, Did::Answered);
        strip.note(4, 1, Did::InVain); // answered went on until 3, then it waited
        strip.note(4, 0, Did::Rejected); // in the slice of a failure: the failure shows
        strip.note(6, 0, Did::Rejected);
        assert_eq!(strip.draw(6, Paint::plain()).trim_end(), " ▁▁██··");
        assert_eq!(strip.draw(6, Paint::plain()).chars().count(), SLICES);
    }

    #[test]
    fn times_beyond_the_run_fall_into_the_last_slice() {
        let mut strip = Strip::new(100);
        strip.note(u64::MAX, 0, Did::Answered);
        assert!(strip.draw(u64::MAX, Paint::plain()).ends_with('▁'));
    }
}
