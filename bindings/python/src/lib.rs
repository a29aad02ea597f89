//! `holysheep_cb._native`: what the Python package calls at every call of its users, and the C ABI in the same file, for
//! `ctypes`. One noun per file, and no rule of its own: what a breaker does is in the core, what an exception means is in
//! the package's `policy.py`.
//!
//! | file | what |
//! |---|---|
//! | `error` | the core's errors as the package's exceptions |
//! | `seconds` | durations as Python gives them |
//! | `segment` | `SegmentCore` |
//! | `breaker` | `BreakerCore`: opening, asking, commanding, showing |
//! | `held` | a permit together with the breaker that it belongs to |
//! | `call` | one protected call, from admission to outcome |
//! | `deferred` | results that are not there yet: coroutines, generators |
//! | `permit` | `Permit`: two-step use, and what a `with` statement holds |
//! | `entry` | how `with breaker:` gets a permit of its own |
//! | `ready` | an awaitable that has its value already |
//! | `guarded` | `Guarded`: a decorated function |
//! | `coroutine_body`, `coroutine` | a protected coroutine: what it does, and its Python type |
//! | `send` | driving a coroutine without a `StopIteration` per result |
//! | `response`, `verdict` | a response being judged, and what it says of the service |
//! | `limiter`, `turn` | `LimiterCore`, and units that come due later |
//! | `bulkhead`, `place`, `seat` | `BulkheadCore`, a call that waits for a seat, and one that has it |
//! | `module` | the Python module |
//!
//! PyO3's own wrappers are used wherever they are fast enough; the bare C API, in `coroutine` and `send` alone, where
//! PyO3 has no slot for what costs most (`am_send`).

mod breaker;
mod bulkhead;
mod call;
mod coroutine;
mod coroutine_body;
mod deferred;
mod entry;
mod error;
mod guarded;
mod held;
mod limiter;
mod module;
mod permit;
mod place;
mod ready;
mod response;
mod seat;
mod seconds;
mod segment;
mod send;
mod turn;
mod verdict;
