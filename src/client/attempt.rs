//! One request to one route: sent, watched, judged, and everything that was held for it given back with what became of it.

use super::cost::Usage;
use super::examine::{self, Asked, Said};
use super::failure::Failure;
use super::http::{Broken, Incoming, Outgoing, Wire};
use super::kind::{Kind, Weight};
use super::lane::Ticket;
use super::live::{Candidate, Live};
use super::watch::{Cancel, Watch};
use crate::outcome::Classification;
use crate::permit::OwnedPermit;
use crate::response::{Cause, End, RateLimits, Verdict};
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What an attempt needs to know.
pub(super) struct Attempt<'a> {
    pub(super) live: &'a Live,
    pub(super) wire: &'a Wire,
    pub(super) candidate: &'a Arc<Candidate>,
    pub(super) path: &'a str,
    pub(super) body: Option<&'a Map<String, Value>>,
    pub(super) until: Instant,
    pub(super) cancel: &'a Cancel,
}

/// A response whose head is there.
pub(super) struct Open {
    pub(super) incoming: Incoming,
    pub(super) held: Held,
}

/// What is held for a request that is out.
pub(super) struct Held {
    ticket: Ticket,
    candidate: Arc<Candidate>,
    limits: RateLimits,
    pub(super) begun: Instant,
    pub(super) first_byte: Option<Duration>,
    connect: Duration,
}

/// A whole body that is an answer.
pub(super) struct Whole {
    pub(super) body: Vec<u8>,
    pub(super) json: Value,
    pub(super) usage: Option<Usage>,
    pub(super) first_byte: Duration,
    pub(super) request_id: Option<String>,
}

impl Attempt<'_> {
    /// Sends the request, and waits for the head of the response.
    pub(super) fn open(&self, ticket: Ticket) -> Result<Open, Failure> {
        let Candidate { route, upstream, .. } = &**self.candidate;
        let body = self.body.map(|body| with_model(body, upstream));
        let outgoing = Outgoing {
            url: &route.url(self.path),
            body: body.as_deref(),
            headers: &route.headers,
            is_near: route.is_near,
        };
        let mut held = Held {
            ticket,
            candidate: Arc::clone(self.candidate),
            limits: RateLimits::new(None),
            begun: Instant::now(),
            first_byte: None,
            connect: self.live.connect(),
        };
        let watch = Watch::new(self.cancel.clone(), self.until, self.live.first_byte(), self.live.chunk());
        match self.wire.send(&outgoing, watch, self.live.table.max_body_bytes) {
            Ok(incoming) => {
                if route.account.as_ref().is_some_and(|account| account.has_limits()) {
                    for (name, value) in &incoming.headers {
                        held.limits.header(name.as_str().as_bytes(), value.as_bytes());
                    }
                }
                Ok(Open { incoming, held })
            }
            Err(broken) => Err(held.broken(broken)),
        }
    }

    /// The same, with all of the body.
    pub(super) fn whole(&self, ticket: Ticket) -> Result<Whole, Failure> {
        let Open { mut incoming, mut held } = self.open(ticket)?;
        let mut body = Vec::new();
        let begun = held.begun;
        let first_byte = &mut held.first_byte;
        let read = incoming.read_all(&mut body, || {
            first_byte.get_or_insert_with(|| begun.elapsed());
        });
        if let Err(broken) = read {
            // An error status stands, whatever came of its body.
            if incoming.is_cancelled() || incoming.status < 400 {
                return Err(held.broken(cut_of(broken, incoming.status)));
            }
        }
        let json = serde_json::from_slice(&body);
        // Read once: what is JSON and tells of no error has nothing for the judge.
        if incoming.status >= 300 || !json.as_ref().is_ok_and(examine::tells_of_no_error) {
            let mut judge = incoming.judge();
            judge.body(&body);
            let verdict = judge.end(End::Complete);
            let said = if incoming.status >= 300 || verdict.cause != Cause::Ok {
                Said::of(&body)
            } else {
                Said::default()
            };
            if let Some(kind) = examine::kind_of(verdict, incoming.status, &said) {
                return Err(held.failed(kind, Some(verdict), &incoming, said));
            }
        }
        let asked = Asked { path: self.path, is_post: self.body.is_some() };
        match examine::flaw(&asked, || incoming.header("content-type"), &body, json) {
            Ok(json) => {
                let (usage, request_id) = (Usage::of(&json), request_id(&incoming));
                let took = held.begun.elapsed();
                let first_byte = held.first_byte.unwrap_or(took);
                held.answered(usage, took);
                Ok(Whole { body, json, usage, first_byte, request_id })
            }
            Err(flaw) => {
                let said = Said { message: Some(flaw), ..Said::default() };
                Err(held.failed(Kind::BadResponse, None, &incoming, said))
            }
        }
    }
}

/// As what latency a failure counts at least, where the route is chosen by it.
const FAILED: Duration = Duration::from_secs(5);

/// The body of a 200 that was cut off is no connection that could not be had, but an answer that is none.
fn cut_of(broken: Broken, status: u16) -> Broken {
    if broken.kind == Kind::Connection && status < 300 {
        return Broken { kind: Kind::BadResponse, why: format!("the body was cut off: {}", broken.why) };
    }
    broken
}

