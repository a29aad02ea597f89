//! However it ends, the terminal is as it was.

use crate::support::{Dir, until};
use crate::terminal::Terminal;

#[test]
fn by_a_key() {
    for key in ["q", "C-c"] {
        let dir = Dir::new();
        let terminal = Terminal::with_top(&dir, "");
        assert_eq!(terminal.is_drawn_on(), (true, false), "a screen of its own, without a cursor");
        terminal.presses(&[key]);
        assert_eq!(terminal.is_as_before(), 0, "{key}");
    }
}

#[test]
fn by_a_signal() {
    for (name, code) in [("TERM", 128 + 15), ("INT", 128 + 2), ("HUP", 128 + 1), ("QUIT", 128 + 3)] {
        let dir = Dir::new();
        let terminal = Terminal::with_top(&dir, "--every 1m");
        terminal.signals(name);
        assert_eq!(terminal.is_as_before(), code, "{name}");
    }
}

#[test]
fn after_so_many_looks() {
    let dir = Dir::new();
    let terminal = Terminal::with_top(&dir, "--every 500ms --looks 3");
    assert_eq!(terminal.is_as_before(), 0);
}

#[test]
fn stopped_it_gives_the_terminal_back_and_takes_it_again() {
    let dir = Dir::new();
    let terminal = Terminal::with_top(&dir, "");
    let stop_by_key = || terminal.presses(&["C-z"]);
    let stop_by_signal = || terminal.signals("TSTP");
    for stop in [&stop_by_key as &dyn Fn(), &stop_by_signal] {
        stop();
        terminal
            .shows("the shell's screen", |screen| screen.contains("ready>") && !screen.contains("attached"));
        assert_eq!(terminal.is_drawn_on(), (false, true));
        terminal.types("clear; fg");
        terminal.presses(&["Enter"]);
        terminal.sees("attached");
        terminal.sees("worst first");
        assert_eq!(terminal.is_drawn_on(), (true, false));
        terminal.presses(&["?"]);
        terminal.sees("Ctrl-Z");
        terminal.presses(&["x"]);
    }
    terminal.presses(&["q"]);
    assert_eq!(terminal.is_as_before(), 0);
}

/// Nobody can heed SIGSTOP: the shell finds raw modes and draws over the picture.
#[test]
fn stopped_without_a_warning_it_draws_everything_anew() {
    let dir = Dir::new();
    let terminal = Terminal::with_top(&dir, "--every 1m");
    for goes_on_before in [false, true] {
        terminal.signals("STOP");
        terminal.sees("ready>");
        if goes_on_before {
            // It may not have the terminal in the background, and stops again as it takes it.
            terminal.signals("CONT");
            until("it has left its screen", || !terminal.is_drawn_on().0);
        }
        // Lines end by what Enter is without the shell's own modes.
        terminal.types("clear; echo drawn over it");
        terminal.presses(&["C-j"]);
        terminal.shows("the shell's lines", |screen| {
            screen.contains("drawn over it") && !screen.contains("attached")
        });
        terminal.types("fg");
        terminal.presses(&["C-j"]);
        terminal.shows("all of it, and nothing else", |screen| {
            ["attached", "worst first", "No breakers in "].iter().all(|part| screen.contains(part))
                && !screen.contains("drawn over it")
        });
        assert_eq!(terminal.is_drawn_on(), (true, false));
        terminal.presses(&["?"]);
        terminal.sees("Ctrl-Z");
        terminal.presses(&["x"]);
        terminal.shows("no help", |screen| !screen.contains("Ctrl-Z"));
    }
    terminal.presses(&["q"]);
    assert_eq!(terminal.is_as_before(), 0);
}

#[test]
fn where_there_is_no_terminal() {
    let dir = Dir::new();
    let ran = dir.hscb(&["top"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("terminal") && ran.err.contains("--json"), "{ran:?}");
    let terminal = Terminal::new(&dir);
    terminal.types(&format!("TERM=dumb {} top", env!("CARGO_BIN_EXE_hscb")));
    terminal.presses(&["Enter"]);
    terminal.sees("hscb: top cannot draw on this terminal");
    assert_eq!(terminal.is_as_before(), 2);
}

#[test]
fn no_colours_where_none_are_wanted() {
    let dir = Dir::new();
    let mut worker = dir.worker();
    worker.tell("open\tbilling\t4");
    worker.tell("trip\tbilling\trelay");
    let terminal = Terminal::new(&dir);
    terminal.types("export NO_COLOR=1");
    terminal.presses(&["Enter"]);
    terminal.top("");
    terminal.sees_line(&["relay", "open"]);
    let coloured = terminal.coloured();
    let codes = coloured.split("\u{1b}[").skip(1).filter_map(|code| code.split('m').next());
    // 39 and 49 are the terminal's own.
    let is_colour = |n: u32| matches!(n, 30..=38 | 40..=48 | 90..=107);
    let colour = |codes: &str| codes.split(';').any(|code| code.parse().is_ok_and(is_colour));
    let used: Vec<_> = codes.filter(|codes| colour(codes)).collect();
    assert!(used.is_empty(), "{used:?}");
}
