//! Hystrix's own stream, so that its dashboard and Turbine can read it. What there is no such thing of is 0 or said as
//! docs/AGENT.md tells.

use crate::watch::{Host, Seen, Watched};
use axum::body::Bytes;
use holysheep_cb::{Config, Histogram, Mode};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How far back the rolling counts go, which is what Hystrix does unless told otherwise.
const ROLLING: Duration = Duration::from_secs(10);
/// The shares that latencies are told of, as that project writes them.
const QUANTILES: [(&str, f64); 9] = [
    ("0", 0.0),
    ("25", 0.25),
    ("50", 0.5),
    ("75", 0.75),
    ("90", 0.9),
    ("95", 0.95),
    ("99", 0.99),
    ("99.5", 0.995),
    ("100", 1.0),
];

/// What keeps the stream alive while there is nothing to say.
const PING: &[u8] = b"ping: \n\n";

/// A breaker as a command of Hystrix.
#[derive(Debug, Serialize)]
struct Command<'a> {
    r#type: &'static str,
    name: String,
    group: &'a str,
    #[serde(rename = "threadPool")]
    thread_pool: &'a str,
    #[serde(rename = "currentTime")]
    current_time: u64,
    #[serde(rename = "isCircuitBreakerOpen")]
    is_open: bool,
    #[serde(flatten)]
    rolling: Rolling,
    #[serde(rename = "currentConcurrentExecutionCount")]
    in_flight: u32,
    #[serde(rename = "rollingMaxConcurrentExecutionCount")]
    max_in_flight: u32,
    #[serde(rename = "latencyExecute_mean")]
    execute_mean: u64,
    #[serde(rename = "latencyExecute")]
    execute: Map<String, Value>,
    #[serde(rename = "latencyTotal_mean")]
    total_mean: u64,
    #[serde(rename = "latencyTotal")]
    total: Map<String, Value>,
    #[serde(flatten)]
    properties: Value,
    #[serde(rename = "reportingHosts")]
    reporting_hosts: u32,
}

/// What happened in the last seconds.
#[derive(Debug, Default, PartialEq, Serialize)]
struct Rolling {
    #[serde(rename = "errorPercentage")]
    error_percentage: u64,
    #[serde(rename = "errorCount")]
    errors: u64,
    #[serde(rename = "requestCount")]
    requests: u64,
    #[serde(rename = "rollingCountSuccess")]
    successes: u64,
    #[serde(rename = "rollingCountFailure")]
    failures: u64,
    #[serde(rename = "rollingCountShortCircuited")]
    rejected: u64,
    /// What breakers know nothing of.
    #[serde(flatten)]
    others: Others,
}

/// Counts of things that there are none of.
#[derive(Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Others {
    rolling_count_bad_requests: u64,
    rolling_count_collapsed_requests: u64,
    rolling_count_emit: u64,
    rolling_count_exceptions_thrown: u64,
    rolling_count_fallback_emit: u64,
    rolling_count_fallback_failure: u64,
    rolling_count_fallback_missing: u64,
    rolling_count_fallback_rejection: u64,
    rolling_count_fallback_success: u64,
    rolling_count_responses_from_cache: u64,
    rolling_count_semaphore_rejected: u64,
    rolling_count_thread_pool_rejected: u64,
    rolling_count_timeout: u64,
}

/// What of a configuration Hystrix has a name for.
#[derive(Debug, Default, Deserialize)]
struct Settings {
    failure_threshold: u32,
    failure_rate: f64,
    min_calls: u32,
    open_ms: u32,
}

/// Every breaker, as it is sent.
pub(super) fn piece(host: &Host) -> Bytes {
    let mut piece = String::new();
    for command in commands(host) {
        piece.extend(["data: ", &command, "\n\n"]);
    }
    if piece.is_empty() { Bytes::from_static(PING) } else { piece.into() }
}

/// A JSON object for each breaker.
fn commands(host: &Host) -> impl Iterator<Item = String> {
    host.segments().flat_map(move |(segment, watched)| {
        watched.breakers().filter_map(move |(name, seen)| command(host, (segment, watched), name, seen))
    })
}

