//! The way of a call: which routes are asked in which order, when it is tried again, and when it ends. One whole time over
//! all attempts and routes.

use super::failure::{Failure, Refusal};
use super::kind::Kind;
use super::lane::{Patience, Ticket};
use super::live::{Candidate, Live};
use super::pause;
use super::table::Mode;
use super::watch::Cancel;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A call on its way.
pub(super) struct Call<'a> {
    pub(super) live: &'a Live,
    /// The model that was asked for; empty for paths without one.
    pub(super) model: &'a str,
    pub(super) tokens: u32,
    pub(super) until: Instant,
    pub(super) cancel: &'a Cancel,
}

/// What a round over all candidates came to.
enum Round<T> {
    Done(T),
    /// Nothing mends it.
    Over(Failure),
    /// Somebody was asked and failed, and these did not let the call go.
    Failed(Failure, Vec<Refusal>),
    /// Nobody let the call go.
    Refused(Vec<Refusal>),
}

/// Where it is not known when a route may let a call go: as of one whose probes are out.
const UNKNOWN: Duration = Duration::from_millis(100);

impl Call<'_> {
    /// Makes the call: `attempt` is one request to a candidate, and settles its ticket. Gives its result and how many were
    /// sent.
    pub(super) fn make<T>(
        &self,
        mut attempt: impl FnMut(&Arc<Candidate>, Ticket, u32) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.live.budget.call();
        let (mut sent, mut retries, mut waited) = (0, 0, Duration::ZERO);
        let mut last: Option<Failure> = None;
        loop {
            match self.round(&mut sent, &mut attempt) {
                Round::Done(result) => return Ok(result),
                Round::Over(failure) => return Err(with(failure, sent, Vec::new())),
                // Time mends nothing at those that failed; it may at those that refused.
                Round::Failed(failure, refusals) if !failure.kind.is_retryable() && !refusals.is_empty() => {
                    self.wait(&mut waited, sent, refusals, Some(failure.clone()))?;
                    last = Some(failure);
                }
                Round::Failed(failure, refusals) => {
                    let wait = pause::before(&self.live.table.retry, retries + 1, failure.retry_after);
                    let may = failure.kind.is_retryable()
                        && retries < self.live.table.retry.max
                        && Instant::now() + wait < self.until
                        // Who comes once more when the server says multiplies nothing.
                        && (failure.retry_after.is_some() && retries == 0 || self.live.budget.retry());
                    if !may {
                        return Err(with(failure, sent, refusals));
                    }
                    last = Some(failure);
                    retries += 1;
                    self.sleep(wait, sent)?;
                }
                Round::Refused(refusals) => self.wait(&mut waited, sent, refusals, last.clone())?,
            }
        }
    }

    /// Waits for the soonest of those that refused, within what is left of the patience for that; else the call is over.
    fn wait(
        &self,
        waited: &mut Duration,
        sent: u32,
        refusals: Vec<Refusal>,
        last: Option<Failure>,
    ) -> Result<(), Failure> {
        let soonest = refusals.iter().filter_map(|refusal| refusal.retry_after).min();
        let wait = soonest.filter(|wait| !wait.is_zero()).unwrap_or(UNKNOWN);
        let patience = Duration::from_millis(self.live.table.limits.route_wait_ms).saturating_sub(*waited);
        // None is to come back too early, nor all at once.
        let jittered = || wait.mul_f64(1.0 + 0.1 * rand::random::<f64>());
        let may_wait = |wait: &Duration| *wait <= patience && Instant::now() + *wait < self.until;
        match (wait <= patience).then(jittered).filter(may_wait) {
            Some(wait) => {
                *waited += wait;
                self.sleep(wait, sent)
            }
            None => Err(match last {
                Some(failure) => with(failure, sent, refusals),
                None => with(Failure::refused(refusals), sent, Vec::new()),
            }),
        }
    }

    /// Asks every candidate, in order, until one answers: first those that need not be waited for, and only if there is none
    /// all of them.
    fn round<T>(
        &self,
        sent: &mut u32,
        attempt: &mut impl FnMut(&Arc<Candidate>, Ticket, u32) -> Result<T, Failure>,
    ) -> Round<T> {
        let candidates = self.live.candidates(self.model);
        if candidates.is_empty() {
            return Round::Over(self.nobody());
        }
        match self.pass(&candidates, false, sent, attempt) {
            Round::Refused(refusals) if refusals.iter().any(|refusal| is_worth_a_wait(refusal.kind)) => {
                self.pass(&candidates, true, sent, attempt)
            }
            round => round,
        }
    }

    fn pass<T>(
        &self,
        candidates: &[Arc<Candidate>],
        waits: bool,
        sent: &mut u32,
        attempt: &mut impl FnMut(&Arc<Candidate>, Ticket, u32) -> Result<T, Failure>,
    ) -> Round<T> {
        let (mut refusals, mut failed) = (Vec::new(), None);
        for candidate in candidates {
            if let Err(failure) = self.check() {
                return Round::Over(failure);
            }
            let ticket = match self.ask(candidate, waits) {
                Ok(ticket) => ticket,
                Err(refusal) => {
                    // At once as many as there may be: a refusal is to cost little.
                    refusals.reserve_exact(candidates.len() - refusals.len());
                    refusals.push(refusal);
                    continue;
                }
            };
            *sent += 1;
            match attempt(candidate, ticket, *sent) {
                Ok(result) => return Round::Done(result),
                Err(failure) if !failure.kind.fails_over() => return Round::Over(failure),
                Err(failure) => failed = Some(better(failed, failure)),
            }
        }
        match failed {
            Some(failure) => Round::Failed(failure, refusals),
            None => match self.check() {
                Ok(()) => Round::Refused(refusals),
                Err(failure) => Round::Over(failure),
            },
        }
    }

    fn ask(&self, candidate: &Candidate, waits: bool) -> Result<Ticket, Refusal> {
        if self.live.mode == Mode::Disabled {
            return Ok(Ticket::default());
        }
        let patience = Patience { waits, until: self.until, cancel: self.cancel };
        candidate.route.admit(&candidate.lane, &candidate.model, self.tokens, &patience)
    }

    /// The call may go on.
    fn check(&self) -> Result<(), Failure> {
        if self.cancel.is_cancelled() {
            return Err(Failure::new(Kind::Cancelled, "the caller broke off"));
        }
        if Instant::now() >= self.until {
            return Err(Failure::new(Kind::Deadline, "the call's whole time, total_ms, is over"));
        }
        Ok(())
    }

    fn sleep(&self, wait: Duration, sent: u32) -> Result<(), Failure> {
        pause::sleep_until(Instant::now() + wait, self.cancel);
        self.check().map_err(|failure| with(failure, sent, Vec::new()))
    }

    fn nobody(&self) -> Failure {
        let names: Vec<_> = self.live.routes.iter().map(|route| route.spec.name()).collect();
        let which = if self.live.mode == Mode::Disabled { "direct route" } else { "route" };
        let message = format!("no {which} serves the model {:?}; there are {}", self.model, names.join(", "));
        Failure::new(Kind::NoRoute, message)
    }
}

/// What a call may wait for at a route itself.
fn is_worth_a_wait(kind: Kind) -> bool {
    matches!(kind, Kind::BulkheadFull | Kind::Limited)
}

/// Of two failures of one round the one that may mend, with the soonest time that a server named.
fn better(one: Option<Failure>, other: Failure) -> Failure {
    let Some(one) = one else { return other };
    let soonest = [one.retry_after, other.retry_after].into_iter().flatten().min();
    let keeps_one = one.kind.is_retryable() && !other.kind.is_retryable();
    Failure { retry_after: soonest, ..if keeps_one { one } else { other } }
}

fn with(failure: Failure, attempts: u32, refusals: Vec<Refusal>) -> Failure {
    let refusals = if refusals.is_empty() { failure.refusals } else { refusals.into() };
    Failure { attempts, refusals, ..failure }
}
