//! [`Client`]: what users hold.

use super::answer::{Answer, Meta, Request, Source};
use super::attempt::{Attempt, Whole};
use super::cache::{Answers, Waiter};
use super::call::Call;
use super::cost::{Entry, Ledger, Spent};
use super::failure::Failure;
use super::health;
use super::kind::Kind;
use super::live::{Candidate, Live};
use super::status::RouteStatus;
use super::stream::{Pulled, Stream};
use super::table::Table;
use crate::error::Result as Opened;
use crate::segment::Segment;
use arc_swap::ArcSwap;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A blocking client for AI relays: a table of routes, and calls that survive rate limits, outages and slow models. Clones
/// are the same client; any thread may use it.
///
/// What is shared by nature is shared by all processes of the host that open it in the same segment: the breakers of
/// models and accounts, the account's limits, bulkheads, and the retry budget.
///
/// ```no_run
/// use holysheep_cb::client::{Client, Request};
/// use holysheep_cb::Segment;
///
/// let client = Client::open(
///     r#"{"accounts": {"main": {"key_env": "HOLYSHEEP_API_KEY", "requests": {"limit": 600, "burst": 20}}},
///         "routes": [{"url": "https://api.holysheep.ai/v1", "account": "main"}],
///         "fallbacks": {"gpt-4.1": ["deepseek-v3.2"]}}"#,
///     &Segment::open("billing")?,
/// )?;
/// let answer = client.send(&Request::chat("gpt-4.1", "Say hello."))?;
/// println!("{} ({} ms)", answer.text().unwrap_or_default(), answer.meta.latency.as_millis());
///
/// for piece in client.stream(&Request::chat("gpt-4.1", "Count to ten."))? {
///     print!("{}", piece?.text().unwrap_or_default());
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Client(Arc<Inner>);

pub(super) struct Inner {
    live: ArcSwap<Live>,
    segment: Segment,
    answers: ArcSwap<Answers>,
    pub(super) ledger: Ledger,
}

impl Client {
    /// A client with this table of routes (JSON, `docs/CLIENT.md`), whose cells are in this segment.
    ///
    /// # Errors
    /// [`ErrorKind::Json`](crate::ErrorKind::Json) and [`ErrorKind::Config`](crate::ErrorKind::Config) for the table, with
    /// the place in it; [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) and
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for keys; and as [`Builder::open`](crate::Builder::open).
    pub fn open(table: &str, segment: &Segment) -> Opened<Self> {
        let table = Table::from_json(table)?;
        let answers = Answers::new(&table.cache);
        let inner = Arc::new(Inner {
            live: ArcSwap::from_pointee(Live::open(table, segment)?),
            segment: segment.clone(),
            answers: ArcSwap::from_pointee(answers),
            ledger: Ledger::default(),
        });
        health::begin(&inner.live.load_full());
        Ok(Self(inner))
    }

    /// Replaces the table, also while calls are out: those go on with the old one. The cache begins anew, the totals stay.
    ///
    /// # Errors
    /// As [`Client::open`]; then nothing has changed.
    pub fn replace_table(&self, table: &str) -> Opened<()> {
        let table = Table::from_json(table)?;
        let answers = Answers::new(&table.cache);
        let live = Arc::new(Live::open(table, &self.0.segment)?);
        self.0.live.store(Arc::clone(&live));
        self.0.answers.store(Arc::new(answers));
        health::begin(&live);
        Ok(())
    }

    /// Makes a call.
    ///
    /// # Errors
    /// [`Failure`], which says what went wrong, whose trouble it is, and what was tried.
    pub fn send(&self, request: &Request) -> Result<Answer, Failure> {
        let live = self.0.live.load_full();
        let answers = self.0.answers.load_full();
        if request.asks_for_a_stream() {
            let message = "the request asks for a stream, whose pieces are had from stream()";
            return Err(Failure::new(Kind::InvalidRequest, message));
        }
        let until = live.until(request.timeout);
        let waiter = Waiter { until, cancel: &request.cancel };
        let make = || self.0.make(&live, request, until);
        let made = if request.cache { answers.get(|| request.canonical(), &waiter, make) } else { make() };
        made.or_else(|failure| {
            let is_over = matches!(failure.kind, Kind::Cancelled | Kind::InvalidRequest);
            let stale = || answers.stale(&request.canonical());
            let kept = if request.or_stale && !is_over { stale() } else { None };
            let instead = || request.or.as_ref().filter(|_| !is_over).map(|body| instead(body, &failure));
            kept.or_else(instead).ok_or(failure)
        })
    }

