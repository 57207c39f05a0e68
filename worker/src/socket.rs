//! `GET rooms/{room}/socket` and `GET me/socket`: who may open a socket, before its object sees it.
//!
//! The access token travels as a subprotocol: browsers can set no other header on a socket, and a
//! token in the URL would end up in logs.

use protocol::codec::{SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX};
use worker::{Request, Response};

use crate::binding::Bindings;
use crate::identity::Caller;
use crate::object::{Object, Question, ask};
use crate::problem::Problem;
use crate::request;

/// The access token that an upgrade brings along.
///
/// # Errors
/// 426, 403 and 400, checked in this order.
pub(crate) fn token(request: &Request, bindings: Bindings<'_>) -> Result<Option<String>, Problem> {
    let upgrade = request::header(request, "upgrade").unwrap_or_default();
    if !upgrade.eq_ignore_ascii_case("websocket") {
        return Err(Problem::UpgradeRequired);
    }
    request::initiator(request, bindings).not_foreign()?;
    let offered = request::header(request, "sec-websocket-protocol").unwrap_or_default();
    let offer = Offer::parse(&offered);
    if !offer.speaks {
        let how = "offer the subprotocols `maru.v1` and `maru.token.<access token>`";
        return Err(Problem::BadRequest(how.to_owned()));
    }
    Ok(offer.token.map(str::to_owned))
}

/// Opens a socket to an object, or says why not in plain HTTP.
///
/// # Errors
/// [`Problem::Unavailable`] if the object does not answer.
pub(crate) async fn open(
    bindings: Bindings<'_>,
    caller: &Caller,
    object: Object,
) -> Result<Response, Problem> {
    ask(bindings, object, caller, Question::upgrade("socket")).await
}

/// What a client offers in `Sec-WebSocket-Protocol`.
#[derive(Debug, Default, Eq, PartialEq)]
struct Offer<'a> {
    speaks: bool,
    token: Option<&'a str>,
}

impl<'a> Offer<'a> {
    fn parse(header: &'a str) -> Self {
        let mut offer = Self::default();
        for protocol in header.split(',').map(str::trim) {
            if protocol == SUBPROTOCOL {
                offer.speaks = true;
            }
            if let Some(token) = protocol.strip_prefix(TOKEN_SUBPROTOCOL_PREFIX) {
                offer.token = offer.token.or(Some(token));
            }
        }
        offer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tr1_the_token_travels_beside_the_protocol() {
        let both = Offer { speaks: true, token: Some("a.b.c") };
        assert_eq!(Offer::parse("maru.v1, maru.token.a.b.c"), both);
        assert_eq!(Offer::parse("maru.token.a.b.c,maru.v1"), both);
        assert_eq!(Offer::parse("maru.v1"), Offer { speaks: true, token: None });
        assert_eq!(Offer::parse("maru.v2, maru.v11"), Offer::default());
        assert_eq!(Offer::parse(""), Offer::default());
    }
}
