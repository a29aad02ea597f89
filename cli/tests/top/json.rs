//! `top --json`: a look on a line.

use crate::support::{DEADLINE, Dir, lines};
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::sync::mpsc::channel;

#[test]
fn each_look_is_a_line_with_what_happened_since() {
    let dir = Dir::new();
    let mut worker = dir.worker();
    worker.tell("open\tbilling\t4");
    worker.tell("succeed\tbilling\trelay\t1\t10");
    worker.tell("trip\tbilling\tdead");
    let mut command = dir.command(&["top", "--json", "--every", "100ms"]);
    let mut child = command.stdout(Stdio::piped()).spawn().expect("the binary runs");
    let out = BufReader::new(child.stdout.take().expect("piped"));
    let (sender, told) = channel();
    std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
    let next = || lines(&told.recv_timeout(DEADLINE).expect("a look in time")).remove(0);
    let first = next();
    let names: Vec<_> = first["breakers"].as_array().into_iter().flatten().map(|b| &b["name"]).collect();
    assert_eq!(names, ["dead", "relay"], "the worst first: {first}");
    assert_eq!(first["breakers"][1]["rates"]["calls"], 0.0, "no look before it: {first}");
    worker.tell("succeed\tbilling\trelay\t50\t10");
    let looked = (0..200).map(|_| next()).find(|look| look["breakers"][1]["rates"]["calls"] != 0.0);
    let relay = &looked.expect("the calls are seen")["breakers"][1];
    assert!(relay["recent_p95_ms"].as_f64().is_some_and(|ms| (8.0..12.0).contains(&ms)), "{relay}");
    drop(told);
    child.kill().expect("it runs");
    child.wait().expect("a child");
}

#[test]
fn so_many_looks_of_what_passes_the_filter() {
    let dir = Dir::new();
    assert_eq!(dir.json(&["top", "-n", "2", "--every", "100ms"]).len(), 2, "though there is nothing");
    let mut worker = dir.worker();
    worker.tell("open\tbilling\t4");
    worker.tell("make\tbilling\trelay");
    worker.tell("trip\tbilling\tdead");
    let look = dir.one(&["top", "-n", "1", "--filter", "closed"]);
    assert_eq!(look["breakers"].as_array().map(Vec::len), Some(1));
    assert_eq!(look["breakers"][0]["name"], "relay");
    let by_name = dir.one(&["top", "-n", "1", "--sort", "name", "--segment", "billing"]);
    assert_eq!(by_name["breakers"][1]["name"], "relay");
    assert_eq!(dir.hscb(&["top", "--json", "-n", "1", "--segment", "none"]).code, 3);
    for wrong in [["--every", "10ms"], ["--every", "2m"], ["--sort", "x"], ["--looks", "0"]] {
        assert_eq!(dir.hscb(&[&["top", "--json"][..], &wrong].concat()).code, 2, "{wrong:?}");
    }
}
