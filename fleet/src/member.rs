//! One host of the fleet: what it remembers, and the few things that it does.

use crate::limits::Limits;
use crate::plan::{Act, Look, Memo, Say};
use crate::policy::Policy;
use crate::record::{Answer, Record};
use crate::rules::Rules;
use crate::store::{self, Call, Greeting, Space, Store};
use holysheep_cb::{LimiterSnapshot, Share, Snapshot};
use std::collections::HashMap;
use std::fmt::{self, Display};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// How often one look may lead to another: an act, what follows from it, and once more for what came meanwhile.
const ROUNDS: usize = 5;

/// The breakers and limiters of this host.
pub trait Local {
    /// Milliseconds of a clock that only goes forward.
    fn now_ms(&self) -> u64;
    /// All breakers, as `SEGMENT/NAME`, and what they show.
    fn all(&mut self) -> Vec<(String, Snapshot)>;
    /// One of them; `None` if it is gone.
    fn one(&mut self, breaker: &str) -> Option<Snapshot>;
    /// Does this to one of them.
    fn act(&mut self, breaker: &str, act: &Act);
    /// All limiters, as `SEGMENT/NAME`, and what they show.
    fn limiters(&mut self) -> Vec<(String, LimiterSnapshot)>;
    /// Gives this host this share of one of them.
    fn share(&mut self, limiter: &str, share: Share);
}

/// Why a host is not of the fleet for now.
#[derive(Debug)]
pub enum Trouble<E> {
    /// The server, or the way there.
    Store(E),
    /// Another instance goes by the host's name.
    Taken(String),
    /// The namespace is of another version.
    Protocol(String),
    /// The server answers what no script of ours answers.
    Nonsense,
}

impl<E: Display> Display for Trouble<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => error.fmt(f),
            Self::Taken(by) => write!(
                f,
                "another agent ({by}) goes by this host's name; give one of them another with --host"
            ),
            Self::Protocol(theirs) => write!(
                f,
                "the namespace is of protocol {theirs}, and this is protocol {}; use another namespace, or the same version on all hosts",
                store::PROTOCOL
            ),
            Self::Nonsense => f.write_str("the server answers what no script of ours answers"),
        }
    }
}

/// How much a host has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Done {
    /// Scripts run and hashes read.
    pub operations: u64,
    /// Things said of breakers.
    pub said: u64,
    /// Things done to breakers here.
    pub acted: u64,
    /// Changes heard of as they were published.
    pub heard: u64,
    /// The last round trip, ms.
    pub round_trip_ms: u64,
    /// How late the last change was heard of, ms.
    pub lag_ms: u64,
}

#[derive(Debug, Default)]
struct Known {
    policy: Policy,
    jitter_ms: u64,
    record: Record,
    memo: Memo,
}

impl Known {
    /// A newer record is known. If it does not name all votes, this host's own is as it was.
    fn replace(&mut self, mut record: Record, host: &str) {
        if record.is_digest()
            && let Some(&until) = self.record.votes.get(host)
        {
            record.votes.entry(host.to_owned()).or_insert(until);
        }
        self.record = record;
    }
}

/// One host of the fleet.
#[derive(Debug)]
pub struct Member {
    pub(crate) space: Space,
    pub(crate) host: String,
    instance: String,
    pub(crate) rules: Rules,
    pub(crate) limits: Limits,
    known: HashMap<String, Known>,
    hosts: u64,
    /// The server's time minus ours.
    offset: i64,
    done: Done,
}

impl Member {
    /// A host of this name. `instance` differs between all that may go by that name.
    #[must_use]
    pub fn new(space: Space, host: &str, instance: &str, rules: Rules) -> Self {
        Self {
            space,
            host: host.to_owned(),
            instance: instance.to_owned(),
            rules,
            limits: Limits::default(),
            known: HashMap::new(),
            hosts: 1,
            offset: 0,
            done: Done::default(),
        }
    }

    /// Keys and channel.
    #[must_use]
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// How many hosts are there, this one among them.
    #[must_use]
    pub fn hosts(&self) -> u64 {
        self.hosts
    }

    /// How much it has done.
    #[must_use]
    pub fn done(&self) -> Done {
        self.done
    }

    /// The breakers that it knows of, and what the fleet knows of each.
    pub fn breakers(&self) -> impl Iterator<Item = (&str, Policy, &Record)> {
        self.known.iter().map(|(name, known)| (name.as_str(), known.policy, &known.record))
    }

