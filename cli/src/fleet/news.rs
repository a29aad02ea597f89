//! What happens here and what is published, in one queue.

use crate::watch::Feed;
use holysheep_cb_fleet::{Server, listen};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle, sleep};
use std::time::Duration;

/// What waits at most; what does not find room is found by the next look, within a second.
const ROOM: usize = 4096;
/// How often to look whether all ends.
const TURN: Duration = Duration::from_millis(200);

/// Something to look at.
pub(super) enum News {
    /// A transition of this breaker, here.
    Here(String),
    /// What somebody published.
    Published(String),
}

/// The queue, and the threads that fill it until all ends.
pub(super) struct Queue {
    pub(super) news: Receiver<News>,
    pub(super) threads: [JoinHandle<()>; 2],
}

impl Queue {
    pub(super) fn new(
        server: &Server,
        channel: &str,
        only: Option<String>,
        ended: &Arc<AtomicBool>,
    ) -> io::Result<Self> {
        let (sender, news) = sync_channel(ROOM);
        let (here, until) = (sender.clone(), ended.clone());
        let hears = move || hear_here(only, &here, &until);
        let (server, channel, until) = (server.clone(), channel.to_owned(), ended.clone());
        let listens =
            move || listen(&server, &channel, &until, |text| drop(sender.try_send(News::Published(text))));
        let thread = |name: &str| Builder::new().name(name.to_owned());
        Ok(Self { news, threads: [thread("hscb-here").spawn(hears)?, thread("hscb-fleet").spawn(listens)?] })
    }
}

fn hear_here(only: Option<String>, sender: &SyncSender<News>, ended: &AtomicBool) {
    let mut feed = Feed::from(Vec::new(), only);
    // Relaxed: it is about itself alone.
    while !ended.load(Ordering::Relaxed) {
        match feed.take(TURN) {
            Ok(all) => all.into_iter().for_each(|told| {
                drop(sender.try_send(News::Here(format!("{}/{}", told.segment, told.event.breaker))));
            }),
            // A directory that cannot be read may be later.
            Err(_) => sleep(TURN),
        }
    }
}
