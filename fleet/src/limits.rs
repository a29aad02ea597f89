//! What a host does about the limits that it shares: it keeps to its floor, and asks each second to be lent more.

use crate::limit::{Grant, Question, Sharing, Tally};
use crate::member::{Local, Member, Trouble};
use crate::store::Store;
use holysheep_cb::{LimiterSnapshot, Share};
use std::collections::HashMap;
use std::time::Duration;

/// How often to say that a limit is shared.
const LIST_EVERY_MS: u64 = 600_000;

/// The limits that a host shares.
#[derive(Debug, Default)]
pub(crate) struct Limits(HashMap<String, Known>);

#[derive(Debug, Default)]
struct Known {
    tally: Tally,
    listed_ms: Option<u64>,
    balance: Balance,
}

/// What a host has of a limit that it shares, and what it wants; in millionths of the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Balance {
    /// What it may use, its floor among it.
    pub share: u32,
    /// Its floor.
    pub floor: u32,
    /// What it wants.
    pub wants: u32,
    /// How many hosts share the limit at most.
    pub hosts: u32,
}

impl Limits {
    pub(crate) fn begin_anew(&mut self) {
        self.0.values_mut().for_each(|known| known.listed_ms = None);
    }
}

impl Member {
    /// The limits that it shares, and what it has of each.
    pub fn limits(&self) -> impl Iterator<Item = (&str, Balance)> {
        self.limits.0.iter().map(|(name, known)| (name.as_str(), known.balance))
    }

    /// Keeps to the floor of each limit that is shared, where nothing is lent; for that nobody need be asked.
    pub fn hold(&mut self, local: &mut impl Local) {
        self.held(local);
    }

    /// Asks to be lent of each limit that is shared as much as this host wants, and keeps to what it gets.
    ///
    /// # Errors
    /// [`Trouble`]: then what was lent goes back when its time is over.
    pub fn balance<S: Store>(
        &mut self,
        store: &mut S,
        local: &mut impl Local,
    ) -> Result<(), Trouble<S::Error>> {
        let held = self.held(local);
        self.limits.0.retain(|name, _| held.iter().any(|(there, ..)| there == name));
        for (name, sharing, shown) in held {
            if sharing.hosts > 1 {
                self.borrow(store, local, &name, sharing, &shown)?;
            }
        }
        Ok(())
    }

    /// The limiters whose limit is shared, once they keep to it.
    fn held(&self, local: &mut impl Local) -> Vec<(String, Sharing, LimiterSnapshot)> {
        let limiters = local.limiters();
        let of = |(name, mut shown): (String, LimiterSnapshot)| {
            let sharing = self.rules.sharing(&name)?;
            let alone = sharing.alone();
            let has = shown.share.unwrap_or(Share::WHOLE);
            if (has.floor, has.hosts) != (alone.floor, alone.hosts) {
                local.share(&name, alone);
                shown.share = Some(alone);
            }
            Some((name, sharing, shown))
        };
        limiters.into_iter().filter_map(of).collect()
    }

    fn borrow<S: Store>(
        &mut self,
        store: &mut S,
        local: &mut impl Local,
        name: &str,
        sharing: Sharing,
        shown: &LimiterSnapshot,
    ) -> Result<(), Trouble<S::Error>> {
        // Before the question is on its way: what is lent is counted for longer there than here.
        let asked = local.now_ms();
        let floor = sharing.floor();
        let known = self.limits.0.entry(name.to_owned()).or_default();
        let wants = known.tally.want(shown, asked);
        let is_listed = known.listed_ms.is_some_and(|at| asked.saturating_sub(at) < LIST_EVERY_MS);
        let question = Question {
            now: self.server_ms(local),
            floor,
            hosts: sharing.hosts,
            held: shown.share.map_or(0, |share| share.lent),
            wants: wants.saturating_sub(floor),
        };
        let question = self.space.borrow(&self.host, name, question);
        let list = (!is_listed).then(|| self.space.list_limit(name));
        let calls: Vec<_> = [question].into_iter().chain(list).collect();
        let answers = self.run(store, &calls)?;
        let grant = answers.first().and_then(|parts| Grant::from_parts(parts)).ok_or(Trouble::Nonsense)?;
        let passed = local.now_ms().saturating_sub(asked);
        let mut share = shown.share.unwrap_or(sharing.alone());
        if !grant.is_late {
            let lent = grant.lent.min(Share::WHOLE.floor - floor);
            let lent_for = Duration::from_millis(grant.for_ms.saturating_sub(passed));
            share = Share { lent, lent_for, ..sharing.alone() };
            local.share(name, share);
        }
        let known = self.limits.0.entry(name.to_owned()).or_default();
        known.listed_ms = known.listed_ms.filter(|_| is_listed).or(Some(asked));
        known.balance = Balance { share: share.in_force(), floor, wants, hosts: sharing.hosts };
        Ok(())
    }
}
