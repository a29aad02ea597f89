//! `hscb sync`: this host joins a fleet.

use crate::cli::SyncArgs;
use crate::fault::Fault;
use crate::fleet::{Joined, Sync};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// Runs the verb.
pub(super) fn run(args: &SyncArgs) -> Result<(), Fault> {
    let failed = |error: std::io::Error| Fault::Refused(format!("cannot start: {error}"));
    // Signals are heard from before anything begins.
    let mut signals = Signals::new([SIGINT, SIGTERM]).map_err(failed)?;
    let joined = Joined::new(&args.member)?
        .ok_or_else(|| Fault::Usage("say which server: --redis, or $HSCB_REDIS_URL".to_owned()))?;
    let sync = Sync::start(joined, args.place.segment.clone(), |_| ())?;
    signals.forever().next();
    sync.end();
    Ok(())
}