/// The body with the model by the name that it has at the route. Nothing is copied but the text.
fn with_model(body: &Map<String, Value>, upstream: &str) -> Vec<u8> {
    match body.get("model") {
        Some(Value::String(model)) if model != upstream => {
            let mut body = body.clone();
            body.insert("model".to_owned(), upstream.into());
            serde_json::to_vec(&body)
        }
        _ => serde_json::to_vec(body),
    }
    .expect("a map of JSON values is JSON")
}

/// The request's number at the service.
pub(super) fn request_id(incoming: &Incoming) -> Option<String> {
    let names = ["x-request-id", "request-id", "x-goog-request-id"];
    let id = names.into_iter().find_map(|name| incoming.header(name))?;
    Some(id.get(..128).unwrap_or(id).to_owned())
}

impl Held {
    /// The call was answered; `latency` is what the route is chosen by.
    pub(super) fn answered(self, usage: Option<Usage>, latency: Duration) {
        let first_byte = self.first_byte.unwrap_or_else(|| self.begun.elapsed());
        self.candidate.lane.note_latency(latency);
        self.correct(None, usage);
        give(self.ticket.permit, Classification::Success, Some(first_byte));
        give(self.ticket.account, Classification::Success, None);
    }

    /// The caller broke off.
    pub(super) fn abandoned(self) {
        self.correct(None, None);
        give(self.ticket.permit, Classification::Ignored, None);
        give(self.ticket.account, Classification::Ignored, None);
    }

    /// There is no response, or no more of it.
    pub(super) fn broken(self, broken: Broken) -> Failure {
        let Broken { kind, why } = broken;
        // What time was left for this route was too short to say anything of it; or it was answering all the time.
        let brief =
            kind == Kind::Deadline && (self.begun.elapsed() < self.connect || self.first_byte.is_some());
        let route = Arc::clone(&self.candidate.route.name);
        self.settle(kind, None, brief);
        Failure { route: Some(route), ..Failure::new(kind, why) }
    }

    /// There is a response, and it is none.
    pub(super) fn failed(
        self,
        kind: Kind,
        verdict: Option<Verdict>,
        incoming: &Incoming,
        said: Said,
    ) -> Failure {
        let route = Arc::clone(&self.candidate.route.name);
        let host = self.candidate.route.spec.host().to_owned();
        let retry_after = verdict.and_then(Verdict::retry_after);
        let said = said.without(self.candidate.route.secrets());
        let own_id = request_id(incoming);
        self.settle(kind, verdict, false);
        let message = match said.message {
            Some(message) => format!("{host} says: {message}"),
            None => format!("{host} answered with status {}", incoming.status),
        };
        Failure {
            status: Some(incoming.status),
            code: said.code.map(Into::into),
            request_id: said.request_id.or(own_id).map(Into::into),
            retry_after,
            route: Some(route),
            ..Failure::new(kind, message)
        }
    }

    /// Gives everything back with a failure.
    fn settle(self, kind: Kind, verdict: Option<Verdict>, brief: bool) {
        let policy = kind.policy();
        let weigh = |weight| match weight {
            Weight::Failure if !brief => Classification::Failure,
            _ => Classification::Ignored,
        };
        let endpoint = match verdict.map(Verdict::classification) {
            Some(throttled @ Classification::Throttled(_)) => throttled,
            _ => weigh(policy.endpoint),
        };
        self.correct(Some((kind, verdict)), None);
        if policy.failover {
            // It was measured, and is no route to begin with.
            self.candidate.lane.note_latency(self.begun.elapsed().max(FAILED));
        }
        give(self.ticket.permit, endpoint, None);
        give(self.ticket.account, weigh(policy.account), None);
    }

    /// Tells the account's limiters what the response said, and what the call used.
    fn correct(&self, failed: Option<(Kind, Option<Verdict>)>, usage: Option<Usage>) {
        let Some(account) = &self.candidate.route.account else { return };
        if let Some(requests) = &account.requests {
            requests.correct(self.limits.requests());
            if let Some((Kind::RateLimit, verdict)) = failed {
                requests.pause(verdict.and_then(Verdict::retry_after).unwrap_or_default());
            }
        }
        if let Some(tokens) = &account.tokens {
            tokens.correct(self.limits.tokens());
            let used = match (usage, failed) {
                // Whatever a server says: no more than a whole period has.
                (Some(usage), _) => {
                    let [limit, ..] = tokens.config().values;
                    u32::try_from(usage.total()).unwrap_or(u32::MAX).min(limit.max(self.ticket.tokens))
                }
                // Not known: as many as were taken for it.
                (None, None) => self.ticket.tokens,
                (None, Some(_)) => 0,
            };
            match self.ticket.tokens.cmp(&used) {
                std::cmp::Ordering::Greater => tokens.give_back(self.ticket.tokens - used),
                std::cmp::Ordering::Less => tokens.charge(used - self.ticket.tokens),
                std::cmp::Ordering::Equal => {}
            }
        }
    }
}

fn give(permit: Option<OwnedPermit>, classification: Classification, duration: Option<Duration>) {
    match (permit, duration) {
        (Some(permit), Some(duration)) => permit.give_back_after(classification, duration),
        (Some(permit), None) => permit.give_back(classification),
        (None, _) => {}
    }
}
