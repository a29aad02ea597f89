//! An operator's command: who gives it and why is in its event.

use crate::cli::OperateArgs;
use crate::fault::Fault;
use crate::output::{Out, elapsed, plain};
use crate::place::{Found, find};
use holysheep_cb::{Breaker, Event, Mode, Noting, Segment, SegmentOptions};
use serde::Serialize;
use std::time::Duration;

/// The most that the note of an event holds, in bytes.
pub(super) const LONGEST_NOTE: usize = 127;

/// A breaker that is open to be operated, and what its event will say.
pub(super) struct Operated {
    /// Its segment's name.
    pub(super) segment: String,
    /// It.
    pub(super) breaker: Breaker,
    note: String,
    shared: Segment,
}

/// What a command did.
pub(super) struct Done {
    segment: String,
    name: String,
    from: Mode,
    to: Mode,
    open_remaining_ns: u64,
    event: Option<Event>,
}

/// What a command did, in JSON.
#[derive(Debug, Serialize)]
pub(super) struct Shape<'a> {
    name: &'a str,
    segment: &'a str,
    command: &'a str,
    from: &'static str,
    to: &'static str,
    open_remaining_ms: u64,
    event: Option<u64>,
    note: &'a str,
}

impl Operated {
    /// Finds the breaker by looking, which makes none, and opens it.
    pub(super) fn open(args: &OperateArgs) -> Result<Self, Fault> {
        let Found { segment, .. } = find(&args.name, &args.place)?;
        Self::open_found(&segment, &args.name, args.reason.as_deref())
    }

    /// Opens a breaker that was found by looking.
    pub(super) fn open_found(segment: &str, name: &str, reason: Option<&str>) -> Result<Self, Fault> {
        Self::open_noting(segment, name, note(reason))
    }

    /// The same; the event will say `note`.
    pub(super) fn open_noting(segment: &str, name: &str, note: String) -> Result<Self, Fault> {
        let shared = SegmentOptions::new().existing(true).open(segment)?;
        // It may be gone since, and opening would make it anew.
        if shared.view(name).is_none() {
            return Err(Fault::NotFound(format!("no breaker {name:?} in {segment} any more")));
        }
        let breaker = Breaker::builder().segment(&shared).open(name)?;
        Ok(Self { segment: segment.to_owned(), breaker, note, shared })
    }

    /// Runs a command; the event that it made, if it made one.
    pub(super) fn run(
        &self,
        command: impl FnOnce(&Noting<'_>) -> Result<(), Fault>,
    ) -> Result<Option<Event>, Fault> {
        let events = self.shared.events();
        command(&self.breaker.noting(&self.note))?;
        let ours = |event: &Event| event.breaker == self.breaker.name() && event.pid == std::process::id();
        Ok(events.into_iter().find(ours))
    }
}

impl Operated {
    /// Runs a command; what it did.
    pub(super) fn carry_out(
        &self,
        command: impl FnOnce(&Noting<'_>) -> Result<(), Fault>,
    ) -> Result<Done, Fault> {
        let from = self.breaker.mode();
        let event = self.run(command)?;
        let after = self.breaker.snapshot();
        let (from, to) = event.as_ref().map_or((from, after.mode), |event| (event.from, event.to));
        let (segment, name) = (self.segment.clone(), self.breaker.name().to_owned());
        Ok(Done { segment, name, from, to, open_remaining_ns: after.open_remaining_ns, event })
    }
}

impl Done {
    /// In words.
    pub(super) fn words(&self) -> String {
        let Self { from, to, .. } = self;
        let name = plain(&format!("{}/{}", self.segment, self.name));
        let open = match to {
            Mode::Open => format!(" for {}", elapsed(Duration::from_nanos(self.open_remaining_ns))),
            _ => String::new(),
        };
        match &self.event {
            Some(event) => format!("{name}: {from} -> {to}{open} ({})", plain(&event.note)),
            None => format!("{name}: {to}{open}, as it was; no event"),
        }
    }

    /// In JSON; `verb` is the one that it is by.
    pub(super) fn shape<'a>(&'a self, verb: &'a str) -> Shape<'a> {
        Shape {
            name: &self.name,
            segment: &self.segment,
            command: verb,
            from: self.from.name(),
            to: self.to.name(),
            open_remaining_ms: self.open_remaining_ns.div_ceil(1_000_000),
            event: self.event.as_ref().map(|event| event.sequence),
            note: self.event.as_ref().map_or("", |event| &event.note),
        }
    }
}

/// Runs a verb that is one command.
pub(super) fn run(
    args: &OperateArgs,
    verb: &str,
    command: impl FnOnce(&Noting<'_>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let operated = Operated::open(args)?;
    let done = operated.carry_out(command)?;
    let mut out = Out::new(args.answer.json);
    if out.json {
        out.object(&done.shape(verb))?;
    } else {
        out.line(&done.words())?;
    }
    out.flush()
}

/// Who and why: `user alice: TEXT`.
fn note(reason: Option<&str>) -> String {
    let who = who();
    reason.map_or_else(|| who.clone(), |reason| format!("{who}: {reason}"))
}

/// Who runs this process: what the kernel says, and not the environment, but for who became root by sudo.
pub(super) fn who() -> String {
    let uid = rustix::process::getuid().as_raw();
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then_some(name)
    });
    let user = name.map_or_else(|| format!("uid {uid}"), |name| format!("user {name}"));
    match std::env::var("SUDO_USER") {
        Ok(before) if uid == 0 && !before.is_empty() => format!("{user} (sudo by {before})"),
        _ => user,
    }
}
