//! A worker of the demo in Rust (`hscb demo-worker`): the twin of `examples/demo/worker.c` and `worker.py`.

use super::abi::{Breaker, Segment, mode, now_ns};
use super::fact::Fact;
use super::leash;
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{self, ExitCode};
use std::time::{Duration, Instant};
use std::{env, thread};

/// Calls at its own pace until standard input is closed.
pub(crate) fn run() -> ExitCode {
    leash::hold();
    let Err(complaint) = work();
    eprintln!("hscb demo-worker: {complaint}");
    ExitCode::FAILURE
}

/// The loop, which only ends by failing.
fn work() -> Result<std::convert::Infallible, String> {
    let breaker = open_breaker()?;
    let (pace, mut seen) = (milliseconds("HSCB_DEMO_PACE_MS")?, None);
    say(Fact::Hello { at: now_ns(), pid: process::id() })?;
    loop {
        thread::sleep(pace);
        guarded_call(&breaker)?;
        let now = breaker.mode()?;
        if seen.replace(now) != Some(now) {
            say(Fact::Mode { at: now_ns(), mode: now })?;
        }
    }
}

/// The breaker: in the segment that the environment names, else this process's own.
fn open_breaker() -> Result<Breaker, String> {
    let segment = env::var("HSCB_DEMO_SEGMENT").ok().map(|name| Segment::open(&name)).transpose()?;
    Breaker::open(segment.as_ref(), &setting("HSCB_DEMO_CONFIG")?)
}

/// Asks the breaker, calls, and records how it went; a rejected call costs what `admit` costs.
fn guarded_call(breaker: &Breaker) -> Result<(), String> {
    let (port, timeout) = (setting("HSCB_DEMO_PORT")?, milliseconds("HSCB_DEMO_TIMEOUT_MS")?);
    let began = Instant::now();
    let permit = breaker.admit();
    let asked = Instant::now();
    let Some(permit) = permit else {
        return say(Fact::Rejected { at: now_ns(), ns: nanoseconds(asked - began) });
    };
    if breaker.mode()? == mode::HALF_OPEN {
        say(Fact::Probe { at: now_ns() })?;
    }
    let ok = call_api(&port, timeout).is_ok_and(|answered| answered);
    breaker.record(permit, ok);
    say(Fact::Result { at: now_ns(), ok, ns: nanoseconds(asked.elapsed()) })
}

/// One real HTTP call; true if the service answered 200 in time.
fn call_api(port: &str, timeout: Duration) -> io::Result<bool> {
    const BODY: &str = r#"{"model":"gpt-4.1","messages":[{"role":"user","content":"Hi"}]}"#;
    let port = port.parse().map_err(io::Error::other)?;
    let mut relay = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    relay.set_read_timeout(Some(timeout))?;
    write!(
        relay,
        "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{BODY}",
        BODY.len()
    )?;
    let mut answer = Vec::new();
    relay.read_to_end(&mut answer)?;
    Ok(answer.starts_with(b"HTTP/1.1 200"))
}

/// Reports one fact to the demo; an error if the demo is gone.
fn say(fact: Fact) -> Result<(), String> {
    writeln!(io::stdout().lock(), "{}", fact.line()).map_err(|e| e.to_string())
}

/// A setting from the environment.
fn setting(name: &str) -> Result<String, String> {
    env::var(name).map_err(|e| format!("{name}: {e}"))
}

/// A setting in milliseconds.
fn milliseconds(name: &str) -> Result<Duration, String> {
    setting(name)?.parse().map(Duration::from_millis).map_err(|e| format!("{name}: {e}"))
}

/// A duration as facts tell it.
fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
