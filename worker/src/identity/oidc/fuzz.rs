//! What comes from identity providers, and from those who pretend to, mutated. The judge of
//! addresses is a parser as browsers have it, which the Worker itself does without.

use ::fuzz::{fuzz, text};
use worker::Url;

use super::address::is_allowed;
use super::{IdToken, KeySet, LocalPath};

#[test]
fn fuzz_return_to() {
    let home = Url::parse("https://maru.example/api/v1/session/oidc/acme/callback").unwrap();
    fuzz("return_to", |input| {
        let asked = text(input);
        let Some(path) = LocalPath::parse(&asked) else {
            return false;
        };
        let led = home.join(path.as_str()).unwrap();
        assert_eq!(led.origin(), home.origin(), "{asked:?}");
        assert!(!led.path().starts_with("/api/"), "{asked:?}");
        assert!(path.as_str().bytes().all(|b| b.is_ascii_graphic()), "{asked:?}");
        true
    });
}

#[test]
fn fuzz_provider_address() {
    fuzz("provider_address", |input| {
        let asked = text(input);
        if !is_allowed(&asked, false) {
            return "refused";
        }
        // What no browser reads leads nowhere: the platform refuses it.
        let Ok(url) = Url::parse(&asked) else {
            return "no address";
        };
        let host = url.domain().unwrap_or_else(|| panic!("{asked:?} names no host by a name"));
        assert_eq!(url.scheme(), "https", "{asked:?}");
        assert!(asked.starts_with(&format!("https://{host}")), "{asked:?} is read as {url}");
        assert!(url.username().is_empty() && url.password().is_none(), "{asked:?}");
        let is_local = |ending: &str| host == ending || host.ends_with(&format!(".{ending}"));
        let local = ["localhost", "local", "internal", "lan", "arpa"];
        assert!(!local.into_iter().any(is_local) && host.contains('.'), "{asked:?}");
        "asked"
    });
}

#[test]
fn fuzz_id_token() {
    fuzz("id_token", |input| {
        let input = text(input);
        let (token, keys) = input.split_once('\n').unwrap_or((&input, ""));
        let token = IdToken::parse(token);
        let keys = KeySet::parse(keys);
        let key = match (&token, &keys) {
            (Ok(token), Some(keys)) => token.key(keys),
            (Ok(_) | Err(_), Some(_) | None) => None,
        };
        if let Ok(token) = &token {
            assert!(["RS256", "ES256", "EdDSA"].contains(&token.algorithm.as_str()));
        }
        // No private half leaves for the platform.
        assert!(!key.as_ref().is_some_and(|key| key.contains("\"d\"")), "{key:?}");
        (token.err(), keys.is_some(), key.is_some())
    });
}
