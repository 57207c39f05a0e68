//! A question to an object that does not answer, which is given up.

use std::future::pending;
use std::pin::pin;

use object_api::deadline::within_ms;
use object_api::question::End;
use worker::{Env, Headers, Method, Response, Result};

/// Milliseconds that the object is silent.
const SILENCE_MS: u64 = 60_000;

/// Milliseconds in which it shows that it is.
const SHOW_MS: u64 = 200;

/// Milliseconds in which an end is met.
const MEET_MS: u64 = 10_000;

/// What an object answers that is asked so.
pub(crate) async fn silence() -> Result<Response> {
    within_ms(SILENCE_MS, pending::<()>()).await;
    Response::empty()
}

/// Asks it, and how the question ended before and after its end.
pub(crate) async fn meet(env: &Env) -> Result<String> {
    let stub = env.durable_object("CONTRACT")?.get_by_name("silent")?;
    let end = End::new()?;
    let request = end.request(&Method::Get, "https://object/silence", &Headers::new(), None)?;
    let mut answer = pin!(stub.fetch_with_request(request));
    let is_answered = within_ms(SHOW_MS, &mut answer).await.is_some();
    drop(end);
    let is_ended = within_ms(MEET_MS, answer).await.is_some_and(|answer| answer.is_err());
    Ok(format!("answered {is_answered}, ended {is_ended}"))
}
