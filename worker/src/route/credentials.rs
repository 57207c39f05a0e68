//! What proves who somebody is, and how to change it (rules PW3 to PW6, PK1 and PK2).

use super::{Methods, Route};
use crate::problem::Problem;

/// A request about passwords, addresses or passkeys.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum CredentialsRoute {
    /// `PUT me/password`
    SetPassword,
    /// `POST password/reset`
    AskReset,
    /// `PUT password/reset`
    Reset,
    /// `PUT me/email`
    SetEmail,
    /// `DELETE me/email`
    RemoveEmail,
    /// `POST email/verify`
    VerifyEmail,
    /// `GET me/passkeys`
    Passkeys,
    /// `POST me/passkeys/options`
    BeginPasskey,
    /// `POST me/passkeys`
    AddPasskey,
    /// `DELETE me/passkeys/{id}`
    RemovePasskey(String),
    /// `POST session/passkey/options`
    BeginSignIn,
    /// `POST session/passkey`
    SignIn,
}

/// The routes at a path that is about what proves who somebody is.
pub(super) fn methods(segments: &[&str]) -> Result<Methods, Problem> {
    use CredentialsRoute as To;
    let routes = match segments {
        ["me", "password"] => vec![("PUT", To::SetPassword)],
        ["password", "reset"] => vec![("POST", To::AskReset), ("PUT", To::Reset)],
        ["me", "email"] => vec![("PUT", To::SetEmail), ("DELETE", To::RemoveEmail)],
        ["email", "verify"] => vec![("POST", To::VerifyEmail)],
        ["me", "passkeys"] => vec![("GET", To::Passkeys), ("POST", To::AddPasskey)],
        ["me", "passkeys", "options"] => vec![("POST", To::BeginPasskey)],
        ["me", "passkeys", id] => vec![("DELETE", To::RemovePasskey((*id).to_owned()))],
        ["session", "passkey"] => vec![("POST", To::SignIn)],
        ["session", "passkey", "options"] => vec![("POST", To::BeginSignIn)],
        _ => return Err(Problem::NotFound),
    };
    Ok(routes.into_iter().map(|(method, route)| (method, Route::Credentials(route))).collect())
}
