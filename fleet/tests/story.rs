//! What a fleet does, story by story, in virtual time.

#[allow(dead_code, reason = "each of the tests uses a part")]
mod world;

use holysheep_cb::{Config, Mode, Reason};
use std::time::Duration;
use world::{FULL, T0, World};

const S: Duration = Duration::from_secs(1);

fn config() -> Config {
    Config::new().open(10 * S).half_open_max_calls(1).success_threshold(1)
}

/// The reasons of a host's transitions, in their order.
fn reasons(world: &World, host: usize) -> Vec<Reason> {
    world.hosts[host].segment.events_from(0).map(|event| event.reason).collect()
}

#[test]
fn enough_openings_open_it_everywhere_and_too_few_do_not() {
    let mut world = World::new(4, "quorum:2", config());
    world.hosts[0].fail(5);
    world.pass(3000);
    assert_eq!(
        world.modes(),
        [Mode::Open, Mode::Closed, Mode::Closed, Mode::Closed],
        "a sick host alone opens no other"
    );
    world.hosts[1].fail(5);
    world.pass(100);
    assert!(world.all_are(Mode::Open));
    assert_eq!(reasons(&world, 2), [Reason::Remote]);
    // Until fewer than two have it open: when the first opening is over.
    let left = world.hosts[2].shown().open_remaining_ns / 1_000_000;
    assert!((6700..=7200).contains(&left), "{left} ms");
}

/// Forty hosts meet an outage within two seconds, open together, and come back together.
#[test]
fn many_hosts_that_meet_one_outage_do_not_drown_each_other() {
    let hosts = 40;
    let mut world = World::new(hosts, "quorum:100%", config());
    let (sent, mut next) = (world.sent, 0);
    world.pass_with(2000, |world| {
        if next < hosts {
            world.hosts[next].fail(5);
            next += 1;
        }
    });
    world.pass(1000);
    assert!(world.all_are(Mode::Open));
    let (messages, bytes) = ((world.sent.0 - sent.0) / hosts as u64, (world.sent.1 - sent.1) / hosts as u64);
    assert!((16..40).contains(&messages) && bytes / messages < 1500, "{messages} messages, {bytes} bytes");
    let own = |world: &World, host: usize| {
        let record = world.hosts[host].member.breakers().next().unwrap().2.clone();
        (
            record.votes.len(),
            record.votes.contains_key(&format!("host-{host}")),
            record.held(world.server.now()),
        )
    };
    assert_eq!(
        [0, 20, 39].map(|host| own(&world, host)),
        [(1, true, 40); 3],
        "each knows of its own vote, and how many there are"
    );

    // The first probe fails, and that keeps it open for all; the second succeeds.
    let mut probes = Vec::new();
    world.pass_with(16_000, |world| probes.extend(world.hosts.iter().filter_map(|host| host.call(false))));
    assert_eq!(probes.len(), 1, "one host probes for all");
    assert!(world.all_are(Mode::Open));
    world.pass_with(20_000, |world| probes.extend(world.hosts.iter().filter_map(|host| host.call(true))));
    assert!(world.all_are(Mode::Closed), "{:?}", world.modes());
    assert_eq!(own(&world, 7), (0, false, 0));
}

#[test]
fn a_lost_message_is_made_good_within_the_second() {
    let mut world = World::new(3, "any", config());
    world.is_deaf = true;
    world.hosts[0].fail(5);
    world.pass(1100);
    assert!(world.all_are(Mode::Open));
}

#[test]
fn a_share_is_of_the_hosts_that_are_there() {
    let mut world = World::new(5, "quorum:50%", config());
    world.hosts[0].fail(5);
    world.hosts[1].fail(5);
    world.pass(1000);
    assert_eq!(world.hosts[4].mode(), Mode::Closed);
    for gone in [3, 4] {
        world.hosts[gone].run(false);
    }
    world.hosts[0].breaker.reset();
    world.hosts[1].breaker.reset();
    world.pass(12_000);
    world.hosts[0].fail(5);
    world.hosts[1].fail(5);
    world.pass(1000);
    assert_eq!(world.hosts[2].mode(), Mode::Open, "2 of 3");
}

