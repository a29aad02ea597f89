//! `NativeResponse`: the core's judgement of an HTTP response. JavaScript brings what its HTTP client has seen, and decides
//! nothing.

use crate::hot::{from_ms, wait_ms};
use crate::mode::translated;
use crate::slots;
use holysheep_cb::response::{self, Response};
use napi::bindgen_prelude::{Either, Env};
use napi_derive::napi;

/// How a response ended, as its HTTP client saw it.
#[napi(string_enum = "kebab-case")]
pub enum End {
    /// The body ended as HTTP says it should.
    Complete,
    /// The connection broke, or was never there.
    Cut,
    /// Nothing came for too long.
    Stalled,
    /// The user broke off.
    Abandoned,
}

/// What a permit is given back with.
#[napi(string_enum = "kebab-case")]
pub enum Outcome {
    /// The service did what it should.
    Success,
    /// The service failed the call.
    Failure,
    /// No verdict on the service.
    Ignored,
}

/// Why a verdict is what it is.
#[napi(string_enum = "kebab-case")]
pub enum Cause {
    /// The service did what it should.
    Ok,
    /// The request was wrong: the caller's own fault.
    ClientError,
    /// 401: the key is missing or wrong.
    Auth,
    /// 403: the key may not do this.
    Permission,
    /// The quota is used up or the account is out of money: waiting does not mend it.
    Quota,
    /// 429: too many requests for now.
    RateLimited,
    /// 503, 529: the service has too much to do.
    Overloaded,
    /// Another 5xx.
    ServerError,
    /// 408, 504, or nothing came for too long.
    Timeout,
    /// An error inside the body of a 2xx.
    StreamError,
    /// The connection broke before the end of the body, or was never there.
    Cut,
    /// The stream of a 2xx that ended without any data.
    Empty,
    /// The user broke off before the verdict was final.
    Abandoned,
    /// One that this package is too old to know.
    Other,
}

translated!(Outcome from holysheep_cb::Outcome: Success, Failure, Ignored);

impl From<response::Cause> for Cause {
    fn from(cause: response::Cause) -> Self {
        match cause {
            response::Cause::Ok => Self::Ok,
            response::Cause::ClientError => Self::ClientError,
            response::Cause::Auth => Self::Auth,
            response::Cause::Permission => Self::Permission,
            response::Cause::Quota => Self::Quota,
            response::Cause::RateLimited => Self::RateLimited,
            response::Cause::Overloaded => Self::Overloaded,
            response::Cause::ServerError => Self::ServerError,
            response::Cause::Timeout => Self::Timeout,
            response::Cause::StreamError => Self::StreamError,
            response::Cause::Cut => Self::Cut,
            response::Cause::Empty => Self::Empty,
            response::Cause::Abandoned => Self::Abandoned,
            _ => Self::Other,
        }
    }
}

impl From<End> for response::End {
    fn from(end: End) -> Self {
        match end {
            End::Complete => Self::Complete,
            End::Cut => Self::Cut,
            End::Stalled => Self::Stalled,
            End::Abandoned => Self::Abandoned,
        }
    }
}

/// What a response says of the service.
#[napi(object, object_from_js = false)]
pub struct NativeVerdict {
    pub outcome: Outcome,
    pub cause: Cause,
    /// How long the service asks to wait, ms; 0 = it does not.
    pub retry_after_ms: f64,
}

/// A response that is being judged.
#[napi]
pub struct NativeResponse {
    response: Response,
}

#[napi]
impl NativeResponse {
    /// `headers`: names and values by turns.
    #[napi(constructor, catch_unwind)]
    pub fn new(status: u16, headers: Vec<String>) -> Self {
        let mut response = Response::new(status, None);
        for header in headers.chunks_exact(2) {
            response.header(header[0].as_bytes(), header[1].as_bytes());
        }
        Self { response }
    }

    /// The next bytes of its body, decoded; whether the verdict is final now.
    #[napi(catch_unwind)]
    pub fn body(&mut self, bytes: &[u8]) -> bool {
        self.response.body(bytes)
    }

    /// Bytes of its body came that are compressed; whether the verdict is final now.
    #[napi(catch_unwind)]
    pub fn skip(&mut self) -> bool {
        self.response.skip()
    }

    /// Whether the verdict is final, whatever follows.
    #[napi(getter, catch_unwind)]
    pub fn is_final(&self) -> bool {
        self.response.is_final()
    }

    /// Gives the permit that is in the scratch back to the breaker whose number is there, with the verdict on a response
    /// that ended like this. `ms`: the call's duration; left out = the time since admission.
    #[napi(catch_unwind)]
    pub fn settle(&self, env: Env, end: End, ms: Option<f64>) -> NativeVerdict {
        let verdict = self.response.end(end.into());
        let classification = verdict.classification();
        let slots = slots::hold(&env);
        slots.ask(|breaker| {
            let permit = breaker.permit_from_raw(slots.scratch().permit());
            match ms {
                Some(ms) => permit.give_back_after(classification, from_ms(ms)),
                None => permit.give_back(classification),
            }
        });
        NativeVerdict {
            outcome: verdict.cause.outcome().into(),
            cause: verdict.cause.into(),
            retry_after_ms: verdict.retry_after().map_or(0.0, wait_ms),
        }
    }
}

/// The name of the breaker that a request to this host belongs to: `host|model` if its body is a JSON object with a string
/// `model`, else `host`.
#[napi(catch_unwind)]
#[cfg_attr(test, allow(dead_code, reason = "napi leaves the registration of functions out of test builds"))]
pub(crate) fn breaker_name(host: String, body: Option<Either<String, &[u8]>>) -> String {
    let body = match &body {
        Some(Either::A(text)) => text.as_bytes(),
        Some(Either::B(bytes)) => bytes,
        None => &[],
    };
    response::breaker_name(&host, body)
}
