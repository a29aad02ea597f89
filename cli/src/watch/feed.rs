//! Transitions of all segments, as they happen.

use crate::fault::Fault;
use crate::place::{Opened, listed, open_listed};
use holysheep_cb::{Event, EventReader};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// How many events are read ahead of a slow reader of ours; what is overwritten meanwhile counts as missed.
const AHEAD: usize = 256;
/// How often to look for segments that are new or gone.
const LIST_EVERY: Duration = Duration::from_secs(1);

/// An event, and where it is from.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    /// The segment's name.
    pub(crate) segment: Arc<str>,
    /// What happened.
    pub(crate) event: Event,
    /// How many events of the segment before this one were lost.
    pub(crate) missed: u64,
}

/// The events of a segment, in their order; `None` while there is no next one.
#[derive(Debug)]
pub(crate) struct Reader {
    segment: Arc<str>,
    events: EventReader,
}

/// Hears of the events of all segments, each by a thread that waits for them.
pub(crate) struct Feed {
    /// Only this segment.
    only: Option<String>,
    /// The segments that are listened to; the word ends the thread.
    known: HashMap<String, Arc<AtomicBool>>,
    sender: SyncSender<Told>,
    told: Receiver<Told>,
    listed: Option<Instant>,
}

impl Reader {
    /// Begins with the oldest event that is kept.
    pub(crate) fn new(opened: &Opened) -> Self {
        Self { segment: opened.name.as_str().into(), events: opened.segment.events_from(0) }
    }
}

impl Iterator for Reader {
    type Item = Told;

    fn next(&mut self) -> Option<Told> {
        let before = self.events.missed();
        let event = self.events.next()?;
        Some(Told { segment: self.segment.clone(), event, missed: self.events.missed() - before })
    }
}

impl Feed {
    /// Goes on where these have come to; with what is kept in segments that are found later. `only` = no others.
    pub(crate) fn from(readers: Vec<Reader>, only: Option<String>) -> Self {
        let (sender, told) = sync_channel(AHEAD);
        let mut feed = Self { only, known: HashMap::new(), sender, told, listed: None };
        readers.into_iter().for_each(|reader| feed.listen(reader));
        feed
    }

    /// What came, if anything comes within this time. An error is of the directory; segments that are open by then are
    /// heard all the same.
    pub(crate) fn take(&mut self, within: Duration) -> Result<Vec<Told>, Fault> {
        let is_due = self.listed.is_none_or(|then| then.elapsed() >= LIST_EVERY);
        let listed = if is_due { self.list() } else { Ok(()) };
        if is_due {
            self.listed = Some(Instant::now());
        }
        let first = self.told.recv_timeout(within).ok();
        let told: Vec<_> = first.into_iter().chain(self.told.try_iter().take(AHEAD)).collect();
        if told.is_empty() { listed.map(|()| told) } else { Ok(told) }
    }

    /// Listens to what is new, and no more to what is gone.
    fn list(&mut self) -> Result<(), Fault> {
        let mut found = listed()?;
        found.retain(|info| self.only.as_ref().is_none_or(|only| *only == info.name));
        self.known.retain(|name, gone| {
            let is_there = found.iter().any(|info| info.name == *name);
            // Relaxed: it is about itself alone.
            gone.store(!is_there, Ordering::Relaxed);
            is_there
        });
        for info in found.into_iter().filter(|info| info.problem.is_none()) {
            // One that cannot be opened yet may be later.
            if !self.known.contains_key(&info.name)
                && let Ok(opened) = open_listed(info)
            {
                self.listen(Reader::new(&opened));
            }
        }
        Ok(())
    }

    fn listen(&mut self, mut reader: Reader) {
        let (segment, gone) = (reader.segment.as_ref().to_owned(), Arc::new(AtomicBool::new(false)));
        let (sender, is_gone) = (self.sender.clone(), gone.clone());
        let listens = thread::Builder::new().name("hscb-listen".to_owned()).spawn(move || {
            // Relaxed: it is about itself alone.
            while !is_gone.load(Ordering::Relaxed) {
                // In turns, for a storm of events has no end.
                for told in reader.by_ref().take(AHEAD) {
                    if sender.send(told).is_err() {
                        return;
                    }
                }
                // Whether there is one or not, looking again is right.
                let _ = reader.events.wait(LIST_EVERY);
            }
        });
        // Where there is no thread to be had, the next listing tries again.
        if listens.is_ok() {
            self.known.insert(segment, gone);
        }
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        // Relaxed: it is about itself alone.
        self.known.values().for_each(|gone| gone.store(true, Ordering::Relaxed));
    }
}
