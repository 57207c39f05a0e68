//! How the Worker answers: JSON, problems, nothing, or what a room object said.

use serde::Serialize;
use worker::{Headers, Response, ResponseBuilder};

use crate::problem::Problem;

/// What the headers of every answer say, unless the route or the object says it itself (rule SF1).
/// Static files have the same from `web/public/_headers`. Nothing here is for other origins: there
/// is no header of CORS (rule SF2).
///
/// An answer opened as a page is in a sandbox, alone. So there is no `cross-origin-opener-policy`:
/// browsers refuse to show what has both.
const SECURITY: [(&str, &str); 7] = [
    ("cache-control", "no-store"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'; sandbox"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
    ("referrer-policy", "no-referrer"),
    ("strict-transport-security", "max-age=31536000; includeSubDomains"),
    ("x-content-type-options", "nosniff"),
];

/// `status` with `value` as JSON.
///
/// # Errors
/// An internal failure.
pub(crate) fn json(status: u16, value: &impl Serialize) -> Result<Response, Problem> {
    typed(status, "application/json", value).map_err(failed)
}

/// 200 with text of this type.
///
/// # Errors
/// An internal failure.
pub(crate) fn text(content_type: &str, text: String) -> Result<Response, Problem> {
    let response = Response::from_bytes(text.into_bytes()).map_err(failed)?;
    with_header(response, "content-type", content_type)
}

/// 204.
pub(crate) fn nothing() -> Response {
    ResponseBuilder::new().with_status(204).empty()
}

/// 202, which says nothing more.
pub(crate) fn accepted() -> Response {
    ResponseBuilder::new().with_status(202).empty()
}

/// A problem, as its caller sees it.
///
/// # Errors
/// When the platform refuses the answer.
pub(crate) fn problem(problem: &Problem) -> worker::Result<Response> {
    let body = problem.body();
    let response = typed(problem.status(), "application/problem+json", &body)?;
    if let Some((name, value)) = problem.header() {
        response.headers().set(name, value)?;
    }
    Ok(response)
}

/// Adds a header to an answer of ours.
///
/// # Errors
/// An internal failure.
pub(crate) fn with_header(
    response: Response,
    name: &str,
    value: &str,
) -> Result<Response, Problem> {
    response.headers().set(name, value).map_err(failed)?;
    Ok(response)
}

/// Adds a cookie to an answer of ours, beside others.
///
/// # Errors
/// An internal failure.
pub(crate) fn with_cookie(response: Response, cookie: &str) -> Result<Response, Problem> {
    response.headers().append("set-cookie", cookie).map_err(failed)?;
    Ok(response)
}

/// The answer with the headers of every answer. An upgrade passes as it is.
///
/// # Errors
/// When the platform refuses the answer.
pub(crate) fn finish(response: Response) -> worker::Result<Response> {
    if response.status_code() == 101 {
        return Ok(response);
    }
    // A copy, because the headers of an object's answer cannot be changed.
    let headers: Headers = response.headers().clone();
    for (name, value) in SECURITY {
        if !headers.has(name)? {
            headers.set(name, value)?;
        }
    }
    Ok(response.with_headers(headers))
}

fn typed(status: u16, content_type: &str, value: &impl Serialize) -> worker::Result<Response> {
    let body = serde_json::to_vec(value)?;
    let response = Response::from_bytes(body)?.with_status(status);
    response.headers().set("content-type", content_type)?;
    Ok(response)
}

#[expect(clippy::needless_pass_by_value, reason = "given to `map_err`")]
fn failed(error: worker::Error) -> Problem {
    Problem::internal("answer", &error)
}