    /// The server may have lost what it knew, or be another one.
    pub fn begin_anew(&mut self) {
        self.known.values_mut().for_each(|known| known.memo.forget_said());
        self.limits.begin_anew();
    }

    /// Says that this host is there, and learns the server's time.
    ///
    /// # Errors
    /// [`Trouble`]: then it is not of the fleet.
    pub fn greet<S: Store>(
        &mut self,
        store: &mut S,
        local: &impl Local,
        about: &str,
    ) -> Result<(), Trouble<S::Error>> {
        let calls = self.space.greet(&self.host, &self.instance, about);
        let asked = local.now_ms();
        let answers = self.run(store, &calls)?;
        let answered = local.now_ms();
        let Greeting { now, hosts, protocol, taken_by } =
            self.space.greeting(&answers).ok_or(Trouble::Nonsense)?;
        if protocol != store::PROTOCOL {
            return Err(Trouble::Protocol(protocol));
        }
        if let Some(by) = taken_by {
            return Err(Trouble::Taken(by));
        }
        self.hosts = hosts.max(1);
        self.done.round_trip_ms = answered - asked;
        // Half of the way there and back: the server's time is of somewhere between.
        self.offset = now as i64 - (asked + (answered - asked) / 2) as i64;
        Ok(())
    }

    /// Reads what the fleet knows of every breaker, and does what follows.
    ///
    /// # Errors
    /// [`Trouble`].
    pub fn refresh<S: Store>(
        &mut self,
        store: &mut S,
        local: &mut impl Local,
    ) -> Result<(), Trouble<S::Error>> {
        let all = local.all();
        for (name, _) in &all {
            self.know(name);
        }
        self.known.retain(|name, _| all.iter().any(|(there, _)| there == name));
        let names: Vec<_> = self.shared().map(str::to_owned).collect();
        // Most are as they were, as their version tells. Of the others all is read, the votes of hosts where they are few.
        let changed = self.read(store, &names, Some(&[Space::VERSION.to_owned()]), |known, record| {
            known.record.version != record.version
        })?;
        let few = self.read(store, &changed, Some(&Space::digest(&self.host)), |known, record| {
            // What is read is the truth, also if it is older: then the server has lost something.
            known.record = record;
            known.record.is_few()
        })?;
        self.read(store, &few, None, |known, record| {
            known.record = record;
            false
        })?;
        self.step_each(store, local, all.into_iter().filter(|(name, _)| names.contains(name)))
    }

    /// Reads these fields of breakers, or all; which of them `then` says yes to.
    fn read<S: Store>(
        &mut self,
        store: &mut S,
        names: &[String],
        fields: Option<&[String]>,
        mut then: impl FnMut(&mut Known, Record) -> bool,
    ) -> Result<Vec<String>, Trouble<S::Error>> {
        let keys: Vec<_> = names.iter().map(|name| self.space.breaker(name)).collect();
        let read = store.read(&keys, fields).map_err(Trouble::Store)?;
        self.done.operations += keys.len() as u64;
        let mut chosen = Vec::new();
        for (name, flat) in names.iter().zip(&read) {
            if then(self.know(name), store::record(flat)) {
                chosen.push(name.clone());
            }
        }
        Ok(chosen)
    }

    /// Looks at the breakers for which something is under way.
    ///
    /// # Errors
    /// [`Trouble`].
    pub fn tick<S: Store>(&mut self, store: &mut S, local: &mut impl Local) -> Result<(), Trouble<S::Error>> {
        let now = self.server_ms(local);
        let busy = |known: &Known| known.record.held(now) > 0 || known.record.leased(now).is_some();
        let names: Vec<_> = self
            .known
            .iter()
            .filter(|(_, known)| busy(known) || known.memo.is_under_way())
            .map(|(name, _)| name.clone())
            .collect();
        let shown: Vec<_> =
            names.into_iter().filter_map(|name| local.one(&name).map(|mine| (name, mine))).collect();
        self.step_each(store, local, shown.into_iter())
    }

