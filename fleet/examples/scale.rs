//! What a fleet of a given size asks of its server, and how fast an opening is in force on all hosts: counted in virtual time
//! with the very scripts and real breakers. With the address of a server it also measures how much one server can do.
//!
//! ```sh
//! cargo run --release -p holysheep-cb-fleet --example scale
//! cargo run --release -p holysheep-cb-fleet --example scale -- redis://127.0.0.1
//! ```

#[allow(dead_code, reason = "the stories use the rest")]
#[path = "../tests/world/mod.rs"]
mod world;

use holysheep_cb::{Config, Mode};
use holysheep_cb_fleet::{Link, Server, Space, Store as _};
use std::time::{Duration, Instant};
use world::World;

/// Breakers of a host.
const BREAKERS: u64 = 100;
/// How long a server is asked.
const MEASURED: Duration = Duration::from_secs(3);
/// Greetings and reads that wait for each other no more than a fleet's do.
const CONNECTIONS: usize = 8;

fn main() {
    println!("counted in virtual time, one breaker per host:");
    println!(
        "{:>8}  {:>14}  {:>13}  {:>16}  {:>14}",
        "hosts", "operations/s", "for an opening", "in force, told", "not told"
    );
    for hosts in [10, 100, 1000] {
        let counted = count(hosts);
        println!(
            "{hosts:>8}  {:>14}  {:>13}  {:>13} ms  {:>11} ms",
            counted.idle, counted.opening, counted.told_ms, counted.deaf_ms
        );
    }
    partition();
    let Some(address) = std::env::args().nth(1) else {
        println!(
            "\nwith the address of a server behind the command: what it can do, and for how many hosts that is enough"
        );
        return;
    };
    match measure(&address) {
        Ok(done) => tell(&done),
        Err(why) => {
            eprintln!("{why}");
            std::process::exit(1);
        }
    }
}

/// What was counted of a fleet.
struct Counted {
    /// Operations per second while nothing happens.
    idle: u64,
    /// Operations for an opening, beyond those.
    opening: u64,
    /// Until all have it open, with and without what is published.
    told_ms: u64,
    deaf_ms: u64,
}

fn fleet(hosts: usize) -> World {
    World::new(hosts, "any", Config::new())
}

fn count(hosts: usize) -> Counted {
    let mut world = fleet(hosts);
    let before = world.server.operations();
    world.pass(4000);
    let idle = (world.server.operations() - before) / 4;
    let before = world.server.operations();
    let told_ms = open_everywhere(&mut world);
    let rest = 1000 - told_ms % 1000;
    world.pass(rest);
    let opening = (world.server.operations() - before).saturating_sub(idle * (told_ms + rest) / 1000);
    let mut deaf = fleet(hosts);
    deaf.is_deaf = true;
    Counted { idle, opening, told_ms, deaf_ms: open_everywhere(&mut deaf) }
}

/// The first host opens; how long until all have.
fn open_everywhere(world: &mut World) -> u64 {
    let begun = world.elapsed;
    world.hosts[0].fail(5);
    while !world.all_are(Mode::Open) && world.elapsed < begun + 10_000 {
        world.pass(50);
    }
    world.elapsed - begun
}

/// Half of the hosts are cut off when a majority of all opens.
fn partition() {
    let mut world = World::new(10, "quorum:50%", Config::new().open(Duration::from_secs(20)));
    for host in &mut world.hosts[5..] {
        host.is_linked = false;
    }
    // Those that are cut off are counted no more after 10 s.
    world.pass(12_000);
    for host in &world.hosts[..3] {
        host.fail(5);
    }
    world.pass(2000);
    let open = |world: &World, hosts: std::ops::Range<usize>| {
        world.hosts[hosts].iter().filter(|host| host.mode() == Mode::Open).count()
    };
    let (here, there) = (open(&world, 0..5), open(&world, 5..10));
    for host in &mut world.hosts[5..] {
        host.is_linked = true;
    }
    // Ten are there again, of which three have it open: fewer than half. What is open ends by itself.
    world.pass(2000);
    println!("\n10 hosts, quorum:50%, 5 cut off, 3 of the others fail:");
    println!(
        "  open: {here} of 5 that are together, {there} of 5 that are cut off; after they are back: {} of 10",
        open(&world, 0..10)
    );
    world.pass_with(40_000, |world| {
        for host in &world.hosts {
            host.call(true);
        }
    });
    println!("  40 s later, the service being well: {} of 10 open", open(&world, 0..10));
}

/// What a server can do in a second.
struct Done {
    greetings: f64,
    reads: f64,
}

fn measure(address: &str) -> Result<Done, String> {
    let server = Server::new(address, None, None)?;
    let space = Space::new("scale-example").expect("a namespace");
    let rate = |work: &(dyn Fn(&mut Link, usize) -> Result<u64, String> + std::marker::Sync)| -> Result<f64, String> {
        let begun = Instant::now();
        let done: Vec<Result<u64, String>> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..CONNECTIONS)
                .map(|number| {
                    let server = &server;
                    scope.spawn(move || {
                        let mut link = Link::connect(server).map_err(|failure| format!("{server}: {failure}"))?;
                        let mut done = 0;
                        while begun.elapsed() < MEASURED {
                            done += work(&mut link, number)?;
                        }
                        Ok(done)
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
        });
        let total: u64 = done.into_iter().collect::<Result<Vec<_>, _>>()?.iter().sum();
        Ok(total as f64 / begun.elapsed().as_secs_f64())
    };
    let greetings = rate(&|link, number| {
        let calls = space.greet(&format!("host-{number}"), "0", "{}");
        link.run(&calls).map_err(|failure| failure.to_string())?;
        Ok(1)
    })?;
    let keys: Vec<_> = (0..BREAKERS).map(|number| space.breaker(&format!("chat/model-{number}"))).collect();
    let reads = rate(&|link, _| {
        link.read(&keys).map_err(|failure| failure.to_string())?;
        Ok(BREAKERS)
    })?;
    Ok(Done { greetings, reads })
}

fn tell(done: &Done) {
    println!(
        "\nthis server, over {CONNECTIONS} connections: {:.0} greetings/s, {:.0} hashes read/s",
        done.greetings, done.reads
    );
    // A second of a host: one greeting, and each breaker read.
    let second = 1.0 / done.greetings + BREAKERS as f64 / done.reads;
    let most = 1.0 / second;
    println!(
        "a host with {BREAKERS} breakers takes {:.0} us of each second of it: one server carries {most:.0} hosts",
        second * 1e6
    );
    println!(
        "{:>8}  {:>14}  {:>16}  {:>20}",
        "hosts", "operations/s", "of one server", "namespaces it takes"
    );
    for hosts in [10_u64, 1000, 100_000] {
        let share = hosts as f64 / most;
        let operations = hosts * (3 + BREAKERS);
        println!("{hosts:>8}  {operations:>14}  {:>14.1} %  {:>20}", share * 100.0, share.ceil().max(1.0));
    }
}