    /// Makes a call whose answer comes in pieces (the request's `stream` is set). It is tried again, or elsewhere, until
    /// the first piece is there.
    ///
    /// # Errors
    /// As [`Client::send`]; a failure after the first piece is the stream's last item.
    pub fn stream(&self, request: &Request) -> Result<Stream, Failure> {
        let live = self.0.live.load_full();
        let (begun, request) = (Instant::now(), request.clone().field("stream", true));
        let model = request.model().unwrap_or_default();
        let until = live.until(request.timeout);
        self.0.within(&live, &request, until, |attempt, ticket, sent| {
            let pulled = Pulled::open(attempt, ticket)?;
            Ok(Stream::new(&self.0, &live, pulled, model, sent, begun, attempt.candidate))
        })
    }

    /// What calls came to, by route and model.
    #[must_use]
    pub fn spent(&self) -> BTreeMap<(String, String), Spent> {
        self.0.ledger.all()
    }

    /// How each route is.
    #[must_use]
    pub fn routes(&self) -> Vec<RouteStatus> {
        self.0.live.load().routes.iter().flat_map(|route| RouteStatus::of(route)).collect()
    }
}

impl Inner {
    fn make(&self, live: &Live, request: &Request, until: Instant) -> Result<Answer, Failure> {
        let begun = Instant::now();
        let meant = request.model().unwrap_or_default();
        self.within(live, request, until, |attempt, ticket, sent| {
            let whole = attempt.whole(ticket)?;
            Ok(self.answer(live, attempt.candidate, whole, meant, sent, begun.elapsed()))
        })
    }

    /// Makes the attempts of a call, within its time and the budget.
    fn within<T>(
        &self,
        live: &Live,
        request: &Request,
        until: Instant,
        mut work: impl FnMut(&Attempt<'_>, super::lane::Ticket, u32) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        if let Some(most) = live.table.budget_usd.filter(|most| self.ledger.usd() >= *most) {
            let message = format!("the budget of {most} USD is spent: {:.6} USD", self.ledger.usd());
            return Err(Failure::new(Kind::Budget, message));
        }
        let bytes = request.body.as_ref().map_or(0, |body| body.values().map(size).sum());
        let wire = live.wire();
        let call = Call {
            live,
            model: request.model().unwrap_or_default(),
            tokens: request.tokens(bytes),
            until,
            cancel: &request.cancel,
        };
        call.make(|candidate, ticket, sent| {
            let attempt = Attempt {
                live,
                wire: &wire,
                candidate,
                path: &request.path,
                body: request.body.as_ref(),
                until,
                cancel: &request.cancel,
            };
            work(&attempt, ticket, sent)
        })
    }

    fn answer(
        &self,
        live: &Live,
        candidate: &Candidate,
        whole: Whole,
        meant: &str,
        attempts: u32,
        latency: Duration,
    ) -> Answer {
        let route = candidate.route.spec.name();
        let entry = Entry { route, model: &candidate.model, meant, usage: whole.usage };
        let usd = self.ledger.book(&entry, &live.table.prices);
        let meta = Meta {
            source: Source::Service,
            route: route.to_owned(),
            account: candidate.route.spec.account.clone(),
            model: candidate.upstream.to_string(),
            fallback_used: *candidate.model != *meant,
            attempts,
            latency,
            first_byte: whole.first_byte,
            usage: whole.usage,
            usd,
            request_id: whole.request_id,
        };
        Answer { body: Arc::new(whole.body), json: Arc::new(whole.json), meta }
    }
}

/// About how many bytes a value is in JSON.
fn size(value: &serde_json::Value) -> usize {
    use serde_json::Value;
    match value {
        Value::String(text) => text.len() + 2,
        Value::Array(list) => list.iter().map(size).sum::<usize>() + list.len(),
        Value::Object(map) => map.iter().map(|(name, value)| name.len() + 4 + size(value)).sum(),
        _ => 4,
    }
}

/// What the request said to take, as all else failed.
fn instead(body: &serde_json::Value, failure: &Failure) -> Answer {
    let meta = Meta {
        source: Source::Static,
        route: String::new(),
        account: None,
        model: String::new(),
        fallback_used: true,
        attempts: failure.attempts,
        latency: Duration::ZERO,
        first_byte: Duration::ZERO,
        usage: None,
        usd: None,
        request_id: failure.request_id.as_deref().map(str::to_owned),
    };
    Answer { body: Arc::new(body.to_string().into_bytes()), json: Arc::new(body.clone()), meta }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let live = self.0.live.load();
        let routes: Vec<_> = live.routes.iter().map(|route| route.spec.name()).collect();
        f.debug_struct("Client").field("routes", &routes).finish_non_exhaustive()
    }
}
