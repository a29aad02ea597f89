//! The situations of the guides.

use crate::load::{MODEL, bare, chat, client, guide, heading, protected, run};
use crate::support::Mock;
use holysheep_cb::client::{Cancel, Request};
use serde_json::{Value, json};
use std::time::Instant;

const SEED: u32 = 7;

/// A mock whose healthy answers take about so long, and that does this besides.
fn mock(median_ms: u32, phase: Value) -> Mock {
    let latency = json!({"kind": "lognormal", "median_ms": median_ms, "sigma": 0.3});
    Mock::scripted(&json!({"seed": SEED, "latency": latency, "phases": [phase]}))
}

/// A third of all requests meets a 429 that names its time. Each holds the whole host back for that time, for the server
/// asked for it; no call is lost.
pub(crate) fn intermittent(calls: usize) {
    let limited = || mock(30, json!({"kind": "429", "rate": 0.34, "retry_after": 0.05}));
    heading("1  A third of the requests meets a 429 (Retry-After 50 ms); guide 000");
    guide("guide, before", "  66    %");
    guide("guide, after", "  99.8  %    < 47");
    let one = limited();
    run(&client(&bare(&[&one])), calls, &[&one], chat).print("without");
    let one = limited();
    run(&client(&protected(&[&one])), calls, &[&one], chat).print("with the client");
    let one = limited();
    let mut table = protected(&[&one]);
    table["retry"]["max"] = json!(7);
    run(&client(&table), calls, &[&one], chat).print("with the client, 8 requests at most");
    println!();
}

/// One request in seventeen fails. What the retries cost is the last column.
pub(crate) fn strategies(calls: usize) {
    heading("2  One request in 17 meets a 500; guide 002");
    guide("guide, no retry", "  94.2  %     47                 89               0    %");
    guide("guide, fixed 1 s", "  98.1  %     52                142               2.1  %");
    guide("guide, backoff + jitter", "  99.7  %     48                 95               0.4  %");
    guide("guide, breaker + backoff", "  99.9  %     46                 91               0.2  %");
    let shaky = || mock(45, json!({"kind": "500", "rate": 0.058}));
    let retry = |retry: Value| {
        let one = shaky();
        let mut table = bare(&[&one]);
        table["retry"] = retry;
        run(&client(&table), calls, &[&one], chat)
    };
    retry(json!({"max": 0})).print("no retry");
    retry(json!({"max": 1, "base_ms": 1000, "cap_ms": 1000, "jitter": 0, "budget_per_minute": 600}))
        .print("fixed 1 s, once");
    retry(json!({"budget_per_minute": 600, "base_ms": 100})).print("backoff + jitter (base 100 ms)");
    let one = shaky();
    let mut table = protected(&[&one]);
    table["retry"]["base_ms"] = json!(100);
    run(&client(&table), calls, &[&one], chat).print("breaker + backoff");
    println!();
}

/// One endpoint is short of requests; another has them.
pub(crate) fn failover(calls: usize) {
    heading("3  12 % of the requests to one endpoint meet a 429 (Retry-After 1.2 s); guide 003");
    guide("guide, before", "  87.7  %            340             2100");
    guide("guide, after", "  99.98 %             67              145");
    let short = || mock(60, json!({"kind": "429", "rate": 0.123, "retry_after": 1.2}));
    let one = short();
    run(&client(&bare(&[&one])), calls, &[&one], chat).print("without");
    let (one, other) = (short(), mock(60, json!({"kind": "healthy"})));
    run(&client(&protected(&[&one, &other])), calls, &[&one, &other], chat)
        .print("with the client, two endpoints");
    println!();
}

/// A provider hangs from the beginning on. Without a breaker each call burns its time limit (500 ms).
pub(crate) fn lost_provider(calls: usize) {
    heading("4  A provider hangs; another is well; guide 004");
    let both = || (mock(30, json!({"kind": "hang"})), mock(30, json!({"kind": "healthy"})));
    let (dead, alive) = both();
    let few = calls / 10;
    run(&client(&bare(&[&dead, &alive])), few, &[&dead, &alive], chat).print("failover without a breaker");
    let (dead, alive) = both();
    run(&client(&protected(&[&dead, &alive])), calls, &[&dead, &alive], chat).print("with the client");
    println!();
}

/// A third of the requests was asked before.
pub(crate) fn cache(calls: usize) {
    heading("5  34 % of the requests were asked before; guide 003");
    let ask = |number: usize| {
        Request::chat(MODEL, format!("number {}", if number % 100 < 34 { 0 } else { number }))
    };
    for (what, entries) in [("without", 0), ("with a cache", 10_000)] {
        let one = mock(60, json!({"kind": "healthy"}));
        let mut table = protected(&[&one]);
        table["cache"] = json!({"max_entries": entries});
        table["prices"] = json!({ MODEL: {"output": 8.0} });
        let client = client(&table);
        run(&client, calls, &[&one], ask).print(what);
        let usd: f64 = client.spent().values().map(|spent| spent.usd).sum();
        println!("    {:<34}{:>8.1} USD for a million such calls", "", usd / calls as f64 * 1e6);
    }
    println!();
}

/// Many requests, one by one and eight at a time.
pub(crate) fn batch(requests: usize) {
    println!(
        "6  {requests} requests, one by one and 8 at a time; guide 002: 28 s and 8.5 s, 3.3 times as fast"
    );
    let one = mock(45, json!({"kind": "healthy"}));
    let client = client(&protected(&[&one]));
    let all: Vec<_> = (0..requests).map(chat).collect();
    let took = |concurrency| {
        let begun = Instant::now();
        let batch = client.batch(&all, concurrency, &Cancel::new(), |_| {});
        assert_eq!(batch.stats.succeeded, requests);
        begun.elapsed().as_secs_f64()
    };
    let (alone, together) = (took(1), took(8));
    println!("    {alone:.2} s and {together:.2} s: {:.2} times as fast\n", alone / together);
}
