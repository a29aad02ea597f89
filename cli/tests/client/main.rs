//! The client (`holysheep_cb::client`, docs/CLIENT.md) against real servers on loopback: `hscb mock` for what a relay does,
//! and a server that says byte for byte what it is told for what none should do.

mod answers;
mod bytes;
mod example;
mod faults;
mod failures;
mod joined;
mod kit;
mod money;
mod proxies;
mod retries;
mod routes;
mod streams;
#[path = "../mock/support.rs"]
#[allow(dead_code, reason = "shared with the tests of the mock")]
mod support;
mod tls;
mod unusual;
