//! An agent, and how to speak with it: HTTP/1.0, which ends each answer with its connection.

use crate::support::{DEADLINE, Dir, ended};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Stdio};
use std::time::Instant;

/// The token of agents that have one.
pub(crate) const TOKEN: &str = "s3cret-of-a-test";

/// A running agent; it dies with this.
pub(crate) struct Agent {
    pub(crate) child: Child,
    pub(crate) address: SocketAddr,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// An answer without an end.
pub(crate) struct Events(BufReader<TcpStream>);

/// A piece of it.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) kind: String,
    pub(crate) id: String,
    pub(crate) data: Value,
}

impl Agent {
    pub(crate) fn start(dir: &Dir, args: &[&str]) -> Self {
        let mut command = dir.command(&[&["serve"], args].concat());
        if !args.contains(&"--listen") {
            command.args(["--listen", "127.0.0.1:0"]);
        }
        let mut child = command
            .env("HSCB_TOKEN", TOKEN)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it runs");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("piped");
        BufReader::new(stdout).read_line(&mut line).expect("UTF-8");
        let address = line.trim().strip_prefix("listening on http://");
        let address = address.and_then(|address| address.replace("0.0.0.0", "127.0.0.1").parse().ok());
        Self { address: address.unwrap_or_else(|| panic!("{line:?}")), child }
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("it listens");
        stream.set_read_timeout(Some(DEADLINE)).expect("a timeout");
        stream.set_write_timeout(Some(DEADLINE)).expect("a timeout");
        stream
    }

    /// Sends these bytes; what comes back until the end.
    pub(crate) fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect();
        // An agent that has heard enough does not hear the rest.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    pub(crate) fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut text = format!("{method} {path} HTTP/1.0\r\n");
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            text += "Host: localhost\r\n";
        }
        for (name, value) in headers {
            text += &format!("{name}: {value}\r\n");
        }
        text += &format!("Content-Length: {}\r\n\r\n{body}", body.len());
        Answer::parse(&self.raw(text.as_bytes()))
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], "")
    }

    pub(crate) fn json(&self, path: &str) -> Value {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.json()
    }

    /// Operates a breaker, with the token.
    pub(crate) fn command(&self, body: &str) -> Answer {
        let token = format!("Bearer {TOKEN}");
        let headers = [("Authorization", token.as_str()), ("Content-Type", "application/json")];
        self.ask("POST", "/api/command", &headers, body)
    }

    pub(crate) fn events(&self, path: &str) -> Events {
        let mut stream = self.connect();
        write!(stream, "GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n").expect("it listens");
        let mut events = Events(BufReader::new(stream));
        let head = events.lines();
        assert!(head.contains(" 200 ") && head.contains("text/event-stream"), "{head}");
        events
    }

    /// Ends it as an operator would; what it exits with.
    pub(crate) fn stop(mut self, signal: i32) -> Option<i32> {
        let id = i32::try_from(self.child.id()).expect("an id");
        // SAFETY: sends a signal to a child of ours that was not waited for.
        assert_eq!(unsafe { libc::kill(id, signal) }, 0);
        ended(&mut self.child)
    }

    /// What it has said on standard error, once it has ended.
    pub(crate) fn said(&mut self) -> String {
        let _ = self.child.kill();
        let mut said = String::new();
        self.child.stderr.take().expect("piped").read_to_string(&mut said).expect("UTF-8");
        said
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Answer {
    pub(crate) fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{text:?}"));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        Self {
            status: status.unwrap_or_else(|| panic!("{head}")),
            head: head.to_lowercase(),
            body: body.to_owned(),
        }
    }

    pub(crate) fn json(&self) -> Value {
        assert!(self.head.contains("content-type: application/json"), "{self:?}");
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The code of an error.
    pub(crate) fn code(&self) -> String {
        let json = self.json();
        assert!(json["error"]["message"].as_str().is_some_and(|message| !message.is_empty()), "{json}");
        json["error"]["code"].as_str().expect("a code").to_owned()
    }
}

impl Events {
    /// Lines up to an empty one, or the end.
    fn lines(&mut self) -> String {
        let mut all = String::new();
        loop {
            let mut line = String::new();
            let n = self.0.read_line(&mut line).expect("in time");
            if n == 0 || line.trim().is_empty() {
                return all;
            }
            all += &line;
        }
    }

    /// The next piece, past what only keeps the stream alive; `None` at its end.
    pub(crate) fn next(&mut self) -> Option<Piece> {
        let begun = Instant::now();
        loop {
            assert!(begun.elapsed() < DEADLINE, "not in time");
            let text = self.lines();
            if text.is_empty() {
                return None;
            }
            let field =
                |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim();
            if !field("event:").is_empty() {
                let data =
                    serde_json::from_str(field("data:")).unwrap_or_else(|error| panic!("{error}: {text}"));
                return Some(Piece { kind: field("event:").to_owned(), id: field("id:").to_owned(), data });
            }
        }
    }

    /// The next piece of this kind.
    pub(crate) fn find(&mut self, kind: &str) -> Piece {
        loop {
            let piece = self.next().expect("the stream goes on");
            if piece.kind == kind {
                return piece;
            }
        }
    }
}
