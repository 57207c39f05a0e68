//! Access tokens: short-lived JWTs that say who asks.
//!
//! `keys` checks the signature and nothing else; every claim is checked here.

use protocol::{SignInId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use super::caller::Caller;
use super::keys::SigningKeys;
use super::scopes::Scopes;
use crate::problem::Problem;

/// Seconds for which an access token is valid: how long a request may still succeed after its
/// sign-in ended. A socket that was opened with one lives on (see `docs/decisions.md`).
pub(crate) const ACCESS_TOKEN_S: u32 = 15 * 60;

/// Bytes of a token, at most; ours have about 400.
const TOKEN_BYTES_MAX: usize = 8 * 1024;

/// Seconds by which the clocks of two places may differ.
const LEEWAY_S: u64 = 30;

/// The header `typ` of access tokens (RFC 9068), so that no other JWT passes for one.
const TYP: &str = "at+jwt";

/// The `aud` of access tokens: this API.
const AUDIENCE: &str = "maru-api";

const MISSING: &str = "send an access token: `Authorization: Bearer …`";
const INVALID: &str = "the access token is not valid here; sign in again";
const EXPIRED: &str = "the access token has expired; refresh it";

/// Issues and checks the access tokens of one deployment.
pub(crate) struct Tokens<'a> {
    /// The deployment's keys.
    pub(crate) keys: &'a SigningKeys,
    /// The deployment's name, `iss`.
    pub(crate) issuer: &'a str,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct AccessClaims {
    iss: String,
    aud: String,
    sub: UserId,
    name: String,
    sid: SignInId,
    jti: String,
    scope: String,
    iat: u64,
    exp: u64,
    /// `iat` in milliseconds: somebody may sign in again in the second in which they signed out.
    iat_ms: Timestamp,
}

impl Tokens<'_> {
    /// A token for `caller`, valid from when it is issued; `id` is unique.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn issue(&self, caller: &Caller, id: String) -> Result<String, Problem> {
        let issued_s = caller.issued_at.0 / 1000;
        let claims = AccessClaims {
            iss: self.issuer.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: caller.user,
            name: caller.name.clone(),
            sid: caller.sign_in,
            jti: id,
            scope: caller.scopes.to_text(),
            iat: issued_s,
            exp: issued_s.saturating_add(ACCESS_TOKEN_S.into()),
            iat_ms: caller.issued_at,
        };
        self.keys.sign(TYP, &claims).await
    }

    /// Who a token speaks for.
    ///
    /// # Errors
    /// [`Problem::Unauthenticated`] with the next step, and nothing about why a forgery failed.
    pub(crate) async fn verify(
        &self,
        token: Option<&str>,
        now: Timestamp,
    ) -> Result<Caller, Problem> {
        let token = token.ok_or(Problem::Unauthenticated(MISSING))?;
        if token.len() > TOKEN_BYTES_MAX {
            return Err(Problem::Unauthenticated(INVALID));
        }
        let invalid = Problem::Unauthenticated(INVALID);
        let Some(claims) = self.keys.verify::<AccessClaims>(TYP, token).await else {
            return Err(invalid);
        };
        let ours = claims.iss == self.issuer && claims.aud == AUDIENCE && !claims.jti.is_empty();
        let scopes = Scopes::parse(&claims.scope);
        let (true, Some(scopes)) = (ours && is_issued(&claims, now), scopes) else {
            return Err(invalid);
        };
        if claims.exp.saturating_add(LEEWAY_S).saturating_mul(1000) < now.0 {
            return Err(Problem::Unauthenticated(EXPIRED));
        }
        let AccessClaims { sub, name, sid, iat_ms, .. } = claims;
        Ok(Caller {
            user: sub,
            name,
            sign_in: sid,
            issued_at: iat_ms,
            is_token: false,
            until: None,
            scopes,
        })
    }
}

/// Whether a token says when it was issued, and that was not later than now.
fn is_issued(claims: &AccessClaims, now: Timestamp) -> bool {
    let latest = now.plus_ms(LEEWAY_S.saturating_mul(1000));
    claims.iat == claims.iat_ms.0 / 1000 && claims.iat_ms <= latest
}

#[cfg(test)]
mod tests;
