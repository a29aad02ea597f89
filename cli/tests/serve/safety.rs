//! Who may ask for what: hosts, origins, the token; and what stands in every answer.

use crate::agent::{Agent, TOKEN};
use crate::support::{Dir, until};
use std::io::Write as _;
use std::time::{Duration, Instant};

#[test]
fn every_answer_has_the_headers() {
    let dir = Dir::new();
    let agent = Agent::start(&dir, &[]);
    for (method, path, host) in [
        ("GET", "/", "localhost"),
        ("GET", "/healthz", "localhost"),
        ("HEAD", "/events", "localhost"),
        ("GET", "/none", "localhost"),
        ("DELETE", "/", "localhost"),
        ("POST", "/api/command", "localhost"),
        ("GET", "/%", "localhost"),
        ("GET", "/", "evil.example"),
    ] {
        let answer = agent.ask(method, path, &[("Host", host)], "");
        for part in [
            "content-security-policy: default-src 'none';",
            "x-content-type-options: nosniff",
            "referrer-policy: no-referrer",
            "cross-origin-resource-policy: same-origin",
            "cache-control: no-store",
        ] {
            assert!(answer.head.contains(part), "{method} {path}: {part} in {answer:?}");
        }
        assert!(!answer.head.contains("access-control"), "{answer:?}");
    }
}

