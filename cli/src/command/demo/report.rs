//! What both runs amount to: in words, as JSON, and whether it is what the product promises.

use super::measure::Measures;
use super::plan::{FAILURES, Plan, TIMEOUT};
use super::story::Story;
use crate::output::paint::{Ink, Paint, brief, seconds};
use serde_json::{Value, json};

/// Both runs, and what happened to the probe in the shared one.
#[derive(Debug)]
pub(super) struct Report {
    /// With a breaker in every process.
    pub(super) private: Measures,
    /// With one for all.
    pub(super) shared: Measures,
    /// The killed probe.
    pub(super) story: Story,
}

impl Report {
    /// The result in a few sentences.
    pub(super) fn summary(&self, paint: Paint) -> Vec<String> {
        let (private, shared) = (&self.private, &self.shared);
        let cost = |run: &Measures| format!("{} calls, {}", run.dead_calls, seconds(run.lost_ns));
        let rejections: Vec<_> = shared
            .rejection_by_language
            .iter()
            .map(|spoken| format!("{} in {}", brief(spoken.latency.median_ns), spoken.language.name()))
            .collect();
        let sentences = [
            format!(
                "Alone, each process pays {FAILURES} timeouts to learn what its neighbours know: {}.",
                cost(private)
            ),
            format!(
                "Together they pay once: {}. A probe that dies with its process holds nobody up.",
                cost(shared)
            ),
            format!(
                "A cold rejection takes {}; a timeout {} ms.",
                rejections.join(", "),
                TIMEOUT.as_millis()
            ),
        ];
        let mut lines = vec![String::new()];
        lines.extend(sentences.iter().map(|sentence| format!(" {}", paint.dress(Ink::Bold, sentence))));
        lines
    }

    /// The measured table as JSON.
    pub(super) fn json(&self, plan: &Plan) -> Value {
        let ratio = |private: Option<u64>, shared: Option<u64>| match (private, shared) {
            (Some(private), Some(shared)) if shared > 0 => json!(private as f64 / shared as f64),
            _ => Value::Null,
        };
        let (private, shared) = (&self.private, &self.shared);
        json!({
            "plan": {
                "before_ms": plan.before.as_millis(),
                "outage_ms": plan.outage.as_millis(),
                "after_ms": plan.after.as_millis(),
                "timeout_ms": TIMEOUT.as_millis(),
                "config": Plan::config(),
            },
            "private": private.json(),
            "shared": shared.json(),
            "private_over_shared": {
                "dead_calls": ratio(Some(private.dead_calls), Some(shared.dead_calls)),
                "lost_ns": ratio(Some(private.lost_ns), Some(shared.lost_ns)),
                "knew_after_ns": ratio(private.knew_after_ns, shared.knew_after_ns),
                "back_after_ns": ratio(private.back_after_ns, shared.back_after_ns),
            },
            "killed_probe": self.story.json(),
        })
    }

    /// Whether the runs showed what they should; else what they did not.
    pub(super) fn verdict(&self) -> Result<(), String> {
        let (private, shared, story) = (&self.private, &self.shared, &self.story);
        let expected = [
            (private.knew_after_ns.is_some(), "in the private run a process never learnt of the outage"),
            (shared.knew_after_ns.is_some(), "in the shared run a process never learnt of the outage"),
            (private.back_after_ns.is_some(), "in the private run a process never came back"),
            (shared.back_after_ns.is_some(), "in the shared run a process never came back"),
            (shared.dead_calls < private.dead_calls, "the shared breaker spared the dead API no call"),
            (shared.lost_ns < private.lost_ns, "the shared breaker spared nobody a timeout"),
            (
                shared.knew_after_ns < private.knew_after_ns,
                "with the shared breaker the last process knew no sooner",
            ),
            (story.victim.is_some(), "no process announced a probe that could be killed"),
            (story.lease.is_some(), "the lease of the killed probe did not run out in the event ring"),
            (story.heir.is_some(), "nobody took the place of the killed probe"),
            (story.informed.is_some(), "the restarted process did not know of the outage at once"),
            (story.closed.is_some(), "the shared breaker did not close again"),
        ];
        let missed: Vec<_> = expected.iter().filter(|(met, _)| !met).map(|(_, missed)| *missed).collect();
        if missed.is_empty() {
            Ok(())
        } else {
            Err(format!("this run did not show what it should: {}", missed.join("; ")))
        }
    }
}
