//! The verified person behind a request.

use base64ct::{Base64UrlUnpadded, Encoding};
use protocol::{Timestamp, UserId};
use serde::{Deserialize, Serialize};

use super::scopes::Scopes;

/// Bytes behind a sign-in's identifier: twenty characters of base 64.
pub(crate) const SIGN_IN_ID_BYTES: usize = 15;

/// Who asks, as their token says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Caller {
    /// The account.
    pub(crate) user: UserId,
    /// The display name at the time the token was issued.
    pub(crate) name: String,
    /// The sign-in that the token belongs to; a personal access token is one by itself.
    pub(crate) sign_in: SignInId,
    /// When the token was issued.
    pub(crate) issued_at: Timestamp,
    /// What the token opens.
    pub(crate) scopes: Scopes,
}

/// One sign-in: a family of refresh tokens, and `sid` in access tokens. It is not secret.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct SignInId(String);

impl SignInId {
    /// The identifier made of these bytes.
    pub(crate) fn from_bytes(bytes: [u8; SIGN_IN_ID_BYTES]) -> Self {
        Self(Base64UrlUnpadded::encode_string(&bytes))
    }

    /// The identifier as text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}
