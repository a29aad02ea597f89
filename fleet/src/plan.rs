//! What a host does about a breaker, from what it sees of it and what the fleet knows of it: a pure function, with the few
//! things that it must remember beside.
//!
//! Who opens by its own rules votes, until its own deadline. While enough votes hold, every host has it open, and the
//! opening ends when they do: nobody has to take it back. Shortly before, one host gets the lease and probes, and the
//! others stay open until that is over. If its probe succeeds the votes are gone, and the others go half-open; if it
//! fails, its new vote renews all others; if it dies, the lease ends. A host that is open because of others never votes,
//! so votes cannot keep each other alive.

use crate::policy::Policy;
use crate::record::Record;
use holysheep_cb::{Breaker, Clock, Mode, Snapshot};
use std::time::Duration;

/// How long before the end of an opening a host asks to probe for all, if calls wait for that, and if none do.
const ASK_EARLY: u64 = 1000;
const ASK_LATE: u64 = 400;
/// How long a host that may probe waits for a call to probe with.
const PATIENCE: u64 = 2000;
/// Differences that come of clocks and of the way.
const BLUR: u64 = 100;
/// How much longer than the lease all others stay open, so that one of them can have the next.
const GRACE: u64 = 500;
/// How exactly advice is kept.
const ADVICE_BLUR: u64 = 1000;

/// What the host sees and is told of a breaker. Times are the server's, in ms.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look<'a> {
    /// The host's name in the fleet.
    pub(crate) host: &'a str,
    /// The breaker here.
    pub(crate) mine: &'a Snapshot,
    /// The breaker in the fleet.
    pub(crate) record: &'a Record,
    /// What holds for it.
    pub(crate) policy: Policy,
    /// How many hosts are there.
    pub(crate) hosts: u64,
    /// Now.
    pub(crate) now: u64,
    /// How long a host may probe for all.
    pub(crate) probe_lease_ms: u64,
    /// This host comes back so much later than others might.
    pub(crate) jitter_ms: u64,
}

/// What a host remembers of a breaker between two looks.
#[derive(Debug, Clone, Default)]
pub(crate) struct Memo {
    /// Until when it has voted, and for which generation.
    vote: Option<(u16, u64)>,
    /// Since when it has the generation that it has.
    since: Option<(u16, u64)>,
    /// Rejected calls when it opened.
    rejected: u64,
    /// The last command that was heard.
    command: Option<(u64, Option<String>)>,
    /// Until when advice was given.
    advised: u64,
    /// It is open or half-open here.
    is_under_way: bool,
}

/// What is to be done here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Open for at least so long, because of this.
    Open(Duration, String),
    /// Probe, or wait for the host's own deadline, because of this.
    HalfOpen(String),
    /// Force open, because of this.
    ForceOpen(String),
    /// Take that back.
    Release,
    /// Halve the thresholds for so long; zero ends it.
    Advise(Duration),
}

/// What is to be said to the fleet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Say {
    /// It is open here for so many ms more.
    Vote(u64),
    /// It is open here no more.
    Withdraw,
    /// It wants to probe for all.
    Lease {
        /// From when on.
        wait_ms: u64,
        /// For how long from then on.
        length_ms: u64,
    },
    /// There was nothing to probe with.
    Yield,
    /// The probe succeeded.
    Recover,
    /// A command that the server has lost.
    Remind {
        /// The version that it had.
        version: u64,
        /// Who forced it open and why; `None` = it was taken back.
        forced: Option<String>,
    },
    /// A command: force it open on every host. Who, and why.
    Force(String),
    /// A command: no more.
    Release,
}

/// What to do, and what to say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Orders {
    /// Here.
    pub(crate) act: Option<Act>,
    /// To the fleet.
    pub(crate) say: Option<Say>,
}

impl Orders {
    fn act(act: Act) -> Self {
        Self { act: Some(act), say: None }
    }

    fn say(say: Say) -> Self {
        Self { act: None, say: Some(say) }
    }
}

