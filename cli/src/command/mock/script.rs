//! A whole script: phases one after the other.

use super::fields::{BadScript, Fields, Read};
use super::phase::{Phase, Usual};
use super::short;
use serde_json::{Value, json};
use std::sync::Arc;

/// The most phases of one script.
const MOST_PHASES: usize = 1000;

/// What is to happen, in order.
#[derive(Debug, Clone)]
pub(super) struct Script {
    /// The phases; never empty.
    pub(super) phases: Vec<Arc<Phase>>,
    /// Whether the first follows the last.
    pub(super) repeat: bool,
    /// Seed of every draw.
    pub(super) seed: u64,
    /// What requests meet that are not affected.
    pub(super) usual: Usual,
}

impl Script {
    /// Reads a script in JSON.
    pub(super) fn parse(text: &str) -> Read<Self> {
        let value = serde_json::from_str(text).map_err(|e| BadScript(format!("script is not JSON: {e}")))?;
        Self::read(value)
    }

    /// Reads phases in short form; none at all is one healthy phase.
    pub(super) fn of_short<S: AsRef<str>>(texts: &[S]) -> Read<Self> {
        let phases: Read<Vec<_>> =
            texts.iter().enumerate().map(|(index, text)| short::phase(index, text.as_ref())).collect();
        let mut phases = phases?;
        if phases.is_empty() {
            phases.push(json!({"kind": "healthy"}));
        }
        Self::read(json!({ "phases": phases }))
    }

    fn read(value: Value) -> Read<Self> {
        let mut fields = Fields::of("script", value)?;
        let repeat = fields.flag("loop")?.unwrap_or(false);
        let seed = fields.integer("seed", 0..=u64::MAX)?.unwrap_or(0);
        let usual = Usual::default().read(&mut fields)?;
        let value = fields.take("phases").unwrap_or(Value::Null);
        fields.finish()?;
        let list = match value {
            Value::Array(list) if (1..=MOST_PHASES).contains(&list.len()) => list,
            other => {
                let was = match &other {
                    Value::Array(list) => format!("a list of {}", list.len()),
                    Value::Null => "absent".to_owned(),
                    _ => "no list".to_owned(),
                };
                let allowed = format!("a list of 1..={MOST_PHASES} phases");
                return Err(BadScript(format!("script: phases is {was}; allowed: {allowed}")));
            }
        };
        let phases: Read<Vec<_>> = list
            .into_iter()
            .enumerate()
            .map(|(index, value)| Phase::read(&format!("phase {index}"), value, &usual).map(Arc::new))
            .collect();
        Ok(Self { phases: phases?, repeat, seed, usual })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::mock::fault::Fault;
    use std::time::Duration;

    fn told(text: &str) -> String {
        Script::parse(text).expect_err("bad").to_string()
    }

    #[test]
    fn a_full_script_is_read() {
        let text = r#"{"loop": true, "seed": 7, "latency": 20, "chunks": 4,
            "phases": [{"name": "calm", "kind": "healthy", "duration_ms": 4000},
                       {"name": "storm", "kind": 429, "rate": 0.5, "retry_after": 1.2}]}"#;
        let script = Script::parse(text).expect("good");
        assert!(script.repeat && script.seed == 7 && script.phases.len() == 2);
        let (calm, storm) = (&script.phases[0], &script.phases[1]);
        assert_eq!((calm.duration, calm.pace.chunks), (Some(Duration::from_secs(4)), 4));
        assert_eq!((storm.duration, storm.rate), (None, 0.5));
        assert!(matches!(&storm.fault, Fault::Status(e) if e.status == 429 && e.retry_after == Some(1.2)));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let one = |phase: &str| told(&format!("{{\"phases\": [{phase}]}}"));
        assert_eq!(told("{}"), "script: phases is absent; allowed: a list of 1..=1000 phases");
        assert_eq!(
            one(r#"{"name": "storm", "kind": "429", "rate": 2}"#),
            r#"phase 0 ("storm", kind 429): rate is 2; allowed: a number 0..=1"#
        );
        assert!(one(r#"{"kind": "healthy", "rate": 1}"#).contains(r#"unknown field "rate" (value 1)"#));
        assert!(one(r#"{"kind": "refused", "latency": 1}"#).contains(r#"unknown field "latency""#));
        assert!(one(r#"{"kind": "600"}"#).starts_with(r#"phase 0: kind is "600"; allowed: healthy, slow"#));
        assert!(one(r#"{"kind": "hang", "release": "soon"}"#).contains("allowed: client, answer, cut"));
        let late = r#"{"kind": "cut", "chunks": 3, "after_chunks": 4}"#;
        assert!(one(late).contains("after_chunks is 4; allowed: a whole number 0..=3"));
    }
}
