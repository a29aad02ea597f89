//! A fleet in virtual time: hosts with real breakers, and a server that runs the real scripts.

pub(crate) mod server;

use holysheep_cb::{
    Breaker, Config, Limiter, LimiterConfig, LimiterSnapshot, ManualClock, Mode, Segment, Share, Snapshot,
};
use holysheep_cb_fleet::{Act, Local, Member, Policy, Question, Rules, Space, Store as _, Trouble};
use server::Server;
use std::rc::Rc;
use std::time::Duration;

/// The breaker that all hosts have.
pub(crate) const NAME: &str = "relay|gpt";
pub(crate) const FULL: &str = "chat/relay|gpt";
/// The limit that all hosts share, if any do, and how much it is.
pub(crate) const LIMIT: &str = "chat/account";
pub(crate) const PER_SECOND: u32 = 10;
/// When it begins, by the server's clock.
pub(crate) const T0: u64 = 1_800_000_000_000;

/// A host: its clock, its breaker, and what tells the fleet of it.
pub(crate) struct Host {
    pub(crate) clock: ManualClock,
    pub(crate) breaker: Breaker<ManualClock>,
    pub(crate) segment: Segment,
    /// The limit that it shares.
    pub(crate) limiter: Option<Limiter<ManualClock>>,
    pub(crate) member: Member,
    /// It reaches the server.
    pub(crate) is_linked: bool,
    was_linked: bool,
    is_running: bool,
    rules: Rules,
    name: String,
    restarts: u32,
    /// What was published and it has not heard of yet.
    pub(crate) inbox: Vec<Rc<str>>,
}

/// The breakers of a host, as its member sees them.
struct Here<'a> {
    clock: &'a ManualClock,
    breaker: &'a Breaker<ManualClock>,
    limiter: Option<&'a Limiter<ManualClock>>,
}

impl Local for Here<'_> {
    fn now_ms(&self) -> u64 {
        use holysheep_cb::Clock as _;
        self.clock.now_ns() / 1_000_000
    }

    fn all(&mut self) -> Vec<(String, Snapshot)> {
        vec![(FULL.to_owned(), self.breaker.snapshot())]
    }

    fn one(&mut self, breaker: &str) -> Option<Snapshot> {
        (breaker == FULL).then(|| self.breaker.snapshot())
    }

    fn act(&mut self, breaker: &str, act: &Act) {
        assert_eq!(breaker, FULL);
        act.carry_out(self.breaker);
    }

    fn limiters(&mut self) -> Vec<(String, LimiterSnapshot)> {
        self.limiter.iter().map(|limiter| (LIMIT.to_owned(), limiter.snapshot())).collect()
    }

    fn share(&mut self, limiter: &str, share: Share) {
        assert_eq!(limiter, LIMIT);
        self.limiter.expect("it was shown").set_share(share).expect("a share in range");
    }
}

impl Host {
    fn new(number: usize, hosts: usize, policy: Policy, config: &Config, segment: Segment) -> Self {
        let clock = ManualClock::new();
        // No two hosts were started at once.
        clock.advance(Duration::from_secs(1000 + 7919 * number as u64));
        let builder = Breaker::builder().segment(&segment).config(*config).clock(clock.clone());
        let name = format!("host-{number}");
        let breaker = builder.open(&format!("{NAME} of {name}")).unwrap();
        let hosts = hosts.min(10_000);
        let limits = format!(r#"[{{"limiters": "chat/*", "hosts": {hosts}, "reserve_percent": 20}}]"#);
        let text = format!(r#"{{"probe_lease_ms": 3000, "jitter_ms": 200, "limits": {limits}}}"#);
        let rules = Rules::from_json(&text).unwrap().with_default(policy);
        let member = Member::new(Space::new("test").unwrap(), &name, "0", rules.clone());
        Self {
            clock,
            breaker,
            segment,
            limiter: None,
            member,
            is_linked: true,
            was_linked: false,
            is_running: true,
            rules,
            name,
            restarts: 0,
            inbox: Vec::new(),
        }
    }

    /// Its agent is killed, or started anew.
    pub(crate) fn run(&mut self, is_running: bool) {
        if is_running && !self.is_running {
            self.restarts += 1;
            let instance = self.restarts.to_string();
            self.member = Member::new(Space::new("test").unwrap(), &self.name, &instance, self.rules.clone());
            self.was_linked = false;
        }
        self.is_running = is_running;
    }

    /// What its agent does in this moment; `is_full`: a second is over.
    fn turn(&mut self, server: &mut Server, is_full: bool) {
        let Self { clock, breaker, limiter, member, is_linked, was_linked, is_running, inbox, .. } = self;
        let mut here = Here { clock, breaker, limiter: limiter.as_ref() };
        if *is_running {
            member.hold(&mut here);
        }
        if !*is_running || !*is_linked {
            *was_linked = false;
            inbox.clear();
            return;
        }
        let mut act = || -> Result<(), Trouble<&'static str>> {
            if !*was_linked || is_full {
                if !*was_linked {
                    member.begin_anew();
                }
                member.greet(server, &here, "{}")?;
                member.refresh(server, &mut here)?;
                member.balance(server, &mut here)?;
            }
            for message in inbox.drain(..) {
                member.hear(server, &mut here, &message)?;
            }
            member.touch(server, &mut here, FULL)?;
            member.tick(server, &mut here)
        };
        *was_linked = act().is_ok();
    }

    /// Another agent that goes by its name.
    pub(crate) fn greet_as_another(&self, server: &mut Server) -> Result<(), String> {
        let mut other = Member::new(Space::new("test").unwrap(), &self.name, "another", self.rules.clone());
        let here = Here { clock: &self.clock, breaker: &self.breaker, limiter: None };
        other.greet(server, &here, "{}").map_err(|trouble| trouble.to_string())
    }

    pub(crate) fn shown(&self) -> Snapshot {
        self.breaker.snapshot()
    }

    /// What it may use of the limit, in millionths.
    pub(crate) fn share(&self) -> u32 {
        let shown = self.limiter.as_ref().expect("it shares one").snapshot();
        shown.share.unwrap_or(Share::WHOLE).in_force()
    }

    /// So many calls that the limit may let pass; how many it did.
    pub(crate) fn draw(&self, calls: usize) -> u64 {
        let limiter = self.limiter.as_ref().expect("it shares one");
        (0..calls).filter(|_| limiter.try_acquire(1).is_ok()).count() as u64
    }

    pub(crate) fn mode(&self) -> Mode {
        self.breaker.mode()
    }

    /// A call; `None` = it was not admitted.
    pub(crate) fn call(&self, succeeds: bool) -> Option<bool> {
        let permit = self.breaker.admit().ok()?;
        if succeeds {
            permit.success()
        } else {
            permit.failure()
        }
        Some(succeeds)
    }

    pub(crate) fn fail(&self, times: usize) {
        for _ in 0..times {
            self.call(false);
        }
    }
}

/// The hosts and their server.
pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) hosts: Vec<Host>,
    pub(crate) elapsed: u64,
    /// What is published is lost.
    pub(crate) is_deaf: bool,
    /// The last things that were published.
    pub(crate) old: Vec<Rc<str>>,
    /// How often something was sent to a host, and how many bytes of text.
    pub(crate) sent: (u64, u64),
}

