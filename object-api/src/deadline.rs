//! An end to the patience for an answer.
//!
//! The `worker` crate's own `Delay` takes the handle of a timer for a number, which it is not in
//! this runtime: it panics in debug builds, and never clears its timer in others.

use std::pin::pin;

use futures::future::{Either, select};
use worker::js_sys::futures::JsFuture;

/// What `work` comes to, if it does so within `ms` milliseconds.
pub async fn within_ms<T>(ms: u64, work: impl Future<Output = T>) -> Option<T> {
    let deadline = Deadline::in_ms(ms);
    match select(pin!(work), pin!(deadline.passed())).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(_) => None,
    }
}

/// The same for work that may fail: being late is a failure.
///
/// # Errors
/// That of the work, or that it is late.
pub async fn in_time<T>(
    ms: u64,
    work: impl Future<Output = worker::Result<T>>,
) -> worker::Result<T> {
    let late = || Err(format!("no answer within {ms} ms").into());
    within_ms(ms, work).await.unwrap_or_else(late)
}

/// A time that has not come yet. Dropping it clears its timer.
struct Deadline(raw::Deadline);

impl Deadline {
    /// The time in `ms` milliseconds.
    fn in_ms(ms: u64) -> Self {
        let ms = u32::try_from(ms).unwrap_or(u32::MAX);
        Self(raw::Deadline::new(f64::from(ms)))
    }

    /// Waits until then.
    async fn passed(&self) {
        // The promise is only ever resolved.
        let _ = JsFuture::from(self.0.passed()).await;
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        self.0.clear();
    }
}

mod raw {
    use wasm_bindgen::prelude::*;
    use worker::js_sys::Promise;

    #[wasm_bindgen(module = "/src/deadline.js")]
    extern "C" {
        pub(super) type Deadline;
        #[wasm_bindgen(constructor)]
        pub(super) fn new(ms: f64) -> Deadline;
        #[wasm_bindgen(method, getter)]
        pub(super) fn passed(this: &Deadline) -> Promise;
        #[wasm_bindgen(method)]
        pub(super) fn clear(this: &Deadline);
    }
}
