//! Refresh tokens: opaque, stored as hashes, rotated at each use.
//!
//! A token is two parts, a family key that stays and a secret that changes. The family key leads
//! to the sign-in (its hash is the sign-in's id), so a token that was rotated long ago still says
//! whose it is: it was stolen, or its thief came first, and the whole family ends.
//!
//! A token's successor is derived from it (an HMAC with a seed that only the database has). So two
//! tabs that refresh with the same token at the same moment, and one whose answer was lost and who
//! asks again, receive the *same* successor and stay signed in.

use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::digest::Key;
use hmac::{Hmac, KeyInit, Mac};
use protocol::grant::SIGN_IN_ID_BYTES;
use protocol::{SignInId, Timestamp};
use sha2::{Digest, Sha256};

/// Milliseconds after which an unused sign-in ends: thirty days.
pub(crate) const SIGN_IN_MS: u64 = 30 * 24 * 60 * 60 * 1000;

/// Milliseconds for which a token that was just rotated still yields its successor: a lost answer,
/// its timeout and a retry fit in. A thief gains nothing by it: the thief and the owner hold the
/// same successor, and the second of them to use it after this time ends the family.
pub(crate) const GRACE_MS: u64 = 30_000;

/// Random bytes of a family key.
pub(crate) const FAMILY_BYTES: usize = 16;

/// Random bytes of a secret and of a seed.
pub(crate) const SECRET_BYTES: usize = 32;

/// A refresh token as the browser holds it. It has no `Debug`, because it is a secret.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) struct RefreshToken {
    family: [u8; FAMILY_BYTES],
    secret: [u8; SECRET_BYTES],
}

/// What the database holds of a sign-in's newest token and the one before it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Rotation {
    /// Derives successors.
    pub(crate) seed: String,
    /// The hash of the newest token.
    pub(crate) token: String,
    /// The hash of the token before it.
    pub(crate) previous: Option<String>,
    /// When the newest token was derived.
    pub(crate) rotated_at: Timestamp,
    /// When the sign-in ends unless it is used.
    pub(crate) expires_at: Timestamp,
}

/// What to do with a token that somebody presents.
#[derive(Eq, PartialEq)]
pub(crate) enum Verdict {
    /// It is the newest: store the successor and hand it out.
    Rotate(RefreshToken),
    /// It was rotated a moment ago: hand the successor out again.
    Repeat(RefreshToken),
    /// It was rotated before: end the family.
    Reused,
    /// The sign-in was not used for too long.
    Expired,
}

impl RefreshToken {
    /// The first token of a new family.
    pub(crate) fn new(family: [u8; FAMILY_BYTES], secret: [u8; SECRET_BYTES]) -> Self {
        Self { family, secret }
    }

    /// Reads the text of a cookie.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; FAMILY_BYTES + SECRET_BYTES];
        let decoded = Base64UrlUnpadded::decode(text, &mut bytes).ok()?;
        let (family, secret) = decoded.split_first_chunk()?;
        Some(Self { family: *family, secret: secret.try_into().ok()? })
    }

    /// The text for a cookie.
    pub(crate) fn to_text(self) -> String {
        let bytes = [self.family.as_slice(), &self.secret].concat();
        Base64UrlUnpadded::encode_string(&bytes)
    }

    /// The sign-in that the token belongs to.
    pub(crate) fn sign_in(&self) -> SignInId {
        let digest = Sha256::digest(self.family);
        let mut id = [0; SIGN_IN_ID_BYTES];
        for (to, from) in id.iter_mut().zip(digest) {
            *to = from;
        }
        SignInId::from_bytes(id)
    }

    /// What the database holds instead of the token.
    pub(crate) fn hash(&self) -> String {
        Base64UrlUnpadded::encode_string(&Sha256::digest(self.secret))
    }

    fn successor(&self, seed: &str) -> Self {
        // HMAC pads a short key with zeros; done here, no length can be wrong.
        let mut key = Key::<Hmac<Sha256>>::default();
        for (to, from) in key.iter_mut().zip(seed.bytes()) {
            *to = from;
        }
        let mut mac = Hmac::<Sha256>::new(&key);
        mac.update(&self.secret);
        Self { family: self.family, secret: mac.finalize().into_bytes().into() }
    }
}

