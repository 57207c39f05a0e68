//! One attempt to sign in with a provider: what a browser carries from its start to its end.
//!
//! The cookie says what the attempt is, and `state`, `nonce` and the verifier of PKCE all follow
//! from it by a key of ours. So `state` seals the cookie and binds the answer to this browser, and
//! neither the browser nor the provider can learn the other two from what they hold.

use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::Mac;
use protocol::Timestamp;
use sha2::{Digest, Sha256};

use super::local_path::LocalPath;
use crate::identity::SignInId;
use crate::identity::keyed::keyed;

/// Milliseconds for which an attempt is good.
pub(crate) const ATTEMPT_MS: u64 = 10 * 60 * 1000;

/// Random bytes of an attempt.
pub(crate) const SEED_BYTES: usize = 24;

/// Attempts that a browser may have under way, in as many tabs; a further one replaces another.
const SLOTS: [char; 8] = ['0', '1', '2', '3', '4', '5', '6', '7'];

/// The name of the cookie, without its slot. `__Host-`: no other host can set it.
const COOKIE: &str = "__Host-maru_oidc_";

/// An attempt.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Attempt {
    /// What makes it unlike any other.
    pub(crate) seed: String,
    /// When it ends.
    pub(crate) until: Timestamp,
    /// Whom the browser was sent to.
    pub(crate) provider: String,
    /// Whose account the identity shall be added to, if somebody is signed in.
    pub(crate) link: Option<SignInId>,
    /// Where the browser goes afterwards.
    pub(crate) return_to: LocalPath,
}

/// What follows from an attempt.
pub(crate) struct Secrets {
    /// What the provider gives back through the browser.
    pub(crate) state: String,
    /// What the provider writes into the id token.
    pub(crate) nonce: String,
    /// What the exchange of the code needs.
    pub(crate) verifier: String,
}

impl Secrets {
    /// What the provider learns of the verifier beforehand (S256).
    pub(crate) fn challenge(&self) -> String {
        Base64UrlUnpadded::encode_string(&Sha256::digest(&self.verifier))
    }
}

impl Attempt {
    /// A new attempt, unlike any other by its seed.
    pub(crate) fn new(
        seed: &[u8; SEED_BYTES],
        until: Timestamp,
        provider: &str,
        link: Option<SignInId>,
        return_to: LocalPath,
    ) -> Self {
        let seed = Base64UrlUnpadded::encode_string(seed);
        Self { seed, until, provider: provider.to_owned(), link, return_to }
    }

    /// The value of its cookie.
    pub(crate) fn to_text(&self) -> String {
        let link = self.link.as_ref().map_or("", SignInId::as_str);
        let return_to = Base64UrlUnpadded::encode_string(self.return_to.as_str().as_bytes());
        format!("{}.{}.{}.{link}.{return_to}", self.seed, self.until.0, self.provider)
    }

    /// The attempt that a browser with this cookie ends with this `state`, unless it is too late.
    pub(crate) fn open(key: &[u8; 32], cookie: &str, state: &str, now: Timestamp) -> Option<Self> {
        let sealed = Base64UrlUnpadded::decode_vec(state.get(1..)?).ok()?;
        keyed(key, &["state", cookie]).verify_slice(&sealed).ok()?;
        let attempt = Self::parse(cookie)?;
        (now < attempt.until).then_some(attempt)
    }

    /// What follows from it, for the cookie in `slot`.
    pub(crate) fn secrets(&self, key: &[u8; 32], slot: char) -> Secrets {
        let text = self.to_text();
        let follows = |what| {
            let bytes = keyed(key, &[what, &text]).finalize().into_bytes();
            Base64UrlUnpadded::encode_string(&bytes)
        };
        Secrets {
            state: format!("{slot}{}", follows("state")),
            nonce: follows("nonce"),
            verifier: follows("verifier"),
        }
    }

    fn parse(cookie: &str) -> Option<Self> {
        let mut parts = cookie.split('.');
        let (seed, until, provider) = (parts.next()?, parts.next()?, parts.next()?);
        let (link, return_to) = (parts.next()?, parts.next()?);
        let return_to = Base64UrlUnpadded::decode_vec(return_to).ok()?;
        Some(Self {
            seed: seed.to_owned(),
            until: Timestamp(until.parse().ok()?),
            provider: provider.to_owned(),
            link: if link.is_empty() { None } else { Some(link.parse().ok()?) },
            return_to: LocalPath::parse(&String::from_utf8(return_to).ok()?)?,
        })
    }
}

