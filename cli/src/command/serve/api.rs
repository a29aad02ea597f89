//! Requests in, answers out.

use super::agent::{Agent, beside};
use super::metrics::{self, Format, OfFleet, Scrape};
use super::problem::{Code, Problem};
use super::reply::{self, Reply};
use super::{command, fleet, page, stream};
use crate::command::live::Live;
use crate::command::{event, segments};
use crate::place::{Opened, listed};
use crate::watch::{Reader, Told, Trail};
use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Method, Uri, header};
use axum::response::Response;
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// How long the directory may take to be listed.
const PATIENCE: Duration = Duration::from_secs(2);

/// What is asked for with a request.
type Shared = State<Arc<Agent>>;

/// How many events are answered if the request does not say.
const LAST: usize = 100;

/// The routes; everything else is 404 or 405.
pub(super) fn router(agent: Arc<Agent>) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/metrics", get(scraped))
        .route("/hystrix.stream", get(stream::hystrix))
        .route("/events", get(stream::events))
        .route("/api/live", get(stream::live))
        .route("/api/breakers", get(breakers))
        .route("/api/breakers/{segment}/{name}", get(breaker))
        .route("/api/segments", get(list))
        .route("/api/events", get(events))
        .route("/api/agent", get(about))
        .route("/api/fleet", get(fleet::fleet))
        .route("/api/command", post(command::operate))
        .merge(page::routes())
        .fallback(async |uri: Uri| Problem::new(Code::NotFound, format!("there is no {} here", uri.path())))
        .method_not_allowed_fallback(async |method: Method, uri: Uri| {
            Problem::new(Code::MethodNotAllowed, format!("{} does not go with {method}", uri.path()))
        })
        .with_state(agent)
}

async fn healthz(State(agent): Shared) -> Result<Reply, Problem> {
    agent.sampler.looks_on()?;
    let listed = tokio::time::timeout(PATIENCE, tokio::task::spawn_blocking(listed)).await;
    let late = || Problem::new(Code::Unavailable, "the directory does not answer");
    listed.ok().and_then(Result::ok).ok_or_else(late)??;
    Ok(reply::typed("text/plain; charset=utf-8", "ok\n"))
}

async fn scraped(State(agent): Shared, headers: HeaderMap) -> Result<Response, Problem> {
    let place = agent.large().await?;
    // Of several lines with the same name each adds to the list.
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|line| line.to_str().ok());
    let format = Format::accepted(&accepted.collect::<Vec<_>>().join(","));
    let text = beside(agent, move |agent| {
        let mut scrape = {
            let looking = agent.sampler.fresh()?;
            Scrape::of(&looking.host, &agent.counted.lock(), agent.max_breakers)
        };
        scrape.fleet = agent.fleet.get().map(|status| OfFleet::of(status));
        let text = metrics::render(scrape, agent.compat, format);
        let text = text.map_err(|_| Problem::new(Code::Unavailable, "the metrics cannot be written"))?;
        Ok(reply::typed(format.content_type(), text))
    })
    .await?;
    Ok(reply::large(text, place))
}

async fn about(State(agent): Shared) -> Result<Reply, Problem> {
    beside(agent, |agent| Ok(reply::of_json(agent.about(&agent.sampler.seen()).into()))).await
}

async fn breakers(State(agent): Shared) -> Result<Response, Problem> {
    let place = agent.large().await?;
    let all = beside(agent, |agent| Ok(agent.sampler.fresh()?.breakers())).await?;
    Ok(reply::large(all, place))
}

/// A breaker with all that belongs to it.
#[derive(Debug, Serialize)]
struct Whole<'a> {
    #[serde(flatten)]
    live: Live<'a>,
    config: Value,
    trail: Points,
}

/// What it did in the last minutes, oldest first.
#[derive(Debug, Serialize)]
struct Points {
    ago_ms: Vec<u64>,
    calls: Vec<f32>,
    failures: Vec<f32>,
    rejected: Vec<f32>,
    p95_ms: Vec<Option<f64>>,
    mode: Vec<&'static str>,
}

impl Points {
    fn of(trail: &Trail) -> Self {
        let points = || trail.points();
        Self {
            ago_ms: points().map(|point| point.at.elapsed().as_millis() as u64).collect(),
            calls: points().map(|point| point.rates.calls).collect(),
            failures: points().map(|point| point.rates.failures).collect(),
            rejected: points().map(|point| point.rates.rejected).collect(),
            p95_ms: points().map(|point| point.p95.map(|p95| p95.as_nanos() as f64 / 1e6)).collect(),
            mode: points().map(|point| point.mode.name()).collect(),
        }
    }
}

async fn breaker(
    State(agent): Shared,
    Path((segment, name)): Path<(String, String)>,
) -> Result<Reply, Problem> {
    beside(agent, move |agent| {
        let looking = agent.sampler.fresh()?;
        let found = looking.host.breaker(&segment, &name);
        let found = found.and_then(|(watched, seen)| Some((watched, seen, watched.segment.view(&name)?)));
        let Some((watched, seen, view)) = found else {
            return Err(Problem::new(Code::NotFound, format!("no breaker {name:?} in {segment:?}")));
        };
        Ok(reply::json(&Whole {
            live: Live::new(&name, &segment, watched.processes, seen),
            config: crate::command::breaker::config(&view.config()),
            trail: Points::of(&seen.trail),
        }))
    })
    .await
}

async fn list(State(agent): Shared) -> Result<Reply, Problem> {
    beside(agent, |agent| {
        let found = listed()?;
        let asked = found.iter().filter(|info| agent.only.as_ref().is_none_or(|only| *only == info.name));
        Ok(reply::json(&asked.map(segments::Shape::new).collect::<Vec<_>>()))
    })
    .await
}

/// Which events.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    #[serde(default)]
    segment: String,
    #[serde(default)]
    breaker: String,
    last: Option<usize>,
}

impl Which {
    fn asks_for(&self, told: &Told) -> bool {
        self.breaker.is_empty() || told.event.breaker == self.breaker
    }
}

async fn events(State(agent): Shared, which: Result<Query<Which>, QueryRejection>) -> Result<Reply, Problem> {
    let Query(which) = which.map_err(|error| Problem::new(Code::BadRequest, error.body_text()))?;
    beside(agent, move |agent| {
        let segments: Vec<_> = {
            let looking = agent.sampler.fresh()?;
            let all = looking
                .host
                .segments()
                .filter(|(name, _)| which.segment.is_empty() || which.segment == *name);
            all.map(|(name, watched)| Opened { name: name.to_owned(), segment: watched.segment.clone() })
                .collect()
        };
        if segments.is_empty() && !which.segment.is_empty() {
            return Err(Problem::new(Code::NotFound, format!("no segment {:?}", which.segment)));
        }
        let mut kept: Vec<Told> = Vec::new();
        for opened in &segments {
            kept.extend(Reader::new(opened).filter(|told| which.asks_for(told)));
        }
        kept.sort_by_key(|told| told.event.time_ns);
        let begin = kept.len().saturating_sub(which.last.unwrap_or(LAST));
        Ok(reply::json(&kept.into_iter().skip(begin).map(event::Shape::new).collect::<Vec<_>>()))
    })
    .await
}