#[test]
fn one_host_probes_for_all_and_its_success_lets_the_others_probe() {
    let mut world = World::new(4, "quorum:2", config());
    world.hosts[0].fail(5);
    world.hosts[1].fail(5);
    world.pass(100);
    let mut reached = Vec::new();
    // Everybody calls all the time; the service is back after 15 s.
    world.pass_with(30_000, |world| {
        let is_back = world.elapsed > 17_000;
        for (i, host) in world.hosts.iter().enumerate() {
            if host.call(is_back).is_some() && !is_back {
                reached.push((world.elapsed, i));
            }
        }
    });
    // The two openings took five calls each before; since then one host, once, at the end of the first opening.
    assert_eq!(reached.len(), 1, "{reached:?}");
    assert!(world.all_are(Mode::Closed), "{:?}", world.modes());
    let last: Vec<_> = (0..4).map(|host| reasons(&world, host)).collect();
    assert!(last.iter().all(|story| story.ends_with(&[Reason::ProbesSucceeded])), "{last:?}");
    assert!(last.iter().filter(|story| story[story.len() - 2] == Reason::Remote).count() >= 3, "{last:?}");
}

#[test]
fn the_lease_of_a_host_that_dies_ends_and_another_probes() {
    let mut world = World::new(3, "any", config());
    world.hosts[0].fail(5);
    world.pass_with(10_500, |world| {
        // All but the first have calls that wait, so one of them gets the lease; its probe hangs.
        for host in &world.hosts[1..] {
            let _ = host.breaker.admit().map(holysheep_cb::Permit::into_raw);
        }
    });
    let holder = world.server.field(&format!("hscb:test:breaker:{FULL}"), "l");
    assert!(holder.is_some(), "{:?}", world.modes());
    let holder = holder.map(|name| name.trim_start_matches("host-").parse::<usize>().unwrap()).unwrap();
    let end: u64 = world.server.field(&format!("hscb:test:breaker:{FULL}"), "lu").unwrap().parse().unwrap();
    // Its probe is out, and nobody hears of it again.
    world.hosts[holder].run(false);
    let mut reached = Vec::new();
    world.pass_with(12_000, |world| {
        for (i, host) in world.hosts.iter().enumerate().filter(|(i, _)| *i != holder) {
            if host.call(true).is_some() {
                reached.push((world.elapsed, i));
            }
        }
    });
    assert!(!reached.is_empty(), "the others come back");
    assert!(reached.iter().all(|(at, _)| T0 + at >= end), "the lease is until {}: {reached:?}", end - T0);
    assert!(
        (0..3).filter(|i| *i != holder).all(|i| world.hosts[i].mode() == Mode::Closed),
        "{:?}",
        world.modes()
    );
}

#[test]
fn an_idle_host_gives_its_lease_away() {
    let mut world = World::new(2, "any", config());
    world.hosts[0].fail(5);
    world.pass(10_500);
    // Nobody calls: whoever had the lease gave it back; then the other host has calls.
    world.pass_with(8000, |world| {
        world.hosts[1].call(true);
    });
    assert_eq!(world.hosts[1].mode(), Mode::Closed);
}

#[test]
fn advice_halves_the_thresholds_of_others_while_it_lasts() {
    let mut world = World::new(2, "advise", config());
    world.hosts[0].fail(5);
    world.pass(100);
    assert!(world.hosts[1].shown().advised_remaining_ns > 9_000_000_000);
    world.hosts[1].fail(3);
    assert_eq!(world.hosts[1].mode(), Mode::Open);
    let mut again = World::new(2, "advise", config());
    again.hosts[0].fail(5);
    again.pass(100);
    again.hosts[0].breaker.reset();
    again.pass(100);
    assert_eq!(again.hosts[1].shown().advised_remaining_ns, 0, "its end is heard of");
}

#[test]
fn what_comes_late_is_not_believed() {
    let mut world = World::new(2, "advise", config());
    world.hosts[0].fail(5);
    world.pass(100);
    let old = world.old.clone();
    world.hosts[0].breaker.reset();
    world.pass(100);
    let acted = world.hosts[1].member.done().acted;
    world.hosts[1].inbox.extend(old);
    world.pass(100);
    assert_eq!(world.hosts[1].member.done().acted, acted);
}

