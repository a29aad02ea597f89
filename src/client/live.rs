//! A table in force: its accounts and routes with their cells, in the order in which a call asks them.

use super::http::{self, Wire};
use super::lane::{Lane, LiveAccount, Route};
use super::pause::Budget;
use super::table::{Mode, Select, Table};
use crate::error::Result;
use crate::fork;
use crate::segment::Segment;
use arc_swap::ArcSwap;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use ureq::tls::RootCerts;

/// A table in force.
pub(super) struct Live {
    pub(super) table: Table,
    pub(super) mode: Mode,
    pub(super) routes: Vec<Arc<Route>>,
    pub(super) budget: Budget,
    roots: RootCerts,
    wire: ArcSwap<Wired>,
    known: Mutex<HashMap<Box<str>, Candidates>>,
    turn: AtomicUsize,
}

/// What makes requests, and in which process: a forked child must not use its parent's connections.
struct Wired {
    process: u32,
    wire: Arc<Wire>,
}

/// A model at a route that may serve a call.
pub(super) struct Candidate {
    pub(super) route: Arc<Route>,
    pub(super) lane: Arc<Lane>,
    /// The model, by its name in the table.
    pub(super) model: Arc<str>,
    /// The same, by its name at the route.
    pub(super) upstream: Arc<str>,
}

/// The candidates for a model, and its fallbacks' after them: each model's are a list of its own.
type Candidates = Arc<[Box<[Arc<Candidate>]>]>;

/// Of so many calls one explores.
const EXPLORE_EVERY: usize = 16;

/// More models than anybody asks for; those beyond are looked up anew each time.
const MOST_MODELS: usize = 1024;

impl Wired {
    fn new(roots: &RootCerts, table: &Table) -> Self {
        let connect = Duration::from_millis(table.limits.connect_ms);
        Self { process: fork::generation(), wire: Arc::new(Wire::new(roots, connect)) }
    }
}

impl Live {
    /// Opens everything that a table names.
    pub(super) fn open(table: Table, segment: &Segment) -> Result<Self> {
        let mut accounts = HashMap::new();
        for (name, account) in &table.accounts {
            accounts.insert(name.clone(), Arc::new(LiveAccount::open(name, account, segment)?));
        }
        let mut routes = Vec::new();
        for spec in &table.routes {
            routes.push(Arc::new(Route::open(spec, &accounts, segment)?));
        }
        let budget = Budget::open(segment, &table.retry)?;
        let roots = http::roots(table.ca_file.as_deref())?;
        Ok(Self {
            wire: ArcSwap::from_pointee(Wired::new(&roots, &table)),
            roots,
            mode: table.mode()?,
            routes,
            budget,
            known: Mutex::default(),
            turn: AtomicUsize::new(0),
            table,
        })
    }

    /// What makes requests, in this process.
    pub(super) fn wire(&self) -> Arc<Wire> {
        let wired = self.wire.load();
        if wired.process == fork::generation() {
            return Arc::clone(&wired.wire);
        }
        let fresh = Wired::new(&self.roots, &self.table);
        let wire = Arc::clone(&fresh.wire);
        self.wire.store(Arc::new(fresh));
        wire
    }

    /// Who may serve a call for this model, in the order of asking: the model itself at every route, then its fallbacks.
    pub(super) fn candidates(&self, model: &str) -> Vec<Arc<Candidate>> {
        let known = self.known.lock().get(model).cloned();
        let lists = known.unwrap_or_else(|| self.learn(model));
        // ORDERING: Relaxed; only who begins.
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let mut all = Vec::with_capacity(lists.iter().map(|list| list.len()).sum());
        for list in lists.iter() {
            let start = all.len();
            all.extend_from_slice(list);
            self.order(&mut all[start..], turn);
        }
        all
    }

    /// Looks up who serves a model, and opens its breakers.
    fn learn(&self, model: &str) -> Candidates {
        let fallbacks = self.table.fallbacks.get(model).into_iter().flatten().map(String::as_str);
        let mut lists = Vec::new();
        for model in std::iter::once(model).chain(fallbacks) {
            let name: Arc<str> = model.into();
            let mut list = Vec::new();
            for route in self.routes.iter().filter(|r| self.mode == Mode::Enabled || r.spec.direct) {
                let Some(upstream) = route.spec.upstream(model) else { continue };
                let (route, lane) = (Arc::clone(route), route.lane(upstream));
                let (model, upstream) = (Arc::clone(&name), upstream.into());
                list.push(Arc::new(Candidate { route, lane, model, upstream }));
            }
            lists.push(list.into_boxed_slice());
        }
        let lists: Candidates = lists.into();
        let mut known = self.known.lock();
        if known.len() < MOST_MODELS {
            known.insert(model.into(), Arc::clone(&lists));
        }
        lists
    }

    fn order(&self, candidates: &mut [Arc<Candidate>], turn: usize) {
        match self.table.select {
            Select::Priority => {}
            // Now and then another goes first, or one that was slow once would never be measured again.
            Select::Latency if turn % EXPLORE_EVERY == EXPLORE_EVERY - 1 => {
                candidates.rotate_left(turn / EXPLORE_EVERY % candidates.len().max(1));
            }
            // One that was never measured comes first: so it will be.
            Select::Latency => candidates.sort_by_cached_key(|candidate| candidate.lane.latency()),
            Select::RoundRobin => candidates.rotate_left(turn % candidates.len().max(1)),
        }
    }

    /// When the whole time of a call is over that begins now.
    pub(super) fn until(&self, timeout: Option<Duration>) -> Instant {
        let total = timeout.unwrap_or(Duration::from_millis(self.table.limits.total_ms));
        Instant::now() + total.min(Duration::from_secs(86_400))
    }

    pub(super) fn first_byte(&self) -> Duration {
        Duration::from_millis(self.table.limits.first_byte_ms)
    }

    pub(super) fn chunk(&self) -> Duration {
        Duration::from_millis(self.table.limits.chunk_ms)
    }

    pub(super) fn connect(&self) -> Duration {
        Duration::from_millis(self.table.limits.connect_ms)
    }
}
