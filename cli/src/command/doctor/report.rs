//! All checks, told one by one.

use super::finding::{Finding, Level};
use super::{files, host, place};
use crate::cli::DoctorArgs;
use crate::fault::Fault;
use crate::output::paint::Ink;
use crate::output::{Out, plain};
use crate::place::listed;
use holysheep_cb::Segment;

/// Runs the verb; an error if something is wrong.
pub(in crate::command) fn run(args: &DoctorArgs) -> Result<(), Fault> {
    let found = findings();
    let mut out = Out::new(args.answer.json);
    for finding in &found {
        if out.json {
            out.object(finding)?;
        } else {
            tell(finding, &mut out)?;
        }
    }
    out.flush()?;
    match found.iter().filter(|finding| finding.level == Level::Wrong).count() {
        0 => Ok(()),
        1 => Err(Fault::Refused("1 thing is wrong".to_owned())),
        n => Err(Fault::Refused(format!("{n} things are wrong"))),
    }
}

fn findings() -> Vec<Finding> {
    let folder = Segment::directory();
    let mut found = vec![place::directory(&folder), place::space(&folder)];
    // What is wrong with the directory was said.
    found.extend(listed().unwrap_or_default().iter().map(files::segment));
    found.extend(files::removed(&folder));
    found.extend([host::clock(), host::boot(), host::remove_ipc(&folder)]);
    found
}

fn tell(finding: &Finding, out: &mut Out) -> Result<(), Fault> {
    let (level, ink) = finding.level.shown();
    let gap = " ".repeat(8_usize.saturating_sub(level.len()));
    let level = out.dress(ink, level);
    out.line(&format!("{level}{gap} {:<11} {}", finding.check, plain(&finding.what)))?;
    if !finding.advice.is_empty() {
        let advice = out.dress(Ink::Dim, &finding.advice);
        out.line(&format!("{}{advice}", " ".repeat(21)))?;
    }
    Ok(())
}
