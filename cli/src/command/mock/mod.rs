//! `hscb mock`: an OpenAI-compatible server on loopback that fails as a script says.
//!
//! From bottom to top, each file imports only from those above it in this list:
//!
//! | file | what stands there |
//! |---|---|
//! | `fields` | reads JSON objects, and says what is wrong with them in words |
//! | `draw`, `latency` | the random draws of request n; distributions of waiting times |
//! | `fault`, `phase`, `short`, `script` | what is to happen, as plain values |
//! | `timeline` | which phase it is, as a pure function of the time given |
//! | `problem`, `tally` | error objects; counters of what reached the server |
//! | `wire`, `gate` | connections; a port that can be closed and opened again |
//! | `stage` | the task that runs the timeline against the clock |
//! | `app` | what all handlers share |
//! | `call`, `reply`, `play`, `plan` | requests; answers; bodies step by step; what a request meets |
//! | `api` | requests in, answers out |
//! | `control`, `serve` | the control endpoint; putting it all together |

mod api;
mod app;
mod call;
mod control;
mod draw;
mod fault;
mod fields;
mod gate;
mod latency;
mod phase;
mod plan;
mod play;
mod problem;
mod reply;
mod script;
mod serve;
mod short;
mod stage;
mod tally;
mod timeline;
mod wire;

pub(super) use serve::run;
