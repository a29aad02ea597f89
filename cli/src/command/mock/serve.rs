//! Puts the server together, and runs it until it is told to end.

use super::app::{App, Boards};
use super::fields::BadScript;
use super::gate::Gate;
use super::script::Script;
use super::stage::{self, Director};
use super::timeline::Timeline;
use super::{api, control};
use crate::cli::MockArgs;
use axum::Router;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// The longest script, in bytes.
const LONGEST_SCRIPT: u64 = 4 << 20;

/// Why the server did not run, and the exit status that says so: 2 where the caller has to change something.
#[derive(Debug)]
struct Failure(String, u8);

impl From<BadScript> for Failure {
    fn from(bad: BadScript) -> Self {
        Self(bad.to_string(), 2)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self(error.to_string(), 1)
    }
}

/// Runs `hscb mock`.
pub(crate) fn run(args: MockArgs) -> ExitCode {
    match start(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(message, status)) => {
            let _ = writeln!(io::stderr(), "hscb mock: {message}");
            ExitCode::from(status)
        }
    }
}

fn start(args: MockArgs) -> Result<(), Failure> {
    let host = loopback(&args.host)?;
    let script = script(&args)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let served = runtime.block_on(serve(&args, host, script));
    // Requests that hang would wait for ever.
    runtime.shutdown_background();
    served
}

/// The address to listen on, which nobody outside this host can reach.
fn loopback(host: &str) -> Result<IpAddr, Failure> {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let address = if bare == "localhost" { Some(Ipv4Addr::LOCALHOST.into()) } else { bare.parse().ok() };
    match address {
        Some(address) if IpAddr::is_loopback(&address) => Ok(address),
        _ => {
            let allowed = "a loopback address, such as 127.0.0.1 or ::1 (the mock is not for other hosts)";
            Err(Failure(format!("--host is {host:?}; allowed: {allowed}"), 2))
        }
    }
}

fn script(args: &MockArgs) -> Result<Arc<Script>, Failure> {
    let mut script = match &args.script {
        Some(path) => Script::parse(&read(path)?)?,
        None => Script::of_short(&args.phases)?,
    };
    script.repeat |= args.repeat;
    script.seed = args.seed.unwrap_or(script.seed);
    Ok(Arc::new(script))
}

fn read(path: &Path) -> Result<String, Failure> {
    let stdin = path.as_os_str() == "-";
    let place = if stdin { "standard input".into() } else { path.display().to_string() };
    let fail = |error: io::Error| Failure(format!("script {place}: {error}"), 2);
    let source: Box<dyn io::Read> =
        if stdin { Box::new(io::stdin()) } else { Box::new(File::open(path).map_err(fail)?) };
    let mut text = String::new();
    source.take(LONGEST_SCRIPT + 1).read_to_string(&mut text).map_err(fail)?;
    if text.len() as u64 > LONGEST_SCRIPT {
        return Err(Failure(format!("script {place}: too long; allowed: {LONGEST_SCRIPT} bytes"), 2));
    }
    Ok(text)
}

async fn serve(args: &MockArgs, host: IpAddr, script: Arc<Script>) -> Result<(), Failure> {
    let mut gate = take(SocketAddr::new(host, args.port))?;
    let mut side = args.control_port.map(|port| take(SocketAddr::new(host, port))).transpose()?;
    let (stage, mut director) = stage::stage(Timeline::new(script.clone(), args.start, Duration::ZERO));
    let app = Arc::new(App {
        boards: Boards::new(&script),
        script,
        start: args.start,
        key: args.api_key.clone(),
        stage,
        connections: gate.connections().clone(),
        stop: Notify::new(),
    });
    let router = api::router(app.clone()).merge(control::router(app.clone()));
    let ended = ended(&app)?;
    director.prepare(&mut gate, &router).await?;
    if let Some(side) = &mut side {
        side.open(&control::alone(app.clone()))?;
    }
    announce(&gate, side.as_ref())?;
    let outcome = tokio::select! {
        outcome = run_stage(&mut director, &mut gate, &router) => outcome,
        () = ended => Ok(()),
    };
    close(gate, side).await;
    outcome
}

fn take(address: SocketAddr) -> Result<Gate, Failure> {
    Gate::take(address).map_err(|error| Failure(format!("cannot listen on {address}: {error}"), 1))
}

async fn run_stage(director: &mut Director, gate: &mut Gate, router: &Router) -> Result<(), Failure> {
    let address = gate.address();
    let reopen = |error| Failure(format!("cannot listen on {address} again: {error}"), 1);
    director.run(gate, router).await.map_err(reopen)
}

/// Says where the server is. These lines are the only ones on standard output.
fn announce(gate: &Gate, side: Option<&Gate>) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    writeln!(out, "listening on http://{}", gate.address())?;
    if let Some(side) = side {
        writeln!(out, "control on http://{}", side.address())?;
    }
    Ok(out.flush()?)
}

/// Lets answers that are being written reach their readers, but waits for nobody who hangs.
async fn close(mut gate: Gate, side: Option<Gate>) {
    gate.close().await;
    let mut all = vec![gate.connections().clone()];
    if let Some(mut side) = side {
        side.close().await;
        all.push(side.connections().clone());
    }
    for _ in 0..60 {
        if all.iter().all(|connections| connections.counts().1 == 0) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Ends with `POST /control/shutdown`, SIGINT or SIGTERM, which are handled from when this returns.
#[cfg(unix)]
fn ended(app: &Arc<App>) -> io::Result<impl Future<Output = ()> + use<>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let app = app.clone();
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            () = app.stop.notified() => {}
        }
    })
}

/// Ends with `POST /control/shutdown` or Ctrl-C.
#[cfg(not(unix))]
fn ended(app: &Arc<App>) -> io::Result<impl Future<Output = ()> + use<>> {
    let app = app.clone();
    Ok(async move {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            () = app.stop.notified() => {}
        }
    })
}
