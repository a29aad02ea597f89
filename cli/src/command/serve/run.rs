//! Puts the agent together, and runs it until it is told to end.

use super::agent::Agent;
use super::{api, frame, teller, token, wire};
use crate::cli::ServeArgs;
use crate::fault::Fault;
use crate::fleet::{Joined, Sync};
use crate::output::{Out, warn};
use crate::place::{listed, open_listed};
use crate::watch::Reader;
use serde_json::json;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// Threads that look while requests wait.
const LOOKERS: usize = 64;

/// Runs the verb.
pub(crate) fn run(args: &ServeArgs) -> Result<(), Fault> {
    let token = token::find(args.token_file.as_deref())?;
    let joined = Joined::new(&args.member)?;
    let (close, closing) = watch::channel(());
    let agent = Arc::new(Agent::new(args, token, closing));
    let listener = listen(args.listen)?;
    raise_limit();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(LOOKERS)
        .enable_all()
        .build()
        .map_err(failed)?;
    // Signals are heard from before anybody is told that there is an agent.
    let _entered = runtime.enter();
    let signals = Signals::new().map_err(failed)?;
    let listener = tokio::net::TcpListener::from_std(listener).map_err(failed)?;
    let sync = joined.map(|joined| join(&agent, joined)).transpose()?;
    announce(args, listener.local_addr().map_err(failed)?, agent.token.is_some())?;
    let ended = Arc::new(AtomicBool::new(false));
    let threads = start(&agent, &ended)?;
    runtime.block_on(async {
        let router = api::router(agent.clone());
        let served = wire::serve(listener, router, agent.clone());
        let ending = async {
            signals.any().await;
            drop(close);
        };
        tokio::join!(served, ending);
    });
    // Relaxed: it is about itself alone.
    ended.store(true, Ordering::Relaxed);
    agent.sampler.end();
    threads.into_iter().for_each(|thread| drop(thread.join()));
    sync.into_iter().for_each(Sync::end);
    runtime.shutdown_background();
    Ok(())
}

/// Joins the fleet; whoever hears of transitions hears of its connection, too.
fn join(agent: &Arc<Agent>, joined: Joined) -> Result<Sync, Fault> {
    let told = agent.clone();
    let sync = Sync::start(joined, agent.only.clone(), move |news| {
        // Nobody may be there to hear of it.
        let _ = told.transitions.send(frame::of_fleet(news));
    })?;
    let _ = agent.fleet.set(sync.status.clone());
    Ok(sync)
}

/// The threads that look and that tell of transitions.
fn start(agent: &Arc<Agent>, ended: &Arc<AtomicBool>) -> Result<[JoinHandle<()>; 2], Fault> {
    // A directory that cannot be read may be later.
    let there = listed().unwrap_or_default().into_iter();
    let asked = there.filter(|info| agent.only.as_ref().is_none_or(|only| *only == info.name));
    let mut readers: Vec<_> =
        asked.filter_map(|info| open_listed(info).ok()).map(|opened| Reader::new(&opened)).collect();
    teller::catch_up(agent, &mut readers);
    let looker = agent.clone();
    let looks = move || {
        let _alarm = Alarm;
        looker.sampler.run();
    };
    let (agent, ended) = (agent.clone(), ended.clone());
    let tells = move || {
        let _alarm = Alarm;
        teller::run(&agent, readers, &ended);
    };
    let thread = |name: &str| thread::Builder::new().name(name.to_owned());
    Ok([thread("hscb-look").spawn(looks).map_err(failed)?, thread("hscb-tell").spawn(tells).map_err(failed)?])
}

/// An agent that neither looks nor tells is worse than none: whoever supervises it starts another.
struct Alarm;

impl Drop for Alarm {
    fn drop(&mut self) {
        if thread::panicking() {
            warn("the agent has lost a part of itself, and ends");
            std::process::exit(1);
        }
    }
}

fn listen(address: SocketAddr) -> Result<TcpListener, Fault> {
    let wrong = |error| Fault::Refused(format!("cannot listen on {address}: {error}"));
    let listener = TcpListener::bind(address).map_err(wrong)?;
    listener.set_nonblocking(true).map_err(wrong)?;
    Ok(listener)
}

/// As many descriptors as this process may have: each connection takes one, each segment for a moment.
fn raise_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    // Where it is refused, connections wait until there are descriptors.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
}

/// Says where the agent is, on the only line of standard output, and who can reach it.
fn announce(args: &ServeArgs, address: SocketAddr, is_operable: bool) -> Result<(), Fault> {
    if !address.ip().is_loopback() {
        let operate = if is_operable { ", and whoever has the token may operate them" } else { "" };
        warn(&format!("whoever reaches {address} can see all breakers{operate}"));
    }
    let mut out = Out::new(args.answer.json);
    let place = format!("http://{address}");
    let written = if out.json {
        out.object(&json!({ "listening": place })).and_then(|()| out.flush())
    } else {
        out.line(&format!("listening on {place}")).and_then(|()| out.flush())
    };
    match written {
        // Nobody wants to know.
        Err(Fault::Unread) => Ok(()),
        other => other,
    }
}

/// What ends the agent.
struct Signals([Signal; 2]);

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self([signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?]))
    }

    async fn any(self) {
        let [mut interrupt, mut terminate] = self.0;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }
}

/// Of setting up.
fn failed(error: io::Error) -> Fault {
    Fault::Refused(format!("cannot start: {error}"))
}