fn command(host: &Host, (segment, watched): (&str, &Watched), name: &str, seen: &Seen) -> Option<String> {
    let lately = seen.trail.lately(&seen.now);
    let mode = seen.now.shown.mode;
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let command = Command {
        r#type: "HystrixCommand",
        name: unmistakable(host, segment, name),
        group: segment,
        thread_pool: segment,
        current_time: millis(wall),
        is_open: matches!(mode, Mode::Open | Mode::ForcedOpen),
        rolling: Rolling::of(seen),
        in_flight: seen.now.shown.probes_in_flight,
        max_in_flight: seen.now.shown.probes_in_flight,
        execute_mean: mean(&lately),
        execute: latencies(&lately),
        total_mean: mean(&lately),
        total: latencies(&lately),
        properties: properties(mode, &watched.segment.view(name)?.config()),
        reporting_hosts: 1,
    };
    serde_json::to_string(&command).ok()
}

/// The name, with its segment where another one has it too: the dashboard knows commands by their names alone.
fn unmistakable(host: &Host, segment: &str, name: &str) -> String {
    let is_elsewhere =
        host.segments().any(|(other, _)| other != segment && host.breaker(other, name).is_some());
    if is_elsewhere { format!("{segment}/{name}") } else { name.to_owned() }
}

impl Rolling {
    /// The rates of the looks of that time, each over the time that it is of.
    fn of(seen: &Seen) -> Self {
        let (mut calls, mut failures, mut rejected) = (0.0, 0.0, 0.0);
        let points: Vec<_> =
            seen.trail.points().rev().take_while(|point| point.at + ROLLING > seen.at).collect();
        for (i, point) in points.iter().enumerate() {
            // The first look of all is at the moment from which rates are known.
            let before = points.get(i + 1).map(|before| before.at);
            let span = before.map_or(Duration::from_secs(1), |before| point.at.duration_since(before));
            let seconds = span.as_secs_f64();
            calls += f64::from(point.rates.calls) * seconds;
            failures += f64::from(point.rates.failures) * seconds;
            rejected += f64::from(point.rates.rejected) * seconds;
        }
        let [requests, failures, rejected] = [calls, failures, rejected].map(|count| count.round() as u64);
        Self {
            error_percentage: (failures * 100).checked_div(requests).unwrap_or(0),
            errors: failures,
            requests,
            successes: requests.saturating_sub(failures),
            failures,
            rejected,
            others: Others::default(),
        }
    }
}

fn latencies(lately: &Histogram) -> Map<String, Value> {
    let at = |quantile| lately.quantile(quantile).map_or(0, millis);
    QUANTILES.into_iter().map(|(name, quantile)| (name.to_owned(), at(quantile).into())).collect()
}

fn mean(lately: &Histogram) -> u64 {
    millis(lately.sum()).checked_div(lately.count()).unwrap_or(0)
}

fn properties(mode: Mode, config: &Config) -> Value {
    let settings: Settings = serde_json::from_str(&config.to_json()).unwrap_or_default();
    json!({
        "propertyValue_circuitBreakerRequestVolumeThreshold": settings.failure_threshold.max(settings.min_calls),
        "propertyValue_circuitBreakerSleepWindowInMilliseconds": settings.open_ms,
        "propertyValue_circuitBreakerErrorThresholdPercentage": (settings.failure_rate * 100.0).round() as u32,
        "propertyValue_circuitBreakerForceOpen": mode == Mode::ForcedOpen,
        "propertyValue_circuitBreakerForceClosed": matches!(mode, Mode::Disabled | Mode::Observing),
        "propertyValue_circuitBreakerEnabled": mode != Mode::Disabled,
        "propertyValue_executionIsolationStrategy": "SEMAPHORE",
        "propertyValue_executionIsolationThreadTimeoutInMilliseconds": 0,
        "propertyValue_executionTimeoutInMilliseconds": 0,
        "propertyValue_executionIsolationThreadInterruptOnTimeout": false,
        "propertyValue_executionIsolationThreadPoolKeyOverride": "null",
        "propertyValue_executionIsolationSemaphoreMaxConcurrentRequests": 0,
        "propertyValue_fallbackIsolationSemaphoreMaxConcurrentRequests": 0,
        "propertyValue_metricsRollingStatisticalWindowInMilliseconds": ROLLING.as_millis() as u64,
        "propertyValue_requestCacheEnabled": false,
        "propertyValue_requestLogEnabled": false,
    })
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
