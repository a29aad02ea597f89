//! What stands beside a breaker, in one process and in given time: limiters and bulkheads (docs/BESIDE.md). What many
//! processes do to them is in `tests/processes`, each interleaving in `src/models/beside.rs`.

mod bulkhead;
mod limiter;
mod names;
