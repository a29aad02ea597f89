//! `hscb disable NAME`: admits every call and records none but in the totals.

use super::operate;
use crate::cli::OperateArgs;
use crate::fault::Fault;

/// Runs the verb.
pub(super) fn run(args: &OperateArgs) -> Result<(), Fault> {
    operate::run(args, "disable", |noting| {
        noting.disable();
        Ok(())
    })
}
