//! The thread that carries it all out: local events and published changes as they come, everything once a second.

use super::arguments::Joined;
use super::here::Here;
use super::news::{News, Queue};
use super::status::{Status, Told};
use crate::fault::Fault;
use crate::output::warn;
use holysheep_cb::Segment;
use holysheep_cb_fleet::{Failure, Link, Member, Server, Trouble};
use rustix::fs::{FlockOperation, Mode, OFlags, flock, mkdir, open};
use serde_json::json;
use std::fs::File;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How often everything is read.
const FULL: Duration = Duration::from_secs(1);
/// How often to look at what is under way.
const TICK: Duration = Duration::from_millis(100);
/// How much of the queue is taken between two looks at the time.
const AT_ONCE: usize = 256;
/// How long to wait after a failure: doubled up to the longest, and lengthened by up to its half at random.
const SOONEST: Duration = Duration::from_millis(100);
const LATEST: Duration = Duration::from_secs(5);
/// How long all may take to end, and how often to look whether it has.
const GRACE: Duration = Duration::from_millis(800);
const TURN: Duration = Duration::from_millis(10);

/// This host as a member, until it is told to end.
pub(crate) struct Sync {
    pub(crate) status: Arc<Status>,
    ended: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Sync {
    /// Begins. `only` = no other segment; `heard` is told when the server is away, and when it is back.
    pub(crate) fn start(
        joined: Joined,
        only: Option<String>,
        heard: impl Fn(Told) + Send + 'static,
    ) -> Result<Self, Fault> {
        let lock = claim(&joined.namespace)?;
        let Joined { server, space, namespace, host, instance, rules } = joined;
        let status = Arc::new(Status::new(server.to_string(), namespace, host.clone()));
        let ended = Arc::new(AtomicBool::new(false));
        let failed = |error: std::io::Error| Fault::Refused(format!("cannot start: {error}"));
        let Queue { news, threads } =
            Queue::new(&server, space.channel(), only.clone(), &ended).map_err(failed)?;
        let member = Member::new(space, &host, &instance, rules);
        let (until, shown) = (ended.clone(), status.clone());
        let run = move || {
            let _lock = lock;
            Loop {
                server,
                member,
                here: Here::new(only),
                news,
                status: shown,
                ended: until,
                heard: Box::new(heard),
            }
            .run();
        };
        let syncs = thread::Builder::new().name("hscb-sync".to_owned()).spawn(run).map_err(failed)?;
        Ok(Self { status, ended, threads: threads.into_iter().chain([syncs]).collect() })
    }

    /// Ends it. A thread that waits for a server that hangs is left behind: whoever calls this ends the process.
    pub(crate) fn end(self) {
        // Relaxed: it is about itself alone.
        self.ended.store(true, Ordering::Relaxed);
        let until = Instant::now() + GRACE;
        while !self.threads.iter().all(JoinHandle::is_finished) && Instant::now() < until {
            thread::sleep(TURN);
        }
    }
}

/// At most one agent of a directory is in a namespace: two would take back what the other did.
fn claim(namespace: &str) -> Result<File, Fault> {
    let folder = Segment::directory();
    let path = folder.join(format!(".fleet-{namespace}.lock"));
    let wrong = |error: rustix::io::Errno| Fault::Refused(format!("cannot lock {}: {error}", path.display()));
    // The agent may come before the first service does.
    match mkdir(&folder, Mode::RWXU) {
        Ok(()) | Err(rustix::io::Errno::EXIST) => {}
        Err(error) => return Err(wrong(error)),
    }
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let file = open(&path, flags, Mode::RUSR | Mode::WUSR).map_err(wrong)?;
    flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|error| match error {
        rustix::io::Errno::WOULDBLOCK => Fault::Refused(format!(
            "another agent has joined {} to namespace {namespace} already",
            folder.display()
        )),
        other => wrong(other),
    })?;
    Ok(file.into())
}

struct Loop {
    server: Server,
    member: Member,
    here: Here,
    news: Receiver<News>,
    status: Arc<Status>,
    ended: Arc<AtomicBool>,
    heard: Box<dyn Fn(Told) + Send>,
}

impl Loop {
    fn run(mut self) {
        let mut wait = Duration::ZERO;
        while !self.is_ended() {
            self.member.hold(&mut self.here);
            let Err(trouble) = self.connected() else { continue };
            // A server that was there a moment ago may be so again.
            wait = if self.status.is_connected() { SOONEST } else { (wait * 2).clamp(SOONEST, LATEST) };
            self.tell(Some(trouble.to_string()));
            self.pause(wait.mul_f64(1.0 + chance() / 2.0));
        }
    }

    fn is_ended(&self) -> bool {
        // Relaxed: it is about itself alone.
        self.ended.load(Ordering::Relaxed)
    }

    /// One connection, from its beginning to its end.
    fn connected(&mut self) -> Result<(), Trouble<Failure>> {
        let mut link = Link::connect(&self.server).map_err(Trouble::Store)?;
        self.member.begin_anew();
        let mut full = None::<Instant>;
        let mut tick = Instant::now();
        while !self.is_ended() {
            let now = Instant::now();
            if full.is_none_or(|then| now.duration_since(then) >= FULL) {
                full = Some(now);
                self.member.greet(&mut link, &self.here, &self.about())?;
                self.member.refresh(&mut link, &mut self.here)?;
                self.member.balance(&mut link, &mut self.here)?;
                self.show();
                self.tell(None);
            }
            if now.duration_since(tick) >= TICK {
                tick = now;
                self.member.tick(&mut link, &mut self.here)?;
            }
            let first = self.news.recv_timeout(TICK.saturating_sub(tick.elapsed())).ok();
            let rest = std::iter::from_fn(|| self.news.try_recv().ok()).take(AT_ONCE);
            for news in first.into_iter().chain(rest).collect::<Vec<_>>() {
                self.heed(&mut link, news)?;
            }
        }
        Ok(())
    }

    fn heed(&mut self, link: &mut Link, news: News) -> Result<(), Trouble<Failure>> {
        match news {
            News::Here(breaker) => self.member.touch(link, &mut self.here, &breaker),
            News::Published(text) => self.member.hear(link, &mut self.here, &text),
        }
    }

    /// What other hosts may know of this one.
    fn about(&self) -> String {
        let version = env!("CARGO_PKG_VERSION");
        json!({ "version": version, "breakers": self.member.breakers().count() }).to_string()
    }

    fn show(&self) {
        let breakers =
            self.member.breakers().map(|(name, policy, record)| (name.to_owned(), policy, record.clone()));
        let (breakers, hosts, done) = (breakers.collect(), self.member.hosts(), self.member.done());
        let limits = self.member.limits().map(|(name, balance)| (name.to_owned(), balance)).collect();
        let time = Some((Instant::now(), self.member.server_ms(&self.here)));
        self.status.change(|now| {
            (now.breakers, now.limits, now.hosts, now.done, now.time) = (breakers, limits, hosts, done, time);
        });
    }

    fn tell(&self, trouble: Option<String>) {
        if let Some(told) = self.status.tell(trouble) {
            warn(&told.line(&self.status.server));
            (self.heard)(told);
        }
    }

    /// Waits, and forgets what comes meanwhile: the next connection begins with a look at everything.
    fn pause(&self, wait: Duration) {
        let until = Instant::now() + wait;
        while let Some(left) = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
            if self.is_ended() {
                return;
            }
            drop(self.news.recv_timeout(left.min(TICK)));
        }
    }
}

/// From 0 to 1.
fn chance() -> f64 {
    RandomState::new().hash_one(0) as f64 / u64::MAX as f64
}
