//! A request to an object, or to whom else the deployment asks.

use worker::web_sys::{AbortController, RequestInit, RequestRedirect};
use worker::{Headers, Method, Request, Result};

/// The end of a request, which it meets when this is dropped: an object that waits for an answer
/// stays awake, and is billed, however little it still cares for it.
pub struct End(AbortController);

impl End {
    /// One that is yet to come.
    ///
    /// # Errors
    /// When the platform knows no such thing.
    pub fn new() -> Result<Self> {
        Ok(Self(AbortController::new()?))
    }

    /// The same as [`request`], with this end.
    ///
    /// # Errors
    /// When the platform refuses the headers.
    pub fn request(
        &self,
        method: &Method,
        url: &str,
        headers: &Headers,
        body: Option<&str>,
    ) -> Result<Request> {
        let init = init(method, headers, body);
        init.set_signal(Some(&self.0.signal()));
        Ok(worker::web_sys::Request::new_with_str_and_init(url, &init)?.into())
    }
}

impl Drop for End {
    fn drop(&mut self) {
        self.0.abort();
    }
}

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
    let init = init(method, headers, body);
    Ok(worker::web_sys::Request::new_with_str_and_init(url, &init)?.into())
}

fn init(method: &Method, headers: &Headers, body: Option<&str>) -> RequestInit {
    let init = RequestInit::new();
    // An object redirects nowhere, and who else is asked shall not, either.
    init.set_redirect(RequestRedirect::Manual);
    init.set_method(method.as_ref());
    init.set_headers(&headers.0);
    if let Some(body) = body {
        init.set_body(&body.into());
    }
    init
}
