//! `hscb dump`: everything about every segment, as one JSON document.

use super::breaker;
use super::event;
use super::segments;
use crate::cli::DumpArgs;
use crate::fault::Fault;
use crate::output::Out;
use crate::place::{Opened, listed, open};
use crate::watch::{Reader, Sample};
use holysheep_cb::{Clock as _, Segment, SegmentInfo, SystemClock, View};
use serde_json::{Value, json};

/// Runs the verb.
pub(super) fn run(args: &DumpArgs) -> Result<(), Fault> {
    let wanted = args.place.segment.as_deref();
    let found: Vec<_> =
        listed()?.into_iter().filter(|info| wanted.is_none_or(|wanted| info.name == wanted)).collect();
    if let (true, Some(wanted)) = (found.is_empty(), wanted) {
        return Err(Fault::NotFound(format!("{} is not there", Segment::directory().join(wanted).display())));
    }
    let document = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "directory": Segment::directory(),
        "now_ns": SystemClock::new().now_ns(),
        "segments": found.iter().map(segment).collect::<Vec<_>>(),
    });
    let mut out = Out::new(args.json);
    if out.json {
        out.object(&document)?;
    } else {
        out.line(&format!("{document:#}"))?;
    }
    out.flush()
}

/// A segment with its breakers and events.
fn segment(info: &SegmentInfo) -> Value {
    let mut document = json!(segments::Shape::new(info));
    let opened = if info.problem.is_none() { open(&info.name).ok() } else { None };
    document["breakers"] = Value::Array(opened.as_ref().map(breakers).unwrap_or_default());
    document["events"] = Value::Array(opened.as_ref().map(events).unwrap_or_default());
    document
}

fn breakers(opened: &Opened) -> Vec<Value> {
    let processes = opened.segment.processes();
    let shape = |view: &View| {
        let shape = breaker::Shape::new(view.name(), &opened.name, processes, &Sample::of(view));
        json!(shape.with_config(view))
    };
    opened.segment.views().iter().map(shape).collect()
}

fn events(opened: &Opened) -> Vec<Value> {
    Reader::new(opened).map(|told| json!(event::Shape::new(told))).collect()
}
