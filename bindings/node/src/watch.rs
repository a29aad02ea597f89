//! `NativeWatch`: the events of a segment, read by JavaScript at its own pace. A thread waits for them and only says that
//! there are some; what has happened meanwhile stays in the segment's ring, so a busy event loop costs no memory, and a
//! reader that falls behind is told how many events it missed.
//!
//! The thread never keeps the process alive, and nobody waits for it: it ends by itself within [`TURN`] of the watch's
//! end, or when its environment is gone.

use crate::notify::Notify;
use crate::transition::Transition;
use holysheep_cb::{EventReader, Segment};
use napi::bindgen_prelude::Function;
use napi_derive::napi;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long the thread waits before it looks whether anybody still listens.
const TURN: Duration = Duration::from_secs(1);

/// Somebody who listens to a segment.
#[napi]
pub struct NativeWatch {
    reader: EventReader,
    stopped: Arc<AtomicBool>,
}

#[napi]
impl NativeWatch {
    /// The next events, at most `most`; none if there are none yet.
    #[napi(catch_unwind)]
    pub fn read(&mut self, most: u32) -> Vec<Transition> {
        let mut events = Vec::new();
        while events.len() < most as usize {
            let missed = self.reader.missed();
            let Some(event) = self.reader.next() else { break };
            events.push(Transition::new(event, self.reader.missed() - missed));
        }
        events
    }

    /// Ends the watch: nobody is notified any more.
    #[napi(catch_unwind)]
    pub fn stop(&self) {
        // ORDERING: Relaxed; the flag publishes nothing.
        self.stopped.store(true, Ordering::Relaxed);
    }
}

impl NativeWatch {
    pub(crate) fn start(segment: &Segment, cursor: u64, notify: &Function<(), ()>) -> napi::Result<Self> {
        let notify = Notify::new(notify)?;
        let reader = segment.events_from(cursor);
        let waiting = segment.events_from(reader.cursor());
        let stopped = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&stopped);
        std::thread::Builder::new()
            .name("holysheep-cb".to_owned())
            .spawn(move || wait(waiting, &notify, &ends))
            .map_err(|error| napi::Error::from_reason(format!("no thread to wait for events: {error}")))?;
        Ok(Self { reader, stopped })
    }
}

impl Drop for NativeWatch {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Says when there are events, until nobody listens.
fn wait(mut events: EventReader, notify: &Notify, stopped: &AtomicBool) {
    loop {
        let any = events.wait(TURN);
        // ORDERING: Relaxed; as above.
        if stopped.load(Ordering::Relaxed) {
            return;
        }
        if any {
            // Read before it is told: what comes in between is told again rather than never.
            while events.next().is_some() {}
            if !notify.tell() {
                return;
            }
        }
    }
}
