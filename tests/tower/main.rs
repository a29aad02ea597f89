//! The `tower` layer: what is recorded of an HTTP call, and when. Time is virtual but in `http.rs`, which makes real
//! calls on loopback.

mod body;
mod cancel;
mod classify;
mod http;
mod judged;
mod readiness;
mod reject;
mod retry_after;
mod stack;
mod support;
mod time;