impl Rotation {
    /// The first state of a new family.
    pub(crate) fn first(token: &RefreshToken, seed: [u8; SECRET_BYTES], now: Timestamp) -> Self {
        Self {
            seed: Base64UrlUnpadded::encode_string(&seed),
            token: token.hash(),
            previous: None,
            rotated_at: now,
            expires_at: now.plus_ms(SIGN_IN_MS),
        }
    }

    /// What to do with `presented` at `now`.
    pub(crate) fn judge(&self, presented: &RefreshToken, now: Timestamp) -> Verdict {
        if now >= self.expires_at {
            return Verdict::Expired;
        }
        let hash = presented.hash();
        if hash == self.token {
            return Verdict::Rotate(presented.successor(&self.seed));
        }
        let fresh = now.ms_since(self.rotated_at) <= GRACE_MS;
        if fresh && self.previous.as_deref() == Some(&hash) {
            return Verdict::Repeat(presented.successor(&self.seed));
        }
        Verdict::Reused
    }

    /// The state after the newest token was rotated into `successor` at `now`.
    pub(crate) fn after(&self, successor: &RefreshToken, now: Timestamp) -> Self {
        Self {
            seed: self.seed.clone(),
            token: successor.hash(),
            previous: Some(self.token.clone()),
            rotated_at: now,
            expires_at: now.plus_ms(SIGN_IN_MS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_760_000_000_000);

    fn start() -> (RefreshToken, Rotation) {
        let token = RefreshToken::new([1; 16], [2; 32]);
        (token, Rotation::first(&token, [3; 32], NOW))
    }

    fn rotate(rotation: &mut Rotation, token: &RefreshToken, now: Timestamp) -> RefreshToken {
        let Verdict::Rotate(next) = rotation.judge(token, now) else {
            panic!("not the newest");
        };
        *rotation = rotation.after(&next, now);
        next
    }

    #[test]
    fn a_token_survives_its_text() {
        let (token, _) = start();
        assert!(RefreshToken::parse(&token.to_text()) == Some(token));
        let text = token.to_text();
        for text in ["", "a", &text[1..], &format!("{text}A"), &text.replace('A', "+")] {
            assert!(RefreshToken::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_family_keeps_its_sign_in() {
        let (first, mut rotation) = start();
        let second = rotate(&mut rotation, &first, NOW);
        assert!(second != first);
        assert_eq!(second.sign_in(), first.sign_in());
        assert_ne!(RefreshToken::new([9; 16], [2; 32]).sign_in(), first.sign_in());
        assert_eq!(first.sign_in().as_str().len(), 20);
    }

    #[test]
    fn two_tabs_receive_the_same_successor() {
        let (first, mut rotation) = start();
        let second = rotate(&mut rotation, &first, NOW);
        let again = rotation.judge(&first, NOW.plus_ms(GRACE_MS));
        assert!(again == Verdict::Repeat(second));
        assert!(matches!(rotation.judge(&second, NOW), Verdict::Rotate(_)));
    }

    #[test]
    fn a_token_that_was_rotated_ends_the_family() {
        let (first, mut rotation) = start();
        let second = rotate(&mut rotation, &first, NOW);
        let late = NOW.plus_ms(GRACE_MS + 1);
        assert!(rotation.judge(&first, late) == Verdict::Reused);
        rotate(&mut rotation, &second, NOW);
        assert!(rotation.judge(&first, NOW) == Verdict::Reused, "two rotations ago");
        let made_up = RefreshToken::new([1; 16], [9; 32]);
        assert!(rotation.judge(&made_up, NOW) == Verdict::Reused);
    }

    #[test]
    fn a_sign_in_ends_thirty_days_after_its_last_use() {
        let (first, mut rotation) = start();
        let later = NOW.plus_ms(SIGN_IN_MS - 1);
        let second = rotate(&mut rotation, &first, later);
        assert!(matches!(rotation.judge(&second, NOW.plus_ms(SIGN_IN_MS)), Verdict::Rotate(_)));
        let end = later.plus_ms(SIGN_IN_MS);
        assert!(rotation.judge(&second, end) == Verdict::Expired);
    }
}
