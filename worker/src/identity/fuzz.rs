//! What strangers bring to prove who they are, mutated.

use ::fuzz::{fuzz, text};
use futures::executor::block_on;
use protocol::{Timestamp, UserId};

use super::keys::fixture::keys;
use super::refresh::RefreshToken;
use super::token::Tokens;
use super::{Caller, Scopes, SignInId};
use crate::request::find_cookie;

const NOW: Timestamp = Timestamp(1_760_000_000_000);

#[test]
fn fuzz_access_token() {
    let keys = keys(&[("a", 1)]);
    let tokens = Tokens { keys: &keys, issuer: "maru" };
    let caller = Caller {
        user: UserId::from_random([1; 13]),
        name: "Ada".to_owned(),
        sign_in: SignInId::from_bytes([2; 15]),
        issued_at: NOW,
        is_token: false,
        until: None,
        scopes: Scopes::of_sign_in(false),
    };
    let good = block_on(tokens.issue(&caller, "id".to_owned())).unwrap();
    assert!(block_on(tokens.verify(Some(&good), NOW)).is_ok());
    fuzz("access_token", |input| {
        // The corpus writes `GOOD` where this token stands, whose parts are then pieces, too.
        let text = text(input).replace("GOOD", &good);
        let mut parts = good.split('.');
        let text = text.replace("HEAD", parts.next().unwrap());
        let text = text.replace("CLAIMS", parts.next().unwrap());
        let text = text.replace("SIGNATURE", parts.next().unwrap());
        let verdict = block_on(tokens.verify(Some(&text), NOW));
        assert_eq!(verdict.is_ok(), text == good, "{text:?}");
        verdict.err().map(|problem| problem.to_string())
    });
}

#[test]
fn fuzz_cookie() {
    fuzz("cookie", |input| {
        let cookies = text(input);
        let found = find_cookie(&cookies, "maru_refresh");
        let token = found.as_deref().and_then(RefreshToken::parse);
        // There is one text for each token, so nobody can write one that was rotated differently.
        if let Some(token) = token {
            assert_eq!(Some(token.to_text()), found);
        }
        (found.is_some(), token.is_some())
    });
}
