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
use holysheep_cb_fleet::{Link, Question, Server, Space, Store as _};
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
    for hosts in [10, 1000, 100_000] {
        let counted = count(hosts);
        println!(
            "{hosts:>8}  {:>14}  {:>13}  {:>13} ms  {:>11} ms",
            counted.idle, counted.opening, counted.told_ms, counted.deaf_ms
        );
    }
    println!("\nan outage that every host meets, each in its own moment of a second:");
    println!(
        "{:>8}  {:>14}  {:>16}  {:>14}  {:>22}",
        "hosts", "operations", "sent to hosts", "open on all", "read per second then"
    );
    for hosts in [10, 1000, 10_000] {
        outage(hosts);
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
    World::dense(hosts, "any", Config::new())
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
    drop(world);
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

/// Every host opens by its own rules: what is said, sent, and read while it lasts.
fn outage(hosts: usize) {
    let mut world = World::dense(hosts, "quorum:50%", Config::new().open(Duration::from_secs(30)));
    let (operations, sent, begun) = (world.server.operations(), world.sent, world.elapsed);
    let mut next = 0;
    let mut open_at = None;
    world.pass_with(1000, |world| {
        let until = (hosts as u64 * (world.elapsed - begun)).div_ceil(1000) as usize;
        world.hosts[next..until].iter().for_each(|host| host.fail(5));
        next = until;
        open_at = open_at.or_else(|| world.all_are(Mode::Open).then_some(world.elapsed - begun));
    });
    while open_at.is_none() && world.elapsed < begun + 10_000 {
        world.pass(50);
        open_at = world.all_are(Mode::Open).then_some(world.elapsed - begun);
    }
    let operations = world.server.operations() - operations;
    let (messages, bytes) = (world.sent.0 - sent.0, world.sent.1 - sent.1);
    let answered = world.server.answered();
    world.pass(2000);
    let read = (world.server.answered() - answered) / 2;
    println!(
        "{hosts:>8}  {operations:>14}  {messages:>7}: {:>4} MB  {:>11} ms  {:>19} KB",
        bytes / 1_000_000,
        open_at.unwrap_or(u64::MAX),
        read / 1000
    );
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
    loans: f64,
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
        link.read(&keys, Some(&[Space::VERSION.to_owned()])).map_err(|failure| failure.to_string())?;
        Ok(BREAKERS)
    })?;
    let limit = |number: usize| format!("chat/account-{}-{number}", std::process::id());
    let now = Link::connect(&server)
        .and_then(|mut link| link.run(&[space.ask_time()]))
        .map_err(|failure| format!("{server}: {failure}"))?;
    let now: u64 = now[0][0].parse().map_err(|_| format!("{server}: {now:?} is no time"))?;
    let begun = Instant::now();
    let loans = rate(&|link, number| {
        let now = now + begun.elapsed().as_millis() as u64;
        let question = Question { now, floor: 200, hosts: 1000, held: 0, wants: 10_000 };
        link.run(&[space.borrow("host-0", &limit(number), question)])
            .map_err(|failure| failure.to_string())?;
        Ok(1)
    })?;
    Ok(Done { greetings, reads, loans })
}

fn tell(done: &Done) {
    println!(
        "\nthis server, over {CONNECTIONS} connections: {:.0} greetings/s, {:.0} hashes read/s, {:.0} shares of a limit lent/s",
        done.greetings, done.reads, done.loans
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
