//! `hscb events`: the transitions that are kept, and those that come.

use super::event::Shape;
use super::place::{Opened, listed, open, opened};
use crate::cli::EventsArgs;
use crate::fault::Fault;
use crate::output::Out;
use holysheep_cb::EventReader;
use std::collections::HashSet;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// How often to look whether anybody still reads the answer.
const TURN: Duration = Duration::from_millis(200);
/// How many events are read ahead of a slow reader of ours; what is overwritten meanwhile counts as missed.
const AHEAD: usize = 256;
/// How often to look for segments that are new.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Runs the verb.
pub(super) fn run(args: &EventsArgs) -> Result<(), Fault> {
    let segments = opened(&args.place)?;
    let mut out = Out::new(args.answer.json);
    let last = args.last.unwrap_or(if args.follow { 0 } else { usize::MAX });
    let mut kept = Vec::new();
    // What is followed begins where what is kept ends: each segment is read by one reader.
    let mut readers: Vec<_> = segments.iter().map(|opened| Reader::new(opened, 0)).collect();
    for reader in &mut readers {
        kept.extend(reader.by_ref());
    }
    kept.retain(|event| args.name.as_deref().is_none_or(|name| event.is_of(name)));
    kept.sort_by_key(|event| event.time_ns);
    for event in &kept[kept.len().saturating_sub(last)..] {
        write(event, &mut out)?;
    }
    out.flush()?;
    if args.follow { follow(args, readers, &mut out) } else { Ok(()) }
}

fn write(event: &Shape, out: &mut Out) -> Result<(), Fault> {
    if out.json { out.object(event) } else { out.line(&event.line(out.paint())) }
}

/// Writes what happens, until nobody reads it.
fn follow(args: &EventsArgs, readers: Vec<Reader>, out: &mut Out) -> Result<(), Fault> {
    let (sender, events) = sync_channel(AHEAD);
    let mut known: HashSet<_> = readers.iter().map(|reader| reader.segment.clone()).collect();
    readers.into_iter().for_each(|reader| reader.tell(sender.clone()));
    let mut looked = Instant::now();
    loop {
        if args.place.segment.is_none() && looked.elapsed() >= LOOK_EVERY {
            looked = Instant::now();
            // One that cannot be opened yet may be later.
            for opened in listed()?.iter().filter(|info| info.problem.is_none()).map(|info| &info.name) {
                if !known.contains(opened)
                    && open(opened).map(|new| Reader::new(&new, 0).tell(sender.clone())).is_ok()
                {
                    known.insert(opened.clone());
                }
            }
        }
        take(&events, args.name.as_deref(), out)?;
        if !is_read() {
            return Err(Fault::Unread);
        }
    }
}

/// Writes what came within a turn.
fn take(events: &Receiver<Shape>, name: Option<&str>, out: &mut Out) -> Result<(), Fault> {
    let mut next = events.recv_timeout(TURN);
    while let Ok(event) = next {
        if name.is_none_or(|name| event.is_of(name)) {
            write(&event, out)?;
        }
        next = events.try_recv().map_err(|_| RecvTimeoutError::Timeout);
    }
    out.flush()
}

/// The events of a segment, with its name and what was missed.
struct Reader {
    segment: String,
    events: EventReader,
}

impl Reader {
    fn new(opened: &Opened, cursor: u64) -> Self {
        Self { segment: opened.name.clone(), events: opened.segment.events_from(cursor) }
    }

    /// Tells of each event, in a thread of its own, which ends with the process.
    fn tell(mut self, to: SyncSender<Shape>) {
        thread::spawn(move || {
            loop {
                for event in self.by_ref() {
                    if to.send(event).is_err() {
                        return;
                    }
                }
                // Whether there is one or not, looking again is right.
                let _ = self.events.wait(LOOK_EVERY);
            }
        });
    }
}

impl Iterator for Reader {
    type Item = Shape;

    fn next(&mut self) -> Option<Shape> {
        let before = self.events.missed();
        let event = self.events.next()?;
        Some(Shape::new(&self.segment, event, self.events.missed() - before))
    }
}

/// Whether standard output still leads somewhere: while nothing happens, nothing is written that would tell.
fn is_read() -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let stdout = std::io::stdout();
    let mut asked = [PollFd::new(&stdout, PollFlags::empty())];
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut asked, Some(&now)).is_err() || !asked[0].revents().intersects(PollFlags::ERR | PollFlags::NVAL)
}
