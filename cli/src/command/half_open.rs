//! `hscb half-open NAME`: lets an open breaker probe now.

use super::operate;
use crate::cli::OperateArgs;
use crate::fault::Fault;

/// Runs the verb.
pub(super) fn run(args: &OperateArgs) -> Result<(), Fault> {
    operate::run(args, "half-open", |noting| Ok(noting.half_open()?))
}
