use crate::kit::{MODEL, chat, client, fails, of, table, url};
use crate::support::{Mock, until};
use holysheep_cb::client::Client;
use holysheep_cb::{Mode, Segment};
use serde_json::json;
use std::time::Duration;

#[test]
fn a_dead_route_is_asked_five_times_and_then_passed_over() {
    let (dead, alive) = (Mock::start(&["--phase", "500"]), Mock::start(&[]));
    let client = client(&table(&[dead.api, alive.api], json!({})));
    for _ in 0..30 {
        assert_eq!(client.send(&chat()).expect("the other answers").meta.route, "r1");
    }
    assert_eq!((dead.total("received"), alive.total("received")), (5, 30));
}

#[test]
fn if_all_refuse_each_is_named_with_its_reason() {
    let (one, other) = (Mock::start(&["--phase", "500"]), Mock::start(&["--phase", "500"]));
    let retry = json!({"max": 50, "base_ms": 1, "cap_ms": 1});
    let client = client(&table(&[one.api, other.api], json!({"retry": retry})));
    fails(&client);
    let failure = fails(&client);
    let named: Vec<_> = failure.refusals.iter().map(|r| (&*r.route, r.kind.name())).collect();
    assert_eq!(named, [("r0", "circuit_open"), ("r1", "circuit_open")]);
    let soonest = failure.refusals.iter().filter_map(|refusal| refusal.retry_after).min();
    assert_eq!(failure.retry_after, soonest);
    assert!(failure.to_string().contains("r0 (gpt-4.1): circuit_open, may go in"), "{failure}");
}

#[test]
fn what_concerns_the_account_holds_all_its_routes() {
    let mocks = [(); 2].map(|()| Mock::start(&["--phase", "401"]));
    let routes = mocks.each_ref().map(|mock| json!({"url": url(mock.api), "account": "main"}));
    let client = client(&table(&[], json!({"accounts": {"main": {}}, "routes": routes})));
    let first = fails(&client);
    assert_eq!((first.kind.name(), first.attempts), ("auth", 2));
    let second = fails(&client);
    assert_eq!(second.attempts, 1, "the third 401 in a row is the account's last: {second}");
    assert_eq!(fails(&client).kind.name(), "circuit_open");
    assert_eq!(mocks.each_ref().map(|mock| mock.total("received")), [2, 1]);
    assert!(client.routes().iter().all(|route| route.mode == Mode::Closed), "the endpoints are well");
}

#[test]
fn an_accounts_limit_is_one_for_all_clients() {
    let mock = Mock::start(&[]);
    let account = json!({"requests": {"limit": 6, "burst": 3}});
    let routes = json!([{"name": "r0", "url": url(mock.api), "account": "main", "limiter_wait_ms": 0}]);
    let table = table(&[], json!({"accounts": {"main": account}, "routes": routes}));
    let segment = Segment::private();
    let clients = [(); 3].map(|()| Client::open(&table.to_string(), &segment).expect("a client"));
    let went = (0..9).filter(|i| clients[i % 3].send(&chat()).is_ok()).count();
    assert_eq!((went, mock.total("received")), (3, 3));
    let failure = fails(&clients[0]);
    assert_eq!(failure.kind.name(), "limited");
    assert!(failure.retry_after.is_some_and(|wait| wait > Duration::from_secs(5)), "{failure}");
}

#[test]
fn tokens_are_settled_by_what_was_used() {
    let mock = Mock::start(&[]);
    let account = json!({"tokens": {"limit": 60000, "burst": 10000}});
    let routes = json!([{"url": url(mock.api), "account": "main"}]);
    let segment = Segment::private();
    let table = table(&[], json!({"accounts": {"main": account}, "routes": routes}));
    let client = Client::open(&table.to_string(), &segment).expect("a client");
    let answer = client.send(&chat().field("max_tokens", 9000)).expect("an answer");
    let used = answer.meta.usage.expect("tokens").total();
    let left = segment.limiter_snapshot("account|main|tokens").expect("the limiter").available;
    assert!(u64::from(left) + used + 10 >= 10_000 && left <= 10_000, "{left} left, {used} used");
}

