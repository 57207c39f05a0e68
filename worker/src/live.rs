//! The live figures of the deployment (rules LF1 to LF7), which meters add up and write.

use worker::{Method, Request, Response};

use crate::binding::Bindings;
use crate::object::{Question, ask_meter};
use crate::problem::Problem;
use crate::{archive, log, request};

/// Milliseconds for which a meter is waited for: it asks others.
const PATIENCE_MS: u64 = 8_000;

/// What the page of administrators shows.
///
/// # Errors
/// As [`ask_meter`].
pub(crate) async fn figures(bindings: Bindings<'_>) -> Result<Response, Problem> {
    ask(bindings, "live").await
}

/// The same for Prometheus.
///
/// # Errors
/// As [`ask_meter`].
pub(crate) async fn metrics(bindings: Bindings<'_>) -> Result<Response, Problem> {
    ask(bindings, "metrics").await
}

/// Whether who asks collects metrics: it is no person, and signs in nowhere (rule LF7).
///
/// # Errors
/// [`Problem::Misconfigured`].
pub(crate) fn is_collector(request: &Request, bindings: Bindings<'_>) -> Result<bool, Problem> {
    archive::is_one_of(&bindings.metrics_tokens(), request::bearer(request).as_deref())
}

/// Counts a problem that is our failure; the answer does not wait for it.
pub(crate) fn count(bindings: Bindings<'_>, problem: &Problem) {
    let (env, code) = (bindings.env.clone(), problem.code());
    if problem.status() < 500 {
        return;
    }
    bindings.context.wait_until(async move {
        let question = Question::new(Method::Post, "errors").with_body(code.to_owned());
        if let Err(error) = ask_meter(&env, question).await {
            log::not_counted(code, error.cause().unwrap_or_default());
        }
    });
}

async fn ask(bindings: Bindings<'_>, what: &str) -> Result<Response, Problem> {
    let question = Question::new(Method::Get, what).within_ms(PATIENCE_MS);
    ask_meter(bindings.env, question).await
}
