//! A request to an object.

use worker::web_sys::RequestInit;
use worker::{Headers, Method, Request, Result};

/// A request to an object, which nobody but the deployment's own code can reach.
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
    init.set_method(method.as_ref());
    init.set_headers(&headers.0);
    if let Some(body) = body {
        init.set_body(&body.into());
    }
    Ok(worker::web_sys::Request::new_with_str_and_init(url, &init)?.into())
}
