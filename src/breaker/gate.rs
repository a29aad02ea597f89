//! One breaker at its place in memory: everything that its word decides. Reads no clock (S12).

use crate::config::{Config, Rules};
use crate::error::{Error, ErrorKind, Result};
use crate::journal::{Entry, NO_NOTE, NoteWords, mix};
use crate::layout::{Site, count};
use crate::outcome::{Command, Mode, Wish};
use crate::prim::Ordering;
use crate::word::{Answer, Applied, Event, State};

/// The word of a permit, or how long until a call would be admitted, in ns; `u64::MAX` = not to be known.
pub(crate) type Admission = std::result::Result<u64, u64>;

/// The operations of the breaker at a site: one pointer, passed by value.
pub(crate) struct Gate<'a, S>(pub(super) &'a S);

impl<S> Clone for Gate<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Gate<'_, S> {}

impl<'a, S: Site> Gate<'a, S> {
    #[inline(always)]
    pub(crate) fn new(site: &'a S) -> Self {
        Self(site)
    }

    /// What [`Gate::admit`] answers, if it does so without a change of state: closed, or open (S1, S7). A call that is
    /// told no here is still to be counted, by [`Gate::reject`].
    #[inline(always)]
    pub(crate) fn glance(self, now: u64) -> Option<Admission> {
        let state = self.0.cell().word.load();
        if state.is_closed() {
            Some(Ok(state.permit(now).word()))
        } else if state.is_open_at(now) {
            Some(Err(state.deadline_ns() - now))
        } else {
            None
        }
    }

    /// Counts a call that was told no.
    #[inline(always)]
    pub(crate) fn reject(self) {
        count(&self.0.stripe().rejected);
    }

    /// May a call go, in every case (S8)?
    pub(crate) fn admit(self, now: u64) -> Admission {
        let rules = self.rules();
        let applied = self.apply(Event::Admit, &rules, now);
        if applied.answer == Answer::Admitted {
            return Ok(applied.after.permit(now).word());
        }
        self.reject();
        Err(self.0.cell().word.ask(&rules, now).1)
    }

    /// Would [`Gate::admit`] say yes? And how long until it would, in ns; 0 = now, `u64::MAX` = not to be known. Changes
    /// nothing (S7).
    pub(crate) fn ask(self, now: u64) -> (bool, u64) {
        self.0.cell().word.ask(&self.rules(), now)
    }

    /// S10. The event, if there is one, says `note`.
    pub(crate) fn operate(self, command: Command, note: &NoteWords, now: u64) -> Result<()> {
        let applied = self.apply_noted(Event::Command(command), &self.rules(), now, note);
        if applied.answer != Answer::Impossible {
            return Ok(());
        }
        let mode = applied.before.mode();
        Err(Error::new(
            ErrorKind::Mode,
            format!("half-open by hand is possible from open only, and the breaker is {mode}"),
        ))
    }

    /// S11. The next record looks at everything anew.
    pub(crate) fn configure(self, config: &Config) {
        let cell = self.0.cell();
        cell.settings.replace(config);
        // ORDERING: AcqRel, SYNC-EPOCH: a roll that stores its tick's end after this sees the new epoch.
        cell.next_tick.swap(0, Ordering::AcqRel);
    }

    /// What the fleet wishes; whether it changed anything.
    pub(crate) fn wish(self, wish: Wish, note: &NoteWords, now: u64) -> bool {
        let cell = self.0.cell();
        let rules = self.rules();
        loop {
            let seen = cell.word.load();
            let next = cell.lent.wished(seen, wish, now);
            if next == seen {
                return false;
            }
            cell.lent.note(seen, next);
            if self.apply_noted(Event::Wish { seen, next }, &rules, now, note).answer == Answer::Done {
                return true;
            }
            cell.lent.forget();
        }
    }

    /// Half the thresholds until this time; 0 ends it.
    pub(crate) fn advise(self, until: u64) {
        let cell = self.0.cell();
        cell.lent.advise(until);
        // ORDERING: AcqRel, SYNC-EPOCH: the rules may hold now, so the next record looks.
        cell.next_tick.swap(0, Ordering::AcqRel);
    }

    pub(super) fn rules(self) -> Rules {
        self.0.cell().settings.rules()
    }

    /// Runs an event and tells of every transition that it made.
    pub(super) fn apply(self, event: Event, rules: &Rules, now: u64) -> Applied {
        self.apply_noted(event, rules, now, &NO_NOTE)
    }

    fn apply_noted(self, event: Event, rules: &Rules, now: u64, note: &NoteWords) -> Applied {
        let cell = self.0.cell();
        loop {
            let applied = cell.word.apply(event, rules, now, random(cell.word.load(), now));
            self.publish(&applied, now, note);
            if applied.answer != Answer::Again {
                return applied;
            }
        }
    }

    /// S13, S14: the totals and the event of a transition, by the one that made it.
    fn publish(self, applied: &Applied, now: u64, note: &NoteWords) {
        if applied.before.generation() == applied.after.generation() {
            return;
        }
        let cell = self.0.cell();
        // ORDERING: Relaxed; for display.
        cell.changed_at.store(now, Ordering::Relaxed);
        let Some(moved) = applied.moved else { return };
        match moved.to {
            Mode::Open => count(&cell.tallies.opened),
            Mode::HalfOpen => count(&cell.tallies.half_opened),
            Mode::Closed => count(&cell.tallies.closed),
            Mode::ForcedOpen | Mode::Disabled | Mode::Observing => {}
        }
        // ORDERING: Relaxed; a total.
        cell.tallies.probes_lost.fetch_add(u64::from(moved.lost), Ordering::Relaxed);
        self.0.events().write(&Entry {
            time: now,
            breaker: self.0.name(),
            from: moved.from,
            to: moved.to,
            reason: moved.reason,
            generation: applied.after.generation(),
            pid: std::process::id(),
            note,
        });
        self.0.wake();
    }
}

/// A number for the jitter of an opening: differs between hosts, breakers' states and times.
fn random(state: State, now: u64) -> u32 {
    (mix(mix(state.word()) ^ now ^ host_seed()) >> 32) as u32
}

/// Differs between processes and hosts.
#[cfg(not(loom))]
fn host_seed() -> u64 {
    use std::hash::{BuildHasher as _, RandomState};
    static SEED: std::sync::OnceLock<u64> = std::sync::OnceLock::new();
    *SEED.get_or_init(|| RandomState::new().hash_one(0))
}

#[cfg(loom)]
fn host_seed() -> u64 {
    0
}
