//! What the Worker takes from a request: headers, token, cookie, body.

use futures::StreamExt;
use object_api::url::RequestUrl;
use protocol::limits::HTTP_BODY_BYTES_MAX;
use serde::de::DeserializeOwned;
use worker::Request;

use crate::binding::Bindings;
use crate::log::RequestFacts;
use crate::origin::Initiator;
use crate::problem::Problem;

/// What the log may know of `request`.
pub(crate) fn facts(request: &Request) -> RequestFacts {
    RequestFacts {
        // The crate reads every unknown method as GET; the raw request knows better.
        method: request.inner().method(),
        path: request.path(),
        ray: header(request, "cf-ray"),
    }
}

/// A header, if it is there.
pub(crate) fn header(request: &Request, name: &str) -> Option<String> {
    request.headers().get(name).ok().flatten()
}

/// The first parameter of this name in the query, decoded.
pub(crate) fn parameter(request: &Request, name: &str) -> Option<String> {
    RequestUrl::of(request).parameter(name)
}

/// What the request says about the page that makes it.
pub(crate) fn initiator(request: &Request, bindings: Bindings<'_>) -> Initiator {
    Initiator {
        own: RequestUrl::of(request).origin().to_owned(),
        also: bindings.origins(),
        origin: header(request, "origin"),
        fetch_site: header(request, "sec-fetch-site"),
    }
}

/// The token in `Authorization: Bearer …`.
pub(crate) fn bearer(request: &Request) -> Option<String> {
    let value = header(request, "authorization")?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

/// A cookie, if it is there.
pub(crate) fn cookie(request: &Request, name: &str) -> Option<String> {
    find_cookie(&header(request, "cookie")?, name)
}

/// The body as JSON.
///
/// # Errors
/// 413 for a body over the limit, of which nothing more is read; 400 with the reason for one that
/// is not the JSON asked for.
pub(crate) async fn json<T: DeserializeOwned>(request: &mut Request) -> Result<T, Problem> {
    let content_type = header(request, "content-type").unwrap_or_default();
    if !is_json(&content_type) {
        let how = "send JSON, with `Content-Type: application/json`";
        return Err(Problem::BadRequest(how.to_owned()));
    }
    let body = text(request).await?.unwrap_or_default();
    serde_json::from_str(&body)
        .map_err(|error| Problem::BadRequest(format!("the body cannot be read: {error}")))
}

/// The body as it was written; `None` for a request without one.
///
/// # Errors
/// 413 for a body over the limit, 400 for one that is not text.
pub(crate) async fn text(request: &mut Request) -> Result<Option<String>, Problem> {
    text_of(request, HTTP_BODY_BYTES_MAX).await
}

/// The same for a body of at most `bytes_max`.
///
/// # Errors
/// As [`text`].
pub(crate) async fn text_of(
    request: &mut Request,
    bytes_max: usize,
) -> Result<Option<String>, Problem> {
    let body = body(request, bytes_max).await?;
    let text = String::from_utf8(body)
        .map_err(|_| Problem::BadRequest("the body is not UTF-8".to_owned()))?;
    Ok((!text.is_empty()).then_some(text))
}

/// How long the body is, as its sender says.
pub(crate) fn content_length(request: &Request) -> Option<u64> {
    header(request, "content-length")?.parse().ok()
}

/// The body as it is, of at most `bytes_max` bytes.
///
/// # Errors
/// 413 for a longer one, 400 for one that was cut.
pub(crate) async fn bytes(request: &mut Request, bytes_max: usize) -> Result<Vec<u8>, Problem> {
    body(request, bytes_max).await
}

async fn body(request: &mut Request, max: usize) -> Result<Vec<u8>, Problem> {
    let too_large = || Problem::BodyTooLarge { max };
    let bytes_max = u64::try_from(max).unwrap_or(u64::MAX);
    if content_length(request).is_some_and(|bytes| bytes > bytes_max) {
        return Err(too_large());
    }
    let mut body = Vec::new();
    // A request without a body has no stream.
    let Ok(mut stream) = request.stream() else {
        return Ok(body);
    };
    while let Some(chunk) = stream.next().await {
        let chunk =
            chunk.map_err(|_| Problem::BadRequest("the body ended before its end".to_owned()))?;
        if body.len().saturating_add(chunk.len()) > max {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}

pub(crate) fn find_cookie(cookies: &str, name: &str) -> Option<String> {
    let mut pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others() {
        let cookies = "a=1; maru_refresh=x=y;maru_refresh2=z";
        assert_eq!(find_cookie(cookies, "maru_refresh").as_deref(), Some("x=y"));
        assert_eq!(find_cookie(cookies, "maru"), None);
        assert_eq!(find_cookie("", "maru_refresh"), None);
    }

    #[test]
    fn only_json_is_json() {
        assert!(is_json("application/json"));
        assert!(is_json("Application/JSON; charset=utf-8"));
        for other in ["", "text/plain", "application/jsonp", "application/x-www-form-urlencoded"] {
            assert!(!is_json(other), "{other}");
        }
    }
}
