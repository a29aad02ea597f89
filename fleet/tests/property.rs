//! Whatever happens, and in whatever order: no circuit is open for ever, none is closed or shortened while its own host's
//! rule holds, versions only grow, and no probe goes without a lease while the server is there.

#[allow(dead_code, reason = "each of the tests uses a part")]
mod world;

use holysheep_cb::{Config, Mode};
use proptest::prelude::*;
use std::time::Duration;
use world::{FULL, World};

const S: Duration = Duration::from_secs(1);

/// Something that happens.
#[derive(Debug, Clone)]
enum Happening {
    Calls { host: usize, times: usize, succeed: bool },
    Hang { host: usize },
    Link { host: usize, is_linked: bool },
    Run { host: usize, is_running: bool },
    Deaf { is_deaf: bool },
    Repeat { host: usize },
    Server { is_there: bool },
    LoseEverything,
    LoseAnswers { which: u64 },
    Replicate,
    FailOver,
    Jump { ms: i64 },
    Reset { host: usize },
    Pass { ms: u64 },
}

fn happening(hosts: usize) -> impl Strategy<Value = Happening> {
    let host = 0..hosts;
    prop_oneof![
        6 => (host.clone(), 1..8_usize, any::<bool>()).prop_map(|(host, times, succeed)| Happening::Calls { host, times, succeed }),
        1 => host.clone().prop_map(|host| Happening::Hang { host }),
        2 => (host.clone(), any::<bool>()).prop_map(|(host, is_linked)| Happening::Link { host, is_linked }),
        1 => (host.clone(), any::<bool>()).prop_map(|(host, is_running)| Happening::Run { host, is_running }),
        1 => any::<bool>().prop_map(|is_deaf| Happening::Deaf { is_deaf }),
        1 => host.clone().prop_map(|host| Happening::Repeat { host }),
        1 => any::<bool>().prop_map(|is_there| Happening::Server { is_there }),
        1 => Just(Happening::LoseEverything),
        1 => (any::<u64>(), any::<u64>()).prop_map(|(a, b)| Happening::LoseAnswers { which: a & b }),
        2 => Just(Happening::Replicate),
        1 => Just(Happening::FailOver),
        1 => (-20_000..20_000_i64).prop_map(|ms| Happening::Jump { ms }),
        1 => host.prop_map(|host| Happening::Reset { host }),
        8 => (1..120_u64).prop_map(|n| Happening::Pass { ms: 50 * n }),
    ]
}

/// What a host's own opening promises: it is not over before.
#[derive(Debug, Clone, Copy, Default)]
struct Promise {
    generation: u16,
    until: u64,
}

/// Watches over what must hold at every moment.
struct Watch {
    promises: Vec<Promise>,
    version: u64,
    /// The server has lost everything; its clock has gone back. After both there is nothing that versions could grow from.
    is_lost: bool,
    is_back: bool,
}

impl Watch {
    fn look(&mut self, world: &World) {
        for (host, promise) in world.hosts.iter().zip(&mut self.promises) {
            let shown = host.shown();
            let until = world.elapsed + shown.own_open_remaining_ns.div_ceil(1_000_000);
            if shown.mode == Mode::Open && shown.own_open_remaining_ns > 0 {
                if promise.generation == shown.generation {
                    assert!(
                        until >= promise.until,
                        "an opening of its own was shortened: {promise:?} {shown:?}"
                    );
                }
                *promise = Promise { generation: shown.generation, until };
            } else {
                let is_kept = world.elapsed >= promise.until || promise.generation == 0;
                assert!(is_kept, "an opening of its own ended early: {promise:?} {shown:?}");
            }
        }
        let version = world.server.field(&format!("hscb:test:breaker:{FULL}"), "v");
        if let Some(version) = version.map(|version| version.parse().unwrap()) {
            assert!(
                version >= self.version || (self.is_lost && self.is_back),
                "version {version} after {}",
                self.version
            );
            self.version = version;
        }
    }

    /// An operator has said so: what the host promised is void.
    fn forgive(&mut self, host: usize) {
        self.promises[host] = Promise::default();
    }
}

fn happen(world: &mut World, watch: &mut Watch, happening: &Happening) {
    match *happening {
        Happening::Calls { host, times, succeed } => {
            for _ in 0..times {
                world.hosts[host].call(succeed);
            }
        }
        Happening::Hang { host } => {
            let _ = world.hosts[host].breaker.admit().map(holysheep_cb::Permit::into_raw);
        }

        Happening::Link { host, is_linked } => world.hosts[host].is_linked = is_linked,
        Happening::Run { host, is_running } => world.hosts[host].run(is_running),
        Happening::Deaf { is_deaf } => world.is_deaf = is_deaf,
        Happening::Repeat { host } => {
            // Late, twice, and in the wrong order.
            let again: Vec<_> = world.old.iter().rev().cloned().collect();
            world.hosts[host].inbox.extend(again);
        }
        Happening::Server { is_there } => world.server.failure = (!is_there).then_some("away"),
        Happening::LoseEverything => {
            world.server.lose_everything();
            watch.is_lost = true;
        }
        Happening::LoseAnswers { which } => world.server.losses = which,
        Happening::Replicate => world.server.replicate(),
        Happening::FailOver => {
            world.server.fail_over();
            watch.version = 0;
        }
        Happening::Jump { ms } => {
            world.server.set_now(world.server.now().saturating_add_signed(ms));
            watch.is_back |= ms < 0;
        }
        Happening::Reset { host } => {
            world.hosts[host].breaker.reset();
            watch.forgive(host);
        }
        Happening::Pass { ms } => {
            for _ in 0..ms / 50 {
                world.pass(50);
                watch.look(world);
            }
        }
    }
    watch.look(world);
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_open_for_ever_and_nothing_of_its_own_is_cut_short(
        policy in prop_oneof![Just("any"), Just("quorum:2"), Just("quorum:50%"), Just("advise")],
        few in prop_oneof![Just(1_u32), Just(16)],
        happenings in prop::collection::vec(happening(3), 1..60),
    ) {
        let config = Config::new().open(5 * S).open_backoff(2.0).open_max(20 * S).probe_lease(4 * S).half_open_max_calls(2).success_threshold(1);
        let mut world = World::new(3, policy, config);
        world.server.set_few(few);
        let mut watch = Watch { promises: vec![Promise::default(); 3], version: 0, is_lost: false, is_back: false };
        for happening in &happenings {
            happen(&mut world, &mut watch, happening);
        }
        // The service is well again; whatever is broken stays broken. Every host that calls comes back.
        let mut reached = [0; 3];
        world.pass_with(120_000, |world| {
            for (i, host) in world.hosts.iter().enumerate() {
                reached[i] += usize::from(host.call(true).is_some());
            }
        });
        prop_assert!(world.all_are(Mode::Closed), "{:?}", world.modes());
        prop_assert!(reached.iter().all(|&calls| calls > 0), "{reached:?}");
        prop_assert_eq!(world.server.immortal(), Vec::<String>::new());
    }
}
