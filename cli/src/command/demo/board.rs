//! The agent (`hscb serve`), as a child process: its dashboard shows what the shared run does, and must agree with the table.

use super::crew::SEGMENT;
use super::measure::Measures;
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// A running agent; it is ended when this is dropped.
#[derive(Debug)]
pub(super) struct Board {
    /// The process; the end of its input ends it too, so that it does not outlive a demo that was killed.
    child: Child,
    /// Where it listens: `127.0.0.1:41234`.
    address: String,
}

impl Board {
    /// Starts it, on a port that is free.
    pub(super) fn start(hscb: &Path) -> Result<Self, String> {
        let mut child = Command::new(hscb)
            .args(["demo-agent", "--listen", "127.0.0.1:0"])
            .env_remove("HSCB_TOKEN")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0) // a Ctrl-C in the terminal is for the demo, which ends its children itself
            .spawn()
            .map_err(|e| format!("cannot start the agent: {e}"))?;
        let mut line = String::new();
        let output = child.stdout.take().map(BufReader::new);
        let read = output.map(|mut output| output.read_line(&mut line));
        let mut board = Self { child, address: String::new() };
        match line.trim().strip_prefix("listening on http://") {
            Some(address) => board.address = address.to_owned(),
            None => return Err(format!("the agent said {line:?} instead of where it listens ({read:?})")),
        }
        Ok(board)
    }

    /// Where the dashboard is.
    pub(super) fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Whether it shows of the shared run what the workers told; else what it does not.
    pub(super) fn check(&self, shared: &Measures) -> Result<(), String> {
        let all = self.breakers().map_err(|e| format!("the agent: {e}"))?;
        let breaker = all.as_array().and_then(|all| all.iter().find(|one| one["segment"] == SEGMENT));
        let Some(breaker) = breaker else {
            return Err("the dashboard has no breaker of the demo".to_owned());
        };
        let total = |field: &str| breaker[field].as_u64().unwrap_or_default();
        let ended = total("successes_total") + total("failures_total") + total("late_total");
        let shown = [total("rejected_total"), ended];
        let told = [shared.rejected, shared.answered + shared.failed];
        if shown == told {
            return Ok(());
        }
        Err(format!("the dashboard shows {shown:?} calls rejected and ended, and the table {told:?}"))
    }

    /// What `GET /api/breakers` says.
    fn breakers(&self) -> std::io::Result<Value> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(b"GET /api/breakers HTTP/1.0\r\nHost: localhost\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        serde_json::from_str(body).map_err(std::io::Error::other)
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        // It has no state worth a goodbye, and may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
