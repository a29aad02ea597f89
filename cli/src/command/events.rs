//! `hscb events`: the transitions that are kept, and those that come.

use super::event::Shape;
use crate::cli::EventsArgs;
use crate::fault::Fault;
use crate::output::Out;
use crate::place::opened;
use crate::watch::{Feed, Reader, Told};
use std::time::Duration;

/// How often to look whether anybody still reads the answer.
const TURN: Duration = Duration::from_millis(200);

/// Runs the verb.
pub(super) fn run(args: &EventsArgs) -> Result<(), Fault> {
    let segments = opened(&args.place)?;
    let mut out = Out::new(args.answer.json);
    let last = args.last.unwrap_or(if args.follow { 0 } else { usize::MAX });
    let mut kept: Vec<Told> = Vec::new();
    // What is followed begins where what is kept ends: each segment is read by one reader.
    let mut readers: Vec<_> = segments.iter().map(Reader::new).collect();
    for reader in &mut readers {
        kept.extend(reader.by_ref());
    }
    kept.retain(|told| is_asked_for(told, args));
    kept.sort_by_key(|told| told.event.time_ns);
    let begin = kept.len().saturating_sub(last);
    for told in kept.into_iter().skip(begin) {
        write(told, &mut out)?;
    }
    out.flush()?;
    if args.follow { follow(args, readers, &mut out) } else { Ok(()) }
}

fn is_asked_for(told: &Told, args: &EventsArgs) -> bool {
    args.name.as_deref().is_none_or(|name| told.event.breaker == name)
}

fn write(told: Told, out: &mut Out) -> Result<(), Fault> {
    let event = Shape::new(told);
    if out.json { out.object(&event) } else { out.line(&event.line(out.paint())) }
}

/// Writes what happens, until nobody reads it.
fn follow(args: &EventsArgs, readers: Vec<Reader>, out: &mut Out) -> Result<(), Fault> {
    let mut feed = Feed::from(readers, args.place.segment.clone());
    loop {
        for told in feed.take(TURN)?.into_iter().filter(|told| is_asked_for(told, args)) {
            write(told, out)?;
        }
        out.flush()?;
        if !is_read() {
            return Err(Fault::Unread);
        }
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
