//! What a response is judged to be: by status, by headers, by body, cut at every byte.
#![cfg(not(loom))]

mod bounds;
mod exchanges;
mod names;
mod permits;
mod recorded;
mod splits;
mod statuses;
mod streams;
mod twin;
mod verdicts;
mod waits;
