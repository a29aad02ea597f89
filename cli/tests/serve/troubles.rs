//! What goes wrong while somebody reads is told to him, or his stream ends: nobody takes what is old for what is.

use crate::agent::Agent;
use crate::support::{Dir, until};
use serde_json::{Value, json};
use std::fs;

#[test]
fn problems_that_come_and_go_are_told() {
    let dir = Dir::new();
    let mut worker = dir.worker();
    worker.tell("open\tbilling\t4");
    worker.tell("make\tbilling\trelay");
    let agent = Agent::start(&dir, &[]);
    let mut live = agent.events("/api/live");
    assert_eq!(live.find("hello").data["problems"], json!([]));
    fs::write(dir.path("broken"), "no segment").expect("a file");
    let told = live.find("problems").data;
    assert_eq!(
        (&told["problems"][0]["segment"], &told["directory_problem"]),
        (&"broken".into(), &Value::Null)
    );
    let about = agent.json("/api/agent");
    assert_eq!(about["problems"], told["problems"]);
    assert_eq!(agent.events("/api/live").find("hello").data, about, "who comes later hears the same");
    fs::remove_file(dir.path("broken")).expect("there");
    assert_eq!(live.find("problems").data["problems"], json!([]));
}

/// Segments that are open are shown as before; what cannot say that others may be missing ends.
#[test]
fn a_directory_that_cannot_be_read_is_told() {
    let dir = Dir::new();
    let mut worker = dir.worker();
    worker.tell("open\tbilling\t4");
    worker.tell("trip\tbilling\trelay");
    let agent = Agent::start(&dir, &[]);
    let (mut live, mut hystrix) = (agent.events("/api/live"), agent.events("/hystrix.stream"));
    let left = |breakers: Value| breakers[0]["open_remaining_ms"].as_u64().expect("it is open");
    let before = left(live.find("breakers").data);
    let (here, aside) = (dir.path(""), dir.path("").with_extension("aside"));
    let here = here.components().as_path();
    fs::rename(here, &aside).expect("ours");
    fs::write(here, "no directory").expect("ours");
    let problem = live.find("problems").data["directory_problem"].clone();
    assert!(problem.as_str().is_some_and(|problem| !problem.is_empty()), "{problem}");
    assert!(left(live.find("breakers").data) < before, "it is looked at all the same");
    assert!(hystrix.next().is_none(), "it ends");
    for path in ["/healthz", "/api/breakers", "/metrics", "/hystrix.stream"] {
        assert_eq!(agent.get(path).status, 503, "{path}");
    }
    assert_eq!(agent.json("/api/agent")["directory_problem"], problem);
    assert_eq!(agent.events("/api/live").find("hello").data["directory_problem"], problem);
    fs::remove_file(here).expect("ours");
    fs::rename(&aside, here).expect("ours");
    assert_eq!(live.find("problems").data["directory_problem"], Value::Null);
    assert_eq!(agent.get("/healthz").status, 200);
}

/// The thread that looks is stopped from outside, as a defect or a stuck disk would.
#[test]
fn an_agent_that_looks_no_more_says_so_and_ends_its_streams() {
    let dir = Dir::new();
    let mut worker = dir.worker();
    worker.tell("open\tbilling\t4");
    worker.tell("make\tbilling\trelay");
    let agent = Agent::start(&dir, &[]);
    let (mut live, mut hystrix) = (agent.events("/api/live"), agent.events("/hystrix.stream"));
    assert_eq!(agent.get("/healthz").status, 200);
    let stopped = Stopped::thread(agent.child.id(), "hscb-look");
    until("it says that it does not look", || agent.get("/healthz").status == 503);
    assert!(agent.get("/healthz").body.contains("looks at breakers no more"));
    assert_eq!(agent.get("/api/live").status, 503);
    assert_eq!(agent.get("/hystrix.stream").status, 503);
    while live.next().is_some() {}
    assert!(hystrix.next().is_none(), "it ends");
    assert_eq!(agent.get("/metrics").status, 200, "a request looks by itself");
    drop(stopped);
    until("it looks again", || agent.get("/healthz").status == 200);
    assert_eq!(agent.events("/api/live").find("breakers").data[0]["name"], "relay");
}

/// A thread of a child that is stopped, until this is dropped.
struct Stopped(i32);

impl Stopped {
    fn thread(process: u32, name: &str) -> Self {
        let tasks = fs::read_dir(format!("/proc/{process}/task")).expect("it runs").flatten();
        let has_name = |task: &fs::DirEntry| {
            fs::read_to_string(task.path().join("comm")).is_ok_and(|comm| comm.trim_end() == name)
        };
        let task = tasks.into_iter().find(has_name).expect("such a thread").file_name();
        let id: i32 = task.to_str().and_then(|id| id.parse().ok()).expect("a number");
        // SAFETY: these requests take no memory of ours, and the thread is of a child of ours.
        unsafe {
            assert_eq!(libc::ptrace(libc::PTRACE_SEIZE, id, 0, 0), 0, "{}", std::io::Error::last_os_error());
            assert_eq!(libc::ptrace(libc::PTRACE_INTERRUPT, id, 0, 0), 0);
            assert_eq!(libc::waitpid(id, std::ptr::null_mut(), libc::__WALL), id);
        }
        Self(id)
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        // SAFETY: as above. A process that has ended has no thread to let go of.
        unsafe { libc::ptrace(libc::PTRACE_DETACH, self.0, 0, 0) };
    }
}
