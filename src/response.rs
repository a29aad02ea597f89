//! What an HTTP response of an AI API says of the service: status, headers and body in, a [`Verdict`] out. The one place
//! that knows it; the C ABI and every binding ask here. `docs/RESPONSES.md` has the rules as a table, with reasons.
//!
//! ```
//! use holysheep_cb::response::{Cause, End, Response};
//! use holysheep_cb::{Breaker, Classification};
//!
//! let breaker = Breaker::builder().open("relay-judged")?;
//! let permit = breaker.admit()?;
//! let mut response = Response::new(200, None);
//! response.header(b"Content-Type", b"text/event-stream; charset=utf-8");
//! response.body(b"data: {\"choices\": [{\"delta\": {\"content\": \"to");
//! response.body(b"ken\"}}]}\n\ndata: {\"error\": {\"code\": \"server_error\"}}\n\n"); // the status was 200
//! let verdict = response.end(End::Complete);
//! assert_eq!((verdict.cause, verdict.classification()), (Cause::StreamError, Classification::Failure));
//! permit.give_back(verdict.classification());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Files
//! | file | what |
//! |---|---|
//! | `cause` | why a verdict is what it is, and what follows from it |
//! | `verdict` | how a response ended, and what it was |
//! | `quantity` | the ways in which servers write times |
//! | `wait` | how long the headers ask to wait |
//! | `limits` | what the headers say of the server's limits |
//! | `fields` | a few fields of a JSON object, without building the rest |
//! | `fault` | what an error object says |
//! | `document` | a body that is one JSON text |
//! | `message` | what the data of one event of a stream is |
//! | `events` | a stream of server-sent events, cut anywhere |
//! | `stream` | what such a stream has said so far |
//! | `judge` | [`Response`], which puts it together |
//! | `name` | which breaker a request belongs to |

mod cause;
mod verdict;
mod quantity;
mod wait;
mod limits;
mod fields;
mod fault;
mod document;
mod message;
mod events;
mod stream;
mod judge;
mod name;

pub use cause::Cause;
#[cfg(feature = "client")]
pub(crate) use events::Events;
pub use judge::Response;
pub use limits::RateLimits;
pub use name::breaker_name;
pub use verdict::{End, Verdict};
