//! How much one network address may ask: the outer fence, counted by the platform before anything
//! else is done (rule SF3). What one person may do is counted where it is done.

use std::net::{IpAddr, Ipv6Addr};

use worker::Request;

use crate::binding::Bindings;
use crate::log::RequestFacts;
use crate::problem::Problem;
use crate::request;

/// Segments of an IPv6 address that name a network: whoever has one has all the addresses in it.
const NETWORK_SEGMENTS: usize = 4;

/// What is counted by itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// What tries to become somebody, or makes the server send mail.
    SignIn,
    /// Everything else.
    Other,
}

impl Kind {
    /// The name of the binding that counts it, as in `wrangler.toml`.
    pub(crate) const fn binding(self) -> &'static str {
        match self {
            Self::SignIn => "LIMIT_SIGN_INS",
            Self::Other => "LIMIT_REQUESTS",
        }
    }

    /// Milliseconds after which it works again at the latest: the period of the binding.
    const fn period_ms(self) -> u64 {
        match self {
            Self::SignIn => 60_000,
            Self::Other => 10_000,
        }
    }

    fn of(method: &str, path: &str) -> Self {
        let below = path.strip_prefix("/api/v1/").unwrap_or_default();
        let mut segments = below.split('/');
        let tries = match segments.next() {
            Some("accounts" | "password" | "email") => true,
            // Pages do these by themselves, and know somebody's secret already.
            Some("session") => !matches!(segments.next(), Some("refresh" | "providers")),
            Some(_) | None => false,
        };
        if tries && method != "DELETE" { Self::SignIn } else { Self::Other }
    }
}

/// Counts a request.
///
/// # Errors
/// [`Problem::RateLimited`] for an address that asked too much. A deployment without the binding,
/// and a request that no edge has seen, have no such limit; and nobody is kept out because the
/// platform does not count.
pub(crate) async fn count(
    request: &Request,
    bindings: Bindings<'_>,
    facts: &RequestFacts,
) -> Result<(), Problem> {
    let Some(address) = request::header(request, "cf-connecting-ip") else {
        return Ok(());
    };
    let kind = Kind::of(&facts.method, &facts.path);
    let Some(limiter) = bindings.limiter(kind) else {
        return Ok(());
    };
    match limiter.limit(network(&address)).await {
        Ok(outcome) if !outcome.success => Err(Problem::rate_limited(kind.period_ms())),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// What an address is counted as.
fn network(address: &str) -> String {
    match address.parse().map(|address: IpAddr| address.to_canonical()) {
        Ok(IpAddr::V6(address)) => {
            let mut segments = address.segments();
            for segment in segments.iter_mut().skip(NETWORK_SEGMENTS) {
                *segment = 0;
            }
            Ipv6Addr::from(segments).to_string()
        }
        Ok(IpAddr::V4(address)) => address.to_string(),
        Err(_) => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sf3_what_tries_to_become_somebody_is_counted_by_itself() {
        for (method, path) in [
            ("POST", "/api/v1/accounts"),
            ("POST", "/api/v1/session"),
            ("GET", "/api/v1/session/oidc/acme"),
            ("GET", "/api/v1/session/oidc/acme/callback"),
            ("POST", "/api/v1/session/passkey/options"),
            ("POST", "/api/v1/password/reset"),
            ("POST", "/api/v1/email/verify"),
        ] {
            assert_eq!(Kind::of(method, path), Kind::SignIn, "{method} {path}");
        }
        for (method, path) in [
            ("POST", "/api/v1/session/refresh"),
            ("GET", "/api/v1/session/providers"),
            ("DELETE", "/api/v1/session"),
            ("GET", "/api/v1/rooms"),
            ("GET", "/healthz"),
            ("POST", "/accounts"),
            ("POST", ""),
        ] {
            assert_eq!(Kind::of(method, path), Kind::Other, "{method} {path}");
        }
    }

    #[test]
    fn sf3_an_ipv6_address_is_counted_as_its_network() {
        assert_eq!(network("203.0.113.7"), "203.0.113.7");
        assert_eq!(network("::ffff:203.0.113.7"), "203.0.113.7");
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(network("2001:db8:1:2::9"), network("2001:db8:1:2:ffff::"));
        assert_ne!(network("2001:db8:1:2::9"), network("2001:db8:1:3::9"));
        assert_eq!(network("nonsense"), "nonsense");
    }
}
