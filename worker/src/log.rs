//! The log: one JSON object a line, ids as fields, no secrets.

use serde_json::json;
use worker::{console_error, console_warn};

use crate::problem::Problem;

/// What is known of the request that a line is about.
#[derive(Clone, Debug)]
pub(crate) struct RequestFacts {
    /// The method.
    pub(crate) method: String,
    /// The path; it holds ids and no secrets.
    pub(crate) path: String,
    /// Cloudflare's id of the request, if it came through Cloudflare.
    pub(crate) ray: Option<String>,
}

/// Notes a problem that is our failure; others are the caller's and are not logged.
pub(crate) fn problem(problem: &Problem, request: &RequestFacts) {
    if let Some(cause) = problem.cause() {
        let line = json!({
            "level": "error",
            "event": problem.code(),
            "cause": cause,
            "method": request.method,
            "path": request.path,
            "ray": request.ray,
        });
        console_error!("{line}");
    }
}

/// Notes that a refresh token was used after it had been rotated, and its family ended.
pub(crate) fn refresh_token_reused(user: &str, sign_in: &str) {
    let line = json!({
        "level": "warn",
        "event": "refresh_token_reused",
        "user": user,
        "sign_in": sign_in,
    });
    console_warn!("{line}");
}

/// Notes that a file that no message will ever show could not be deleted.
pub(crate) fn file_left(room: &str, attachment: &str, cause: &str) {
    let line = json!({
        "level": "warn",
        "event": "file_left",
        "room": room,
        "attachment": attachment,
        "cause": cause,
    });
    console_warn!("{line}");
}
