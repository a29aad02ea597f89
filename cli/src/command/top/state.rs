//! All that the screen shows, and where the cursor is.

use super::entry::Entry;
use super::order::{passes, sort};
use super::row::{Key, Row};
use crate::cli::Order;
use crate::watch::{Point, Sample, Told};
use holysheep_cb::Mode;
use std::sync::Arc;
use std::time::Instant;

/// A look at the host.
#[derive(Debug, Default)]
pub(super) struct Look {
    /// Its breakers.
    pub(super) rows: Vec<Row>,
    /// How many segments they are in.
    pub(super) segments: usize,
    /// How many processes have a segment open; one that has several counts for each.
    pub(super) processes: usize,
    /// The latest transitions of all breakers, latest first.
    pub(super) recent: Vec<Arc<Told>>,
    /// What could not be looked at, and why.
    pub(super) problems: Vec<String>,
}

/// What the header says of all breakers.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Sums {
    /// Open, also by an operator.
    pub(super) open: usize,
    /// Half-open.
    pub(super) half_open: usize,
    /// Calls in a second.
    pub(super) calls: f32,
    /// Failures in a second.
    pub(super) failures: f32,
    /// Rejections in a second.
    pub(super) rejected: f32,
}

/// One breaker with all that belongs to it.
#[derive(Debug)]
pub(super) struct Closeup {
    /// What the table shows of it.
    pub(super) row: Row,
    /// What it showed at the last look.
    pub(super) sample: Sample,
    /// Its last looks, oldest first.
    pub(super) points: Vec<Point>,
    /// The settings that are not the defaults: `field=value`.
    pub(super) config: Vec<String>,
    /// Its transitions, latest first.
    pub(super) events: Vec<Arc<Told>>,
    /// It is there no more; this is what it showed last.
    pub(super) gone: bool,
}

/// What an operator may do to a breaker from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    /// Opens it.
    Trip,
    /// Closes it.
    Reset,
    /// Rejects everything.
    ForceOpen,
    /// Admits everything.
    Disable,
    /// Admits and records everything.
    Observe,
}

/// What is asked before it is done. It is of one breaker, wherever its row goes meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Question {
    /// What to do,
    pub(super) act: Act,
    /// to which breaker,
    pub(super) key: Key,
    /// and why.
    pub(super) reason: Entry,
}

/// What the keys go to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Focus {
    /// The table, or the breaker that is looked at closely.
    #[default]
    Picture,
    /// The filter; with what it was before.
    Filter(String),
    /// The help.
    Help,
    /// A question.
    Question(Question),
}

/// What was last done, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    /// The words.
    pub(super) text: String,
    /// It did not work.
    pub(super) failed: bool,
}

/// All that the screen shows.
#[derive(Debug)]
pub(super) struct State {
    /// The last look; its rows in order.
    pub(super) look: Look,
    /// What the header says.
    pub(super) sums: Sums,
    /// Which rows pass the filter.
    pub(super) shown: Vec<usize>,
    /// What comes first.
    pub(super) order: Order,
    /// The other way round.
    pub(super) reversed: bool,
    /// The filter.
    pub(super) filter: Entry,
    /// Where the cursor is among those that are shown.
    pub(super) cursor: usize,
    /// The first of them on the screen.
    pub(super) top: usize,
    /// How many rows the screen had room for when it was last drawn.
    pub(super) page: usize,
    /// The breaker that the cursor stays with; `None` = it stays at the top, whichever is there.
    pub(super) held: Option<Key>,
    /// The breaker that is looked at closely.
    pub(super) opened: Option<Key>,
    /// And all of it.
    pub(super) closeup: Option<Closeup>,
    /// The first of its events on the screen.
    pub(super) scrolled: usize,
    /// What the keys go to.
    pub(super) focus: Focus,
    /// Nothing is looked at until told otherwise.
    pub(super) paused: bool,
    /// What was last done.
    pub(super) message: Option<Message>,
    /// The time that is shown.
    pub(super) now: Instant,
}

impl State {
    /// Whether a question waits for its answer.
    pub(super) const fn asks(&self) -> bool {
        matches!(self.focus, Focus::Question(_))
    }

