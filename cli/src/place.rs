//! Finding segments and breakers. Looking maps a segment for reading only.

use crate::cli::Where;
use crate::fault::Fault;
use crate::output::warn;
use holysheep_cb::{ErrorKind, Segment, SegmentInfo, SegmentOptions, View};

/// A segment that is open to look at.
pub(crate) struct Opened {
    /// Its name.
    pub(crate) name: String,
    /// It.
    pub(crate) segment: Segment,
}

/// A breaker, and where it is.
pub(crate) struct Found {
    /// The name of its segment.
    pub(crate) segment: String,
    /// How many processes have that open.
    pub(crate) processes: Option<usize>,
    /// It.
    pub(crate) view: View,
}

/// What lies in the directory; nothing if there is none.
pub(crate) fn listed() -> Result<Vec<SegmentInfo>, Fault> {
    match Segment::list() {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        other => Ok(other?),
    }
}

/// Opens a segment for reading.
pub(crate) fn open(name: &str) -> Result<Opened, Fault> {
    let segment = SegmentOptions::new().read_only(true).open(name)?;
    Ok(Opened { name: name.to_owned(), segment })
}

/// Opens for reading what lies in the directory.
pub(crate) fn open_listed(info: SegmentInfo) -> Result<Opened, Fault> {
    info.problem.map_or_else(|| open(&info.name), |problem| Err(problem.into()))
}

/// The one segment that was asked for, or all that can be opened; those that cannot are told of.
pub(crate) fn opened(place: &Where) -> Result<Vec<Opened>, Fault> {
    if let Some(name) = &place.segment {
        return Ok(vec![open(name)?]);
    }
    let mut opened = Vec::new();
    for info in listed()? {
        match open_listed(info) {
            Ok(segment) => opened.push(segment),
            Err(fault) => warn(&format!("left out: {fault}")),
        }
    }
    Ok(opened)
}

/// The breaker of this name, if exactly one of the segments has it.
pub(crate) fn find(name: &str, place: &Where) -> Result<Found, Fault> {
    let segments = opened(place)?;
    let mut found: Vec<_> =
        segments.iter().filter_map(|opened| Some((opened, opened.segment.view(name)?))).collect();
    let Some((opened, view)) = found.pop() else {
        let searched: Vec<_> = segments.iter().map(|opened| opened.name.as_str()).collect();
        return Err(Fault::NotFound(match searched.as_slice() {
            [] => format!(
                "no breaker {name:?}: {} has no segment that can be opened",
                Segment::directory().display()
            ),
            searched => format!("no breaker {name:?} in {}", searched.join(", ")),
        }));
    };
    if !found.is_empty() {
        let all: Vec<_> =
            found.iter().map(|(other, _)| other).chain([&opened]).map(|o| o.name.as_str()).collect();
        let message = format!(
            "{} segments have a breaker {name:?}; say --segment, one of {}",
            all.len(),
            all.join(", ")
        );
        return Err(Fault::Usage(message));
    }
    Ok(Found { segment: opened.name.clone(), processes: opened.segment.processes(), view })
}
