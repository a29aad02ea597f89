//! The mock relay (`hscb mock`), as a child process: its phases, and its own count of what reached it.

use super::plan::Plan;
use serde_json::Value;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::Duration;

/// The phase in which no call is answered, as the mock calls it.
const HANG: &str = "hang";

/// A running relay; it is ended when this is dropped.
#[derive(Debug)]
pub(super) struct Relay {
    /// The process; the end of its input ends it too, so that it does not outlive a demo that was killed.
    child: Child,
    /// Where it serves the API.
    pub(super) port: u16,
    /// Where it is asked and told.
    control: u16,
}

/// What the relay says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    /// It answers no call just now.
    pub(super) hanging: bool,
    /// For how long its phase has lasted, in ns.
    pub(super) phase_ns: u64,
    /// Calls that reached it while it answered none.
    pub(super) dead_calls: u64,
}

impl Relay {
    /// Starts it. It is healthy, and its phases wait for `begin`.
    pub(super) fn start(hscb: &Path, plan: &Plan) -> Result<Self, String> {
        let phase =
            |kind: &str, length: Duration| ["--phase".to_owned(), format!("{kind}:{}s", length.as_secs())];
        let mut child = Command::new(hscb)
            .args(["demo-relay", "--port", "0", "--control-port", "0", "--start", "control"])
            .args(phase("healthy", plan.before))
            .args(phase(HANG, plan.outage))
            .args(phase("healthy", plan.after))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0) // a Ctrl-C in the terminal is for the demo, which ends its children itself
            .spawn()
            .map_err(|e| format!("cannot start the mock relay: {e}"))?;
        let ports = child.stdout.take().map_or_else(|| Err("it has no output".to_owned()), ports);
        let mut relay = Self { child, port: 0, control: 0 };
        (relay.port, relay.control) = ports.map_err(|e| format!("the mock relay: {e}"))?;
        Ok(relay)
    }

    /// Begins its phases.
    pub(super) fn begin(&self) -> Result<(), String> {
        self.control("POST /control/start").map(drop)
    }

    /// Asks how it is.
    pub(super) fn state(&self) -> Result<State, String> {
        let stats = self.control("GET /control/stats")?;
        let phases = stats["phases"].as_array().map_or(&[][..], Vec::as_slice);
        Ok(State {
            hanging: stats["phase"]["kind"] == HANG,
            phase_ns: stats["phase"]["elapsed_ms"].as_u64().unwrap_or_default() * 1_000_000,
            dead_calls: phases
                .iter()
                .filter(|p| p["kind"] == HANG)
                .filter_map(|p| p["received"].as_u64())
                .sum(),
        })
    }

    /// A request to its control endpoint.
    fn control(&self, request: &str) -> Result<Value, String> {
        let body = ask(self.control, request).map_err(|e| format!("the mock relay, {request}: {e}"))?;
        serde_json::from_str(&body).map_err(|e| format!("the mock relay, {request}: {e}: {body}"))
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        // It has no state worth a goodbye, and may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The ports in the first two lines of its output, the rest of which is read and forgotten.
fn ports(output: ChildStdout) -> Result<(u16, u16), String> {
    let mut lines = BufReader::new(output);
    let mut port = || {
        let mut line = String::new();
        lines.read_line(&mut line).map_err(|e| e.to_string())?;
        let number = line.trim().rsplit(':').next().and_then(|number| number.parse().ok());
        number.ok_or_else(|| format!("it said {line:?} instead of where it listens"))
    };
    let ports = (port()?, port()?);
    thread::spawn(move || io::copy(&mut lines, &mut io::sink()));
    Ok(ports)
}

/// Sends a request without a body, on loopback; returns the body of the answer.
fn ask(port: u16, request: &str) -> io::Result<String> {
    const PATIENCE: Duration = Duration::from_secs(2);
    let mut stream = TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let head = "Host: 127.0.0.1\r\nConnection: close\r\nContent-Length: 0";
    write!(stream, "{request} HTTP/1.1\r\n{head}\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    answer
        .split_once("\r\n\r\n")
        .map(|(_, body)| body.to_owned())
        .ok_or_else(|| io::Error::other("no HTTP answer"))
}
