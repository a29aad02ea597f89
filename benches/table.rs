//! Does the library keep what DESIGN 8 asks of it? Every line in one process and in alternating rounds, each against
//! what it is compared with at the same moment; one table, and at its end what falls short. Run it by
//! `scripts/bench_table`; docs/PERFORMANCE.md says how to read it.
//!
//! Overhead in every figure: a counter and a jump per operation, and two readings of a clock per round of about 0.15 ms.
//! The figures are never a test: the exit status is 0 unless a line could not be measured. Wrong counts are: each subject
//! panics unless every operation of a round shows in the totals.

#[allow(dead_code, reason = "each bench uses a part of it")]
mod support;

use std::process::ExitCode;
use support::c_loop::CLoops;
use support::duel::Duel;
use support::pair::Pair;
use support::report::{self, Must, Row};
use support::scratch::Scratch;
use support::subject::Subject;
use support::{cpus, host, machine, ours, rivals, space, twin};

fn main() -> ExitCode {
    // As criterion has it: without `--bench`, which `cargo bench` passes, everything runs once to see that it works.
    let rounds = if std::env::args().any(|argument| argument == "--bench") { 400 } else { 2 };
    let scratch = Scratch::new();
    twin::must_agree();
    let mut rows = required(&scratch);
    let asked = rows.len();
    rows.extend(comparisons(&scratch));
    for _ in 0..rounds {
        rows.iter_mut().for_each(Row::round);
    }
    print(&rows, asked, rounds)
}

/// The lines of DESIGN 8.
fn required(scratch: &Scratch) -> Vec<Row> {
    let success = || ours::admit_and_succeed("admit + success");
    let c_loops = CLoops::new();
    let from_c = c_loops.as_ref().map(|c| c.admit_and_succeed()).map_err(String::clone);
    let reject_from_c = c_loops.as_ref().map(|c| c.reject()).map_err(String::clone);
    let cell = space::per_breaker(scratch, 8);
    let shared = ours::admit_and_succeed_shared("shared", scratch);
    vec![
        Row::must("admit + success, 1 thread", Must::Times(1.25), duel(success(), machine::floor())),
        Row::must("  against recloser", Must::Times(1.0), duel(success(), rivals::recloser())),
        Row::must("  against failsafe", Must::Times(0.2), duel(success(), rivals::failsafe())),
        Row::must("  the same breaker from 2 threads", Must::Times(1.15), pair(Pair::ours)),
        Row::must("  in a shared segment", Must::Times(1.05), duel(shared, success())),
        Row::must("  through the C ABI from C", Must::More(3.0), from_c.and_then(|c| duel(c, success()))),
        Row::must(
            "reject while open",
            Must::Times(1.25),
            duel(ours::reject(), machine::clock_and_fetch_add()),
        ),
        Row::must(
            "  through the C ABI from C",
            Must::Times(1.25),
            reject_from_c.and_then(|reject| duel(reject, machine::clock_and_fetch_add())),
        ),
        Row::must(
            "record a failure, threshold alone",
            Must::Ns(100.0),
            duel(ours::failure_with_threshold(), machine::floor()),
        ),
        Row::must(
            "  with a rate, 8 stripes",
            Must::Ns(1000.0),
            duel(ours::failure_with_rate(scratch), machine::floor()),
        ),
        Row::bytes("a breaker's cell with 8 stripes", cell.cell, 8192),
        Row::bytes("  with its name and slot in a segment", cell.whole, 8192),
        Row::must(
            "open by name, 100,000 names",
            Must::Ns(2000.0),
            duel(ours::Crowd::new(scratch).open(), machine::floor()),
        ),
    ]
}

/// Lines that nothing is asked of.
fn comparisons(scratch: &Scratch) -> Vec<Row> {
    let floor = machine::floor;
    let bare = machine::bare_floor().ok_or_else(|| "no vDSO to be found".to_owned());
    let success = ours::admit_and_succeed("admit + success");
    vec![
        Row::compare("admit + success against the vDSO", bare.and_then(|bare| duel(success, bare))),
        Row::compare("fetch_add", duel(machine::fetch_add(), floor())),
        Row::compare("coarse clock read", duel(machine::clock(), floor())),
        Row::compare("call(closure)", duel(ours::call(), floor())),
        Row::compare("first success of a tick, 8 stripes", duel(ours::first_of_a_tick(scratch), floor())),
        Row::compare("mutex twin", duel(rivals::mutex_twin(), floor())),
        Row::compare("recloser", duel(rivals::recloser(), floor())),
        Row::compare("failsafe", duel(rivals::failsafe(), floor())),
        Row::compare(
            "mutex twin rejects",
            duel(rivals::mutex_twin_rejects(), machine::clock_and_fetch_add()),
        ),
        Row::compare("recloser rejects", duel(rivals::recloser_rejects(), machine::clock_and_fetch_add())),
        Row::compare("fetch_add on one word, 2 threads", pair(Pair::fetch_add)),
        Row::compare("mutex twin, 2 threads", pair(Pair::twin)),
        Row::compare("recloser, 2 threads", pair(Pair::recloser)),
        Row::compare("failsafe, 2 threads", pair(Pair::failsafe)),
    ]
}

fn duel(subject: Subject, against: Subject) -> Result<Duel, String> {
    Ok(Duel::new(subject, against))
}

fn pair(make: impl Fn([usize; 2]) -> Pair) -> Result<Duel, String> {
    let pair = make(cpus::two()?);
    duel(pair.together, pair.alone)
}

fn print(rows: &[Row], asked: usize, rounds: usize) -> ExitCode {
    println!("{}", host::describe());
    println!("medians of {rounds} rounds; in brackets the quartiles of the rounds' ratios\n");
    println!("{}", report::row(["what", "measured", "against", "ratio", "must reach", ""]));
    for (i, row) in rows.iter().enumerate() {
        if i == asked {
            println!("\nfor comparison");
        }
        row.print();
    }
    println!();
    let short: Vec<String> = rows.iter().filter_map(Row::shortfall).collect();
    short.iter().for_each(|line| println!("FALLS SHORT  {}", line.trim()));
    let missing: Vec<String> = rows.iter().filter_map(Row::why_not).collect();
    missing.iter().for_each(|line| println!("NOT MEASURED  {}", line.trim()));
    if !missing.is_empty() {
        return ExitCode::FAILURE;
    }
    if short.is_empty() {
        println!("every line is met");
    }
    ExitCode::SUCCESS
}
