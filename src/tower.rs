//! The breaker as a [tower](https://docs.rs/tower) layer around an HTTP service (feature `tower`); no async runtime.
//!
//! ```
//! use bytes::Bytes;
//! use holysheep_cb::tower::CircuitBreakerLayer;
//! use holysheep_cb::{Breaker, CallError, Config};
//! use http_body_util::{BodyExt, Full};
//! use tower::{BoxError, ServiceBuilder, ServiceExt, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), BoxError> {
//! let breaker = Breaker::builder().config(Config::new().failure_threshold(1)).open("api.holysheep.ai|chat")?;
//! let relay = service_fn(|request: http::Request<Full<Bytes>>| async move {
//!     let answer = if request.uri().path() == "/v1/models" { "200 OK" } else { "503 Service Unavailable" };
//!     let response = http::Response::builder().status(&answer[..3]);
//!     Ok::<_, BoxError>(response.body(Full::new(Bytes::from(answer)))?)
//! });
//! let guarded = ServiceBuilder::new().layer(CircuitBreakerLayer::new(breaker.clone())).service(relay);
//! let get = |path| http::Request::get(path).body(Full::default());
//!
//! let response = guarded.clone().oneshot(get("/v1/models")?).await?;
//! assert_eq!(breaker.snapshot().totals.successes, 0); // the headers are no success yet
//! assert_eq!(response.into_body().collect().await?.to_bytes(), "200 OK");
//! assert_eq!(breaker.snapshot().totals.successes, 1);
//!
//! assert_eq!(guarded.clone().oneshot(get("/v1/chat/completions")?).await?.status(), 503);
//! match guarded.oneshot(get("/v1/models")?).await { // opened by the 503
//!     Err(CallError::Rejected(rejected)) => assert!(rejected.retry_after.is_some()),
//!     other => panic!("{other:?}"),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What is recorded
//! | what happens | recorded | when |
//! |---|---|---|
//! | 1xx, 2xx, 3xx, and the body ends | success | at the end of the body |
//! | the same, but the body fails | failure | then |
//! | 408, 429, 5xx (529 too), and what is no status of HTTP | failure | at the headers |
//! | 429 or 503 that says how long to wait ([`retry_after`]) | throttled (S9) | at the headers |
//! | the other 4xx | ignored: the caller's own fault | at the headers |
//! | the service's `call` or future gives an error | failure | then |
//! | the service or its body panics | failure | then |
//! | the future, or a body short of its end, is dropped | ignored: cancelled (S4) | then |
//! | the breaker rejects the call | nothing; the service is not called | |
//! | `poll_ready` of the service gives an error | nothing: no call was made | |
//!
//! All but the last two lines is [`ByStatus`], and can be replaced: [`CircuitBreakerLayer::classify`] takes a closure of
//! status and headers, [`CircuitBreakerLayer::classifier`] a [`Classify`], which also judges the service's errors.
//!
//! # Where it stands in the stack
//! - **Timeouts belong inside**, nearer to the service. A timeout outside of the breaker drops the call, which then counts
//!   as cancelled: the breaker would never learn that the service hangs.
//! - **Retries belong outside**, so that each attempt asks the breaker, and a rejected one costs nothing.
//! - Limits on concurrency may stand inside: while the breaker rejects, callers do not queue for them.
//! - A probe's lease (`probe_lease`, S8) runs until the body ends: make it longer than the longest stream, or a second
//!   probe may go while the first still streams.

mod body;
mod classify;
mod future;
mod layer;
mod reject;
mod retry_after;
mod service;
mod ticket;

pub use body::GuardedBody;
pub use classify::{ByStatus, Classify, Record};
pub use future::ResponseFuture;
pub use layer::CircuitBreakerLayer;
pub use reject::{AsError, AsResponse, Reject, service_unavailable};
pub use retry_after::retry_after;
pub use service::CircuitBreaker;
