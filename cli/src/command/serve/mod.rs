//! `hscb serve`: the agent, which tells of the breakers of this host over HTTP (docs/AGENT.md).
//!
//! From bottom to top, each file imports only from those above it in this list:
//!
//! | file | what stands there |
//! |---|---|
//! | `problem`, `reply` | errors; answers in JSON |
//! | `token`, `hosts` | who may operate; which hosts and origins requests may name |
//! | `frame`, `board` | pieces of a stream; what has changed since the last piece |
//! | `metrics`, `hystrix` | what Prometheus and Hystrix's dashboard are told |
//! | `sampler` | who looks at the breakers, how often, and what is made of a look once for all |
//! | `agent` | what all handlers share |
//! | `teller` | transitions, as they happen, to everybody |
//! | `stream` | answers without an end |
//! | `page` | the dashboard's files |
//! | `api`, `command` | requests in, answers out |
//! | `guard`, `wire` | what holds for every request and answer; connections |
//! | `run` | putting it all together |

mod agent;
mod api;
mod board;
mod command;
mod fleet;
mod frame;
mod guard;
mod hosts;
mod hystrix;
mod metrics;
mod page;
mod problem;
mod reply;
mod run;
mod sampler;
mod stream;
mod teller;
mod token;
mod wire;

pub(super) use run::run;
