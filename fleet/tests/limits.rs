//! A limit that hosts share, in virtual time, with the very script and real limiters.

#[allow(dead_code, reason = "each of the tests uses a part")]
mod world;

use holysheep_cb::{Config, ManualClock};
use holysheep_cb_fleet::Space;
use std::time::Duration;
use world::{LIMIT, PER_SECOND, World};

const WHOLE: u32 = 1_000_000;
/// A fifth of the limit, in five equal parts.
const FLOOR: u32 = 40_000;

fn world() -> World {
    let mut world = World::new(5, "advise", Config::new());
    world.share_a_limit();
    world
}

/// Time passes, and these hosts ask for more than there is. How many calls each of all let pass.
fn thirst(world: &mut World, ms: u64, thirsty: &[usize]) -> Vec<u64> {
    let mut gone = vec![0; world.hosts.len()];
    world.pass_with(ms, |world| {
        for &host in thirsty {
            gone[host] += world.hosts[host].draw(2);
        }
        let sum: u32 = world.hosts.iter().map(world::Host::share).sum();
        assert!(sum <= WHOLE, "{sum}");
    });
    gone
}

fn shares(world: &World) -> Vec<u32> {
    world.hosts.iter().map(world::Host::share).collect()
}

#[test]
fn a_host_has_its_floor_alone_until_nobody_can_hold_more_that_is_not_known() {
    let mut world = world();
    assert_eq!(shares(&world), [FLOOR; 5]);
    world.pass(7000);
    assert_eq!(shares(&world), [FLOOR; 5]);
    world.pass(3000);
    assert_eq!(shares(&world), [WHOLE / 5; 5], "what nobody wants is in equal parts");
}

#[test]
fn what_idle_hosts_do_not_use_is_used() {
    let mut world = world();
    thirst(&mut world, 20_000, &[2]);
    assert_eq!(shares(&world)[2], 840_000, "all but the floors of the others");
    let gone = thirst(&mut world, 20_000, &[2]);
    let most = u64::from(20 * PER_SECOND);
    assert!((most * 80 / 100..=most * 85 / 100).contains(&gone[2]), "{gone:?} of {most}");
}

#[test]
fn hosts_that_want_more_than_there_is_have_equal_parts() {
    let mut world = world();
    thirst(&mut world, 25_000, &[0, 1, 2, 3, 4]);
    for share in shares(&world) {
        assert!((190_000..=200_000).contains(&share), "{:?}", shares(&world));
    }
    thirst(&mut world, 15_000, &[1, 3]);
    let now = shares(&world);
    assert!(now[1] + now[3] > 870_000 && now[1].abs_diff(now[3]) < 20_000, "{now:?}");
    assert!([0, 2, 4].iter().all(|&host| now[host] <= FLOOR + 10_000), "{now:?}");
}

#[test]
fn a_host_that_is_cut_off_falls_back_to_its_floor_and_then_others_have_the_rest() {
    let mut world = world();
    thirst(&mut world, 20_000, &[0]);
    world.hosts[0].is_linked = false;
    thirst(&mut world, 4000, &[0, 1]);
    assert_eq!(shares(&world)[..2], [840_000, FLOOR], "it was lent it");
    thirst(&mut world, 1500, &[0, 1]);
    assert_eq!(shares(&world)[..2], [FLOOR, FLOOR], "nobody knows whether the other has gone back");
    thirst(&mut world, 10_000, &[0, 1]);
    assert_eq!(shares(&world)[..2], [FLOOR, 840_000]);
    let gone = thirst(&mut world, 20_000, &[0]);
    assert!((8..=11).contains(&gone[0]), "a fifth of a fifth of 200: {gone:?}");
}

#[test]
fn a_server_that_has_lost_everything_lends_again_what_hosts_hold() {
    for lose in [world::server::Server::lose_everything, world::server::Server::fail_over] {
        let mut world = world();
        thirst(&mut world, 20_000, &[3]);
        thirst(&mut world, 3000, &[1, 3]);
        world.server.replicate();
        thirst(&mut world, 2000, &[1, 3]);
        let before = shares(&world);
        assert!(before[1] > 2 * FLOOR, "{before:?}");
        lose(&world.server);
        for _ in 0..7 {
            thirst(&mut world, 1000, &[1, 3]);
            assert_eq!(shares(&world), before);
        }
        thirst(&mut world, 10_000, &[1, 3]);
        assert!(shares(&world)[1].abs_diff(shares(&world)[3]) < 20_000, "{:?}", shares(&world));
    }
}

#[test]
fn a_clock_of_the_server_that_goes_back_stops_the_lending_for_a_moment_only() {
    let mut world = world();
    thirst(&mut world, 20_000, &[0]);
    world.server.set_now(world.server.now() - 3_600_000);
    thirst(&mut world, 15_000, &[1]);
    assert_eq!(shares(&world)[..2], [FLOOR, 840_000]);
}

#[test]
fn more_hosts_than_the_rules_name_have_no_more_together() {
    let mut world = world();
    thirst(&mut world, 15_000, &[0]);
    // Two more than the five that the rules know ask, as hosts do.
    let key = Space::new("test").unwrap().limit(LIMIT);
    for _ in 0..12 {
        thirst(&mut world, 1000, &[0]);
        for other in ["x", "y"] {
            world.borrow(other, 0, world.server.now()).unwrap();
        }
    }
    assert!(world.server.field(&key, "n").is_some_and(|hosts| hosts == "7"));
    let lent: u32 = world.server.field(&key, "s").unwrap().parse().unwrap();
    assert!(lent + 7 * FLOOR <= WHOLE, "{lent}");
}

#[test]
fn an_older_question_after_a_newer_one_changes_nothing() {
    let mut world = world();
    thirst(&mut world, 20_000, &[0]);
    let key = Space::new("test").unwrap().limit(LIMIT);
    let before = world.server.field(&key, "h:host-0");
    assert_eq!(world.borrow("host-0", 0, world.server.now() - 1500).unwrap()[1], "0");
    assert_eq!(world.borrow("another", 0, world.server.now() - 60_000).unwrap()[1], "0");
    assert_eq!(world.server.field(&key, "h:another"), None);
    assert_eq!(world.server.field(&key, "h:host-0"), before);
}

#[test]
fn a_pause_is_as_long_as_was_asked_for_whatever_becomes_of_the_share() {
    let mut world = world();
    world.pass(12_000);
    let limiter = world.hosts[0].limiter.clone().unwrap();
    limiter.pause(Duration::from_secs(6));
    let mut gone = 0;
    world.pass_with(5950, |world| {
        gone += world.hosts[0].draw(1);
    });
    assert_eq!(gone, 0);
    assert!(thirst(&mut world, 3000, &[0])[0] > 0);
}

#[test]
fn turns_that_are_out_come_sooner_when_the_share_grows() {
    let mut world = world();
    let limiter: &holysheep_cb::Limiter<ManualClock> = world.hosts[0].limiter.as_ref().unwrap();
    let minute = Duration::from_secs(60);
    let turns: Vec<_> = (0..20).map(|_| limiter.reserve(1, minute).unwrap()).collect();
    let last = turns.last().unwrap();
    assert!(last.due_in() > Duration::from_secs(44), "18 at a fifth of a fifth of 10 a second");
    world.pass(12_000);
    assert!(last.due_in() < Duration::from_secs(2), "{:?}", last.due_in());
}