impl Memo {
    /// What there is to do and to say now. Whoever carries it out looks again: it may not be all.
    pub(crate) fn step(&mut self, look: &Look<'_>) -> Orders {
        self.remember(look);
        if look.policy == Policy::Local {
            return Orders::default();
        }
        self.command(look).or_else(|| self.own(look)).unwrap_or_else(|| {
            match look.policy.needed(look.hosts) {
                None => self.advise(look),
                Some(needed) => open(look, needed, look.mine.totals.rejected > self.rejected),
            }
        })
    }

    /// The server may have lost everything: what was said is to be said anew.
    pub(crate) fn forget_said(&mut self) {
        self.vote = None;
    }

    /// It is not closed here, so that time alone may change what there is to do.
    pub(crate) fn is_under_way(&self) -> bool {
        self.is_under_way
    }

    fn remember(&mut self, look: &Look<'_>) {
        let generation = look.mine.generation;
        self.is_under_way = matches!(look.mine.mode, Mode::Open | Mode::HalfOpen);
        if self.since.is_none_or(|(of, _)| of != generation) {
            self.since = Some((generation, look.now));
            self.rejected = look.mine.totals.rejected;
        }
        let (version, forced) = (look.record.command, &look.record.forced);
        if version > self.command.as_ref().map_or(0, |(known, _)| *known) {
            self.command = Some((version, forced.clone()));
        }
    }

    /// The fleet's command wins over everything.
    fn command(&mut self, look: &Look<'_>) -> Option<Orders> {
        let (version, forced) = self.command.clone()?;
        if version > look.record.command {
            return Some(Orders::say(Say::Remind { version, forced }));
        }
        let is_forced = look.mine.mode == Mode::ForcedOpen;
        match forced {
            Some(note) if !is_forced => Some(Orders::act(Act::ForceOpen(note))),
            Some(_) => Some(Orders::default()),
            None if is_forced && look.mine.remote => Some(Orders::act(Act::Release)),
            None => None,
        }
    }

    /// What the others are to know of this host's own opening, or of its end.
    fn own(&mut self, look: &Look<'_>) -> Option<Orders> {
        let Look { host, mine, record, now, .. } = *look;
        let own_ms = mine.own_open_remaining_ns.div_ceil(1_000_000);
        if mine.mode == Mode::Open && own_ms > 0 {
            let until = now + own_ms;
            let said = self.vote.filter(|(generation, _)| *generation == mine.generation);
            // A recovery takes back votes that were before it, for this opening among them.
            let is_over = record.recovered.zip(self.since).is_some_and(|(at, (_, since))| at >= since);
            let is_said = said.is_some_and(|(_, voted)| voted.abs_diff(until) <= BLUR);
            if is_over || (is_said && record.votes.contains_key(host)) {
                return None;
            }
            self.vote = Some((mine.generation, until));
            return Some(Orders::say(Say::Vote(own_ms)));
        }
        let leases = record.leased(now).is_some_and(|lease| lease.host == host);
        let is_back = !matches!(mine.mode, Mode::Open | Mode::HalfOpen | Mode::ForcedOpen);
        if is_back && leases && mine.mode == Mode::Closed {
            self.vote = None;
            return Some(Orders::say(Say::Recover));
        }
        if is_back && (record.votes.contains_key(host) || leases) {
            self.vote = None;
            return Some(Orders::say(Say::Withdraw));
        }
        None
    }

    /// While another host has it open, the thresholds are halved.
    fn advise(&mut self, look: &Look<'_>) -> Orders {
        let Look { host, mine, record, now, .. } = *look;
        let until = record.others_until(host, now).unwrap_or(0);
        let is_advised = mine.advised_remaining_ns > 0;
        let is_known = is_advised && until.abs_diff(self.advised) <= ADVICE_BLUR;
        if is_known || (until == 0 && !is_advised) {
            return Orders::default();
        }
        self.advised = until;
        Orders::act(Act::Advise(Duration::from_millis(until.saturating_sub(now))))
    }
}

