//! `hscb segments`: what lies in the directory, and what is wrong with it.

use crate::cli::SegmentsArgs;
use crate::fault::Fault;
use crate::output::paint::Ink;
use crate::output::{Cell, Out, Table, size, warn};
use crate::place::{listed, open};
use holysheep_cb::{Segment, SegmentInfo};
use serde::Serialize;
use std::path::Path;

/// A segment in JSON.
#[derive(Debug, Serialize)]
pub(super) struct Shape<'a> {
    name: &'a str,
    path: &'a Path,
    bytes: u64,
    file_mode: String,
    owner: u32,
    group: u32,
    layout: Option<u32>,
    capacity: Option<u32>,
    stripes: Option<u32>,
    breakers: Option<usize>,
    processes: Option<usize>,
    problem: Option<String>,
}

impl<'a> Shape<'a> {
    /// What a file in the directory is.
    pub(super) fn new(info: &'a SegmentInfo) -> Self {
        let breakers = match info.problem {
            None => {
                open(&info.name).map(|opened| opened.segment.names().len()).map_err(|fault| fault.to_string())
            }
            Some(ref problem) => Err(problem.to_string()),
        };
        Self {
            name: &info.name,
            path: &info.path,
            bytes: info.bytes,
            file_mode: format!("{:04o}", info.file_mode),
            owner: info.owner,
            group: info.group,
            layout: info.layout,
            capacity: info.capacity,
            stripes: info.stripes,
            breakers: breakers.as_ref().ok().copied(),
            processes: info.processes,
            problem: breakers.err(),
        }
    }

    fn row(&self) -> Vec<Cell> {
        let number = |n: Option<u64>| Cell::number(n.map_or("-".to_owned(), |n| n.to_string()));
        vec![
            Cell::word(self.name),
            number(self.breakers.map(|n| n as u64)),
            number(self.capacity.map(u64::from)),
            number(self.stripes.map(u64::from)),
            Cell::number(size(self.bytes)),
            number(self.processes.map(|n| n as u64)),
            Cell::number(&self.file_mode),
            Cell::word(self.problem.as_deref().unwrap_or("")).ink(Some(Ink::Red)),
        ]
    }
}

/// Runs the verb.
pub(super) fn run(args: &SegmentsArgs) -> Result<(), Fault> {
    let found = listed()?;
    let mut out = Out::new(args.answer.json);
    let titles = ["SEGMENT", "BREAKERS", "CAPACITY", "STRIPES", "SIZE", "PROCESSES", "MODE", "PROBLEM"];
    let mut table = Table::new(&titles);
    for info in &found {
        let shape = Shape::new(info);
        if out.json {
            out.object(&shape)?;
        } else {
            table.row(shape.row());
        }
    }
    table.write(&mut out)?;
    if found.is_empty() && !out.json {
        warn(&format!("no segments in {}", Segment::directory().display()));
    }
    out.flush()
}
