//! Whatever is sent, and whatever lies in the directory: it answers, or hangs up, and goes on.

use crate::agent::Agent;
use crate::support::Dir;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;

/// A sequence of numbers that is the same in each run.
struct Draw(u64);

impl Draw {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn bytes(&mut self, n: u64) -> Vec<u8> {
        (0..n).map(|_| self.below(256) as u8).collect()
    }
}

fn goes_on(mut agent: Agent) {
    assert_eq!(agent.get("/healthz").status, 200);
    let said = agent.said();
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn any_path_is_answered() {
    let dir = Dir::new();
    let agent = Agent::start(&dir, &[]);
    let mut draw = Draw(1);
    let parts = [
        "/", "api", "breakers", "%2F", "%00", "%", "..", "?", "&", "=", "last", "\u{e9}", "a", "//", ";",
        "#", "%E6",
    ];
    for _ in 0..2000 {
        let n = draw.below(12);
        let path: String = (0..n).map(|_| parts[draw.below(parts.len() as u64) as usize]).collect();
        let text = format!("GET /{path} HTTP/1.0\r\nHost: localhost\r\n\r\n");
        let answer = agent.raw(text.as_bytes());
        let status = answer.split(' ').nth(1).unwrap_or_else(|| panic!("{path}: {answer:?}"));
        assert!(["200", "400", "404", "405"].contains(&status), "{path}: {answer}");
    }
    goes_on(agent);
}

#[test]
fn what_is_no_http_is_hung_up_on() {
    let dir = Dir::new();
    let agent = Agent::start(&dir, &[]);
    let mut draw = Draw(2);
    for _ in 0..200 {
        let n = draw.below(3000) + 1;
        let mut bytes = draw.bytes(n);
        bytes.extend_from_slice(b"\r\n\r\n");
        let answer = agent.raw(&bytes);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1."), "{answer:?}");
    }
    for text in [
        "GET / HTTP/9.9\r\n\r\n",
        "\r\n\r\n",
        "GET\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "\x16\x03\x01\x02",
    ] {
        let mut stream = agent.connect();
        stream.write_all(text.as_bytes()).expect("it listens");
        stream.shutdown(std::net::Shutdown::Write).expect("half of it closes");
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
    }
    goes_on(agent);
}

#[test]
fn heads_and_bodies_have_an_end() {
    let dir = Dir::new();
    let agent = Agent::start(&dir, &[]);
    let long = "x".repeat(40_000);
    for text in [
        format!("GET / HTTP/1.0\r\nHost: localhost\r\nA: {long}\r\n\r\n"),
        format!("GET /{long} HTTP/1.0\r\nHost: localhost\r\n\r\n"),
        format!("GET / HTTP/1.0\r\nHost: localhost\r\n{}\r\n", "A: b\r\n".repeat(500)),
    ] {
        let answer = agent.raw(text.as_bytes());
        assert!(answer.is_empty() || answer.contains(" 431 ") || answer.contains(" 414 "), "{answer}");
    }
    let large = format!("\"{}\"", "x".repeat(100_000));
    let answer = agent.command(&large);
    assert_eq!((answer.status, answer.code().as_str()), (413, "too_large"));
    for body in ["", "{", "[]", "null", "\u{0}", &"[".repeat(60_000)] {
        assert_eq!(agent.command(body).code(), "bad_request", "{:.20}", body);
    }
    goes_on(agent);
}

/// Those who send a byte now and then are hung up on, and meanwhile the others are answered.
#[test]
fn slow_clients_hold_nobody_up() {
    let dir = Dir::new();
    let agent = Agent::start(&dir, &[]);
    let mut slow: Vec<_> = (0..200).map(|_| agent.connect()).collect();
    for stream in &mut slow {
        stream.write_all(b"GET / HTTP/1.1\r\nHost: loc").expect("it listens");
    }
    assert_eq!(agent.get("/healthz").status, 200);
    let mut text = String::new();
    for stream in &mut slow {
        // Until the agent hangs up; the timeout of the socket is an error.
        stream.read_to_string(&mut text).expect("it hangs up in time");
    }
    goes_on(agent);
}

#[test]
fn files_that_are_no_segments_are_told_of() {
    let dir = Dir::new();
    let mut worker = dir.worker();
    worker.tell("open\tgood\t4");
    worker.tell("trip\tgood\trelay");
    let image = std::fs::read(dir.path("good")).expect("a file");
    let mut draw = Draw(3);
    let write = |name: &str, bytes: &[u8]| {
        std::fs::write(dir.path(name), bytes).expect("a file");
        std::fs::set_permissions(dir.path(name), std::fs::Permissions::from_mode(0o600)).expect("ours");
    };
    write("cut", &image[..8192]);
    write("letter", &draw.bytes(50_000));
    for n in 0..8 {
        let mut nonsense = image.clone();
        let filler = draw.bytes(nonsense.len() as u64 - 64);
        nonsense[64..].copy_from_slice(&filler);
        write(&format!("nonsense{n}"), &nonsense);
    }
    let agent = Agent::start(&dir, &[]);
    let mut live = agent.events("/api/live");
    let problems = live.find("hello").data["problems"].clone();
    for name in ["cut", "letter"] {
        let told = problems.as_array().expect("an array").iter().any(|problem| problem["segment"] == name);
        assert!(told, "{name} in {problems}");
    }
    for path in ["/", "/api/breakers", "/api/segments", "/api/events?last=9999", "/api/breakers/good/relay"] {
        assert_eq!(agent.get(path).status, 200, "{path}");
    }
    assert_eq!(agent.json("/api/breakers/good/relay")["mode"], "open");
    goes_on(agent);
}