    /// Something has happened to a breaker here.
    ///
    /// # Errors
    /// [`Trouble`].
    pub fn touch<S: Store>(
        &mut self,
        store: &mut S,
        local: &mut impl Local,
        breaker: &str,
    ) -> Result<(), Trouble<S::Error>> {
        self.know(breaker);
        let shown = local.one(breaker).map(|mine| (breaker.to_owned(), mine));
        self.step_each(store, local, shown.into_iter())
    }

    /// A change was published.
    ///
    /// # Errors
    /// [`Trouble`].
    pub fn hear<S: Store>(
        &mut self,
        store: &mut S,
        local: &mut impl Local,
        payload: &str,
    ) -> Result<(), Trouble<S::Error>> {
        let Some((name, Answer { now, record, .. })) = store::message(payload) else { return Ok(()) };
        let here = self.server_ms(local);
        let Some(known) = self.known.get_mut(&name) else { return Ok(()) };
        if record.version <= known.record.version {
            return Ok(());
        }
        known.replace(record, &self.host);
        self.done.heard += 1;
        self.done.lag_ms = here.saturating_sub(now);
        self.touch(store, local, &name)
    }

    /// Says something of a breaker that no look has led to: an operator's command.
    ///
    /// # Errors
    /// [`Trouble`].
    fn say<S: Store>(
        &mut self,
        store: &mut S,
        now: u64,
        breaker: &str,
        say: &Say,
    ) -> Result<(), Trouble<S::Error>> {
        let calls = [self.space.say(&self.host, breaker, say, now), self.space.list(breaker)];
        let answers = self.run(store, &calls)?;
        let answer = answers.first().and_then(|parts| store::answer(parts)).ok_or(Trouble::Nonsense)?;
        self.done.said += 1;
        self.know(breaker).record = answer.record;
        Ok(())
    }

    fn step_each<S: Store>(
        &mut self,
        store: &mut S,
        local: &mut impl Local,
        shown: impl Iterator<Item = (String, Snapshot)>,
    ) -> Result<(), Trouble<S::Error>> {
        for (name, mine) in shown {
            self.step(store, local, &name, mine)?;
        }
        Ok(())
    }

    fn step<S: Store>(
        &mut self,
        store: &mut S,
        local: &mut impl Local,
        name: &str,
        mut mine: Snapshot,
    ) -> Result<(), Trouble<S::Error>> {
        for _ in 0..ROUNDS {
            let now = self.server_ms(local);
            let Self { known, host, hosts, rules, .. } = self;
            let Some(Known { policy, jitter_ms, record, memo }) = known.get_mut(name) else { return Ok(()) };
            let orders = memo.step(&Look {
                host,
                mine: &mine,
                record,
                policy: *policy,
                hosts: *hosts,
                now,
                probe_lease_ms: rules.probe_lease_ms(),
                jitter_ms: *jitter_ms,
            });
            if let Some(act) = &orders.act {
                local.act(name, act);
                self.done.acted += 1;
            }
            if let Some(say) = &orders.say {
                self.say(store, now, name, say)?;
            }
            if orders == Default::default() {
                break;
            }
            let Some(shown) = local.one(name) else { break };
            mine = shown;
        }
        Ok(())
    }

    /// The breaker of this name, which is known from now on.
    fn know(&mut self, name: &str) -> &mut Known {
        let Self { known, rules, host, .. } = self;
        known.entry(name.to_owned()).or_insert_with(|| {
            let (segment, breaker) = name.split_once('/').unwrap_or(("", name));
            let mut hasher = DefaultHasher::new();
            (host.as_str(), name).hash(&mut hasher);
            Known {
                policy: rules.policy(segment, breaker),
                jitter_ms: hasher.finish() % (rules.jitter_ms() + 1),
                ..Known::default()
            }
        })
    }

    /// The breakers of which anything is shared.
    fn shared(&self) -> impl Iterator<Item = &str> {
        self.known.iter().filter(|(_, known)| known.policy != Policy::Local).map(|(name, _)| name.as_str())
    }

    /// The server's time, ms since 1970, as far as it is known.
    #[must_use]
    pub fn server_ms(&self, local: &impl Local) -> u64 {
        local.now_ms().saturating_add_signed(self.offset)
    }

    pub(crate) fn run<S: Store>(
        &mut self,
        store: &mut S,
        calls: &[Call],
    ) -> Result<Vec<Vec<String>>, Trouble<S::Error>> {
        self.done.operations += calls.len() as u64;
        store.run(calls).map_err(Trouble::Store)
    }
}