    /// Before the first look.
    pub(super) fn new(order: Order, filter: &str, now: Instant) -> Self {
        Self {
            look: Look::default(),
            sums: Sums::default(),
            shown: Vec::new(),
            order,
            reversed: false,
            filter: Entry { text: filter.to_owned() },
            cursor: 0,
            top: 0,
            page: 1,
            held: None,
            opened: None,
            closeup: None,
            scrolled: 0,
            focus: Focus::Picture,
            paused: false,
            message: None,
            now,
        }
    }

    /// Takes a look in.
    pub(super) fn take(&mut self, look: Look, now: Instant) {
        self.look = look;
        self.now = now;
        self.sums = Sums::default();
        for row in &self.look.rows {
            self.sums.open += usize::from(matches!(row.mode, Mode::Open | Mode::ForcedOpen));
            self.sums.half_open += usize::from(row.mode == Mode::HalfOpen);
            self.sums.calls += row.rates.calls;
            self.sums.failures += row.rates.failures;
            self.sums.rejected += row.rates.rejected;
        }
        self.arrange();
    }

    /// Takes in what is seen of the breaker that is looked at closely; of one that is gone, what was seen last stays.
    pub(super) fn take_closeup(&mut self, closeup: Option<Closeup>) {
        match (closeup, &mut self.closeup) {
            (None, Some(last)) => last.gone = true,
            (closeup, place) => *place = closeup,
        }
    }

    /// Sorts and filters anew; the cursor stays with its breaker, or if that is gone, where it was.
    pub(super) fn arrange(&mut self) {
        sort(&mut self.look.rows, self.order, self.reversed, self.now);
        let rows = self.look.rows.iter().enumerate();
        self.shown = rows.filter(|(_, row)| passes(row, &self.filter.text)).map(|(at, _)| at).collect();
        self.cursor = match &self.held {
            None => 0,
            Some(held) => {
                let there = self.rows().position(|row| row.key == *held);
                there.unwrap_or_else(|| self.cursor.min(self.shown.len().saturating_sub(1)))
            }
        };
    }

    /// The rows that pass the filter, in order.
    pub(super) fn rows(&self) -> impl ExactSizeIterator<Item = &Row> {
        self.shown.iter().map(|&at| &self.look.rows[at])
    }

    /// The breaker that a key is about: the one that is looked at closely, or the one under the cursor.
    pub(super) fn current(&self) -> Option<&Row> {
        match (&self.opened, &self.closeup) {
            (Some(_), Some(closeup)) => Some(&closeup.row),
            (Some(_), None) => None,
            (None, _) => self.shown.get(self.cursor).map(|&at| &self.look.rows[at]),
        }
    }

    /// Moves the cursor there; from then on it stays with that breaker.
    pub(super) fn go(&mut self, to: usize) {
        self.cursor = to.min(self.shown.len().saturating_sub(1));
        self.held = self.shown.get(self.cursor).map(|&at| self.look.rows[at].key.clone());
    }

    /// Makes the picture so many rows high that it holds the cursor.
    pub(super) fn set_page(&mut self, page: usize) {
        self.page = page.max(1);
        let last = self.shown.len().saturating_sub(self.page);
        self.top = self.top.min(last).clamp((self.cursor + 1).saturating_sub(self.page), self.cursor);
    }
}

impl Act {
    /// The verb.
    pub(super) const fn verb(self) -> &'static str {
        match self {
            Self::Trip => "trip",
            Self::Reset => "reset",
            Self::ForceOpen => "force-open",
            Self::Disable => "disable",
            Self::Observe => "observe",
        }
    }

    /// What it does.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Trip => "Opens it, as if a rule had been met; it probes again when the opening is over.",
            Self::Reset => "Closes it, and forgets everything but its totals.",
            Self::ForceOpen => "Rejects every call until told otherwise.",
            Self::Disable => "Admits every call and records none but in the totals, until told otherwise.",
            Self::Observe => "Admits and records every call but never trips, until told otherwise.",
        }
    }
}
