//! `hscb rm SEGMENT`: removes a segment's file, and the lock beside it.

use crate::cli::RmArgs;
use crate::fault::Fault;
use crate::output::{Out, plain};
use crate::place::listed;
use holysheep_cb::{Segment, SegmentInfo};
use serde_json::json;
use std::fs;
use std::io;

/// Runs the verb.
pub(super) fn run(args: &RmArgs) -> Result<(), Fault> {
    let found = listed()?.into_iter().find(|info| info.name == args.segment);
    let Some(info) = found else {
        let path = Segment::directory().join(&args.segment);
        return Err(Fault::NotFound(format!("{} is not there", path.display())));
    };
    if !args.force {
        refuse(&info)?;
    }
    let path = info.path.display();
    match fs::remove_file(&info.path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(Fault::NotFound(format!("{path} is not there")));
        }
        Err(error) => return Err(Fault::Refused(format!("cannot remove {path}: {error}"))),
        Ok(()) => {}
    }
    // It is there only if the segment had outlived a boot; whoever needs it makes it anew.
    let _ = fs::remove_file(info.path.with_file_name(format!("{}.lock", info.name)));
    let mut out = Out::new(args.answer.json);
    if out.json {
        out.object(&json!({ "segment": info.name, "path": info.path, "processes": info.processes }))?;
    } else {
        out.line(&format!("{} is removed", plain(&path.to_string())))?;
    }
    out.flush()
}

/// An error where removing it would take something from somebody.
fn refuse(info: &SegmentInfo) -> Result<(), Fault> {
    let path = info.path.display();
    let reason = match (info.layout, info.processes) {
        (None, _) => {
            info.problem.as_ref().map_or_else(|| format!("{path} is no segment"), ToString::to_string)
        }
        (_, Some(0)) => return Ok(()),
        (_, Some(1)) => format!("{path} is open in 1 process"),
        (_, Some(n)) => format!("{path} is open in {n} processes"),
        (_, None) => format!("{path} may be open: this system does not say"),
    };
    Err(Fault::Refused(format!("{reason}; --force removes it all the same")))
}
