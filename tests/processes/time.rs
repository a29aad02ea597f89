//! S12, DESIGN 6: a process in another time namespace, whose monotonic clock is a day ahead, has the same time.

use crate::child::{self, Folder};
use crate::kit::small;
use holysheep_cb::{Breaker, Config, Mode, ffi};
use std::process::Command;
use std::time::Duration;

const AHEAD: &str = "86400";

#[test]
fn a_time_namespace_has_the_same_time() {
    let unshare = |program: &str| {
        let mut command = Command::new("unshare");
        command.args(["--time", "--monotonic", AHEAD, "--fork", "--"]).arg(program);
        command
    };
    match unshare("true").output() {
        Ok(output) if output.status.success() => {}
        Ok(output) => return child::cannot_run(&String::from_utf8_lossy(&output.stderr)),
        Err(error) => return child::cannot_run(&format!("unshare: {error}")),
    }
    let folder = Folder::new("time");
    let program = std::env::current_exe().expect("this binary");
    let outside = || child::run(&mut child::command("time", folder.path()));
    let mut inside = unshare(program.to_str().expect("a path of UTF-8"));
    inside.args(["--exact", "child_entry", "--nocapture"]);

    let before = told(&outside());
    let there = told(&child::run(child::prepare(&mut inside, "time", folder.path())));
    let after = told(&outside());
    let slack = 100_000_000;
    assert!(
        before.now <= there.now + slack && there.now <= after.now + slack,
        "{before:?} {there:?} {after:?}"
    );
    assert!(there.plain_clock > after.plain_clock + 80_000_000_000_000, "the namespace has no other clock");
    // The same opening, seen from either side.
    assert_eq!([before.mode, there.mode, after.mode], [Mode::Open as u64; 3]);
    assert!(before.remaining + slack >= there.remaining && there.remaining + slack >= after.remaining);
    assert!(after.remaining > 0);
}

#[derive(Debug)]
struct Told {
    now: u64,
    plain_clock: u64,
    mode: u64,
    remaining: u64,
}

fn told(text: &str) -> Told {
    let line = text.lines().find_map(|line| line.split_once("told: ")).expect("a line with numbers").1;
    let numbers: Vec<u64> = line.split(' ').map(|n| n.parse().expect("a number")).collect();
    let [now, plain_clock, mode, remaining] = numbers[..] else { panic!("{line}") };
    Told { now, plain_clock, mode, remaining }
}

/// Opens the breaker for ten minutes if nobody has, and tells the time and what is left.
pub(crate) fn role() {
    let segment = small(4).open("time").expect("the segment");
    let config = Config::new().open(Duration::from_secs(600)).open_max(Duration::from_secs(600));
    let breaker = Breaker::builder().segment(&segment).config(config).open("relay").expect("a breaker");
    if breaker.snapshot().mode == Mode::Closed {
        breaker.trip();
    }
    let now = ffi::hscb_now_ns();
    let clock = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let plain_clock = clock.tv_sec as u64 * 1_000_000_000 + clock.tv_nsec as u64;
    let shown = breaker.snapshot();
    println!("\ntold: {now} {plain_clock} {} {}", shown.mode as u64, shown.open_remaining_ns);
}
