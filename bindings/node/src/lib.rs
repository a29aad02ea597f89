//! The addon behind the npm package `holysheep-cb`. Every rule stands in the core; here names, errors and lifetimes are
//! translated, and nothing is decided.
//!
//! | file | what |
//! |---|---|
//! | `slots` | the breakers of one environment by number, and the memory that is shared with JavaScript |
//! | `hot` | admit and record, as bare Node-API callbacks |
//! | `breaker` | `NativeBreaker`: everything else that a breaker can do |
//! | `segment` | `NativeSegment` |
//! | `limiter`, `turn` | `NativeLimiter`, and units that come due later |
//! | `bulkhead`, `place`, `seat` | `NativeBulkhead`, a call that waits for a seat, and one that has it |
//! | `response` | `NativeResponse`: what an HTTP response says of the service |
//! | `notify` | telling JavaScript from another thread that there is something to be read |
//! | `watch` | `NativeWatch`: a segment's events, and the thread that waits for them |
//! | `client`, `crew` | `NativeClient`, and the threads that wait for its calls |
//! | `opening` | tables that are being read |
//! | `call`, `pieces`, `batch` | a call that is out; an answer that comes in pieces; many calls |
//! | `outcome` | what came of a call |
//! | `snapshot`, `transition`, `mode` | plain objects and words |
//! | `error` | the core's errors as JavaScript's |
//!
//! A class's method costs about ten times what a bare callback does, so the two calls on the way of every protected
//! call are callbacks, and they exchange their arguments through shared memory (`slots`).
//!
//! The crate has no tests of its own: Node-API exists in Node alone. `test/` tests it there.

mod batch;
mod breaker;
mod bulkhead;
mod call;
mod client;
mod crew;
mod error;
mod hot;
mod limiter;
mod mode;
mod notify;
mod opening;
mod outcome;
mod pieces;
mod place;
mod response;
mod seat;
mod segment;
mod slots;
mod snapshot;
mod transition;
mod turn;
mod watch;

use napi::bindgen_prelude::{Env, Object};
use napi_derive::napi;

/// What the module has beside the classes. It runs once for each environment: the main thread, and every worker.
#[napi(module_exports)]
pub fn register(mut exports: Object, env: Env) -> napi::Result<()> {
    slots::install(&env, &mut exports)?;
    hot::install(&env, &mut exports)
}
