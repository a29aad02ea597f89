use crate::kit::{MODEL, chat, of, table, url};
use crate::support::Mock;
use holysheep_cb::Segment;
use holysheep_cb::client::{Client, Request, Source};
use serde_json::json;
use std::time::Duration;

#[test]
fn an_answer_and_what_became_of_the_call() {
    let mock = Mock::start(&["--phase", "healthy,latency=30ms"]);
    let client = of(&mock, json!({"prices": {MODEL: {"input": 2.0, "output": 8.0}}}));
    let answer = client.send(&chat().field("not_known", json!({"a": [1]}))).expect("an answer");
    assert!(answer.text().is_some_and(|text| !text.is_empty()));
    assert_eq!(answer.json()["object"], "chat.completion");
    assert_eq!(
        serde_json::from_slice::<serde_json::Value>(answer.bytes()).ok().as_ref(),
        Some(answer.json())
    );
    let meta = &answer.meta;
    assert_eq!((meta.source, meta.route.as_str(), meta.attempts), (Source::Service, "r0", 1));
    assert_eq!((meta.model.as_str(), meta.fallback_used), (MODEL, false));
    assert!(meta.first_byte >= Duration::from_millis(29) && meta.latency >= meta.first_byte, "{meta:?}");
    let usage = meta.usage.expect("tokens");
    let usd = (2.0 * usage.input as f64 + 8.0 * usage.output as f64) / 1e6;
    assert_eq!(meta.usd, Some(usd));
    let status = client.routes();
    assert!(status[0].breaker.ends_with("|gpt-4.1") && status[0].latency.is_some(), "{status:?}");
}

#[test]
fn every_path() {
    let mock = Mock::start(&[]);
    let client = of(&mock, json!({}));
    let models = client.send(&Request::get("/models")).expect("models");
    assert!(models.json()["data"].is_array());
    let input = vec!["one".to_owned(), "two".to_owned()];
    let embeddings = client.send(&Request::embeddings("text-embedding-3-small", input)).expect("embeddings");
    assert_eq!(embeddings.json()["data"].as_array().map(Vec::len), Some(2));
    let failure = client.send(&Request::get("/nowhere")).expect_err("no such path");
    assert_eq!((failure.kind.name(), failure.status), ("not_found", Some(404)));
}

#[test]
fn a_stream_comes_in_pieces() {
    let mock = Mock::start(&["--phase", "healthy,chunks=5,interval=10ms"]);
    let client = of(&mock, json!({"prices": {MODEL: {"output": 8.0}}}));
    let request = chat().field("stream_options", json!({"include_usage": true}));
    let mut stream = client.stream(&request).expect("a stream");
    assert_eq!((stream.meta().route.as_str(), stream.meta().attempts), ("r0", 1));
    let pieces: Vec<_> = stream.by_ref().map(|piece| piece.expect("a piece")).collect();
    assert_eq!(pieces.last().map(|piece| piece.data().to_owned()), Some("[DONE]".to_owned()));
    let texts: Vec<_> =
        pieces.iter().filter_map(|piece| piece.text()).filter(|text| !text.is_empty()).collect();
    assert_eq!(texts.len(), 5, "{texts:?}");
    let usage = stream.meta().usage.expect("tokens");
    assert_eq!(stream.meta().usd, Some(8.0 * usage.output as f64 / 1e6));
    assert!(stream.next().is_none());
    assert_eq!(client.spent().values().map(|spent| spent.calls).sum::<u64>(), 1);
    assert_eq!(
        client.stream(&chat()).expect("a stream").text().expect("all of it").split_whitespace().count(),
        5
    );
}

#[test]
fn models_have_other_names_elsewhere_and_fallbacks() {
    let (dead, alive) = (Mock::start(&["--phase", "500"]), Mock::start(&[]));
    let routes = json!([
        {"name": "dead", "url": url(dead.api), "models": [MODEL]},
        {"name": "alive", "url": url(alive.api), "models": {"deepseek-v3.2": "deepseek-chat"}},
    ]);
    let more = json!({
        "routes": routes,
        "retry": {"max": 0},
        "fallbacks": {MODEL: ["deepseek-v3.2"]},
        "prices": {MODEL: {"output": 8.0}, "deepseek-v3.2": {"output": 0.42}},
    });
    let client = crate::kit::client(&table(&[], more));
    let answer = client.send(&chat()).expect("the fallback answers");
    assert_eq!((answer.meta.route.as_str(), answer.meta.model.as_str()), ("alive", "deepseek-chat"));
    assert!(answer.meta.fallback_used && answer.meta.attempts == 2);
    assert_eq!(answer.json()["model"], "deepseek-chat", "the request said so");
    let spent = client.spent()[&("alive".to_owned(), "deepseek-v3.2".to_owned())];
    assert!(spent.fallbacks == 1 && spent.saved_usd > 0.0, "booked where it ran: {spent:?}");
    let failure = client.send(&Request::chat("unknown", "hi")).expect_err("nobody serves it");
    assert_eq!(failure.kind.name(), "no_route");
    assert!(failure.message.contains("\"unknown\"") && failure.message.contains("dead, alive"), "{failure}");
}

#[test]
fn keys_are_sent_and_never_shown() {
    let key = "sk-0123456789abcdefghij";
    let mock = Mock::start(&["--api-key", key]);
    let of_key = |key: &str| {
        let routes = json!([{"url": url(mock.api), "account": "main"}]);
        json!({"accounts": {"main": {"key": key}}, "routes": routes, "retry": {"max": 0}})
    };
    let client = crate::kit::client(&table(&[], of_key(key)));
    client.send(&chat()).expect("the right key");
    let wrong = "sk-9876543210zyxwvutsrq";
    let client = crate::kit::client(&table(&[], of_key(wrong)));
    let failure = client.send(&chat()).expect_err("a wrong key");
    assert_eq!((failure.kind.name(), failure.scope().name(), failure.status), ("auth", "account", Some(401)));
    let shown = format!("{failure} {failure:?} {client:?} {:?} {:?}", client.routes(), chat());
    assert!(!shown.contains(&wrong[8..]), "{shown}");
    for (bad, why) in [("Bearer sk-0123456789abc", "Bearer"), ("pk-0123456789abcdefgh", "begin with")] {
        let error =
            Client::open(&table(&[], of_key(bad)).to_string(), &Segment::private()).expect_err("no key");
        assert!(error.to_string().contains(why) && !error.to_string().contains(&bad[12..]), "{error}");
    }
}
