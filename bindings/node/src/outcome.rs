//! What came of a call.

use holysheep_cb::client::{Answer, Failure};
use napi::bindgen_prelude::Buffer;
use napi_derive::napi;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// An answer, or why there is none.
#[napi(object, object_from_js = false)]
pub struct CallOutcome {
    /// The answer's body, as it came; not there if there is no answer.
    pub body: Option<Buffer>,
    /// What the model has written; not there if that is nothing.
    pub text: Option<String>,
    /// What became of the call, or why it failed: JSON with the core's names.
    pub json: String,
}

impl From<Result<Answer, Failure>> for CallOutcome {
    fn from(result: Result<Answer, Failure>) -> Self {
        match result {
            Ok(answer) => Self {
                text: answer.text(),
                json: answer.meta.to_json().to_string(),
                body: Some(answer.into_bytes().into()),
            },
            Err(failure) => Self { body: None, text: None, json: failure.to_json().to_string() },
        }
    }
}

/// Does what a thread does for a call. `None`: it panicked, which is a defect of the library, and must not leave a promise
/// without an end.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}
