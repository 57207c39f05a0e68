//! One use of a passkey, from the challenge to its answer: what the browser carries in between.
//!
//! The cookie says what is under way, and the challenge follows from it by a key of ours. So the
//! challenge seals the cookie and binds the answer to this browser, and nothing is stored until it
//! is used up.

use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::Mac;
use protocol::{Timestamp, UserId};

use crate::identity::keyed::keyed;

/// Milliseconds for which a challenge is good.
pub(crate) const CEREMONY_MS: u64 = 5 * 60 * 1000;

/// Random bytes of a ceremony.
pub(crate) const SEED_BYTES: usize = 24;

/// The name of the cookie, without its slot. `__Host-`: no other host can set it.
const COOKIE: &str = "__Host-maru_passkey_";

/// A ceremony.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Ceremony {
    /// What makes it unlike any other.
    pub(crate) seed: String,
    /// When it ends.
    pub(crate) until: Timestamp,
    /// Whose passkey is made; `None` to sign in.
    pub(crate) of: Option<UserId>,
}

impl Ceremony {
    /// A new one, unlike any other by its seed.
    pub(crate) fn new(seed: &[u8; SEED_BYTES], until: Timestamp, of: Option<UserId>) -> Self {
        Self { seed: Base64UrlUnpadded::encode_string(seed), until, of }
    }

    /// The value of its cookie.
    pub(crate) fn to_text(&self) -> String {
        let of = self.of.as_ref().map_or("", UserId::as_str);
        format!("{}.{}.{of}", self.seed, self.until.0)
    }

    /// The challenge, for the cookie in `slot`.
    pub(crate) fn challenge(&self, key: &[u8; 32], slot: char) -> String {
        let mac = keyed(key, &["challenge", &self.to_text()]).finalize().into_bytes();
        let mut bytes = slot.to_string().into_bytes();
        bytes.extend_from_slice(&mac);
        Base64UrlUnpadded::encode_string(&bytes)
    }

    /// What a browser with this cookie ends with the answer to this challenge, unless it is too
    /// late.
    pub(crate) fn open(
        key: &[u8; 32],
        cookie: &str,
        challenge: &str,
        now: Timestamp,
    ) -> Option<Self> {
        let bytes = Base64UrlUnpadded::decode_vec(challenge).ok()?;
        let (_, sealed) = bytes.split_first()?;
        keyed(key, &["challenge", cookie]).verify_slice(sealed).ok()?;
        let ceremony = Self::parse(cookie)?;
        (now < ceremony.until).then_some(ceremony)
    }

    fn parse(cookie: &str) -> Option<Self> {
        let mut parts = cookie.split('.');
        let (seed, until, of) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Self {
            seed: seed.to_owned(),
            until: Timestamp(until.parse().ok()?),
            of: if of.is_empty() { None } else { Some(of.parse().ok()?) },
        })
    }
}

/// The name of the cookie in a slot.
pub(crate) fn cookie(slot: char) -> String {
    format!("{COOKIE}{slot}")
}

/// The first character of a challenge, which says in which slot its cookie is.
pub(crate) fn slot_text(challenge: &str) -> Option<String> {
    let bytes = Base64UrlUnpadded::decode_vec(challenge).ok()?;
    bytes.first().map(|first| char::from(*first).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [7; 32];
    const NOW: Timestamp = Timestamp(1_759_999_999_999);

    fn ceremonies() -> [Ceremony; 2] {
        let until = Timestamp(1_760_000_000_000);
        let user = UserId::from_random([3; 13]);
        [Ceremony::new(&[5; 24], until, None), Ceremony::new(&[5; 24], until, Some(user))]
    }

    #[test]
    fn pk1_a_challenge_is_answered_in_its_browser_and_in_time() {
        for ceremony in ceremonies() {
            let (text, challenge) = (ceremony.to_text(), ceremony.challenge(&KEY, '3'));
            assert_eq!(slot_text(&challenge).as_deref(), Some("3"));
            let opened = Ceremony::open(&KEY, &text, &challenge, NOW);
            assert_eq!(opened, Some(ceremony.clone()));
            assert_eq!(Ceremony::open(&[8; 32], &text, &challenge, NOW), None, "elsewhere");
            let late = ceremony.until;
            assert_eq!(Ceremony::open(&KEY, &text, &challenge, late), None, "too late");
            assert_eq!(Ceremony::open(&KEY, "", &challenge, NOW), None, "another browser");
            let other = Ceremony { seed: "b3RoZXI".to_owned(), ..ceremony.clone() };
            assert_eq!(Ceremony::open(&KEY, &other.to_text(), &challenge, NOW), None);
        }
    }

    #[test]
    fn pk1_a_cookie_cannot_be_changed() {
        let [sign_in, adding] = ceremonies();
        let challenge = sign_in.challenge(&KEY, '0');
        assert_eq!(Ceremony::open(&KEY, &adding.to_text(), &challenge, NOW), None);
        let longer = sign_in.to_text().replace("1760", "1860");
        assert_eq!(Ceremony::open(&KEY, &longer, &challenge, NOW), None);
        for challenge in ["", "AA", "é", &challenge[..20]] {
            assert_eq!(Ceremony::open(&KEY, &sign_in.to_text(), challenge, NOW), None);
        }
    }
}
