//! What is published, as it comes. It is for speed alone: what is lost here is read within a second.

use crate::link::{CONNECT, provide_tls};
use crate::server::Server;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How often to look whether all ends.
const TURN: Duration = Duration::from_millis(500);
/// A connection on which nothing came for so long is made anew: it may be dead, and nobody would tell.
const SILENCE: Duration = Duration::from_secs(30);
/// How long to wait after a failure: it is doubled up to the longest.
const SOONEST: Duration = Duration::from_millis(100);
const LATEST: Duration = Duration::from_secs(5);

/// Listens on `channel` until `ended`, over one connection that is made anew whenever it breaks. `heard` must not block.
pub fn listen(server: &Server, channel: &str, ended: &AtomicBool, mut heard: impl FnMut(String)) {
    provide_tls();
    let mut wait = Duration::ZERO;
    let mut turn = 0;
    // Relaxed: it is about itself alone.
    while !ended.load(Ordering::Relaxed) {
        let mut was_there = false;
        // Why it ended is of no use: the other connection tells of the server's troubles.
        let _ = hear(server, turn, channel, ended, &mut was_there, &mut heard);
        turn += 1;
        wait = if was_there { SOONEST } else { (wait * 2).clamp(SOONEST, LATEST) };
        pause(wait, ended);
    }
}

fn hear(
    server: &Server,
    turn: usize,
    channel: &str,
    ended: &AtomicBool,
    was_there: &mut bool,
    heard: &mut impl FnMut(String),
) -> redis::RedisResult<()> {
    let mut connection = server.client(turn)?.get_connection_with_timeout(CONNECT)?;
    let mut channels = connection.as_pubsub();
    channels.set_read_timeout(Some(TURN))?;
    channels.subscribe(channel)?;
    *was_there = true;
    let mut last = Instant::now();
    while !ended.load(Ordering::Relaxed) && last.elapsed() < SILENCE {
        match channels.get_message() {
            Ok(message) => {
                last = Instant::now();
                heard(message.get_payload()?);
            }
            Err(error) if error.is_timeout() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// In pieces, for the end is not to wait.
fn pause(wait: Duration, ended: &AtomicBool) {
    let until = Instant::now() + wait;
    while let Some(left) = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
        if ended.load(Ordering::Relaxed) {
            return;
        }
        thread::sleep(left.min(TURN));
    }
}