#[test]
fn what_the_server_says_of_its_limit_holds_the_next_call() {
    let mock = Mock::start(&[]);
    mock.go(&json!({"kind": "healthy", "rate_limit": {"limit": 60, "remaining": 0, "reset_s": 30}}));
    let account = json!({"requests": {"limit": 600, "burst": 100}});
    let routes = json!([{"url": url(mock.api), "account": "main", "limiter_wait_ms": 0}]);
    let segment = Segment::private();
    let table = table(&[], json!({"accounts": {"main": account}, "routes": routes}));
    let client = Client::open(&table.to_string(), &segment).expect("a client");
    client.send(&chat()).expect("the last one");
    assert_eq!(fails(&client).kind.name(), "limited");
    let shown = segment.limiter_snapshot("account|main|requests").expect("the limiter");
    assert_eq!(shown.server_limit, Some(60));
    assert!(shown.paused > Duration::from_secs(25), "{shown:?}");
}

#[test]
fn a_bulkhead_lets_no_more_in_than_it_has_seats() {
    let mock = Mock::start(&["--phase", "healthy,latency=2s"]);
    let routes =
        json!([{"name": "r0", "url": url(mock.api), "bulkhead": {"limit": 2}, "bulkhead_wait_ms": 0}]);
    let client = client(&table(&[], json!({"routes": routes})));
    std::thread::scope(|scope| {
        let calls: Vec<_> = (0..2).map(|_| scope.spawn(|| client.send(&chat()))).collect();
        until(|| mock.stats()["totals"]["in_flight"] == 2, || "two are in".to_owned());
        assert_eq!(fails(&client).kind.name(), "bulkhead_full");
        assert!(calls.into_iter().all(|call| call.join().expect("no panic").is_ok()));
    });
    client.send(&chat()).expect("they have left");
}

#[test]
fn the_quickest_first_or_each_in_turn() {
    let (slow, quick, other) =
        (Mock::start(&["--phase", "healthy,latency=1500ms"]), Mock::start(&[]), Mock::start(&[]));
    let client = client(&table(&[slow.api, quick.api], json!({"select": "latency"})));
    let routes: Vec<_> = (0..6).map(|_| client.send(&chat()).expect("an answer").meta.route).collect();
    assert_eq!(routes, ["r0", "r1", "r1", "r1", "r1", "r1"], "each is measured once, then the quicker one");
    let client = crate::kit::client(&table(&[quick.api, other.api], json!({"select": "round_robin"})));
    let routes: Vec<_> = (0..4).map(|_| client.send(&chat()).expect("an answer").meta.route).collect();
    assert_eq!(routes, ["r0", "r1", "r0", "r1"]);
}

#[test]
fn disabled_goes_straight_to_the_direct_route() {
    let (relay, direct) = (Mock::start(&[]), Mock::start(&["--phase", "500:200ms", "--phase", "healthy"]));
    let routes = json!([{"name": "relay", "url": url(relay.api)}, {"name": "direct", "url": url(direct.api), "direct": true}]);
    let retry = json!({"max": 0});
    let more = json!({"routes": routes, "mode": "disabled", "retry": retry});
    let client = client(&table(&[], more));
    for _ in 0..10 {
        assert_eq!(fails(&client).route.as_deref(), Some("direct"), "and no breaker holds it up");
    }
    assert_eq!((relay.total("received"), direct.total("received")), (0, 10));
    until(|| client.send(&chat()).is_ok(), || "the direct route is back".to_owned());
    let more = json!({"routes": [{"name": "relay", "url": url(relay.api)}], "mode": "disabled"});
    let failure = fails(&crate::kit::client(&table(&[], more)));
    assert_eq!(failure.kind.name(), "no_route");
    assert!(failure.message.contains("no direct route"), "{failure}");
}

