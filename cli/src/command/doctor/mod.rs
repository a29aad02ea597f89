//! `hscb doctor`: what is wrong with a segment or with this host, and what to do.
//!
//! | file | what |
//! |---|---|
//! | `finding` | what a check says |
//! | `host` | the clock, logind |
//! | `place` | the directory, and the room in it |
//! | `files` | the segments, and removed ones that are still mapped |
//! | `report` | all of it, told |

mod files;
mod finding;
mod host;
mod place;
mod report;

pub(super) use report::run;
