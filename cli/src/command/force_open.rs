//! `hscb force-open NAME`: rejects every call until told otherwise.

use super::operate;
use crate::cli::OperateArgs;
use crate::fault::Fault;

/// Runs the verb.
pub(super) fn run(args: &OperateArgs) -> Result<(), Fault> {
    operate::run(args, "force-open", |noting| {
        noting.force_open();
        Ok(())
    })
}
