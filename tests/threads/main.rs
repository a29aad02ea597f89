//! Many threads on one breaker: totals to the last call, one transition and one event whoever saw the rule met, never a
//! probe too many (S5, S8, S13 to S15). Each test also shows that its threads did meet: a stress that ran one thread
//! after the other proves nothing.
//!
//! `HSCB_SOAK=1` runs each about ten times as long (`make soak`).

mod arena;
mod crowd;
mod half_open;
mod ring;
mod rules;
mod totals;
mod trips;
mod windows;
