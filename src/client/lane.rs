//! Routes that live: a route with its cells in the segment, and its lanes, one for each model that is called there.

use super::failure::Refusal;
use super::headers::{self, Headers};
use super::key::Key;
use super::kind::Kind;
use super::table::{Account, Auth, RouteSpec};
use super::watch::Cancel;
use crate::breaker::Breaker;
use crate::bulkhead::{Bulkhead, BulkheadPermit};
use crate::call::Rejected;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::fork;
use crate::limiter::{Limiter, LimiterTurn};
use crate::outcome::{Classification, Mode};
use crate::permit::OwnedPermit;
use crate::response::breaker_name;
use crate::segment::Segment;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// An account: its key, its limits, and the breaker for what concerns it.
pub(super) struct LiveAccount {
    key: Option<Key>,
    auth: Auth,
    breaker: Breaker,
    pub(super) requests: Option<Limiter>,
    pub(super) tokens: Option<Limiter>,
}

/// A route.
pub(super) struct Route {
    pub(super) name: Arc<str>,
    pub(super) spec: RouteSpec,
    pub(super) account: Option<Arc<LiveAccount>>,
    /// Those of every request to it.
    pub(super) headers: Headers,
    /// It is on this host itself.
    pub(super) is_near: bool,
    breaker: Option<Config>,
    bulkhead: Option<Bulkhead>,
    segment: Segment,
    lanes: Mutex<HashMap<String, Arc<Lane>>>,
    /// Until when this process's health checks probe its open breakers; and which process that is.
    looked_after: Mutex<Option<(Instant, u32)>>,
    /// Rolling mean of the latency of health checks, ns; 0 = none yet.
    health: AtomicU64,
}

/// A model at a route.
pub(super) struct Lane {
    pub(super) breaker: Breaker,
    /// Rolling mean of the latency of answers, ns; 0 = none yet.
    latency: AtomicU64,
}

/// A call that may go: all that it holds, to be given back with what became of it. One that goes straight to the provider
/// holds nothing.
#[derive(Default)]
pub(super) struct Ticket {
    pub(super) permit: Option<OwnedPermit>,
    pub(super) account: Option<OwnedPermit>,
    _seat: Option<BulkheadPermit>,
    /// Tokens that were taken for it.
    pub(super) tokens: u32,
}

/// How long a call waits to be let go.
pub(super) struct Patience<'a> {
    /// Whether it waits for seats and limits at all.
    pub(super) waits: bool,
    pub(super) until: Instant,
    pub(super) cancel: &'a Cancel,
}

/// More models than a route has. Names are the callers' own, and each takes a cell of the segment for good: those beyond
/// share a lane.
const MOST_LANES: usize = 64;

impl LiveAccount {
    pub(super) fn open(name: &str, account: &Account, segment: &Segment) -> Result<Self> {
        let at = format!("accounts.{name}");
        let limiter = |config, what: &str| -> Result<Option<Limiter>> {
            let Some(config) = config else { return Ok(None) };
            let limiter = Limiter::builder().segment(segment).config(config);
            let limiter = limiter.open(&cell_name(&["account", name, what]))?;
            if limiter.config() != config {
                limiter.configure(config)?;
            }
            Ok(Some(limiter))
        };
        let config = account.breaker(&at)?;
        let breaker =
            Breaker::builder().segment(segment).config(config).open(&cell_name(&["account", name]))?;
        if breaker.config() != config {
            breaker.configure(&config)?;
        }
        Ok(Self {
            key: Key::read(&account.key(), &account.prefixes(), name)?,
            auth: account.auth,
            breaker,
            requests: limiter(account.requests(&at)?, "requests")?,
            tokens: limiter(account.tokens(&at)?, "tokens")?,
        })
    }

    /// What a response says of limits is of use here.
    pub(super) fn has_limits(&self) -> bool {
        self.requests.is_some() || self.tokens.is_some()
    }
}

/// `a|b|c` as a cell may be called.
fn cell_name(parts: &[&str]) -> String {
    breaker_name(&parts.join("|"), b"")
}

