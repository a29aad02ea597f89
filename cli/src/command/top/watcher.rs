//! Looks at the host, and hears of transitions.

use super::row::{Key, Row};
use super::state::{Closeup, Look};
use crate::command::breaker::config as shape;
use crate::command::live::Live;
use crate::fault::Fault;
use crate::watch::{Feed, Host, Told};
use holysheep_cb::Config;
use serde_json::Value;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// How many transitions are kept of each breaker.
const OF_EACH: usize = 100;
/// How many are kept of all.
const OF_ALL: usize = 200;
/// So often at most the feed is emptied at a look: a storm of transitions must not keep the picture waiting.
const MOST_TAKES: usize = 8;

/// What is watched.
pub(super) struct Watcher {
    /// The segments.
    pub(super) host: Host,
    feed: Feed,
    /// The transitions of each breaker, latest first.
    events: HashMap<Key, VecDeque<Arc<Told>>>,
    /// Those of all, latest first.
    recent: VecDeque<Arc<Told>>,
}

impl Watcher {
    /// All segments, or only the one of this name.
    pub(super) fn new(only: Option<&String>) -> Self {
        Self {
            host: Host::new(only.cloned()),
            feed: Feed::from(Vec::new(), only.cloned()),
            events: HashMap::new(),
            recent: VecDeque::new(),
        }
    }

    /// Looks at every breaker, and takes in what happened.
    pub(super) fn look(&mut self) -> Result<Look, Fault> {
        self.host.look()?;
        for _ in 0..MOST_TAKES {
            let told = self.feed.take(Duration::ZERO)?;
            if told.is_empty() {
                break;
            }
            told.into_iter().for_each(|told| self.hear(told));
        }
        let look = self.shown();
        if self.events.len() > look.rows.len() * 2 + OF_ALL {
            // Of segments that are gone. Not at once: one may be heard of before it is looked at.
            self.events.retain(|key, _| self.host.breaker(&key.segment, &key.name).is_some());
        }
        Ok(look)
    }

    fn hear(&mut self, told: Told) {
        let key = Key { segment: told.segment.clone(), name: told.event.breaker.as_str().into() };
        let told = Arc::new(told);
        put_first(self.events.entry(key).or_default(), told.clone(), OF_EACH);
        put_first(&mut self.recent, told, OF_ALL);
    }

    fn shown(&self) -> Look {
        let mut look = Look { recent: self.recent.iter().cloned().collect(), ..Look::default() };
        for (segment, watched) in self.host.segments() {
            look.segments += 1;
            look.processes += watched.processes.unwrap_or(0);
            let segment: Arc<str> = segment.into();
            for (name, seen) in watched.breakers() {
                let key = Key { segment: segment.clone(), name: name.into() };
                let last = self.events.get(&key).and_then(VecDeque::front).cloned();
                look.rows.push(Row::new(key, watched, seen, last));
            }
        }
        look.problems = self.host.problems().map(|(name, why)| format!("{name}: {why}")).collect();
        look
    }

    /// One breaker in JSON, if it is there.
    pub(super) fn live<'a>(&self, key: &'a Key) -> Option<Live<'a>> {
        let (watched, seen) = self.host.breaker(&key.segment, &key.name)?;
        Some(Live::new(&key.name, &key.segment, watched.processes, seen))
    }

    /// All of one breaker, if it is there.
    pub(super) fn closeup(&self, key: &Key) -> Option<Closeup> {
        let (watched, seen) = self.host.breaker(&key.segment, &key.name)?;
        let events: Vec<_> = self.events.get(key).into_iter().flatten().cloned().collect();
        let view = watched.segment.view(&key.name);
        Some(Closeup {
            row: Row::new(key.clone(), watched, seen, events.first().cloned()),
            sample: seen.now.clone(),
            points: seen.trail.points().copied().collect(),
            config: view.map(|view| settings(&view.config())).unwrap_or_default(),
            events,
            gone: false,
        })
    }
}

/// What differs from the defaults, in the form that `hscb configure` takes.
fn settings(config: &Config) -> Vec<String> {
    let (Value::Object(fields), defaults) = (shape(config), shape(&Config::default())) else {
        return Vec::new();
    };
    let differs = |(name, value): &(String, Value)| defaults.get(name) != Some(value);
    let word = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    fields.into_iter().filter(differs).map(|(name, value)| format!("{name}={}", word(value))).collect()
}

fn put_first(kept: &mut VecDeque<Arc<Told>>, told: Arc<Told>, most: usize) {
    kept.truncate(most - 1);
    // Each segment tells in its order, but one may be ahead of another.
    let place = kept.iter().take_while(|other| other.event.time_ns > told.event.time_ns).count();
    kept.insert(place, told);
}
