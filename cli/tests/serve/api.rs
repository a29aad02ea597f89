//! Every endpoint, against what docs/AGENT.md and docs/CLI.md say of it.

use crate::agent::Agent;
use crate::support::{Dir, until};
use serde_json::Value;
use std::collections::BTreeSet;

/// The fields that the first column of a table names, behind this line of a document.
fn documented(file: &str, begin: &str) -> BTreeSet<String> {
    let path = format!("{}/../docs/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("a document");
    let begin = text.find(begin).unwrap_or_else(|| panic!("no {begin}")) + begin.len();
    let table =
        text[begin..].split("\n\n").find(|part| part.trim_start().starts_with("| field")).unwrap_or_default();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `"));
    let names = rows.flat_map(|row| row.split('|').next().unwrap_or_default().split(','));
    names.map(|name| name.trim().trim_matches('`').to_owned()).collect()
}

fn fields(value: &Value) -> BTreeSet<String> {
    value.as_object().unwrap_or_else(|| panic!("{value}")).keys().cloned().collect()
}

fn two_breakers(dir: &Dir) {
    let mut worker = dir.worker();
    worker.tell("open\tbilling\t16");
    worker.tell("succeed\tbilling\trelay|gpt-4.1\t20\t50");
    worker.tell("fail\tbilling\ta/b\t7\t10");
}

#[test]
fn the_documented_fields_are_those_of_the_answers() {
    let dir = Dir::new();
    two_breakers(&dir);
    let agent = Agent::start(&dir, &[]);
    let live = documented("AGENT.md", "**Live breaker**");
    assert!(live.contains("recent_p95_ms") && live.contains("trail"), "{live:?}");
    let mut whole = documented("CLI.md", "\n### Breaker\n");
    whole.extend(live);
    let mut listed = whole.clone();
    listed.retain(|field| field != "config" && field != "trail");
    let all = agent.json("/api/breakers");
    assert_eq!(all.as_array().map(Vec::len), Some(2));
    assert_eq!(fields(&all[0]), listed);
    assert_eq!(
        (&all[0]["name"], &all[0]["mode"], &all[0]["failures_total"]),
        (&"a/b".into(), &"open".into(), &5.into())
    );
    let one = agent.json("/api/breakers/billing/relay%7Cgpt-4.1");
    assert_eq!(fields(&one), whole);
    assert_eq!(one["config"]["open_ms"], 30_000);
    let trail = ["ago_ms", "calls", "failures", "rejected", "p95_ms", "mode"].map(str::to_owned);
    assert_eq!(fields(&one["trail"]), trail.into());
    assert_eq!(agent.json("/api/breakers/billing/a%2Fb")["name"], "a/b");
    assert_eq!(fields(&agent.json("/api/segments")[0]), documented("CLI.md", "\n### Segment\n"));
    let events = agent.json("/api/events?segment=billing&breaker=&last=5");
    assert_eq!(fields(&events[0]), documented("CLI.md", "\n### Event\n"));
    assert_eq!(events.as_array().map(Vec::len), Some(1));
    assert_eq!(agent.json("/api/events?last=0").as_array().map(Vec::len), Some(0));
    let about = agent.json("/api/agent");
    assert_eq!(
        fields(&about),
        ["version", "directory", "operable", "fleet", "directory_problem", "problems"]
            .map(str::to_owned)
            .into()
    );
    assert_eq!(agent.get("/healthz").body.trim(), "ok");
    let done = agent.command(r#"{"segment":"billing","name":"a/b","command":"reset","reason":"over"}"#);
    assert_eq!(fields(&done.json()), documented("CLI.md", "\n### Command\n"));
}

#[test]
fn what_is_not_there_or_not_right() {
    let dir = Dir::new();
    two_breakers(&dir);
    let agent = Agent::start(&dir, &[]);
    for (method, path, status, code) in [
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/assets/", 404, "not_found"),
        ("GET", "/assets/../Cargo.toml", 404, "not_found"),
        ("GET", "/api/breakers/billing/none", 404, "not_found"),
        ("GET", "/api/breakers/none/relay", 404, "not_found"),
        ("GET", "/api/events?segment=none", 404, "not_found"),
        ("GET", "/api/events?last=-1", 400, "bad_request"),
        ("GET", "/api/events?lots=1", 400, "bad_request"),
        ("GET", "/api/breakers/billing/%zz", 400, "bad_request"),
        ("GET", "/api/breakers/billing/%ff", 400, "bad_request"),
        ("GET", "/api/events?breaker=%f", 400, "bad_request"),
        ("POST", "/api/breakers", 405, "method_not_allowed"),
        ("OPTIONS", "/api/command", 405, "method_not_allowed"),
        ("GET", "/api/command", 405, "method_not_allowed"),
    ] {
        let answer = agent.ask(method, path, &[], "");
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{method} {path}");
    }
    let whole = agent.get("/api/agent");
    let head = agent.ask("HEAD", "/api/agent", &[], "");
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert!(head.head.contains(&format!("content-length: {}", whole.body.len())), "{head:?}");
    assert_eq!(agent.ask("HEAD", "/events", &[], "").body, "");
}

#[test]
fn segments_come_and_go_and_so_does_the_agent() {
    let dir = Dir::new();
    let agent = Agent::start(&dir, &["--segment", "billing"]);
    assert_eq!(agent.json("/api/breakers"), Value::Array(Vec::new()));
    two_breakers(&dir);
    dir.worker().tell("open\tother\t4");
    let count = |agent: &Agent| agent.json("/api/breakers").as_array().map_or(0, Vec::len);
    until("a segment that is new is found", || count(&agent) == 2);
    assert_eq!(
        agent.json("/api/segments").as_array().map(Vec::len),
        Some(1),
        "only the one that was asked for"
    );
    let before = agent.json("/api/breakers/billing/a%2Fb")["failures_total"].clone();
    assert_eq!(agent.stop(libc::SIGTERM), Some(0));
    let agent = Agent::start(&dir, &["--segment", "billing"]);
    assert_eq!(agent.json("/api/breakers/billing/a%2Fb")["failures_total"], before);
    dir.ok(&["rm", "billing", "--force"]);
    until("a segment that is gone is forgotten", || count(&agent) == 0);
    assert_eq!(agent.stop(libc::SIGINT), Some(0));
}

#[test]
fn it_says_where_it_is_or_why_not() {
    let dir = Dir::new();
    let agent = Agent::start(&dir, &[]);
    let taken = agent.address.to_string();
    let busy = dir.hscb(&["serve", "--listen", &taken]);
    assert_eq!((busy.code, busy.out.as_str()), (1, ""));
    assert!(busy.err.contains(&format!("cannot listen on {taken}")), "{busy:?}");
    for args in [&["--listen", "nowhere"][..], &["--listen", "127.0.0.1"], &["--allow-host", "http://a"]] {
        assert_eq!(dir.hscb(&[&["serve"], args].concat()).code, 2, "{args:?}");
    }
    for text in ["", " \n", "two words", "x\0y"] {
        std::fs::write(dir.path("../hscb-token-of-a-test"), text).expect("a file");
        let file = dir.path("../hscb-token-of-a-test");
        let ran =
            dir.hscb(&["serve", "--listen", "127.0.0.1:0", "--token-file", file.to_str().expect("UTF-8")]);
        let _ = std::fs::remove_file(file);
        assert_eq!(ran.code, 2, "{text:?}: {ran:?}");
        assert!(ran.err.contains("the token in "), "{ran:?}");
    }
    let empty =
        dir.command(&["serve", "--listen", "127.0.0.1:0"]).env("HSCB_TOKEN", " ").output().expect("it runs");
    assert_eq!(empty.status.code(), Some(2));
}
