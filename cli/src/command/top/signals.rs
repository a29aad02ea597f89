//! Waiting for what comes first: a key, a signal, or the time.

use crate::fault::Fault;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use signal_hook::consts::signal::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH};
use signal_hook::low_level::{emulate_default_handler, pipe};
use std::io::{self, Read as _};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Those that end it.
const ENDS: [i32; 4] = [SIGTERM, SIGINT, SIGHUP, SIGQUIT];

/// What signals have asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// To end, as this one does.
    End(i32),
    /// To stop until told to go on.
    Stop,
    /// To go on: whoever had the terminal meanwhile may have changed it.
    GoOn,
}

/// The signals, noted instead of obeyed.
pub(super) struct Signals {
    /// Each writes a byte, which ends the waiting.
    woken: UnixStream,
    noted: Vec<(i32, Arc<AtomicBool>)>,
}

impl Signals {
    /// From now on.
    pub(super) fn new() -> Result<Self, Fault> {
        let (woken, wakes) = UnixStream::pair().map_err(cannot)?;
        woken.set_nonblocking(true).map_err(cannot)?;
        let mut noted = Vec::new();
        for signal in ENDS.into_iter().chain([SIGTSTP, SIGCONT, SIGWINCH]) {
            let flag = Arc::new(AtomicBool::new(false));
            // The note before the byte: handlers run in this order.
            signal_hook::flag::register(signal, flag.clone()).map_err(cannot)?;
            pipe::register(signal, wakes.try_clone().map_err(cannot)?).map_err(cannot)?;
            noted.push((signal, flag));
        }
        Ok(Self { woken, noted })
    }

    /// Returns when a key was pressed, a signal came, or this time is over.
    pub(super) fn wait(&self, most: Duration) -> Result<(), Fault> {
        let stdin = io::stdin();
        let mut asked = [PollFd::new(&stdin, PollFlags::IN), PollFd::new(&self.woken, PollFlags::IN)];
        let time = Timespec::try_from(most).unwrap_or(Timespec { tv_sec: 60, tv_nsec: 0 });
        match poll(&mut asked, Some(&time)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(cannot(error.into())),
        }
        let mut bytes = [0; 64];
        while (&self.woken).read(&mut bytes).is_ok_and(|n| n == bytes.len()) {}
        // A terminal that has gone sends no keys, and would be asked for ever.
        if asked[0].revents().intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
            return Err(Fault::Unread);
        }
        Ok(())
    }

    /// What was asked for since this was last called, the most urgent first.
    pub(super) fn asked(&self) -> Option<Asked> {
        // Relaxed: each is about itself alone.
        let mut came = self.noted.iter().filter(|(_, flag)| flag.swap(false, Ordering::Relaxed));
        let came: Vec<_> = came.by_ref().map(|(signal, _)| *signal).collect();
        if let Some(end) = came.iter().find(|signal| ENDS.contains(signal)) {
            return Some(Asked::End(*end));
        }
        let has = |signal| came.contains(&signal);
        if has(SIGTSTP) { Some(Asked::Stop) } else { has(SIGCONT).then_some(Asked::GoOn) }
    }
}

/// Ends or stops this process as if the signal had not been noted.
pub(super) fn obey(signal: i32) -> Result<(), Fault> {
    emulate_default_handler(signal).map_err(cannot)
}

/// Stops this process until it is told to go on.
pub(super) fn stop() -> Result<(), Fault> {
    obey(SIGTSTP)
}

fn cannot(error: io::Error) -> Fault {
    Fault::Refused(format!("cannot wait for keys and signals: {error}"))
}
