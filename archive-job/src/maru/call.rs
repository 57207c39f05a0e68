//! Calls: one is tried again when no answer came or the server said that it cannot now, and never
//! when it said no.

use std::time::Duration;

use bytes::Bytes;
use protocol::Timestamp;
use reqwest::{Method, Response, StatusCode, Url, header};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Maru;
use crate::failure::Failure;

/// How often a call is tried.
const TRIES_MAX: u32 = 7;
/// The pause after the first try is shorter than this; it doubles with each try.
const PAUSE_FIRST: Duration = Duration::from_millis(100);
/// No pause is longer.
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// No answer that is kept in memory is longer, but for lines, which have their own limit.
const ANSWER_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// What is sent with a call.
pub(super) enum Body {
    Nothing,
    Json(Vec<u8>),
    Lines(Bytes),
}

/// One call, which may be tried more than once.
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) body: Body,
    pub(super) tries: u32,
    pub(super) bytes_max: u64,
    /// Whether the route may be one that Maru does not have.
    pub(super) may_be_missing: bool,
}

/// Why a try did not succeed.
enum Trouble {
    /// Another try may.
    Passing(String),
    /// No other try will.
    Lasting(Failure),
}

/// An answer that said yes.
pub(super) struct Answer {
    pub(super) bytes: Bytes,
    pub(super) date: Option<Timestamp>,
    /// Maru does not have the route.
    pub(super) is_missing: bool,
}

impl Call {
    pub(super) fn new(method: Method, url: Url, body: Body) -> Self {
        let (tries, bytes_max, may_be_missing) = (TRIES_MAX, ANSWER_BYTES_MAX, false);
        Self { method, url, body, tries, bytes_max, may_be_missing }
    }
}

impl Maru {
    pub(super) fn at(&self, path: &str, query: &[(&str, Option<&str>)]) -> Result<Url, Failure> {
        let wrong = |why| Failure::configuration(format!("`url` cannot be followed: {why}"));
        let mut url = self.url.join(path).map_err(wrong)?;
        for (name, value) in query {
            if let Some(value) = value {
                url.query_pairs_mut().append_pair(name, value);
            }
        }
        Ok(url)
    }

    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, Option<&str>)],
    ) -> Result<T, Failure> {
        let call = Call::new(Method::GET, self.at(path, query)?, Body::Nothing);
        parse(&self.ask(&call).await?.bytes)
    }

    pub(super) async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Failure> {
        let call = Call::new(method, self.at(path, &[])?, json(body)?);
        parse(&self.ask(&call).await?.bytes)
    }

    /// Tries until there is an answer, no other try would help, or there were enough.
    pub(super) async fn ask(&self, call: &Call) -> Result<Answer, Failure> {
        let mut tried: u32 = 0;
        loop {
            let why = match self.try_once(call).await {
                Ok(answer) => return Ok(answer),
                Err(Trouble::Lasting(failure)) => return Err(failure),
                Err(Trouble::Passing(why)) => why,
            };
            tried = tried.saturating_add(1);
            if tried >= call.tries {
                let text =
                    format!("Maru at {} does not answer ({why}); is it up?", self.url.authority());
                return Err(Failure::later(text));
            }
            tracing::debug!(%why, tried, path = call.url.path(), "no answer; trying again");
            tokio::time::sleep(pause(tried, random())).await;
        }
    }

    async fn try_once(&self, call: &Call) -> Result<Answer, Trouble> {
        let request = self.http.request(call.method.clone(), call.url.clone());
        let request = request.bearer_auth(self.token.reveal());
        let request = match &call.body {
            Body::Nothing => request,
            Body::Json(json) => {
                request.header(header::CONTENT_TYPE, "application/json").body(json.clone())
            }
            Body::Lines(lines) => {
                request.header(header::CONTENT_TYPE, "application/x-ndjson").body(lines.clone())
            }
        };
        let response = request.send().await.map_err(passing)?;
        let status = response.status();
        let date = response.headers().get(header::DATE).and_then(|date| date.to_str().ok());
        let date = date.and_then(time);
        let bytes = read(response, call.bytes_max).await?;
        let is_missing = call.may_be_missing && status == StatusCode::NOT_FOUND;
        if status.is_success() || is_missing {
            Ok(Answer { bytes, date, is_missing })
        } else {
            Err(trouble(status, &bytes))
        }
    }
}

/// The time in a `date` header.
fn time(date: &str) -> Option<Timestamp> {
    let date = chrono::DateTime::parse_from_rfc2822(date).ok()?;
    u64::try_from(date.timestamp_millis()).ok().map(Timestamp)
}

/// Reads an answer, which is not longer than `bytes_max`.
async fn read(mut response: Response, bytes_max: u64) -> Result<Bytes, Trouble> {
    let mut bytes = Vec::new();
    while let Some(part) = response.chunk().await.map_err(passing)? {
        bytes.extend_from_slice(&part);
        if u64::try_from(bytes.len()).is_ok_and(|n| n > bytes_max) {
            let text = format!("Maru says more than {bytes_max} bytes at once; is `url` right?");
            return Err(Trouble::Lasting(Failure::later(text)));
        }
    }
    Ok(bytes.into())
}