#[test]
fn local_breakers_say_and_hear_nothing() {
    let mut world = World::new(2, "local", config());
    world.hosts[0].fail(5);
    world.pass(2000);
    assert_eq!(world.hosts[1].mode(), Mode::Closed);
    assert_eq!(world.hosts[0].member.done().said, 0);
}

#[test]
fn without_the_server_all_goes_on_and_its_truth_comes_back() {
    let mut world = World::new(3, "quorum:2", config());
    world.server.failure = Some("away");
    world.hosts[0].fail(5);
    world.hosts[1].fail(5);
    world.pass(3000);
    assert_eq!(world.modes(), [Mode::Open, Mode::Open, Mode::Closed]);
    world.server.failure = None;
    world.pass(1100);
    assert!(world.all_are(Mode::Open), "what was not said is said");
    // It is empty then: the same again.
    world.server.lose_everything();
    world.hosts[2].breaker.reset();
    world.pass(1100);
    assert_eq!(world.hosts[2].mode(), Mode::Open);
}

#[test]
fn a_clock_of_the_server_that_jumps_opens_nothing_for_ever() {
    for jump in [-3_600_000_i64, 3_600_000] {
        let mut world = World::new(3, "any", config());
        world.hosts[0].fail(5);
        world.pass(1000);
        world.server.set_now(world.server.now().saturating_add_signed(jump));
        let mut reached = 0;
        world.pass_with(60_000, |world| {
            reached += world.hosts.iter().filter(|host| host.call(true).is_some()).count()
        });
        assert!(world.all_are(Mode::Closed), "{jump}: {:?}", world.modes());
        assert!(reached > 0);
    }
}

#[test]
fn forced_open_everywhere_and_released() {
    use holysheep_cb_fleet::{Say, Space, Store as _};
    let mut world = World::new(3, "advise", config());
    let space = Space::new("test").unwrap();
    let say = |world: &mut World, say: Say| {
        let call = space.say("operator", FULL, &say, world.server.now());
        world.server.run(&[call]).unwrap();
    };
    world.hosts[0].fail(5);
    say(&mut world, Say::Force("user alice: provider down".into()));
    world.pass(1100);
    assert!(world.all_are(Mode::ForcedOpen));
    let event = world.hosts[1].segment.events_from(0).last().unwrap();
    assert_eq!((event.reason, event.note.as_str()), (Reason::Remote, "user alice: provider down"));
    // Whoever resets one by hand does not stop it; a loss of all data does not, nor a restart of an agent.
    world.hosts[2].breaker.reset();
    world.server.lose_everything();
    world.hosts[1].run(false);
    world.pass(1100);
    world.hosts[1].run(true);
    world.pass(1100);
    assert!(world.all_are(Mode::ForcedOpen));
    say(&mut world, Say::Release);
    world.pass(1100);
    assert!(world.all_are(Mode::Closed), "{:?}", world.modes());
}

#[test]
fn two_agents_of_one_name_and_another_protocol_are_refused_by_name() {
    let mut world = World::new(1, "any", config());
    let Err(trouble) = world.hosts[0].greet_as_another(&mut world.server) else {
        panic!("the name is taken")
    };
    assert!(trouble.contains("another agent (0) goes by this host's name"), "{trouble}");
    world.hosts[0].run(false);
    world.server.set_text("hscb:test:protocol", "2");
    world.hosts[0].run(true);
    world.hosts[0].fail(5);
    world.pass(12_000);
    assert_eq!(world.hosts[0].member.done().said, 0);
    let Err(trouble) = world.hosts[0].greet_as_another(&mut world.server) else { panic!("another protocol") };
    assert!(trouble.contains("protocol 2, and this is protocol 1"), "{trouble}");
}

#[test]
fn every_key_ends() {
    let mut world = World::new(2, "any", config());
    world.hosts[0].fail(5);
    world.pass(30_000);
    assert_eq!(world.server.immortal(), Vec::<String>::new());
    let before: u64 = world.server.field(&format!("hscb:test:breaker:{FULL}"), "v").unwrap().parse().unwrap();
    assert!(before > T0, "versions are no lower than the time");
}
