//! `hscb trip NAME`: opens a breaker, as if a rule had been met or for a stated time.

use super::operate;
use crate::cli::TripArgs;
use crate::fault::Fault;

/// Runs the verb.
pub(super) fn run(args: &TripArgs) -> Result<(), Fault> {
    operate::run(&args.operate, "trip", |noting| {
        match args.length {
            Some(length) => noting.trip_for(length),
            None => noting.trip(),
        }
        Ok(())
    })
}