#[test]
fn a_table_is_replaced_while_calls_are_out() {
    let (old, new) = (Mock::start(&["--phase", "healthy,latency=2s"]), Mock::start(&[]));
    let client = of(&old, json!({}));
    std::thread::scope(|scope| {
        let call = scope.spawn(|| client.send(&chat()));
        old.until_total("in_flight", 1);
        client.replace_table(&table(&[new.api], json!({})).to_string()).expect("a table");
        client.send(&chat()).expect("the new one answers");
        call.join().expect("no panic").expect("the old one does, too");
    });
    assert_eq!((old.total("received"), new.total("received")), (1, 1));
    let error = client.replace_table("{\"routes\": []}").expect_err("no routes");
    assert!(error.to_string().contains("routes is empty, but must be at least one route"), "{error}");
    client.send(&chat()).expect("the table in force stays");
}

#[test]
fn a_table_that_is_wrong_says_where() {
    for (table, why) in [
        ("[", "EOF"),
        ("{}", "missing field `routes`"),
        (r#"{"routes": [{"url": "https://a", "model": 1}]}"#, "routes[0].model: unknown field `model`"),
        (r#"{"routes": [{"url": "ftp://a"}]}"#, "routes[0].url is none, but must be an http(s) URL"),
        (r#"{"routes": [{"url": "http://example.com/v1"}]}"#, "plain http"),
        (r#"{"routes": [{"url": "https://user:secret@a"}]}"#, "without user"),
        (r#"{"routes": [{"url": "https://a", "account": "x"}]}"#, "routes[0].account is `x`"),
        (r#"{"routes": [{"url": "https://a"}, {"url": "https://a"}]}"#, "routes[1].name is \"a\" again"),
        (
            r#"{"routes": [{"url": "https://a", "breaker": {"open_ms": 0}}]}"#,
            "routes[0].breaker: open_ms is 0",
        ),
        (r#"{"routes": [{"url": "https://a"}], "retry": {"jitter": 2}}"#, "retry.jitter is 2"),
        (r#"{"routes": [{"url": "https://a"}], "limits": {"total_ms": 0}}"#, "limits.total_ms is 0"),
        (r#"{"routes": [{"url": "https://a"}], "prices": {"m": {"input": -1}}}"#, "prices.m.input is -1"),
        (r#"{"routes": [{"url": "https://a"}]} x"#, "goes on after its end"),
    ] {
        let error = Client::open(table, &Segment::private()).expect_err(table);
        assert!(error.to_string().contains(why), "{table}: {error}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

/// The health check is the guinea pig: while it looks after an endpoint, no user's call probes it.
#[test]
fn health_checks_are_the_probes() {
    let mock = Mock::start(&[]);
    let breaker = json!({"open_ms": 300, "half_open_max_calls": 1, "success_threshold": 1});
    let routes = json!([{"name": "r0", "url": url(mock.api), "breaker": breaker}]);
    let health = json!({"interval_ms": 50, "timeout_ms": 1000});
    let more = json!({"routes": routes, "health": health, "retry": {"max": 0}});
    let client = client(&table(&[], more));
    until(|| mock.stats()["endpoints"]["models"]["received"].as_u64() > Some(0), || "a check".to_owned());
    client.send(&chat()).expect("it is well");
    mock.go(&json!({"kind": "500"}));
    (0..5).for_each(|_| drop(fails(&client)));
    let chats = || mock.stats()["endpoints"]["chat_completions"]["received"].as_u64();
    let before = chats();
    // Several openings long: checks go on, and calls are refused.
    let begun = std::time::Instant::now();
    while begun.elapsed() < Duration::from_millis(900) {
        assert_eq!(fails(&client).kind.name(), "circuit_open");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(chats(), before, "no user's call went");
    mock.go(&json!({"kind": "healthy"}));
    until(|| client.routes()[0].mode == Mode::Closed, || "a check closes it".to_owned());
    assert_eq!(chats(), before);
    client.send(&chat()).expect("it is well again");
    assert!(client.routes()[0].health.is_some());
    assert_eq!(client.routes()[0].breaker, format!("{}|{MODEL}", mock.api));
}
