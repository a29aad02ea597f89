//! Starts the binary, and talks HTTP to it byte by byte.

use serde_json::{Value, json};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// What only a broken build reaches.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// A running mock; it dies with this.
pub(crate) struct Mock {
    child: Child,
    pub(crate) api: SocketAddr,
    pub(crate) control: SocketAddr,
}

/// An answer, as far as it came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    /// Whether the body came to the end that the headers announced.
    pub(crate) whole: bool,
}

/// The command `hscb mock` with these arguments.
pub(crate) fn hscb(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hscb"));
    command.arg("mock").args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

impl Mock {
    /// Starts a mock with a control port.
    pub(crate) fn start(args: &[&str]) -> Self {
        Self::spawn(&mut hscb(&[&["--control-port", "0"], args].concat()), None)
    }

    /// Starts a mock whose script comes over standard input.
    pub(crate) fn scripted(script: &Value) -> Self {
        let mut command = hscb(&["--control-port", "0", "--script", "-"]);
        Self::spawn(command.stdin(Stdio::piped()), Some(script.to_string()))
    }

    fn spawn(command: &mut Command, input: Option<String>) -> Self {
        let mut child = command.spawn().expect("the binary starts");
        if let Some(input) = input {
            child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("the script is read");
        }
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut line = |start: &str| -> SocketAddr {
            let line = lines.next().expect("a line").expect("text");
            line.strip_prefix(start).unwrap_or_else(|| panic!("{line:?}")).parse().expect("an address")
        };
        let (api, control) = (line("listening on http://"), line("control on http://"));
        Self { child, api, control }
    }

    /// Sends a chat request.
    pub(crate) fn chat(&self) -> Answer {
        self.post("/v1/chat/completions", &chat_body(false))
    }

    /// Sends a chat request for a stream.
    pub(crate) fn stream(&self) -> Answer {
        self.post("/v1/chat/completions", &chat_body(true))
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        ask(self.api, &request("POST", path, "", &body.to_string())).expect("an answer")
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        ask(self.api, &request("GET", path, "", "")).expect("an answer")
    }

    /// Sends a command over the control port.
    pub(crate) fn command(&self, verb: &str, body: &Value) -> Answer {
        let path = format!("/control/{verb}");
        ask(self.control, &request("POST", &path, "", &body.to_string())).expect("an answer")
    }

    /// Goes to a phase of the script, or to one that is not in it.
    pub(crate) fn go(&self, phase: &Value) {
        let answer = self.command("phase", phase);
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// What `GET /control/stats` says.
    pub(crate) fn stats(&self) -> Value {
        ask(self.control, &request("GET", "/control/stats", "", "")).expect("an answer").json()
    }

    /// A number in the totals.
    pub(crate) fn total(&self, field: &str) -> u64 {
        self.stats()["totals"][field].as_u64().expect("a number")
    }

    /// Polls the statistics until the totals say so.
    pub(crate) fn until_total(&self, field: &str, want: u64) {
        until(|| self.total(field) == want, || format!("{field} = {want} in {}", self.stats()["totals"]));
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the end of the process.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let child = &mut self.child;
        let mut ended = None;
        until(
            || {
                ended = child.try_wait().expect("a child");
                ended.is_some()
            },
            || "the process ends".to_owned(),
        );
        ended.expect("ended")
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {:?}", self.body))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The payloads of the events of a stream.
    pub(crate) fn events(&self) -> Vec<&str> {
        self.body.split("\n\n").filter(|e| !e.is_empty()).map(|e| e.trim_start_matches("data: ")).collect()
    }
}

/// Polls until it is so.
pub(crate) fn until(mut so: impl FnMut() -> bool, what: impl Fn() -> String) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < DEADLINE, "not in time: {}", what());
        std::thread::sleep(Duration::from_millis(2));
    }
}

pub(crate) fn chat_body(stream: bool) -> Value {
    let messages = json!([{ "role": "user", "content": "how do you do" }]);
    json!({ "model": "gpt-4.1", "messages": messages, "stream": stream })
}

/// The bytes of a request; `headers` are whole lines.
pub(crate) fn request(method: &str, path: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("{method} {path} HTTP/1.1\r\nhost: mock\r\n{headers}content-length: {length}\r\n\r\n{body}")
        .into()
}

/// Opens a connection and sends a request.
pub(crate) fn send(to: SocketAddr, request: &[u8]) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect(to)?;
    stream.set_read_timeout(Some(DEADLINE))?;
    stream.write_all(request)?;
    Ok(stream)
}

/// Sends a request over a new connection and reads the answer.
pub(crate) fn ask(to: SocketAddr, request: &[u8]) -> io::Result<Answer> {
    receive(&mut BufReader::new(send(to, request)?))
}

/// Reads one answer, as far as it comes; an error if not even its head does.
pub(crate) fn receive(from: &mut BufReader<TcpStream>) -> io::Result<Answer> {
    let mut line = || -> io::Result<String> {
        let mut line = String::new();
        match from.read_line(&mut line)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(line.trim_end().to_owned()),
        }
    };
    let status = line()?.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status line");
    let mut headers = Vec::new();
    loop {
        let line = line()?;
        let Some((name, value)) = line.split_once(": ") else { break };
        headers.push((name.to_owned(), value.to_owned()));
    }
    let mut answer = Answer { status, headers, body: String::new(), whole: true };
    let body = match answer.header("content-length").map(|length| length.parse().expect("a length")) {
        Some(length) => exactly(from, length, &mut answer.whole),
        None => chunks(from, &mut answer.whole),
    };
    answer.body = String::from_utf8(body).expect("text");
    Ok(answer)
}

/// Reads so many bytes, as far as they come.
fn exactly(from: &mut BufReader<TcpStream>, length: u64, whole: &mut bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    let read = from.take(length).read_to_end(&mut bytes);
    *whole &= read.is_ok() && bytes.len() as u64 == length;
    bytes
}

/// Reads chunks up to the last, as far as they come.
fn chunks(from: &mut BufReader<TcpStream>, whole: &mut bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let mut size = String::new();
        let read = from.read_line(&mut size);
        let Ok(length) = u64::from_str_radix(size.trim_end(), 16) else {
            *whole = false;
            return bytes;
        };
        let chunk = exactly(from, length + 2, whole);
        bytes.extend(&chunk[..chunk.len().min(length as usize)]);
        if length == 0 || !*whole || read.is_err() {
            return bytes;
        }
    }
}
