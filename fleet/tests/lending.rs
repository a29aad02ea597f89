//! Whatever happens, and in whatever order: what hosts have of a limit that they share is never more than the limit, nor are
//! the calls that it lets pass; and hosts that want it have it in the end.

#[allow(dead_code, reason = "each of the tests uses a part")]
mod world;

use holysheep_cb::Config;
use proptest::prelude::*;
use world::{Host, PER_SECOND, World};

const HOSTS: usize = 3;
const WHOLE: u32 = 1_000_000;

/// Something that happens.
#[derive(Debug, Clone)]
enum Happening {
    Thirst {
        host: usize,
        calls: usize,
    },
    Link {
        host: usize,
        is_linked: bool,
    },
    Run {
        host: usize,
        is_running: bool,
    },
    Server {
        is_there: bool,
    },
    LoseAnswers {
        which: u64,
    },
    LoseEverything,
    Replicate,
    FailOver,
    Jump {
        ms: i64,
    },
    /// A question comes that was asked so long ago, and was under way since.
    Late {
        host: usize,
        ms: u64,
    },
    Pass {
        ms: u64,
    },
}

fn happening() -> impl Strategy<Value = Happening> {
    let host = 0..HOSTS;
    prop_oneof![
        8 => (host.clone(), prop_oneof![Just(0_usize), Just(2)]).prop_map(|(host, calls)| Happening::Thirst { host, calls }),
        3 => (host.clone(), any::<bool>()).prop_map(|(host, is_linked)| Happening::Link { host, is_linked }),
        1 => (host.clone(), any::<bool>()).prop_map(|(host, is_running)| Happening::Run { host, is_running }),
        1 => any::<bool>().prop_map(|is_there| Happening::Server { is_there }),
        3 => (any::<u64>(), any::<u64>()).prop_map(|(a, b)| Happening::LoseAnswers { which: a & b }),
        1 => Just(Happening::LoseEverything),
        2 => Just(Happening::Replicate),
        2 => Just(Happening::FailOver),
        1 => (-20_000..20_000_i64).prop_map(|ms| Happening::Jump { ms }),
        2 => (host, 0..4000_u64).prop_map(|(host, ms)| Happening::Late { host, ms }),
        12 => (1..200_u64).prop_map(|n| Happening::Pass { ms: 50 * n }),
    ]
}

/// Watches over what must hold at every moment.
struct Watch {
    /// How many calls each host would make each 50 ms.
    thirst: [usize; HOSTS],
    gone: u64,
    /// The least of what went minus what the limit allows, over all times so far; in thousandths.
    least: i64,
    /// When the server's clock was last set.
    jumped: Option<u64>,
}

impl Watch {
    /// Calls go, as far as the limit lets them: in no time more of all hosts than it allows, but for two that each has saved.
    fn draw(&mut self, world: &World) {
        let shares: Vec<_> = world.hosts.iter().map(Host::share).collect();
        assert!(shares.iter().sum::<u32>() <= WHOLE, "{shares:?}");
        let over = |gone: u64| gone as i64 * 1000 - (world.elapsed * u64::from(PER_SECOND)) as i64;
        self.least = self.least.min(over(self.gone));
        self.gone += world.hosts.iter().zip(self.thirst).map(|(host, calls)| host.draw(calls)).sum::<u64>();
        let more = over(self.gone) - self.least - 2000 * HOSTS as i64;
        assert!(more <= 0, "{more} thousandths went too many");
    }
}

fn happen(world: &mut World, watch: &mut Watch, happening: &Happening) {
    match *happening {
        Happening::Thirst { host, calls } => watch.thirst[host] = calls,
        Happening::Link { host, is_linked } => world.hosts[host].is_linked = is_linked,
        Happening::Run { host, is_running } => world.hosts[host].run(is_running),
        Happening::Server { is_there } => world.server.failure = (!is_there).then_some("away"),
        Happening::LoseAnswers { which } => world.server.losses = which,
        Happening::LoseEverything => world.server.lose_everything(),
        Happening::Replicate => world.server.replicate(),
        Happening::FailOver => world.server.fail_over(),
        Happening::Jump { ms } => {
            // Steps on that are too small to be told from a time in which nobody asked do not come one upon the other.
            let is_small = (1..=3000).contains(&ms);
            if !is_small || watch.jumped.is_none_or(|at| world.elapsed - at > 10_000) {
                world.server.set_now(world.server.now().saturating_add_signed(ms));
                watch.jumped = Some(world.elapsed);
            }
        }
        Happening::Late { host, ms } => {
            let held = world.hosts[host].share() - 200_000 / HOSTS as u32;
            let _ = world.borrow(&format!("host-{host}"), held, world.server.now() - ms);
        }
        Happening::Pass { ms } => world.pass_with(ms, |world| watch.draw(world)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_sum_never_exceeds_the_limit(happenings in prop::collection::vec(happening(), 1..60)) {
        let mut world = World::new(HOSTS, "local", Config::new());
        world.share_a_limit();
        let mut watch = Watch { thirst: [0; HOSTS], gone: 0, least: i64::MAX, jumped: None };
        for happening in &happenings {
            happen(&mut world, &mut watch, happening);
        }
        // All is well again, and one host is thirsty: it has what there is but for the floors of the others.
        for host in &mut world.hosts {
            host.is_linked = true;
            host.run(true);
        }
        (world.server.failure, world.server.losses) = (None, 0);
        watch.thirst = [2, 0, 0];
        world.pass_with(60_000, |world| watch.draw(world));
        let share = world.hosts[0].share();
        prop_assert!(share > 840_000, "{share}");
        prop_assert_eq!(world.server.immortal(), Vec::<String>::new());
    }
}
