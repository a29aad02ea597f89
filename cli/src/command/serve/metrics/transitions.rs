//! Transitions, counted since the agent began.

use crate::watch::{Host, Told};
use holysheep_cb::{Mode, Reason};
use std::collections::HashMap;
use std::sync::Arc;

/// From, to, why, and how often.
pub(super) type Count = (Mode, Mode, Reason, u64);

/// What the rings kept when the agent began, and what came since.
#[derive(Debug, Default)]
pub(in super::super) struct Transitions {
    segments: HashMap<Arc<str>, OfSegment>,
}

/// Those of a segment.
#[derive(Debug, Default)]
struct OfSegment {
    breakers: HashMap<String, OfBreaker>,
    /// How many events were lost before they were read.
    missed: u64,
    looks_without: u8,
}

/// Those of a breaker.
#[derive(Debug, Default)]
struct OfBreaker {
    /// Few, for a breaker knows few ways.
    counts: Vec<Count>,
    looks_without: u8,
}

impl Transitions {
    /// Counts what was told.
    pub(in super::super) fn count(&mut self, told: &Told) {
        let segment = self.segments.entry(told.segment.clone()).or_default();
        segment.missed += told.missed;
        let event = &told.event;
        // Without a copy of the name for each event of a breaker that is known.
        let breaker = match segment.breakers.get_mut(&event.breaker) {
            Some(known) => known,
            None => segment.breakers.entry(event.breaker.clone()).or_default(),
        };
        let way = (event.from, event.to, event.reason);
        match breaker.counts.iter_mut().find(|(from, to, reason, _)| (*from, *to, *reason) == way) {
            Some((.., count)) => *count += 1,
            None => breaker.counts.push((way.0, way.1, way.2, 1)),
        }
    }

    /// Forgets breakers and segments that are gone. To be called after each look: an event may be heard of before the
    /// first look that shows its breaker, so gone is what two looks in a row did not show.
    pub(in super::super) fn forget_gone(&mut self, host: &Host) {
        let seen_again = |is_there: bool, looks_without: &mut u8| {
            *looks_without = if is_there { 0 } else { *looks_without + 1 };
            *looks_without < 2
        };
        self.segments.retain(|segment, of_segment| {
            of_segment.breakers.retain(|name, of_breaker| {
                seen_again(host.breaker(segment, name).is_some(), &mut of_breaker.looks_without)
            });
            let is_there = host.segments().any(|(name, _)| *name == **segment);
            seen_again(is_there, &mut of_segment.looks_without)
        });
    }

    /// Those of a breaker.
    pub(super) fn of(&self, segment: &str, breaker: &str) -> &[Count] {
        let known = self.segments.get(segment).and_then(|segment| segment.breakers.get(breaker));
        known.map_or(&[], |breaker| &breaker.counts)
    }

    /// How many events of a segment were lost before they were read.
    pub(super) fn missed(&self, segment: &str) -> u64 {
        self.segments.get(segment).map_or(0, |segment| segment.missed)
    }
}
