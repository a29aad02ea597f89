//! Ctrl-C and its kin: noted, so that the demo can end its processes and remove its segment.

use std::sync::atomic::{AtomicBool, Ordering};
use std::{io, thread};
use tokio::runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Set by the first signal.
static ASKED: AtomicBool = AtomicBool::new(false);

/// From now on SIGINT, SIGTERM and SIGHUP are noted instead of ending the process.
pub(super) fn watch() -> io::Result<()> {
    let runtime = runtime::Builder::new_current_thread().enable_io().build()?;
    let mut signals = {
        let _entered = runtime.enter();
        [signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?, signal(SignalKind::hangup())?]
    };
    thread::spawn(move || runtime.block_on(note(&mut signals)));
    Ok(())
}

/// Waits for the first of them.
async fn note([interrupt, terminate, hangup]: &mut [Signal; 3]) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
    ASKED.store(true, Ordering::Relaxed);
}

/// Whether somebody asked the demo to end.
pub(super) fn asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}
