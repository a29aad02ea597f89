//! The worker processes: started, listened to, killed, ended.

use super::fact::{Fact, Told};
use super::plan::{Breakers, CREW, Language, Plan, TIMEOUT};
use super::tools::Tools;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::sync::mpsc::Sender;
use std::thread;
use std::time::{Duration, Instant};

/// The name of the segment that a shared run uses.
pub(super) const SEGMENT: &str = "demo";

/// What is heard from a worker.
#[derive(Debug)]
pub(super) enum Heard {
    /// One fact.
    Fact(Told),
    /// A line that is none: what is wrong with it.
    Nonsense(usize, String),
    /// The process of this index and id has ended, and what it complained of.
    End(usize, u32, String),
}

/// What every worker of a run is told.
#[derive(Debug)]
pub(super) struct Orders<'a> {
    /// What to start.
    pub(super) tools: &'a Tools,
    /// Whose breakers.
    pub(super) breakers: Breakers,
    /// Where the relay listens.
    pub(super) port: u16,
    /// Where to report.
    pub(super) ear: Sender<Heard>,
}

impl Orders<'_> {
    /// The command that runs a worker of this language.
    fn program(&self, language: Language) -> Command {
        let tools = self.tools;
        match language {
            Language::Python => {
                let mut command = Command::new(&tools.python);
                command.arg(&tools.worker_py);
                command
            }
            Language::Node => {
                let mut command = Command::new(&tools.node);
                command.arg(&tools.worker_mjs).env("HSCB_DEMO_NODE", &tools.node_package);
                command
            }
            Language::C => {
                let mut command = Command::new(&tools.c_worker);
                command.env("LD_LIBRARY_PATH", tools.lib.parent().unwrap_or(&tools.lib));
                command
            }
            Language::Rust => {
                let mut command = Command::new(&tools.hscb);
                command.arg("demo-worker");
                command
            }
        }
    }

    /// Starts the worker of this index, and listens to it.
    pub(super) fn start(&self, index: usize) -> Result<Process, String> {
        let worker = &CREW[index];
        let mut command = self.program(worker.language);
        command
            .env("HSCB_DEMO_LIB", &self.tools.lib)
            .env("HSCB_DEMO_CONFIG", Plan::config().to_string())
            .env("HSCB_DEMO_PORT", self.port.to_string())
            .env("HSCB_DEMO_TIMEOUT_MS", TIMEOUT.as_millis().to_string())
            .env("HSCB_DEMO_PACE_MS", worker.pace.as_millis().to_string())
            .env_remove("HSCB_DEMO_SEGMENT");
        if self.breakers == Breakers::Shared {
            command.env("HSCB_DEMO_SEGMENT", SEGMENT);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let mut child = command.spawn().map_err(|e| format!("{} does not start: {e}", worker.name))?;
        if let Some(output) = child.stdout.take() {
            self.hear_facts(index, output);
        }
        if let Some(complaints) = child.stderr.take() {
            self.hear_end(index, child.id(), complaints);
        }
        Ok(Process { child })
    }

    /// Passes on the facts of a worker, in a thread that ends with it.
    fn hear_facts(&self, index: usize, output: ChildStdout) {
        let ear = self.ear.clone();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let heard = match Fact::parse(&line) {
                    Ok(fact) => Heard::Fact(Told { worker: index, fact }),
                    Err(nonsense) => Heard::Nonsense(index, nonsense),
                };
                if ear.send(heard).is_err() {
                    return; // the run is over
                }
            }
        });
    }

    /// Tells when a worker has ended: its standard error is closed then, and says why.
    fn hear_end(&self, index: usize, pid: u32, mut complaints: ChildStderr) {
        let ear = self.ear.clone();
        thread::spawn(move || {
            let mut text = String::new();
            // What cannot be read is no explanation; the end is told in any case, if anybody still listens.
            let _ = complaints.read_to_string(&mut text);
            let _ = ear.send(Heard::End(index, pid, text.trim_end().to_owned()));
        });
    }
}

/// A worker process; it is killed when this is dropped.
#[derive(Debug)]
pub(super) struct Process {
    /// The child.
    child: Child,
}

impl Process {
    /// Its process id.
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL: it dies between two instructions, wherever it is.
    pub(super) fn kill(&mut self) -> Result<(), String> {
        self.child
            .kill()
            .and_then(|()| self.child.wait())
            .map(drop)
            .map_err(|e| format!("cannot kill a worker: {e}"))
    }

    /// Asks it to end, by closing its input.
    pub(super) fn dismiss(&mut self) {
        drop(self.child.stdin.take());
    }

    /// Waits until it has ended, for as long as a call may take and a little more.
    pub(super) fn wait(&mut self) -> Result<(), String> {
        let deadline = Instant::now() + TIMEOUT + Duration::from_millis(1500);
        while Instant::now() < deadline {
            match self.child.try_wait() {
                Ok(None) => thread::sleep(Duration::from_millis(5)),
                Ok(Some(_)) => return Ok(()),
                Err(e) => return Err(format!("lost sight of worker {}: {e}", self.pid())),
            }
        }
        Err(format!("worker {} did not end when its input was closed", self.pid()))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has ended already, unless the demo was interrupted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
