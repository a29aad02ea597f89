//! What is on the screen: rows as they come and change, in every size.

use crate::support::{Dir, Worker};
use crate::terminal::Terminal;

/// Three breakers in two segments: all closed, and called differently often.
fn three() -> (Dir, Worker) {
    let dir = Dir::new();
    let mut worker = dir.worker();
    worker.tell("open\tbilling\t16");
    worker.tell("open\tchat\t16");
    worker.tell("succeed\tbilling\talpha\t1\t10");
    worker.tell("succeed\tbilling\tbeta\t40\t10");
    worker.tell("succeed\tchat\tgamma\t900\t10");
    (dir, worker)
}

/// The names of the rows, from top to bottom.
fn names(screen: &str) -> Vec<&str> {
    let rows = screen.lines().skip(3).take_while(|line| !line.trim().is_empty());
    rows.filter_map(|line| line.trim_start_matches(['>', ' ']).split_whitespace().next()).collect()
}

#[test]
fn a_trip_in_another_process_shows_and_comes_first() {
    let (dir, mut worker) = three();
    let terminal = Terminal::with_top(&dir, "--every 100ms");
    let screen = terminal.sees("chat/gamma");
    assert_eq!(
        names(&screen),
        ["chat/gamma", "billing/beta", "billing/alpha"],
        "the busiest first:\n{screen}"
    );
    for title in ["STATE", "CALL/S", "FAIL%", "REJ/S", "P50", "P95", "P99", "PROBE", "PROC"] {
        assert!(screen.contains(title), "{title} at 80 columns:\n{screen}");
    }
    assert!(screen.lines().all(|line| line.chars().count() <= 80), "{screen}");
    worker.tell("trip\tbilling\talpha");
    let screen = terminal.sees_line(&["alpha", " open ", "s "]);
    assert_eq!(names(&screen)[0], "billing/alpha", "{screen}");
    assert!(screen.contains("3 breakers  1 open"), "{screen}");
    terminal.sees("closed -> open  operator  pid");
    assert!(terminal.coloured().contains("\u{1b}["), "there are colours");
    // The time to the next probe counts down.
    let left = |screen: &str| {
        let row = screen.lines().find(|line| line.contains("alpha") && line.contains(" open "))?;
        row.split_whitespace().find_map(|word| word.strip_suffix('s')?.parse::<f32>().ok())
    };
    let first = left(&terminal.screen()).expect("a time");
    terminal.shows("less time is left", |screen| left(screen).is_some_and(|now| now < first - 0.2));
}

#[test]
fn rows_are_sorted_and_filtered() {
    let (dir, _worker) = three();
    let terminal = Terminal::with_top(&dir, "--every 100ms");
    terminal.sees("worst first");
    terminal.presses(&["s"]);
    terminal.sees("by name");
    let by_name = ["billing/alpha", "billing/beta", "chat/gamma"];
    terminal.shows("sorted by name", |screen| names(screen) == by_name);
    terminal.presses(&["S"]);
    terminal.sees("by name, reversed");
    terminal.shows("the other way round", |screen| {
        names(screen) == ["chat/gamma", "billing/beta", "billing/alpha"]
    });
    terminal.types("/bill");
    terminal.shows("those of one segment", |screen| names(screen) == ["billing/beta", "billing/alpha"]);
    terminal.presses(&["Enter"]);
    terminal.sees("1-2 of 2 that pass   filter: bill");
    terminal.presses(&["Escape"]);
    terminal.shows("all of them", |screen| names(screen).len() == 3);
    terminal.types("/nothing-like-it");
    terminal.sees("No breaker passes the filter");
}

#[test]
fn one_breaker_closely() {
    let (dir, mut worker) = three();
    worker.tell("trip\tbilling\tbeta");
    worker.tell("reset\tbilling\tbeta");
    let terminal = Terminal::with_top(&dir, "--every 100ms --filter beta");
    terminal.sees("1-1 of 1");
    terminal.presses(&["Enter"]);
    terminal.sees("40 succeeded, 0 failed");
    let screen = terminal.sees("its last 2 transitions");
    for part in
        ["billing/beta", "closed for", "opened 1, half-opened 0, closed 1", "calls/s", "rejected/s", "p95"]
    {
        assert!(screen.contains(part), "{part}:\n{screen}");
    }
    terminal.sees_line(&["open -> closed", "operator"]);
    worker.tell("trip\tbilling\tbeta");
    terminal.sees_line(&["state", "open for", "next probe in"]);
    terminal.presses(&["Escape"]);
    terminal.sees("SEGMENT/BREAKER");
}

#[test]
fn segments_come_and_go() {
    let dir = Dir::new();
    let terminal = Terminal::with_top(&dir, "--every 100ms");
    terminal.sees("No breakers in ");
    let mut worker = dir.worker();
    worker.tell("open\tlater\t4");
    worker.tell("make\tlater\tnew\u{202e}name");
    // With one segment alone, its name is left out; what would turn the line round is shown as what it is.
    terminal.sees_line(&["\\u{202e}", "closed"]);
    std::fs::write(dir.path("broken"), "no segment").expect("a file");
    terminal.sees("left out: broken: ");
    drop(worker);
    dir.ok(&["rm", "later", "--force"]);
    terminal.sees("No breakers in ");
}

#[test]
fn thousands_are_scrolled_through() {
    let dir = Dir::new();
    let mut worker = dir.worker();
    worker.tell("open\tmany\t2048");
    for number in 0..2000 {
        worker.tell(&format!("make\tmany\tnumber-{number:04}"));
    }
    let terminal = Terminal::with_top(&dir, "--sort name");
    terminal.sees_line(&[">number-0000"]);
    terminal.sees("1-19 of 2,000");
    terminal.presses(&["j", "Down"]);
    terminal.sees_line(&[">number-0002"]);
    terminal.presses(&["PageDown"]);
    terminal.sees_line(&[">number-0021"]);
    terminal.presses(&["End"]);
    terminal.sees_line(&[">number-1999"]);
    terminal.sees("1982-2000 of 2,000");
    terminal.presses(&["k", "PageUp"]);
    terminal.sees_line(&[">number-1979"]);
    terminal.presses(&["Home"]);
    terminal.sees_line(&[">number-0000"]);
}

#[test]
fn every_size_of_the_terminal() {
    let (dir, mut worker) = three();
    worker.tell("trip\tbilling\tbeta");
    let terminal = Terminal::with_top(&dir, "--every 100ms");
    terminal.sees_line(&["beta", "open"]);
    terminal.resize(20, 4);
    terminal.sees("needs 40x8, has 20x4");
    terminal.presses(&["Enter", "?", "t"]);
    terminal.resize(40, 8);
    terminal.sees("billing/beta");
    terminal.resize(1, 1);
    terminal.resize(200, 50);
    terminal.sees("its last transition");
    terminal.presses(&["Escape"]);
    let screen = terminal.sees("latest transitions");
    for part in ["LAST EVENT", "FAIL/S", "now open operator"] {
        assert!(part.starts_with("now") || screen.contains(part), "{part}:\n{screen}");
    }
    terminal.presses(&["?"]);
    terminal.sees("quit");
    terminal.sees("Ctrl-Z");
}

#[test]
fn a_pause_holds_the_picture() {
    let (dir, mut worker) = three();
    let terminal = Terminal::with_top(&dir, "--every 100ms");
    terminal.presses(&["p"]);
    terminal.sees(" paused ");
    worker.tell("trip\tbilling\talpha");
    terminal.presses(&["p"]);
    terminal.sees("1 open");
}
