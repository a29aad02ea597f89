use crate::kit::{MODEL, chat, client, fails, of, raw, response, table};
use crate::support::Mock;
use counter::Counter;
use holysheep_cb::client::{Cancel, Progress, Request, Source};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// A number that threads count.
mod counter {
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[derive(Default)]
    pub(super) struct Counter(AtomicUsize);

    impl Counter {
        pub(super) fn raise(&self) -> usize {
            self.0.fetch_add(1, Ordering::SeqCst) + 1
        }

        pub(super) fn get(&self) -> usize {
            self.0.load(Ordering::SeqCst)
        }
    }
}

#[test]
fn a_budget_that_is_spent_refuses() {
    let mock = Mock::start(&[]);
    let client = of(&mock, json!({"prices": {MODEL: {"output": 100_000.0}}, "budget_usd": 1.0}));
    let mut calls = 0;
    let failure = loop {
        match client.send(&chat()) {
            Ok(_) => calls += 1,
            Err(failure) => break failure,
        }
    };
    let spent: f64 = client.spent().values().map(|spent| spent.usd).sum();
    assert!(calls > 0 && spent >= 1.0, "{calls} calls, {spent} USD");
    assert_eq!((failure.kind.name(), failure.attempts), ("budget", 0));
    assert!(failure.message.contains("the budget of 1 USD is spent"), "{failure}");
    assert_eq!(mock.total("received"), calls);
}

#[test]
fn answers_are_kept_and_given_again() {
    let mock = Mock::start(&[]);
    let cache = json!({"max_entries": 10, "ttl_ms": 300});
    let client = of(&mock, json!({"cache": cache, "retry": {"max": 0}, "prices": {MODEL: {"output": 8.0}}}));
    let first = client.send(&chat()).expect("an answer");
    let second = client.send(&chat()).expect("a kept one");
    assert_eq!((first.meta.source, second.meta.source), (Source::Service, Source::Cache));
    assert_eq!((first.bytes(), second.meta.usd, second.meta.attempts), (second.bytes(), None, 0));
    assert_eq!(
        client.send(&Request::chat(MODEL, "something else")).expect("another").meta.source,
        Source::Service
    );
    assert_eq!(client.send(&chat().no_cache()).expect("not kept").meta.source, Source::Service);
    assert_eq!(mock.total("received"), 3);

    mock.go(&json!({"kind": "500"}));
    std::thread::sleep(Duration::from_millis(310)); // what is kept is over: the time itself is what is tested
    assert_eq!(fails(&client).kind.name(), "server");
    let stale = client.send(&chat().or_stale()).expect("the last good one");
    assert_eq!((stale.meta.source, stale.bytes()), (Source::Stale, first.bytes()));
    let unknown = Request::chat(MODEL, "never asked").or_stale();
    assert_eq!(client.send(&unknown).expect_err("nothing is kept").kind.name(), "server");
    let fallback = client
        .send(&unknown.or(json!({"choices": [{"message": {"content": "later"}}]})))
        .expect("a static one");
    assert_eq!((fallback.meta.source, fallback.text().as_deref()), (Source::Static, Some("later")));
}

/// A relay that answers everything with so many bytes, and how many connections it had: one for each call.
fn relay_of(bytes: usize) -> (std::net::SocketAddr, Arc<Counter>) {
    let asked = Arc::new(Counter::default());
    let body = json!({"choices": [{"message": {"content": "x".repeat(bytes)}}]}).to_string();
    let answer = response("200 OK\r\nconnection: close", &body);
    let seen = Arc::clone(&asked);
    let to = raw(move |_| {
        seen.raise();
        answer.clone()
    });
    (to, asked)
}

#[test]
fn the_cache_is_bounded_in_bytes() {
    let (to, asked) = relay_of(10_000);
    let client = client(&table(&[to], json!({"cache": {"max_entries": 1000, "max_bytes": 200_000}})));
    let requests: Vec<_> = (0..40).map(|i| Request::chat(MODEL, format!("number {i}"))).collect();
    requests.iter().for_each(|request| _ = client.send(request).expect("an answer"));
    let again = requests.iter().map(|request| client.send(request).expect("an answer").meta.source);
    let kept = again.filter(|source| *source == Source::Cache).count();
    // Body and what it was read into: two dozens of thousands of bytes each.
    assert!((4..=10).contains(&kept), "{kept} of 40 were kept");
    assert_eq!(asked.get(), 80 - kept);
}

#[test]
fn an_answer_that_takes_much_of_the_cache_is_not_kept() {
    let (to, asked) = relay_of(10_000);
    let client = client(&table(&[to], json!({"cache": {"max_entries": 1000, "max_bytes": 120_000}})));
    for _ in 0..2 {
        assert_eq!(client.send(&chat()).expect("an answer").meta.source, Source::Service);
    }
    assert_eq!(asked.get(), 2);
}

#[test]
fn identical_requests_under_way_are_one() {
    let mock = Mock::start(&["--phase", "healthy,latency=200ms"]);
    let client = of(&mock, json!({"cache": {"max_entries": 10}}));
    std::thread::scope(|scope| {
        let calls: Vec<_> = (0..8).map(|_| scope.spawn(|| client.send(&chat()))).collect();
        let answers: Vec<_> =
            calls.into_iter().map(|call| call.join().expect("no panic").expect("an answer")).collect();
        assert_eq!(answers.iter().filter(|answer| answer.meta.source == Source::Service).count(), 1);
    });
    assert_eq!(mock.total("received"), 1);
}

#[test]
fn a_batch_keeps_the_order_and_each_its_own_failure() {
    let mock = Mock::start(&[]);
    let client = of(&mock, json!({"prices": {MODEL: {"output": 8.0}}}));
    let mut requests: Vec<_> = (0..20).map(|i| Request::chat(MODEL, format!("number {i}"))).collect();
    requests[7] = Request::post("/chat/completions", serde_json::Map::new()).field("model", MODEL);
    let told = Counter::default();
    let batch = client.batch(&requests, 4, &Cancel::new(), |progress: Progress| {
        assert!(progress.of == 20 && (1..=20).contains(&progress.done));
        told.raise();
    });
    assert_eq!((batch.results.len(), batch.stats.succeeded, batch.stats.failed), (20, 19, 1));
    for (number, result) in batch.results.iter().enumerate() {
        assert_eq!(result.is_err(), number == 7, "{number}: {result:?}");
    }
    assert!(batch.stats.usd > 0.0 && told.get() == 20, "{:?}", batch.stats);
    assert_eq!(batch.results[7].as_ref().expect_err("no messages").kind.name(), "invalid_request");
}

#[test]
fn a_batch_that_is_broken_off_loses_nothing_that_is_done() {
    let mock = Mock::start(&["--phase", "healthy,latency=50ms"]);
    let client = of(&mock, json!({}));
    let requests: Vec<_> = (0..50).map(|i| Request::chat(MODEL, format!("number {i}"))).collect();
    let (cancel, told) = (Cancel::new(), Counter::default());
    let batch = client.batch(&requests, 2, &cancel, |_| {
        if told.raise() == 6 {
            cancel.cancel();
        }
    });
    assert!((5..=8).contains(&batch.stats.succeeded), "{:?}", batch.stats);
    assert!(batch.results.iter().filter_map(|r| r.as_ref().err()).all(|f| f.kind.name() == "cancelled"));
}
