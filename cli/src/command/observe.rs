//! `hscb observe NAME`: admits and records every call but never trips.

use super::operate;
use crate::cli::OperateArgs;
use crate::fault::Fault;

/// Runs the verb.
pub(super) fn run(args: &OperateArgs) -> Result<(), Fault> {
    operate::run(args, "observe", |noting| {
        noting.observe();
        Ok(())
    })
}
