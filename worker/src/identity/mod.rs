//! Who somebody is: names, passwords, access tokens, refresh tokens.
//!
//! Everything here is pure but for the platform's signatures: the time and random bytes are
//! arguments, storage is `store`.

pub(crate) mod caller;
pub(crate) mod common;
pub(crate) mod email;
#[cfg(test)]
mod fuzz;
mod guesses;
mod key_pair;
pub(crate) mod keyed;
pub(crate) mod keys;
pub(crate) mod name;
pub(crate) mod oidc;
pub(crate) mod passkey;
pub(crate) mod password;
pub(crate) mod personal;
pub(crate) mod refresh;
pub(crate) mod scopes;
mod seen;
pub(crate) mod standing;
pub(crate) mod token;

pub(crate) use caller::Caller;
pub(crate) use protocol::SignInId;
pub(crate) use scopes::{Scope, Scopes};
