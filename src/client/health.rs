//! Looking after endpoints: a thread of the client asks each for its models now and then. It keeps a rolling latency, and
//! is the probe of breakers that are open, so that no user's call is.

use super::http::{Outgoing, Wire};
use super::lane::{Lane, Route};
use super::live::Live;
use super::settings::Health;
use super::watch::{Cancel, Watch};
use crate::outcome::{Classification, Mode};
use crate::response::End;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

/// Begins to look after the endpoints of a table, for as long as it is in force.
pub(super) fn begin(live: &Arc<Live>) {
    let Some(health) = live.table.health.clone() else { return };
    let live = Arc::downgrade(live);
    let name = "holysheep-cb-health".to_owned();
    // Where no thread is to be had, calls are their own probes, as without looking after.
    let _ = std::thread::Builder::new().name(name).spawn(move || watch(&live, &health));
}

fn watch(live: &Weak<Live>, health: &Health) {
    loop {
        let next = Instant::now() + Duration::from_millis(health.interval_ms.clamp(10, 86_400_000));
        {
            let Some(live) = live.upgrade() else { return };
            // So long a round of checks may take, and the next.
            let round = health
                .interval_ms
                .max(10)
                .saturating_add(health.timeout_ms.saturating_mul(live.routes.len() as u64));
            let good_for = Duration::from_millis(round.saturating_mul(2).min(86_400_000));
            for route in &live.routes {
                look_after(&live.wire(), route, health, good_for);
            }
        }
        while Instant::now() < next {
            if live.strong_count() == 0 {
                return;
            }
            std::thread::sleep(next.saturating_duration_since(Instant::now()).min(Duration::from_millis(50)));
        }
    }
}

/// Asks an endpoint once, and tells every lane of it that may be probed. For as long as this is `good_for`, calls leave the
/// probes to this thread; where the answer says nothing of the service (a 404), they do not.
fn look_after(wire: &Wire, route: &Route, health: &Health, good_for: Duration) {
    let lanes = route.lanes();
    let probes: Vec<_> = lanes
        .iter()
        .filter(|lane| matches!(lane.breaker.mode(), Mode::Open | Mode::HalfOpen))
        .filter_map(|lane| lane.breaker.admit_owned().ok())
        .collect();
    let begun = Instant::now();
    let found = ask(wire, route, health);
    let says_something = found != Classification::Ignored;
    route.look_after(says_something.then(|| Instant::now() + good_for));
    if found == Classification::Success {
        route.note_health(begun.elapsed());
        lanes.iter().filter(|lane| lane.latency().is_none()).for_each(|lane: &Arc<Lane>| {
            lane.note_latency(begun.elapsed());
        });
    }
    for probe in probes {
        probe.give_back(found);
    }
}

/// What the endpoint's answer says of it.
fn ask(wire: &Wire, route: &Route, health: &Health) -> Classification {
    let limit = Duration::from_millis(health.timeout_ms.clamp(1, 86_400_000));
    let outgoing = Outgoing {
        url: &route.url(&health.path),
        body: None,
        headers: &route.headers,
        is_near: route.is_near,
    };
    let watch = Watch::new(Cancel::new(), Instant::now() + limit, limit, limit);
    let Ok(mut incoming) = wire.send(&outgoing, watch, 16 << 20) else { return Classification::Failure };
    let mut body = Vec::new();
    match incoming.read_all(&mut body, || {}) {
        // A redirect, to a page where one signs in, says nothing of the service.
        Ok(()) if (300..400).contains(&incoming.status) => Classification::Ignored,
        Ok(()) => {
            let mut judge = incoming.judge();
            judge.body(&body);
            judge.end(End::Complete).classification()
        }
        Err(_) => Classification::Failure,
    }
}
