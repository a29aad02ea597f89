//! The verbs that command the whole fleet.

use super::ask::Asked;
use super::breaker::Shape;
use crate::cli::{FleetCommandArgs, FleetNamedArgs};
use crate::command::operate::{LONGEST_NOTE, who};
use crate::fault::Fault;
use crate::output::Out;
use holysheep_cb_fleet::Say;

/// `hscb fleet force-open`.
pub(super) fn force_open(args: &FleetCommandArgs) -> Result<(), Fault> {
    let note = args
        .reason
        .as_ref()
        .map_or_else(|| format!("fleet: {}", who()), |why| format!("fleet: {}: {why}", who()));
    if note.len() > LONGEST_NOTE {
        let room = LONGEST_NOTE.saturating_sub(format!("fleet: {}: ", who()).len());
        return Err(Fault::Usage(format!(
            "--reason is too long; allowed: {room} bytes, as an event holds no more"
        )));
    }
    say(&args.named, &Say::Force(note))
}

/// `hscb fleet release`.
pub(super) fn release(args: &FleetNamedArgs) -> Result<(), Fault> {
    say(args, &Say::Release)
}

fn say(args: &FleetNamedArgs, say: &Say) -> Result<(), Fault> {
    let FleetNamedArgs { breaker, server, answer } = args;
    let is_name =
        breaker.split_once('/').is_some_and(|(segment, name)| !segment.is_empty() && !name.is_empty());
    if !is_name || breaker.chars().any(char::is_control) {
        return Err(Fault::Usage(format!("{breaker:?} is no breaker of a fleet; give it as SEGMENT/NAME")));
    }
    let mut asked = Asked::open(server)?;
    let done = asked.say(breaker, say)?;
    if !done.granted {
        return Err(Fault::Refused("the server took too long, and did nothing; try again".to_owned()));
    }
    let shape = Shape::new(breaker, &done.record, done.now);
    let mut out = Out::new(answer.json);
    if out.json {
        out.object(&shape)?;
    } else {
        shape.lines().iter().try_for_each(|line| out.line(line))?;
    }
    out.flush()
}
