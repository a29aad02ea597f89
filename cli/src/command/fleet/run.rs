//! Which of the verbs.

use super::{look, operate};
use crate::cli::{FleetArgs, FleetVerb};
use crate::fault::Fault;

/// Runs the verb.
pub(crate) fn run(args: &FleetArgs) -> Result<(), Fault> {
    match &args.verb {
        FleetVerb::Ls(args) => look::list(args),
        FleetVerb::Show(args) => look::show(args),
        FleetVerb::Hosts(args) => look::hosts(args),
        FleetVerb::Limits(args) => look::limits(args),
        FleetVerb::Events(args) => look::follow(args),
        FleetVerb::ForceOpen(args) => operate::force_open(args),
        FleetVerb::Release(args) => operate::release(args),
    }
}
