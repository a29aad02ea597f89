//! `hscb configure NAME FIELD=VALUE...`: changes a breaker's configuration, for every process.

use super::breaker;
use super::operate::Operated;
use crate::cli::ConfigureArgs;
use crate::fault::Fault;
use crate::output::{Out, plain};
use holysheep_cb::Config;
use serde::Serialize;
use serde_json::{Map, Value};

/// What was changed, in JSON.
#[derive(Debug, Serialize)]
struct Shape<'a> {
    name: &'a str,
    segment: &'a str,
    command: &'static str,
    changed: &'a Map<String, Value>,
    config: &'a Value,
    event: Option<u64>,
    note: &'a str,
}

/// Runs the verb.
pub(super) fn run(args: &ConfigureArgs) -> Result<(), Fault> {
    let operated = Operated::open(&args.operate)?;
    let before = operated.breaker.config();
    let wanted = wanted(&before, args)?;
    wanted.validate()?;
    let event =
        if wanted == before { None } else { operated.run(|noting| Ok(noting.configure(&wanted)?))? };
    let after = breaker::config(&operated.breaker.config());
    let changed = differences(&breaker::config(&before), &after);
    let name = operated.breaker.name();
    let note = event.as_ref().map_or("", |event| &event.note);
    let mut out = Out::new(args.operate.answer.json);
    if out.json {
        out.object(&Shape {
            name,
            segment: &operated.segment,
            command: "configure",
            changed: &changed,
            config: &after,
            event: event.as_ref().map(|event| event.sequence),
            note,
        })?;
    } else {
        let name = plain(&format!("{}/{name}", operated.segment));
        for (field, change) in &changed {
            out.line(&format!("{name}: {field} {} -> {}", change["from"], change["to"]))?;
        }
        out.line(&match event {
            Some(_) => format!("{name}: configured ({})", plain(note)),
            None => format!("{name}: configured so already; no event"),
        })?;
    }
    out.flush()
}

/// The configuration that was asked for.
fn wanted(before: &Config, args: &ConfigureArgs) -> Result<Config, Fault> {
    let mut fields = breaker::config(&if args.defaults { Config::new() } else { *before });
    for given in &args.fields {
        let Some((field, text)) = given.split_once('=') else {
            return Err(Fault::Usage(format!("{given:?} is not FIELD=VALUE")));
        };
        // A number where it is one, else a word.
        let value = text.parse::<serde_json::Number>().map_or_else(|_| Value::from(text), Value::Number);
        fields[field] = value;
    }
    Ok(Config::from_json(&fields.to_string())?)
}

/// The fields that differ, with what they were and are.
fn differences(before: &Value, after: &Value) -> Map<String, Value> {
    let fields = after.as_object().into_iter().flatten();
    fields
        .filter(|(field, value)| before[field.as_str()] != **value)
        .map(|(field, value)| {
            (field.clone(), serde_json::json!({ "from": before[field.as_str()], "to": value }))
        })
        .collect()
}