/// It is open everywhere while enough hosts have it open, and until one of them has probed for all.
fn open(look: &Look<'_>, needed: u64, is_wanted: bool) -> Orders {
    let Look { host, mine, record, now, jitter_ms, .. } = *look;
    if let Some(lease) = record.leased(now) {
        if lease.host == host {
            return probe(look, lease.start, is_wanted);
        }
        let opens = mine.mode == Mode::HalfOpen || mine.mode == Mode::Open;
        let note = format!("fleet: {} probes for all", lease.host);
        let until = lease.end + GRACE + jitter_ms;
        return if opens { open_until(look, until, note) } else { Orders::default() };
    }
    if let Some(until) = record.open_until(needed, now) {
        let left = until - now;
        let ask = if is_wanted { ASK_EARLY } else { ASK_LATE };
        let is_ours = mine.own_open_remaining_ns.div_ceil(1_000_000) <= left + BLUR;
        if mine.mode == Mode::Open && left <= ask && is_ours {
            return Orders::say(Say::Lease { wait_ms: left, length_ms: look.probe_lease_ms });
        }
        let note = format!("fleet: open on {} of {} hosts", record.held(now), look.hosts);
        return open_until(look, until + jitter_ms, note);
    }
    if mine.mode == Mode::Open && mine.remote && mine.open_remaining_ns > 0 {
        lent(look, is_wanted)
    } else {
        Orders::default()
    }
}

/// No vote holds, and nobody probes for all: what the fleet lent goes on for a while yet.
fn lent(look: &Look<'_>, is_wanted: bool) -> Orders {
    let Look { mine, record, .. } = *look;
    let left = mine.open_remaining_ns.div_ceil(1_000_000);
    if record.ends.is_empty() && record.recovered > record.vain {
        return Orders::act(Act::HalfOpen("fleet: the probe succeeded".to_owned()));
    }
    let is_still_bad = !record.ends.is_empty() || record.vain > record.recovered;
    if is_still_bad && (is_wanted || left <= ASK_LATE) {
        return Orders::say(Say::Lease { wait_ms: 0, length_ms: look.probe_lease_ms });
    }
    Orders::default()
}

/// This host probes for all: from the start of the lease on, and if there is something to probe with.
fn probe(look: &Look<'_>, start: u64, is_wanted: bool) -> Orders {
    let Look { mine, now, .. } = *look;
    if now < start {
        return Orders::default();
    }
    if mine.mode == Mode::Open && mine.remote && mine.open_remaining_ns > 0 {
        return Orders::act(Act::HalfOpen("fleet: this host probes for all".to_owned()));
    }
    let waits = mine.mode == Mode::Open || (mine.mode == Mode::HalfOpen && mine.probes_in_flight == 0);
    if waits && !is_wanted && now >= start + PATIENCE {
        return Orders::say(Say::Yield);
    }
    Orders::default()
}

/// Open here until then, if it is not for about so long.
fn open_until(look: &Look<'_>, until: u64, note: String) -> Orders {
    let Look { mine, now, .. } = *look;
    let left = until.saturating_sub(now);
    let is_open = mine.mode == Mode::Open && mine.open_remaining_ns.div_ceil(1_000_000) + BLUR >= left;
    let may_open = matches!(mine.mode, Mode::Closed | Mode::Open | Mode::HalfOpen);
    if is_open || !may_open {
        return Orders::default();
    }
    Orders::act(Act::Open(Duration::from_millis(left), note))
}

impl Act {
    /// Does it.
    pub fn carry_out<C: Clock>(&self, breaker: &Breaker<C>) {
        match self {
            Self::Open(length, note) => drop(breaker.remote(note).open_for(*length)),
            Self::HalfOpen(note) => drop(breaker.remote(note).half_open()),
            Self::ForceOpen(note) => drop(breaker.remote(note).force_open()),
            Self::Release => drop(breaker.remote("fleet: released").release()),
            Self::Advise(length) => breaker.remote("").advise_for(*length),
        }
    }
}
