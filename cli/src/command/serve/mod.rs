//! `hscb serve`: the agent, which tells of the breakers of this host over HTTP (docs/AGENT.md).

mod hystrix;
mod metrics;
