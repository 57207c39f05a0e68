//! The log: one JSON object a line, ids as fields, no secrets.

use serde_json::json;
use worker::{console_error, console_log, console_warn};

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

/// Notes that whoever signed in while all sign-ins of a user ended may go on for a while.
pub(crate) fn ending_not_repeated(user: &str, cause: &str) {
    let line = json!({
        "level": "warn",
        "event": "ending_not_repeated",
        "user": user,
        "cause": cause,
    });
    console_warn!("{line}");
}

/// Notes that the identity providers cannot be used.
pub(crate) fn providers_unusable(why: &str) {
    let cause = format!(
        "MARU_OIDC must hold a JSON array of {{id, name, issuer, client_id, scopes?}}; nobody can \
         sign in with a provider until it does: {why}"
    );
    let line = json!({ "level": "error", "event": "providers_unusable", "cause": cause });
    console_error!("{line}");
}

/// Notes that a provider, or what came from it, did not sign somebody in.
pub(crate) fn not_signed_in(provider: &str, code: &str, cause: &str) {
    let line = json!({
        "level": "warn",
        "event": "not_signed_in",
        "provider": provider,
        "code": code,
        "cause": cause,
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

/// Notes that pictures of somebody, which nobody is shown any more, could not be deleted.
pub(crate) fn picture_left(user: &str, cause: &str) {
    let line = json!({ "level": "warn", "event": "picture_left", "user": user, "cause": cause });
    console_warn!("{line}");
}

/// Notes that somebody who was deleted is not out of every room yet; it is tried again.
pub(crate) fn departure_unfinished(user: &str, cause: &str) {
    let event = "departure_unfinished";
    let line = json!({ "level": "warn", "event": event, "user": user, "cause": cause });
    console_warn!("{line}");
}

/// Notes that a problem is not among the live figures.
pub(crate) fn not_counted(code: &str, cause: &str) {
    let line = json!({ "level": "warn", "event": "not_counted", "code": code, "cause": cause });
    console_warn!("{line}");
}

/// Notes that what is done from time to time was not.
pub(crate) fn clock_failed(cause: &str) {
    let line = json!({ "level": "error", "event": "clock_failed", "cause": cause });
    console_error!("{line}");
}

/// Notes that the index of messages did not help; the rooms were asked instead.
pub(crate) fn index_failed(cause: &str) {
    let line = json!({ "level": "warn", "event": "index_failed", "cause": cause });
    console_warn!("{line}");
}

/// Notes that new passwords are looked at less closely, because something does not answer.
pub(crate) fn passwords_unchecked(what: &str, cause: &str) {
    let event = "passwords_unchecked";
    let line = json!({ "level": "warn", "event": event, "what": what, "cause": cause });
    console_warn!("{line}");
}

/// Prints a letter instead of sending it, for people who develop.
pub(crate) fn mail(to: &str, subject: &str, text: &str) {
    let line = json!({ "event": "mail", "to": to, "subject": subject, "text": text });
    console_log!("{line}");
}

/// Notes that a letter was not sent; neither whom it was for nor what it said.
pub(crate) fn mail_failed(cause: &str) {
    let line = json!({ "level": "error", "event": "mail_failed", "cause": cause });
    console_error!("{line}");
}
