//! A request to an object, or to whom else the deployment asks.

use worker::web_sys::{RequestInit, RequestRedirect};
use worker::{Headers, Method, Request, Result};

/// A request to an object, which nobody but the deployment's own code can reach, or to another
/// server. A redirect is not followed.
///
/// The crate's own way would bring every setting of Cloudflare's proxy along.
///
/// # Errors
/// When the platform refuses the headers.
pub fn request(
    method: &Method,
    url: &str,
    headers: &Headers,
    body: Option<&str>,
) -> Result<Request> {
    let init = RequestInit::new();
    // An object redirects nowhere, and who else is asked shall not, either.
    init.set_redirect(RequestRedirect::Manual);
    init.set_method(method.as_ref());
    init.set_headers(&headers.0);
    if let Some(body) = body {
        init.set_body(&body.into());
    }
    Ok(worker::web_sys::Request::new_with_str_and_init(url, &init)?.into())
}