fn passing(error: reqwest::Error) -> Trouble {
    // The address is known, and the cause says more than the error itself.
    let error = error.without_url();
    let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
    Trouble::Passing(format!("{error}{}", cause.unwrap_or_default()))
}

/// What of a problem (RFC 9457) counts here.
#[derive(Default, Deserialize)]
struct Problem {
    #[serde(default)]
    code: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    detail: Option<String>,
}

fn trouble(status: StatusCode, bytes: &[u8]) -> Trouble {
    let problem: Problem = serde_json::from_slice(bytes).unwrap_or_default();
    let Problem { code, title, detail } = problem;
    let detail = detail.unwrap_or(title);
    if status.is_server_error() {
        return Trouble::Passing(format!("{} {code}: {detail}", status.as_u16()));
    }
    Trouble::Lasting(match code.as_str() {
        "leased" => Failure::Leased(detail),
        "fenced" => Failure::Fenced(detail),
        _ if status == StatusCode::UNAUTHORIZED => Failure::configuration(
            "Maru does not know `token`; it must be one of MARU_ARCHIVE_TOKENS there",
        ),
        "not_found" => Failure::configuration(
            "Maru has no routes for an archive job; give it the secret MARU_ARCHIVE_TOKENS, or \
             deploy a version that has them",
        ),
        "" => {
            let text = "the answer is no problem of Maru; is `url` right?".to_owned();
            Failure::Refused { status: status.as_u16(), code: "unknown".to_owned(), detail: text }
        }
        _ => Failure::Refused { status: status.as_u16(), code, detail },
    })
}

pub(super) fn json(body: &impl Serialize) -> Result<Body, Failure> {
    let json = serde_json::to_vec(body);
    json.map(Body::Json).map_err(|why| Failure::later(format!("a request is no JSON: {why}")))
}

pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(bytes).map_err(|why| {
        Failure::later(format!("Maru answers what this version does not understand: {why}"))
    })
}

/// How long to wait after this many tries: any time up to a limit that doubles, so that many jobs
/// do not come back together.
fn pause(tried: u32, random: u64) -> Duration {
    let doublings = tried.saturating_sub(1).min(16);
    let limit = PAUSE_FIRST.saturating_mul(1_u32 << doublings).min(PAUSE_MAX);
    let ms = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX).max(1);
    Duration::from_millis(random.checked_rem(ms).unwrap_or(0))
}

fn random() -> u64 {
    getrandom::u64().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lasting(status: u16, body: &str) -> Failure {
        match trouble(StatusCode::from_u16(status).unwrap(), body.as_bytes()) {
            Trouble::Lasting(failure) => failure,
            Trouble::Passing(why) => panic!("it would be tried again: {why}"),
        }
    }

    #[test]
    fn a_no_is_told_as_what_it_means() {
        let leased = r#"{"status":409,"code":"leased","title":"…","detail":"host, process 7"}"#;
        assert!(matches!(lasting(409, leased), Failure::Leased(who) if who == "host, process 7"));
        let fenced = r#"{"status":409,"code":"fenced","title":"another lease"}"#;
        assert!(matches!(lasting(409, fenced), Failure::Fenced(who) if who == "another lease"));
        let refused = lasting(404, r#"{"code":"no_such_room","title":"no room has this id"}"#);
        assert!(
            matches!(refused, Failure::Refused { status: 404, code, .. } if code == "no_such_room")
        );
        assert_eq!(lasting(401, r#"{"code":"unauthenticated","title":"who?"}"#).exit_code(), 2);
        let routeless = lasting(404, r#"{"code":"not_found","title":"nothing here"}"#).to_string();
        assert!(routeless.contains("MARU_ARCHIVE_TOKENS"), "{routeless}");
        let elsewhere = lasting(404, "<html>not found</html>").to_string();
        assert!(elsewhere.contains("`url`"), "{elsewhere}");
    }

    #[test]
    fn a_date_is_read_as_servers_write_it() {
        assert_eq!(time("Sun, 17 May 2026 00:00:01 GMT"), Some(Timestamp(1_778_976_001_000)));
        assert_eq!(time("yesterday"), None);
    }

    #[test]
    fn what_cannot_be_answered_now_is_asked_again() {
        for status in [500, 502, 503, 507] {
            let trouble = trouble(StatusCode::from_u16(status).unwrap(), b"{}");
            assert!(matches!(trouble, Trouble::Passing(_)), "{status}");
        }
    }

    #[test]
    fn pauses_double_up_to_a_limit_and_are_random() {
        assert_eq!(pause(1, 0), Duration::ZERO);
        assert_eq!(pause(1, 99), Duration::from_millis(99));
        assert_eq!(pause(2, 199), Duration::from_millis(199));
        assert!((1..100).all(|tried| pause(tried, u64::MAX) < PAUSE_MAX));
    }
}