/// The name of the cookie in a slot.
pub(crate) fn cookie(slot: char) -> String {
    format!("{COOKIE}{slot}")
}

/// The slot that a `state` belongs to.
pub(crate) fn slot_of(state: &str) -> Option<char> {
    state.chars().next().filter(|slot| SLOTS.contains(slot))
}

/// A slot for a new attempt: one that is free, if there is one.
pub(crate) fn slot_for(random: u8, is_free: impl Fn(char) -> bool) -> char {
    let start = usize::from(random).checked_rem(SLOTS.len()).unwrap_or(0);
    let mut slots = SLOTS.iter().cycle().skip(start).take(SLOTS.len()).copied();
    let first = slots.clone().next().unwrap_or('0');
    slots.find(|slot| is_free(*slot)).unwrap_or(first)
}

/// Attempts that are used in tests alone.
#[cfg(test)]
pub(super) mod fixture {
    use super::*;

    /// What follows from some attempt.
    pub(in super::super) fn secrets() -> Secrets {
        attempt().secrets(&[7; 32], '3')
    }

    pub(super) fn attempt() -> Attempt {
        Attempt {
            seed: "c2VlZA".to_owned(),
            until: Timestamp(1_760_000_000_000),
            provider: "acme".to_owned(),
            link: None,
            return_to: LocalPath::parse("/rooms/a?b=c.d").unwrap(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fixture::attempt;
    use super::*;

    const KEY: [u8; 32] = [7; 32];
    const NOW: Timestamp = Timestamp(1_759_999_999_999);

    #[test]
    fn si3_an_attempt_ends_in_the_browser_that_began_it() {
        let linking = Attempt { link: Some(SignInId::from_bytes([5; 15])), ..attempt() };
        for attempt in [attempt(), linking] {
            let (text, state) = (attempt.to_text(), attempt.secrets(&KEY, '3').state);
            assert_eq!(slot_of(&state), Some('3'));
            assert_eq!(Attempt::open(&KEY, &text, &state, NOW), Some(attempt.clone()));
            assert_eq!(Attempt::open(&[8; 32], &text, &state, NOW), None, "another deployment");
            assert_eq!(Attempt::open(&KEY, &text, &state, attempt.until), None, "too late");
            let other = Attempt { seed: "b3RoZXI".to_owned(), ..attempt.clone() };
            assert_eq!(Attempt::open(&KEY, &other.to_text(), &state, NOW), None, "another one");
            assert_eq!(Attempt::open(&KEY, "", &state, NOW), None, "no cookie");
        }
    }

    #[test]
    fn si3_a_cookie_cannot_be_changed() {
        let text = attempt().to_text();
        let secrets = attempt().secrets(&KEY, '0');
        for (from, to) in [("acme", "evil"), ("1760", "1860"), ("..", ".BQUFBQUFBQUFBQUFBQUF.")] {
            let changed = text.replace(from, to);
            assert_ne!(changed, text);
            assert_eq!(Attempt::open(&KEY, &changed, &secrets.state, NOW), None, "{to}");
        }
        for state in ["", "0", "é", &secrets.nonce, &secrets.verifier, &secrets.state[..20]] {
            assert_eq!(Attempt::open(&KEY, &text, state, NOW), None, "{state}");
        }
    }

    #[test]
    fn si3_the_challenge_is_that_of_rfc_7636() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned();
        let secrets = Secrets { verifier, ..attempt().secrets(&KEY, '0') };
        assert_eq!(secrets.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn a_new_attempt_takes_a_free_slot() {
        assert_eq!(slot_for(3, |_| true), '3');
        assert_eq!(slot_for(255, |slot| slot != '7'), '0');
        assert_eq!(slot_for(6, |slot| slot == '5'), '5');
        assert_eq!(slot_for(6, |_| false), '6', "all are taken");
        assert_eq!((slot_of(""), slot_of("8x"), slot_of("9")), (None, None, None));
    }
}