impl Route {
    pub(super) fn open(
        spec: &RouteSpec,
        accounts: &HashMap<String, Arc<LiveAccount>>,
        segment: &Segment,
    ) -> Result<Self> {
        let bulkhead = match spec.bulkhead(spec.name())? {
            None => None,
            Some(config) => {
                let bulkhead = Bulkhead::builder().segment(segment).config(config);
                let bulkhead = bulkhead.open(&cell_name(&["route", spec.name()]))?;
                if bulkhead.config() != config {
                    bulkhead.configure(config)?;
                }
                Some(bulkhead)
            }
        };
        let account = spec.account.as_ref().and_then(|name| accounts.get(name)).cloned();
        let key = account.as_ref().and_then(|account| Some((account.key.as_ref()?, account.auth)));
        Ok(Self {
            headers: headers::of(spec.pairs(key), spec.name())?,
            is_near: spec.is_near(),
            account,
            name: spec.name().into(),
            breaker: spec.breaker(spec.name())?,
            spec: spec.clone(),
            bulkhead,
            segment: segment.clone(),
            lanes: Mutex::default(),
            looked_after: Mutex::new(None),
            health: AtomicU64::new(0),
        })
    }

    /// The lane of a model, by the name that it has there. Where the segment has no room for its breaker, this process has
    /// one of its own: a breaker is never the reason that a call fails.
    pub(super) fn lane(&self, upstream: &str) -> Arc<Lane> {
        let mut lanes = self.lanes.lock();
        let is_one_too_many = lanes.len() >= MOST_LANES && !lanes.contains_key(upstream);
        let model = if is_one_too_many { "" } else { upstream };
        if let Some(lane) = lanes.get(model) {
            return Arc::clone(lane);
        }
        let body = serde_json::json!({ "model": model }).to_string();
        let name = breaker_name(self.spec.host(), body.as_bytes());
        let open = |segment: &Segment| {
            let breaker = match self.breaker {
                None => Breaker::builder().segment(segment).open(&name)?,
                Some(config) => {
                    let breaker = Breaker::builder().segment(segment).config(config).open(&name)?;
                    if breaker.config() != config {
                        breaker.configure(&config)?;
                    }
                    breaker
                }
            };
            Ok::<_, Error>(breaker)
        };
        let breaker = open(&self.segment).or_else(|_| open(&Segment::of_process()));
        let breaker =
            breaker.expect("a private segment has room, and the name and the configuration are checked");
        let lane = Arc::new(Lane { breaker, latency: AtomicU64::new(0) });
        lanes.insert(model.to_owned(), Arc::clone(&lane));
        lane
    }

    /// Health checks of this process probe its open breakers until then.
    pub(super) fn look_after(&self, until: Option<Instant>) {
        *self.looked_after.lock() = until.map(|until| (until, fork::generation()));
    }

    fn is_looked_after(&self) -> bool {
        let by = *self.looked_after.lock();
        by.is_some_and(|(until, process)| process == fork::generation() && Instant::now() < until)
    }

