//! All breakers of this host, looked at again and again.

use super::rates::Rates;
use super::sample::Sample;
use super::trail::Trail;
use crate::fault::Fault;
use crate::place::{Opened, listed, open_listed};
use holysheep_cb::{Segment, SegmentInfo};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How often to look for segments that are new or gone, and for how many processes have each open.
const LIST_EVERY: Duration = Duration::from_secs(1);

/// The segments that are watched. Looking maps them for reading only.
#[derive(Debug, Default)]
pub(crate) struct Host {
    /// Only this segment.
    only: Option<String>,
    segments: BTreeMap<String, Watched>,
    /// What lies in the directory and cannot be opened, and why.
    problems: BTreeMap<String, String>,
    listed: Option<Instant>,
}

/// A segment that is watched.
#[derive(Debug)]
pub(crate) struct Watched {
    /// It.
    pub(crate) segment: Segment,
    /// What its file said when it was opened.
    pub(crate) info: SegmentInfo,
    /// How many processes have it open for use, as of the last second.
    pub(crate) processes: Option<usize>,
    breakers: BTreeMap<String, Seen>,
}

/// A breaker that is watched.
#[derive(Debug)]
pub(crate) struct Seen {
    /// What it showed at the last look or glance.
    pub(crate) now: Sample,
    /// When that was.
    pub(crate) at: Instant,
    /// What happened between the last two looks.
    pub(crate) rates: Rates,
    /// What it did in the last minutes.
    pub(crate) trail: Trail,
    /// The last look, and when that was.
    looked: (Sample, Instant),
}

impl Host {
    /// All segments, or only the one of this name. The first look is still to come.
    pub(crate) fn new(only: Option<String>) -> Self {
        Self { only, ..Self::default() }
    }

    /// Looks at every breaker. A segment that cannot be opened is left out and told of in [`problems`](Self::problems);
    /// an error is of the directory itself, and segments that are open by then are looked at all the same.
    pub(crate) fn look(&mut self) -> Result<(), Fault> {
        self.see(Seen::look)
    }

    /// Looks at what every breaker shows now, between two looks: rates and trails stay as they are.
    pub(crate) fn glance(&mut self) -> Result<(), Fault> {
        self.see(Seen::glance)
    }

    fn see(&mut self, how: fn(&mut Seen, Instant, Sample)) -> Result<(), Fault> {
        let now = Instant::now();
        let is_due = self.listed.is_none_or(|then| now.duration_since(then) >= LIST_EVERY);
        let listed = if is_due { self.list() } else { Ok(()) };
        if is_due && listed.is_ok() {
            self.listed = Some(now);
        }
        self.segments.values_mut().for_each(|watched| watched.see(how));
        listed
    }

    /// The segments by name.
    pub(crate) fn segments(&self) -> impl Iterator<Item = (&str, &Watched)> {
        self.segments.iter().map(|(name, watched)| (name.as_str(), watched))
    }

    /// A breaker by the names of its segment and its own.
    pub(crate) fn breaker(&self, segment: &str, name: &str) -> Option<(&Watched, &Seen)> {
        let watched = self.segments.get(segment)?;
        Some((watched, watched.breakers.get(name)?))
    }

    /// What cannot be opened, and why.
    pub(crate) fn problems(&self) -> impl Iterator<Item = (&str, &str)> {
        self.problems.iter().map(|(name, why)| (name.as_str(), why.as_str()))
    }

    /// Opens what is new, and lets go of what is gone.
    fn list(&mut self) -> Result<(), Fault> {
        let found = listed()?;
        self.segments.retain(|name, _| found.iter().any(|info| info.name == *name));
        self.problems.clear();
        for info in found {
            if self.only.as_ref().is_some_and(|only| *only != info.name) {
                continue;
            }
            match self.segments.get_mut(&info.name) {
                Some(known) => known.processes = info.processes,
                None => self.open(info),
            }
        }
        Ok(())
    }

    fn open(&mut self, info: SegmentInfo) {
        let (name, processes) = (info.name.clone(), info.processes);
        match open_listed(info.clone()) {
            Ok(Opened { segment, .. }) => {
                let watched = Watched { segment, info, processes, breakers: BTreeMap::new() };
                self.segments.insert(name, watched);
            }
            Err(why) => drop(self.problems.insert(name, why.to_string())),
        }
    }
}

impl Watched {
    /// Its breakers by name.
    pub(crate) fn breakers(&self) -> impl Iterator<Item = (&str, &Seen)> {
        self.breakers.iter().map(|(name, seen)| (name.as_str(), seen))
    }

    fn see(&mut self, how: fn(&mut Seen, Instant, Sample)) {
        let at = Instant::now();
        for view in self.segment.views() {
            let now = Sample::of(&view);
            match self.breakers.get_mut(view.name()) {
                Some(seen) => how(seen, at, now),
                None => drop(self.breakers.insert(view.name().to_owned(), Seen::new(at, now))),
            }
        }
        // One that is in the segment no more, as its file was replaced.
        self.breakers.retain(|_, seen| seen.at == at);
    }
}

impl Seen {
    fn new(at: Instant, now: Sample) -> Self {
        let (trail, looked) = (Trail::new(at, &now), (now.clone(), at));
        Self { now, at, rates: Rates::default(), trail, looked }
    }

    fn look(&mut self, at: Instant, now: Sample) {
        let (before, then) = &self.looked;
        self.rates = Rates::between(&before.shown, &now.shown, at.duration_since(*then));
        self.trail.add(at, before, &now, self.rates);
        self.looked = (now.clone(), at);
        self.glance(at, now);
    }

    fn glance(&mut self, at: Instant, now: Sample) {
        (self.now, self.at) = (now, at);
    }
}
