//! `hscb reset NAME`: closes a breaker and forgets everything but its totals.

use super::operate;
use crate::cli::OperateArgs;
use crate::fault::Fault;

/// Runs the verb.
pub(super) fn run(args: &OperateArgs) -> Result<(), Fault> {
    operate::run(args, "reset", |noting| {
        noting.reset();
        Ok(())
    })
}