impl World {
    pub(crate) fn new(hosts: usize, policy: &str, config: Config) -> Self {
        Self::made(hosts, policy, config, Segment::private)
    }

    /// Hosts whose breakers lie in one segment, which takes less memory.
    pub(crate) fn dense(hosts: usize, policy: &str, config: Config) -> Self {
        let segment = Segment::private();
        Self::made(hosts, policy, config, || segment.clone())
    }

    fn made(hosts: usize, policy: &str, config: Config, segment: impl Fn() -> Segment) -> Self {
        let policy = policy.parse().unwrap();
        let hosts = (0..hosts).map(|number| Host::new(number, hosts, policy, &config, segment())).collect();
        let mut world = Self {
            server: Server::new(T0),
            hosts,
            elapsed: 0,
            is_deaf: false,
            old: Vec::new(),
            sent: (0, 0),
        };
        // So that everybody knows how many they are.
        world.pass(2000);
        world
    }

    /// All hosts share a limit from now on.
    pub(crate) fn share_a_limit(&mut self) {
        // Each may save two units, so that the steps of the virtual time lose none.
        let burst = 2 * self.hosts.len() as u32;
        for host in &mut self.hosts {
            let config = LimiterConfig::new(PER_SECOND, Duration::from_secs(1)).burst(burst);
            let builder = Limiter::builder().segment(&host.segment).config(config);
            host.limiter = Some(builder.clock(host.clock.clone()).open("account").unwrap());
        }
        self.turn();
    }

    /// Time passes, and everybody does what there is to do: each 50 ms, and all of it each second.
    pub(crate) fn pass(&mut self, ms: u64) {
        self.pass_with(ms, |_| {});
    }

    /// The same, with something that happens each 50 ms.
    pub(crate) fn pass_with(&mut self, ms: u64, mut what: impl FnMut(&mut Self)) {
        for _ in 0..ms / 50 {
            self.server.advance(50);
            self.elapsed += 50;
            self.hosts.iter().for_each(|host| host.clock.advance(Duration::from_millis(50)));
            what(self);
            self.turn();
        }
    }

    fn turn(&mut self) {
        for i in 0..self.hosts.len() {
            // Each has its own second.
            let is_full = self.elapsed % 1000 == (i as u64 * 50) % 1000;
            self.hosts[i].turn(&mut self.server, is_full);
            let published: Vec<Rc<str>> = self.server.published().into_iter().map(Rc::from).collect();
            self.old.extend_from_slice(&published);
            let kept = self.old.len().saturating_sub(5);
            self.old.drain(..kept);
            if !self.is_deaf {
                let bytes: usize = published.iter().map(|message| message.len()).sum();
                self.sent.0 += (published.len() * self.hosts.len()) as u64;
                self.sent.1 += (bytes * self.hosts.len()) as u64;
                if !published.is_empty() {
                    self.hosts.iter_mut().for_each(|host| host.inbox.extend_from_slice(&published));
                }
            }
        }
    }

    /// A host that holds so much asks to be lent all there is of the limit, at what it takes for this time of the server.
    pub(crate) fn borrow(&mut self, host: &str, held: u32, now: u64) -> Result<Vec<String>, &'static str> {
        let hosts = self.hosts.len() as u32;
        let question = Question { now, floor: 200_000 / hosts, hosts, held, wants: 1_000_000 };
        let call = Space::new("test").unwrap().borrow(host, LIMIT, question);
        Ok(self.server.run(&[call])?.remove(0))
    }

    pub(crate) fn modes(&self) -> Vec<Mode> {
        self.hosts.iter().map(Host::mode).collect()
    }

    pub(crate) fn all_are(&self, mode: Mode) -> bool {
        self.hosts.iter().all(|host| host.mode() == mode)
    }
}
