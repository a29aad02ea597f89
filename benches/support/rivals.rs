//! The rivals: recloser and failsafe as their own documentation sets them up, and the mutex twin.

use super::sink::opaque;
use super::subject::{Subject, time_all};
use super::twin::Twin;
use failsafe::CircuitBreaker as _;
use holysheep_cb::{Clock as _, SystemClock};
use recloser::Recloser;
use std::time::Duration;

/// A recloser: a ring of the last 100 calls, at half of which it opens, for longer than a bench runs.
pub(crate) fn new_recloser() -> Recloser {
    let half = Recloser::custom().error_rate(0.5).closed_len(100).half_open_len(3);
    half.open_wait(Duration::from_secs(86_400)).build()
}

/// Admit + record success with it.
#[inline(always)]
pub(crate) fn recloser_succeeds(recloser: &Recloser) -> bool {
    opaque(recloser).call(|| Ok::<u32, ()>(1)).is_ok()
}

/// Admit + record success with a recloser.
pub(crate) fn recloser() -> Subject {
    let recloser = new_recloser();
    Subject::new("recloser", move |n| time_all("recloser", n, || recloser_succeeds(&recloser)))
}

/// A recloser's rejection.
pub(crate) fn recloser_rejects() -> Subject {
    let recloser = new_recloser();
    while !matches!(recloser.call(|| Err::<u32, ()>(())), Err(recloser::Error::Rejected)) {}
    Subject::new("recloser rejects", move |n| {
        time_all("recloser rejects", n, || opaque(&recloser).call(|| Ok::<u32, ()>(1)).is_err())
    })
}

/// Admit + record success with a failsafe of its default policies.
pub(crate) fn failsafe() -> Subject {
    let failsafe = failsafe::Config::new().build();
    Subject::new("failsafe", move |n| {
        time_all("failsafe", n, || opaque(&failsafe).call(|| Ok::<u32, ()>(1)).is_ok())
    })
}

/// Admit + record success with the mutex twin.
#[inline(always)]
pub(crate) fn twin_succeeds(twin: &Twin, clock: &SystemClock) -> bool {
    let twin = opaque(twin);
    let permit = twin.admit(clock.now_ns());
    permit.map(|permit| twin.record(permit, false, clock.now_ns())).is_some()
}

/// Admit + record success with the mutex twin.
pub(crate) fn mutex_twin() -> Subject {
    let (twin, clock) = (Twin::new(), SystemClock::new());
    Subject::new("mutex twin", move |n| {
        let before = twin.successes();
        let took = time_all("mutex twin", n, || twin_succeeds(&twin, &clock));
        assert_eq!(twin.successes() - before, n, "mutex twin: wrong totals");
        took
    })
}

/// The mutex twin's rejection.
pub(crate) fn mutex_twin_rejects() -> Subject {
    let (twin, clock) = (Twin::new(), SystemClock::new());
    twin.trip_for(86_400_000, clock.now_ns());
    Subject::new("mutex twin rejects", move |n| {
        time_all("mutex twin rejects", n, || opaque(&twin).admit(clock.now_ns()).is_none())
    })
}
