//! The verbs that look at the fleet.

use super::ask::Asked;
use super::breaker::Shape;
use super::hosts::HostShape;
use super::limit::LimitShape;
use crate::cli::{FleetLookArgs, FleetNamedArgs};
use crate::fault::Fault;
use crate::output::{Cell, Out, Table, warn};
use holysheep_cb_fleet::{listen, message};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// `hscb fleet ls`.
pub(super) fn list(args: &FleetLookArgs) -> Result<(), Fault> {
    let mut asked = Asked::open(&args.server)?;
    let (now, names) = (asked.now()?, asked.breakers()?);
    let records = asked.records(&names)?;
    let mut out = Out::new(args.answer.json);
    let mut table = Table::new(&["BREAKER", "OPEN ON", "PROBING", "FORCED"]);
    for (name, record) in names.iter().zip(&records) {
        let shape = Shape::new(name, record, now);
        if out.json {
            out.object(&shape)?;
        } else {
            table.row(shape.row().iter().map(|text| Cell::word(text)).collect());
        }
    }
    if names.is_empty() && !out.json {
        warn(&format!("the fleet {} has spoken of no breaker in the last day", args.server.namespace));
    }
    table.write(&mut out)?;
    out.flush()
}

/// `hscb fleet show`.
pub(super) fn show(args: &FleetNamedArgs) -> Result<(), Fault> {
    let mut asked = Asked::open(&args.server)?;
    let now = asked.now()?;
    let records = asked.records(std::slice::from_ref(&args.breaker))?;
    let Some(record) = records.first().filter(|record| record.version > 0) else {
        let namespace = &args.server.namespace;
        let message =
            format!("the fleet {namespace} knows nothing of {:?}; give it as SEGMENT/NAME", args.breaker);
        return Err(Fault::NotFound(message));
    };
    let shape = Shape::new(&args.breaker, record, now);
    let mut out = Out::new(args.answer.json);
    if out.json {
        out.object(&shape)?;
    } else {
        shape.lines().iter().try_for_each(|line| out.line(line))?;
    }
    out.flush()
}

/// `hscb fleet hosts`.
pub(super) fn hosts(args: &FleetLookArgs) -> Result<(), Fault> {
    let mut asked = Asked::open(&args.server)?;
    let now = asked.now()?;
    let mut out = Out::new(args.answer.json);
    let mut table = Table::new(&["HOST", "VERSION", "BREAKERS", "SEEN"]);
    for (name, flat) in asked.hosts()? {
        let shape = HostShape::new(&name, &flat, now);
        if out.json {
            out.object(&shape)?;
        } else {
            table.row(shape.row().iter().map(|text| Cell::word(text)).collect());
        }
    }
    table.write(&mut out)?;
    out.flush()
}

/// `hscb fleet limits`.
pub(super) fn limits(args: &FleetLookArgs) -> Result<(), Fault> {
    let mut asked = Asked::open(&args.server)?;
    let (now, limits) = (asked.now()?, asked.limits()?);
    let mut out = Out::new(args.answer.json);
    let mut table = Table::new(&["LIMIT", "HOST", "LENT", "WANTS"]);
    for (name, ledger) in &limits {
        let shape = LimitShape::new(name, ledger, now);
        if out.json {
            out.object(&shape)?;
        } else {
            for row in shape.rows() {
                table.row(row.iter().map(|text| Cell::word(text)).collect());
            }
        }
    }
    if limits.is_empty() && !out.json {
        warn(&format!(
            "the hosts of the fleet {} have shared no limit in the last day",
            args.server.namespace
        ));
    }
    table.write(&mut out)?;
    out.flush()
}

/// `hscb fleet events`.
pub(super) fn follow(args: &FleetLookArgs) -> Result<(), Fault> {
    let asked = Asked::open(&args.server)?;
    let (ended, failed) = (AtomicBool::new(false), Mutex::new(None));
    let mut out = Out::new(args.answer.json);
    listen(&asked.server, asked.space.channel(), &ended, |payload| {
        let Some((name, answer)) = message(&payload) else { return };
        let shape = Shape::new(&name, &answer.record, answer.now);
        let written = if out.json { out.object(&shape) } else { out.line(&shape.line()) };
        if let Err(fault) = written.and_then(|()| out.flush()) {
            // Relaxed: it is about itself alone.
            ended.store(true, Ordering::Relaxed);
            *failed.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(fault);
        }
    });
    failed.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner).map_or(Ok(()), Err)
}
