//! What all readers of `/api/live` have been sent: a look is compared with it once for all of them.

use super::frame::{self, List, text};
use crate::command::live::Live;
use crate::watch::{Host, Seen};
use axum::body::Bytes;
use serde::Serialize;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher as _};

/// What was sent last of each breaker.
#[derive(Debug, Default)]
pub(super) struct Board {
    /// Of each breaker of each segment, a hash of its text.
    sent: HashMap<String, HashMap<String, u64>>,
    /// What is wrong.
    problems: Bytes,
}

/// What is wrong with the directory, if anything is, and with segments.
#[derive(Debug, Serialize)]
pub(super) struct Problems<'a> {
    directory_problem: Option<&'a str>,
    problems: Vec<OfSegment<'a>>,
}

/// A segment that cannot be opened.
#[derive(Debug, Serialize)]
struct OfSegment<'a> {
    segment: &'a str,
    problem: &'a str,
}

/// A breaker that is gone.
#[derive(Debug, Serialize)]
struct Gone<'a> {
    segment: &'a str,
    name: &'a str,
}

impl Board {
    /// Nothing was sent to anybody.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// What has changed since the last time, in pieces of the stream. Nothing, if nothing has.
    pub(super) fn advance(&mut self, host: &Host, problems: &Problems<'_>) -> Vec<Bytes> {
        let problems = frame::of_json("problems", &text(problems));
        let are_new = self.problems != problems;
        self.problems = problems.clone();
        are_new.then_some(problems).into_iter().chain(self.breakers(host)).collect()
    }

    fn breakers(&mut self, host: &Host) -> impl Iterator<Item = Bytes> {
        let gone = self.gone(host);
        let mut changed = List::default();
        for (segment, watched) in host.segments() {
            let sent = match self.sent.get_mut(segment) {
                Some(sent) => sent,
                None => self.sent.entry(segment.to_owned()).or_default(),
            };
            for (name, seen) in watched.breakers() {
                let text = text(&Live::new(name, segment, watched.processes, seen));
                let hash = hash(&text);
                match sent.get_mut(name) {
                    Some(known) if *known == hash => {}
                    Some(known) => {
                        *known = hash;
                        changed.push(&text);
                    }
                    None => {
                        sent.insert(name.to_owned(), hash);
                        changed.push(&with_spark(text, seen));
                    }
                }
            }
        }
        gone.into_iter().chain(changed.end().map(|list| frame::of_json("breakers", &list)))
    }

    /// Forgets what is there no more, and says so.
    fn gone(&mut self, host: &Host) -> Option<Bytes> {
        let mut gone = List::default();
        self.sent.retain(|segment, sent| {
            sent.retain(|name, _| {
                let is_there = host.breaker(segment, name).is_some();
                if !is_there {
                    gone.push(&text(&Gone { segment, name }));
                }
                is_there
            });
            !sent.is_empty()
        });
        Some(frame::of_json("gone", &gone.end()?))
    }
}

impl<'a> Problems<'a> {
    /// Those of a look; `wrong` is the directory's.
    pub(super) fn of(host: &'a Host, wrong: Option<&'a str>) -> Self {
        let problems = host.problems().map(|(segment, problem)| OfSegment { segment, problem });
        Self { directory_problem: wrong, problems: problems.collect() }
    }
}

/// All breakers, as whoever begins to read is sent them.
pub(super) fn all(host: &Host) -> Bytes {
    let mut list = List::default();
    for (segment, watched) in host.segments() {
        for (name, seen) in watched.breakers() {
            list.push(&with_spark(text(&Live::new(name, segment, watched.processes, seen)), seen));
        }
    }
    frame::of_json("breakers", &list.end().unwrap_or_else(|| b"[]".to_vec()))
}

fn hash(text: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(text);
    hasher.finish()
}

/// The object with what it did in the last minutes: `[calls, failures, rejected]` of each look.
fn with_spark(mut object: Vec<u8>, seen: &Seen) -> Vec<u8> {
    let points = seen.trail.points().map(|point| point.rates);
    let spark: Vec<_> = points.map(|rates| [rates.calls, rates.failures, rates.rejected]).collect();
    object.pop();
    object.extend_from_slice(b",\"spark\":");
    object.extend_from_slice(&text(&spark));
    object.push(b'}');
    object
}
