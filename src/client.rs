//! A blocking client for AI relays: calls that survive rate limits, outages and slow models, and say what they cost.
//! `docs/CLIENT.md` has the table of routes and every rule; [`Client`] shows how it is used.
//!
//! # Files
//! From bottom to top, each file imports only from those above it in this list (and the client's handle, which a stream
//! books its end with):
//!
//! | file | what |
//! |---|---|
//! | `kind`, `failure` | what can go wrong and what follows from it; a call without an answer |
//! | `complaint`, `settings`, `table`, `key` | the table as people write it; keys, and that nobody sees them |
//! | `watch`, `aside` | time limits and breaking off, also of what the system does not let go of |
//! | `resolve`, `socket`, `proxy`, `http` | where hosts are; connections to them, also over a proxy; requests over the wire |
//! | `examine` | what a whole response is |
//! | `cost`, `answer` | tokens and USD; requests and answers |
//! | `pause` | backoff, and the budget of retries |
//! | `headers`, `lane`, `live` | what every request to a route has; routes with their cells; a table in force |
//! | `attempt` | one request to one route |
//! | `call` | which routes are asked, and when it is tried again |
//! | `cache`, `stream`, `batch`, `health`, `status` | one thing each around calls |
//! | `handle` | [`Client`] |
//! | `json` | all of it for other languages |

mod answer;
mod aside;
mod attempt;
mod batch;
mod cache;
mod call;
mod complaint;
mod cost;
mod examine;
mod failure;
mod handle;
mod headers;
mod health;
mod http;
mod json;
mod key;
mod kind;
mod lane;
mod live;
mod pause;
mod proxy;
mod resolve;
mod settings;
mod socket;
mod status;
mod stream;
mod table;
mod watch;

pub use answer::{Answer, Meta, Request, Source};
pub use batch::{Batch, BatchStats, Progress};
pub use cost::{Spent, Usage};
pub use failure::{Failure, Refusal};
pub use handle::Client;
pub use kind::{Kind, Scope};
pub use status::RouteStatus;
pub use stream::{Piece, Stream};
pub use watch::Cancel;
