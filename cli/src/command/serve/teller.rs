//! Tells everybody of transitions, as they happen.

use super::agent::Agent;
use super::frame;
use crate::watch::{Feed, Reader};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// How often to look whether the agent ends.
const TURN: Duration = Duration::from_millis(200);
/// How long to wait for a directory that cannot be read.
const PATIENCE: Duration = Duration::from_secs(1);

/// Reads what was before, which is nothing new, but counts. Before anybody is answered: what happens once he is, he is told.
pub(super) fn catch_up(agent: &Agent, readers: &mut [Reader]) {
    for told in readers.iter_mut().flatten() {
        agent.counted.lock().count(&told);
    }
}

/// Tells of what happens from now on, until `ended`. `readers` are of the segments that are there.
pub(super) fn run(agent: &Agent, readers: Vec<Reader>, ended: &AtomicBool) {
    let mut feed = Feed::from(readers, agent.only.clone());
    // Relaxed: it is about itself alone.
    while !ended.load(Ordering::Relaxed) {
        let Ok(all) = feed.take(TURN) else {
            thread::sleep(PATIENCE);
            continue;
        };
        for told in all {
            agent.counted.lock().count(&told);
            if agent.transitions.receiver_count() > 0 {
                // Whoever read has gone meanwhile.
                let _ = agent.transitions.send(frame::of_transition(told));
            }
        }
    }
}
