//! How routes are.

use super::lane::Route;
use crate::outcome::Mode;
use std::time::Duration;

/// How a model is at a route.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RouteStatus {
    /// The route's name.
    pub route: String,
    /// The name of the breaker: host and model.
    pub breaker: String,
    /// Its mode.
    pub mode: Mode,
    /// How long until a call would be admitted; `None` if that is not to be known.
    pub retry_after: Option<Duration>,
    /// Rolling mean of the latency of answers; `None` before the first.
    pub latency: Option<Duration>,
    /// That of health checks, where there are any.
    pub health: Option<Duration>,
}

impl RouteStatus {
    pub(super) fn of(route: &Route) -> Vec<Self> {
        let status = |lane: &std::sync::Arc<super::lane::Lane>| Self {
            route: route.spec.name().to_owned(),
            breaker: lane.breaker.name().to_owned(),
            mode: lane.breaker.mode(),
            retry_after: lane.breaker.retry_after(),
            latency: lane.latency(),
            health: route.health(),
        };
        route.lanes().iter().map(status).collect()
    }
}