    /// What must not be shown, whoever says it.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &str> {
        let key = self.account.as_ref().and_then(|account| account.key.as_ref()).map(Key::expose);
        key.into_iter()
            .chain(self.spec.headers.values().map(String::as_str))
            .filter(|secret| secret.len() >= 8)
    }

    /// All its lanes so far.
    pub(super) fn lanes(&self) -> Vec<Arc<Lane>> {
        self.lanes.lock().values().cloned().collect()
    }

    /// A health check took so long.
    pub(super) fn note_health(&self, latency: Duration) {
        note(&self.health, latency);
    }

    /// Rolling mean over health checks.
    pub(super) fn health(&self) -> Option<Duration> {
        mean(&self.health)
    }

    /// Where a path is.
    pub(super) fn url(&self, path: &str) -> String {
        [self.spec.url.trim_end_matches('/'), "/", path.trim_start_matches('/')].concat()
    }

    /// Asks everything that may hold a call up: whether the breakers would let it go, then a seat and the limits, which it
    /// may wait for, and then the breakers, which may have opened meanwhile. What was taken before a no is given back.
    pub(super) fn admit(
        &self,
        lane: &Lane,
        model: &Arc<str>,
        tokens: u32,
        patience: &Patience<'_>,
    ) -> std::result::Result<Ticket, Refusal> {
        let refuse = |kind, retry_after| Refusal {
            route: Arc::clone(&self.name),
            model: Arc::clone(model),
            kind,
            retry_after,
        };
        let account = self.account.as_ref().map(|account| &account.breaker);
        for breaker in account.into_iter().chain([&lane.breaker]) {
            breaker.ask().map_err(|retry_after| refuse(Kind::CircuitOpen, retry_after))?;
        }
        if is_open(lane.breaker.mode()) && self.is_looked_after() {
            return Err(refuse(Kind::CircuitOpen, lane.breaker.retry_after().filter(|wait| !wait.is_zero())));
        }
        let taken = self.take(tokens, patience).map_err(|(kind, retry_after)| refuse(kind, retry_after))?;
        let open = |rejected: Rejected| refuse(Kind::CircuitOpen, rejected.retry_after);
        let account = account.map(Breaker::admit_owned).transpose().map_err(open)?;
        match lane.breaker.admit_owned() {
            Ok(permit) => {
                taken.turns.into_iter().flatten().for_each(LimiterTurn::go);
                Ok(Ticket { permit: Some(permit), account, _seat: taken.seat, tokens })
            }
            Err(rejected) => {
                if let Some(permit) = account {
                    permit.give_back(Classification::Ignored);
                }
                Err(open(rejected))
            }
        }
    }

    /// A seat, a request, and tokens.
    fn take(
        &self,
        tokens: u32,
        patience: &Patience<'_>,
    ) -> std::result::Result<Taken, (Kind, Option<Duration>)> {
        let seat = match &self.bulkhead {
            None => None,
            Some(bulkhead) => {
                let seat = sit(bulkhead, patience.left(self.spec.bulkhead_wait_ms), patience.cancel);
                Some(seat.ok_or((Kind::BulkheadFull, None))?)
            }
        };
        let Some(account) = &self.account else { return Ok(Taken { seat, turns: [None, None] }) };
        let wait = patience.left(self.spec.limiter_wait_ms);
        let turn = |limiter: &Option<Limiter>, units| -> std::result::Result<Option<LimiterTurn>, _> {
            let Some(limiter) = limiter else { return Ok(None) };
            let turn = limiter.reserve(units, wait);
            turn.map(Some).map_err(|limited| (Kind::Limited, Some(limited.retry_after)))
        };
        let turns = [turn(&account.requests, 1)?, turn(&account.tokens, tokens)?];
        let begun = Instant::now();
        loop {
            let due = turns.iter().flatten().map(LimiterTurn::due_in).max().unwrap_or_default();
            if due.is_zero() {
                return Ok(Taken { seat, turns });
            }
            if due > wait.saturating_sub(begun.elapsed()) || patience.cancel.is_cancelled() {
                return Err((Kind::Limited, Some(due))); // a pause came meanwhile
            }
            // A pause makes it longer, and nothing shorter: so sleep, and ask again.
            std::thread::sleep(due.min(STEP));
        }
    }
}

/// What a call has before the breakers are asked.
struct Taken {
    seat: Option<BulkheadPermit>,
    turns: [Option<LimiterTurn>; 2],
}

/// How long a wait goes on before it is asked whether the caller broke off.
const STEP: Duration = Duration::from_millis(50);

impl Patience<'_> {
    fn left(&self, ms: u64) -> Duration {
        if !self.waits {
            return Duration::ZERO;
        }
        Duration::from_millis(ms).min(self.until.saturating_duration_since(Instant::now()))
    }
}

/// A seat within `wait`, unless the caller breaks off.
fn sit(bulkhead: &Bulkhead, wait: Duration, cancel: &Cancel) -> Option<BulkheadPermit> {
    let begun = Instant::now();
    loop {
        let left = wait.saturating_sub(begun.elapsed());
        match bulkhead.enter(left.min(STEP)) {
            Ok(permit) => return Some(permit),
            Err(_) if left.is_zero() || cancel.is_cancelled() => return None,
            Err(_) => {}
        }
    }
}

/// Calls are not let go, or only as probes.
fn is_open(mode: Mode) -> bool {
    matches!(mode, Mode::Open | Mode::HalfOpen | Mode::ForcedOpen)
}

impl Lane {
    /// An answer took so long.
    pub(super) fn note_latency(&self, latency: Duration) {
        note(&self.latency, latency);
    }

    /// Rolling mean, about that of the last ten answers; `None` before the first.
    pub(super) fn latency(&self) -> Option<Duration> {
        mean(&self.latency)
    }
}

/// Moves a rolling mean on.
fn note(rolling: &AtomicU64, latency: Duration) {
    let new = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX).max(1);
    // ORDERING: Relaxed, both; a mean for choosing, in which one answer more or less matters nothing.
    let old = rolling.load(Ordering::Relaxed);
    let mean = if old == 0 { new } else { (old - old / 10).saturating_add(new / 10).max(1) };
    rolling.store(mean, Ordering::Relaxed);
}

fn mean(rolling: &AtomicU64) -> Option<Duration> {
    // ORDERING: Relaxed; see `note`.
    let ns = rolling.load(Ordering::Relaxed);
    (ns > 0).then(|| Duration::from_nanos(ns))
}