#[test]
fn hosts_origins_and_tokens() {
    let dir = Dir::new();
    let mut worker = dir.worker();
    worker.tell("open\tbilling\t4");
    worker.tell("make\tbilling\trelay");
    let agent = Agent::start(&dir, &["--allow-host", "metrics.internal"]);
    let here = agent.address.to_string();
    for (host, status) in [
        (here.as_str(), 200),
        ("localhost:1", 200),
        ("METRICS.internal", 200),
        ("[::1]", 200),
        ("evil.example", 403),
        ("metrics.internal.evil.example", 403),
        ("", 403),
    ] {
        assert_eq!(agent.ask("GET", "/healthz", &[("Host", host)], "").status, status, "{host}");
    }
    assert!(agent.raw(b"GET /healthz HTTP/1.0\r\n\r\n").contains("bad_host"));
    assert!(
        agent.raw(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\nHost: evil\r\n\r\n").contains("bad_host")
    );
    assert!(agent.raw(b"GET http://evil/healthz HTTP/1.0\r\nHost: localhost\r\n\r\n").contains("bad_host"));
    let body = r#"{"segment":"billing","name":"relay","command":"reset"}"#;
    let right = format!("Bearer {TOKEN}");
    let (own, json) = (format!("http://{here}"), "application/json");
    for (origin, token, kind, status) in [
        ("", right.as_str(), json, 200),
        (own.as_str(), right.as_str(), "application/json; charset=utf-8", 200),
        ("null", right.as_str(), json, 403),
        ("http://evil.example", right.as_str(), json, 403),
        ("", "", json, 401),
        ("", "Bearer", json, 401),
        ("", "Bearer s3cret-of-a-tes", json, 401),
        ("", "Bearer s3cret-of-a-tesT", json, 401),
        ("", "Basic s3cret-of-a-test", json, 401),
        ("", right.as_str(), "text/plain", 400),
        ("", right.as_str(), "", 400),
    ] {
        let mut headers = vec![("Host", here.as_str())];
        let given = [("Origin", origin), ("Authorization", token), ("Content-Type", kind)];
        headers.extend(given.into_iter().filter(|(_, value)| !value.is_empty()));
        let answer = agent.ask("POST", "/api/command", &headers, body);
        assert_eq!(answer.status, status, "{headers:?}: {answer:?}");
    }
}

#[test]
fn without_a_token_nobody_operates() {
    let dir = Dir::new();
    let mut command = dir.command(&["serve", "--listen", "127.0.0.1:0", "--json"]);
    let mut child =
        command.env_remove("HSCB_TOKEN").stdout(std::process::Stdio::piped()).spawn().expect("it runs");
    let mut line = String::new();
    let stdout = child.stdout.take().expect("piped");
    std::io::BufRead::read_line(&mut std::io::BufReader::new(stdout), &mut line).expect("UTF-8");
    let said: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    let address = said["listening"].as_str().and_then(|at| at.strip_prefix("http://")?.parse().ok());
    let agent = Agent { child, address: address.expect("an address") };
    assert_eq!(agent.json("/api/agent")["operable"], false);
    let answer = agent.command(r#"{"segment":"a","name":"b","command":"trip"}"#);
    assert_eq!((answer.status, answer.code().as_str()), (403, "not_operable"));
}

#[test]
fn the_token_is_in_no_output() {
    let dir = Dir::new();
    let mut agent = Agent::start(&dir, &["--listen", "0.0.0.0:0"]);
    let _ = agent.command("nonsense");
    let said = agent.said();
    assert!(said.contains("can see all breakers") && !said.contains(TOKEN), "{said}");
}

/// Killed at any moment, it leaves nothing in the segment: not a byte, and nobody who has it open.
#[test]
fn a_kill_leaves_no_trace() {
    let dir = Dir::new();
    let mut worker = dir.worker();
    worker.tell("open\tbilling\t4");
    worker.tell("succeed\tbilling\trelay\t3\t1");
    drop(worker);
    let before = std::fs::read(dir.path("billing")).expect("a file");
    for _ in 0..5 {
        let agent = Agent::start(&dir, &[]);
        let mut live = agent.events("/api/live");
        assert_eq!(live.find("breakers").data[0]["name"], "relay");
        assert_eq!(agent.json("/api/segments")[0]["processes"], 0, "the agent is none that uses it");
        drop(agent);
    }
    assert!(std::fs::read(dir.path("billing")).expect("a file") == before, "not a byte changes");
    assert_eq!(dir.one(&["segments"])["processes"], 0);
}

/// A page of another site cannot read an answer, and has none made either.
#[test]
fn pages_of_other_sites_are_refused() {
    let dir = Dir::new();
    let agent = Agent::start(&dir, &[]);
    for (path, site, status) in [
        ("/metrics", "cross-site", 403),
        ("/api/live", "cross-site", 403),
        ("/metrics", "none", 200),
        ("/api/breakers", "same-origin", 200),
        ("/", "cross-site", 200),
    ] {
        let headers = [("Host", "localhost"), ("Sec-Fetch-Site", site)];
        assert_eq!(agent.ask("GET", path, &headers, "").status, status, "{path} {site}");
    }
}

#[test]
fn an_order_is_an_object() {
    let dir = Dir::new();
    let mut worker = dir.worker();
    worker.tell("open\tbilling\t4");
    worker.tell("make\tbilling\trelay");
    let agent = Agent::start(&dir, &[]);
    let answer = agent.command(r#"["billing", "relay", "trip", null, null]"#);
    assert_eq!((answer.status, answer.code().as_str()), (400, "bad_request"), "{answer:?}");
    assert_eq!(dir.one(&["show", "relay"])["mode"], "closed");
}

/// Answers that nobody takes are few, whoever asks for them, and everything else goes on beside them.
#[test]
fn large_answers_that_nobody_takes_are_few() {
    let dir = Dir::new();
    let mut worker = dir.worker();
    worker.tell("open\tbilling\t4000");
    (0..4000).for_each(|number| worker.tell(&format!("make\tbilling\trelay-{number}")));
    let agent = Agent::start(&dir, &[]);
    let readers: Vec<_> = (0..12)
        .map(|_| {
            let mut reader = agent.connect();
            reader.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("asked");
            reader
        })
        .collect();
    let begun = Instant::now();
    let refused = agent.get("/metrics");
    assert_eq!((refused.status, refused.code().as_str()), (503, "unavailable"));
    assert_eq!(agent.get("/healthz").status, 200);
    // They are ended, and others have their turn.
    until("a scrape", || agent.get("/metrics").status == 200);
    assert!(begun.elapsed() > Duration::from_secs(4), "{:?}", begun.elapsed());
    drop(readers);
}
