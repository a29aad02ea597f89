//! The breakers and limiters of this host.

use crate::place::{listed, open_listed};
use holysheep_cb::{Breaker, Limiter, LimiterSnapshot, Segment, SegmentOptions, Share, Snapshot};
use holysheep_cb_fleet::{Act, Local};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// How often to look for segments that are new or gone.
const LIST_EVERY: Duration = Duration::from_secs(1);

/// All segments, open for reading; those in which something was done, for writing too.
pub(super) struct Here {
    /// Only this segment.
    only: Option<String>,
    looked: HashMap<String, Segment>,
    operated: HashMap<String, Segment>,
    listed: Option<Instant>,
    begun: Instant,
}

impl Here {
    pub(super) fn new(only: Option<String>) -> Self {
        let (looked, operated) = (HashMap::new(), HashMap::new());
        Self { only, looked, operated, listed: None, begun: Instant::now() }
    }

    fn list(&mut self) {
        if self.listed.is_some_and(|then| then.elapsed() < LIST_EVERY) {
            return;
        }
        self.listed = Some(Instant::now());
        // A directory that cannot be read may be later; until then, what is open stays so.
        let Ok(mut found) = listed() else { return };
        found.retain(|info| self.only.as_ref().is_none_or(|only| *only == info.name));
        self.looked.retain(|name, _| found.iter().any(|info| info.name == *name));
        self.operated.retain(|name, _| found.iter().any(|info| info.name == *name));
        for info in found {
            if !self.looked.contains_key(&info.name)
                && let Ok(opened) = open_listed(info)
            {
                self.looked.insert(opened.name, opened.segment);
            }
        }
    }

    /// The breaker, to be operated. Looking comes first: opening would make one that is gone anew.
    fn open(&mut self, segment: &str, name: &str) -> Option<Breaker> {
        self.looked.get(segment)?.view(name)?;
        Breaker::builder().segment(self.writable(segment)?).open(name).ok()
    }

    fn writable(&mut self, segment: &str) -> Option<&Segment> {
        if !self.operated.contains_key(segment) {
            let shared = SegmentOptions::new().existing(true).open(segment).ok()?;
            self.operated.insert(segment.to_owned(), shared);
        }
        self.operated.get(segment)
    }
}

impl Local for Here {
    fn now_ms(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn all(&mut self) -> Vec<(String, Snapshot)> {
        self.list();
        let of = |(segment, opened): (&String, &Segment)| {
            opened
                .views()
                .into_iter()
                .map(|view| (format!("{segment}/{}", view.name()), view.snapshot()))
                .collect::<Vec<_>>()
        };
        self.looked.iter().flat_map(of).collect()
    }

    fn one(&mut self, breaker: &str) -> Option<Snapshot> {
        let (segment, name) = breaker.split_once('/')?;
        if !self.looked.contains_key(segment) {
            self.list();
        }
        Some(self.looked.get(segment)?.view(name)?.snapshot())
    }

    fn act(&mut self, breaker: &str, act: &Act) {
        // One that cannot be opened is left as it is: the next look finds it so.
        if let Some((segment, name)) = breaker.split_once('/')
            && let Some(opened) = self.open(segment, name)
        {
            act.carry_out(&opened);
        }
    }

    fn limiters(&mut self) -> Vec<(String, LimiterSnapshot)> {
        self.list();
        let of = |(segment, opened): (&String, &Segment)| {
            let shown = |name: String| Some((format!("{segment}/{name}"), opened.limiter_snapshot(&name)?));
            opened.limiters().into_iter().filter_map(shown).collect::<Vec<_>>()
        };
        self.looked.iter().flat_map(of).collect()
    }

    fn share(&mut self, limiter: &str, share: Share) {
        let Some((segment, name)) = limiter.split_once('/') else { return };
        // As with a breaker: one that is gone is not made anew, and what cannot be opened is left as it is.
        let is_there = self.looked.get(segment).is_some_and(|looked| looked.limiter_snapshot(name).is_some());
        if is_there
            && let Some(shared) = self.writable(segment)
            && let Ok(opened) = Limiter::builder().segment(shared).open(name)
        {
            // The rules are in range, and the script's answers were brought into it.
            let _ = opened.set_share(share);
        }
    }
}
