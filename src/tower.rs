//! The breaker as a [tower](https://docs.rs/tower) layer around an HTTP service (feature `tower`); no async runtime.
//!
//! ```
//! use bytes::Bytes;
//! use holysheep_cb::tower::CircuitBreakerLayer;
//! use holysheep_cb::{Breaker, CallError, Config};
//! use http_body_util::{BodyExt, Full};
//! use std::convert::Infallible;
//! use tower::{ServiceBuilder, ServiceExt, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // In place of hyper's client: a service that answers with the status that it is asked for.
//! let relay = service_fn(async |request: http::Request<u16>| {
//!     let mut response = http::Response::new(Full::new(Bytes::from("token")));
//!     *response.status_mut() = http::StatusCode::from_u16(*request.body()).unwrap_or_default();
//!     Ok::<_, Infallible>(response)
//! });
//! let breaker = Breaker::builder().config(Config::new().failure_threshold(1)).open("api.holysheep.ai|chat")?;
//! let guarded = ServiceBuilder::new().layer(CircuitBreakerLayer::new(breaker.clone())).service(relay);
//!
//! let response = guarded.clone().oneshot(http::Request::new(200)).await?;
//! assert_eq!(breaker.snapshot().totals.successes, 0); // headers are no success yet
//! assert_eq!(response.into_body().collect().await?.to_bytes(), "token");
//! assert_eq!(breaker.snapshot().totals.successes, 1);
//!
//! let response = guarded.clone().oneshot(http::Request::new(500)).await?;
//! assert_eq!(response.status(), 500);
//! match guarded.oneshot(http::Request::new(200)).await {
//!     Err(CallError::Rejected(rejected)) => assert!(rejected.retry_after.is_some()),
//!     other => panic!("not called after the 500: {other:?}"),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What is recorded
//! | what happens | recorded | when |
//! |---|---|---|
//! | a response, by default ([`Judge`]) | what [`response`](crate::response) says of status, headers and body | as soon as that is certain |
//! | the service's `call` or future gives an error | failure | then |
//! | the service or its body panics | failure | then |
//! | the future is dropped | ignored: cancelled (S4) | then |
//! | the breaker rejects the call | nothing; the service is not called | |
//! | `poll_ready` of the service gives an error | nothing: no call was made | |
//!
//! For most statuses that is certain at the headers: 5xx and 408 are failures, 4xx the caller's own fault. Of a 429 (a
//! quota that is used up?) and of a 503 or 529 (for how long?) the body may say more, and of a 2xx or 3xx it is all: they
//! are recorded at the last message of a stream, at an error inside of it, or where the body ends. A body that fails is
//! cut, and one that is dropped before is abandoned, which for an error status changes nothing. `docs/RESPONSES.md` has
//! all of it.
//!
//! [`CircuitBreakerLayer::classify`] takes a closure of status and headers instead, [`CircuitBreakerLayer::classifier`] a
//! [`Classify`], which also judges the service's errors; for the responses that they have nothing to say of they answer
//! [`Record::Judged`].
//!
//! Bodies that are still compressed when they come through here, or come in chunks of more than 16 pieces, are judged
//! without what is inside of them. Layers that decompress belong inside.
//!
//! # Where it stands in the stack
//! - **Timeouts belong inside**, nearer to the service. A timeout outside of the breaker drops the call, which then counts
//!   as cancelled: the breaker would never learn that the service hangs.
//! - **Retries belong outside**, so that each attempt asks the breaker, and a rejected one costs nothing.
//! - Limits on concurrency may stand inside: while the breaker rejects, callers do not queue for them.
//! - A probe's lease (`probe_lease`, S8) runs until the body ends: make it longer than the longest stream, or a second
//!   probe may go while the first still streams.
//! - Where the errors of a stack are boxes, `map_err(CallError::into_boxed)` belongs just outside.
//!
//! # Files
//! | file | what |
//! |---|---|
//! | `classify` | what a response says, and when that is recorded |
//! | `retry_after` | how long a response asks to wait |
//! | `reject` | what the caller of a rejected call gets |
//! | `ticket` | the permit, and the panics of the service |
//! | `pending` | what is recorded when the body ends |
//! | `body`, `future` | where verdicts fall |
//! | `layer`, `service` | what users put together |

mod classify;
mod retry_after;
mod reject;
mod ticket;
mod pending;
mod body;
mod future;
mod layer;
mod service;

pub use body::GuardedBody;
pub use classify::{Classify, Judge, Record};
pub use future::ResponseFuture;
pub use layer::CircuitBreakerLayer;
pub use reject::{AsError, AsResponse, Reject, service_unavailable};
pub use retry_after::retry_after;
pub use service::CircuitBreaker;
