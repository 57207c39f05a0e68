//! The verified person behind a request.

use super::scopes::{Scope, Scopes};
use protocol::{Grant, SignInId, Timestamp, UserId};

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
    /// Whether it is a personal access token.
    pub(crate) is_token: bool,
    /// When a personal access token ends; an access token only stands for a sign-in, which goes on.
    pub(crate) until: Option<Timestamp>,
    /// What the token opens.
    pub(crate) scopes: Scopes,
}

impl Caller {
    /// What objects must know of it.
    pub(crate) fn grant(&self) -> Grant {
        let Self { sign_in: id, issued_at, is_token, until, scopes, .. } = *self;
        Grant { id, issued_at, is_token, may_write: scopes.has(Scope::Write), until }
    }
}
