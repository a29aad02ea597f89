//! What one request meets, and the steps of the stream that it gets.

use super::call::Call;
use super::draw::Draw;
use super::fault::{Fault, RateLimit};
use super::phase::{Pace, Phase};
use super::play::Step;
use super::problem::Problem;
use super::reply;
use std::collections::VecDeque;
use std::time::Duration;

/// What the phase has in store for one request.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plan {
    /// How long the request waits first.
    pub(super) delay: Duration,
    /// What then goes wrong.
    pub(super) fault: Fault,
    /// Chunks and pace of a stream.
    pub(super) pace: Pace,
    /// `x-ratelimit-*` headers of the answer.
    pub(super) limit: Option<RateLimit>,
}

impl Plan {
    /// The phase's, if the draw says so, else what is usual.
    pub(super) fn of(phase: &Phase, healthy: &Phase, draw: &Draw) -> Self {
        let meets = if draw.share < phase.rate { phase } else { healthy };
        Self {
            delay: meets.latency.sample(draw.latency),
            fault: meets.fault.clone(),
            pace: meets.pace,
            limit: meets.limit,
        }
    }
}

/// The steps of a stream, with what goes wrong in it.
pub(super) fn steps(call: &Call, draw: &Draw, plan: &Plan) -> VecDeque<Step> {
    let chunks = plan.pace.chunks;
    let mut steps = VecDeque::new();
    for n in 0..chunks {
        steps.push_back(Step::Send(reply::chunk(call, draw, n)));
        steps.push_back(Step::Wait(plan.pace.interval));
    }
    steps.push_back(Step::Send(reply::finish(call, draw)));
    if call.include_usage {
        steps.push_back(Step::Send(reply::usage_chunk(call, draw, chunks)));
    }
    steps.extend([Step::Answered, Step::Send(reply::DONE)]);
    let after = |n: u64| 2 * n.min(chunks) as usize;
    match &plan.fault {
        Fault::Hang { release, after_chunks: Some(n) } => steps.insert(after(*n), Step::Hang(*release)),
        Fault::StreamError { after_chunks, error } => {
            steps.truncate(after(*after_chunks));
            let event = reply::event(&Problem::of(error).object(draw));
            steps.extend([Step::Answered, Step::Send(event)]);
        }
        Fault::Cut { after_chunks: Some(n), reset, .. } => {
            steps.truncate(after(*n));
            steps.push_back(Step::Cut(*reset));
        }
        Fault::Cut { after_bytes: Some(n), reset, .. } => cut_bytes(&mut steps, *n as usize, *reset),
        _ => {}
    }
    steps
}

/// Keeps the first `left` bytes of what is sent, and then cuts.
fn cut_bytes(steps: &mut VecDeque<Step>, mut left: usize, reset: bool) {
    for index in 0..steps.len() {
        if let Step::Send(bytes) = &mut steps[index] {
            if bytes.len() > left || *bytes == reply::DONE {
                bytes.truncate(left.min(bytes.len() - 1));
                steps.truncate(index + 1);
                break;
            }
            left -= bytes.len();
        }
    }
    steps.retain(|step| *step != Step::Answered);
    steps.push_back(Step::Cut(reset));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::mock::script::Script;

    fn sent(short: &str) -> (Vec<u8>, Option<Step>) {
        let script = Script::of_short(&[short]).expect("good");
        let draw = Draw::of(1, 0);
        let plan = Plan::of(&script.phases[0], &Phase::healthy("", &script.usual), &draw);
        let steps = steps(&Call { model: "m".to_owned(), ..Call::default() }, &draw, &plan);
        let bytes = steps.iter().filter_map(|step| match step {
            Step::Send(bytes) => Some(bytes.to_vec()),
            _ => None,
        });
        (bytes.collect::<Vec<_>>().concat(), steps.back().cloned())
    }

    #[test]
    fn a_cut_after_n_bytes_sends_n_bytes_and_never_a_whole_stream() {
        let whole = sent("healthy").0;
        for n in [0, 1, 100, 1000] {
            let (part, last) = sent(&format!("cut,after-bytes={n}"));
            assert_eq!((part.as_slice(), last), (&whole[..n], Some(Step::Cut(false))));
        }
        let (most, last) = sent("cut,after-bytes=1000000,reset");
        assert!(whole.starts_with(&most) && !most.ends_with(b"[DONE]\n\n"));
        assert_eq!(last, Some(Step::Cut(true)));
    }

    #[test]
    fn faults_come_after_n_chunks() {
        let events = |short: &str| String::from_utf8(sent(short).0).expect("text").matches("data: ").count();
        assert_eq!(events("healthy,chunks=5"), 7);
        assert_eq!(events("cut,chunks=5,after-chunks=0"), 0);
        assert_eq!(events("cut,chunks=5,after-chunks=5"), 5);
        assert_eq!(events("stream-error,chunks=5,after-chunks=2"), 3);
    }
}
