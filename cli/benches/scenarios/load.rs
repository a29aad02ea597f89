//! Load on a client, and what came of it.

use crate::support::Mock;
use holysheep_cb::Segment;
use holysheep_cb::client::{Client, Request};
use serde_json::{Value, json};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

pub(crate) const MODEL: &str = "gpt-4.1";

/// What a run came to.
pub(crate) struct Run {
    /// In ms, sorted; of calls with an answer and without.
    latencies: Vec<f64>,
    failed: usize,
    /// Requests beyond one for each call.
    extra: i64,
}

/// A table of routes to these mocks, without any protection but its time limits.
pub(crate) fn bare(to: &[&Mock]) -> Value {
    let off = json!({"failure_threshold": 0, "failure_rate": 0.0, "retry_after_max_ms": 0});
    let routes: Vec<Value> = to
        .iter()
        .enumerate()
        .map(|(i, mock)| json!({"name": format!("r{i}"), "url": format!("http://{}/v1", mock.api), "breaker": off}))
        .collect();
    let limits = json!({"first_byte_ms": 500, "total_ms": 30000, "route_wait_ms": 0});
    json!({"routes": routes, "retry": {"max": 0}, "limits": limits})
}

/// The same as users would have it: breakers with their defaults, retries, and a wait for routes that come back soon.
pub(crate) fn protected(to: &[&Mock]) -> Value {
    let mut table = bare(to);
    for route in table["routes"].as_array_mut().expect("routes") {
        route.as_object_mut().expect("a route").remove("breaker");
    }
    table["retry"] = json!({"budget_per_minute": 600});
    table["limits"] = json!({"first_byte_ms": 500, "total_ms": 30000, "route_wait_ms": 5000});
    table
}

pub(crate) fn client(table: &Value) -> Client {
    Client::open(&table.to_string(), &Segment::private()).unwrap_or_else(|error| panic!("{error}"))
}

/// So many calls, eight at a time.
pub(crate) fn run(
    client: &Client,
    calls: usize,
    mocks: &[&Mock],
    request: impl Fn(usize) -> Request + Sync,
) -> Run {
    let sent = || mocks.iter().map(|mock| mock.total("received")).sum::<u64>() as i64;
    let before = sent();
    let (next, failed, latencies) = (AtomicUsize::new(0), AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= calls {
                        return;
                    }
                    let begun = Instant::now();
                    if client.send(&request(number)).is_err() {
                        failed.fetch_add(1, Ordering::Relaxed);
                    }
                    latencies.lock().expect("no panic").push(begun.elapsed().as_secs_f64() * 1e3);
                }
            });
        }
    });
    let mut latencies = latencies.into_inner().expect("no panic");
    latencies.sort_by(f64::total_cmp);
    Run { latencies, failed: failed.into_inner(), extra: sent() - before - calls as i64 }
}

/// One chat after the other, each with a text of its own.
pub(crate) fn chat(number: usize) -> Request {
    Request::chat(MODEL, format!("number {number}"))
}

pub(crate) fn heading(title: &str) {
    println!("{title}");
    println!(
        "    {:<34}{:>9}{:>9}{:>9}{:>9}{:>9}{:>10}",
        "", "success", "mean", "p50", "p95", "p99", "extra"
    );
}

/// What a guide says, in the same columns as far as it says it.
pub(crate) fn guide(what: &str, says: &str) {
    println!("    {what:<34}{says}");
}

impl Run {
    pub(crate) fn print(&self, what: &str) {
        let calls = self.latencies.len();
        let mean = self.latencies.iter().sum::<f64>() / calls as f64;
        let at = |share: f64| self.latencies[((calls as f64 * share) as usize).min(calls - 1)];
        let success = 100.0 * (calls - self.failed) as f64 / calls as f64;
        let extra = 100.0 * self.extra as f64 / calls as f64;
        println!(
            "    {what:<34}{success:>8.2}%{mean:>9.1}{:>9.1}{:>9.1}{:>9.1}{extra:>9.1}%",
            at(0.5),
            at(0.95),
            at(0.99),
        );
    }
}
