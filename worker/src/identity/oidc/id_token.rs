//! What a provider says of somebody, in a token that it signed for us.
//!
//! A token is taken apart here, and what it claims is checked; the platform checks the signature.

use base64ct::{Base64UrlUnpadded, Encoding};
use protocol::Timestamp;
use serde_json::Value;

use super::json::{object, owned, text};
use super::json_web_key::{KeySet, is_accepted};

/// Seconds by which the clocks of two places may differ.
const LEEWAY_S: f64 = 30.0;

/// Bytes of a subject, at most (OpenID Connect Core, section 2).
const SUBJECT_BYTES_MAX: usize = 255;

/// A token that was taken apart; nothing of it is believed yet.
pub(crate) struct IdToken<'a> {
    /// What is signed.
    pub(crate) signed: &'a str,
    /// The signature, as bytes.
    pub(crate) signature: Vec<u8>,
    /// How it says that it was signed: in one of the ways that are accepted.
    pub(crate) algorithm: String,
    kid: Option<String>,
    claims: Value,
}

/// What a provider says of somebody.
pub(crate) struct Claims {
    /// Whom it speaks of: never given to anybody else.
    pub(crate) sub: String,
    /// The address of the person.
    pub(crate) email: Option<String>,
    /// Whether the provider has made sure that the address is the person's.
    pub(crate) is_email_verified: bool,
    /// What the person is called, for people.
    pub(crate) name: Option<String>,
    /// What the person likes to be called, for machines.
    pub(crate) preferred_username: Option<String>,
}

/// What a token must be about.
pub(crate) struct Expected<'a> {
    /// Who speaks.
    pub(crate) issuer: &'a str,
    /// To whom: us.
    pub(crate) client_id: &'a str,
    /// On which occasion.
    pub(crate) nonce: &'a str,
    /// When.
    pub(crate) now: Timestamp,
}

impl<'a> IdToken<'a> {
    /// Takes a token apart.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn parse(token: &'a str) -> Result<Self, &'static str> {
        let (signed, signature) = token.rsplit_once('.').ok_or("the token has no signature")?;
        let (header, claims) = signed.split_once('.').ok_or("the token has no header")?;
        let header = read(header).ok_or("the token's header cannot be read")?;
        let algorithm = owned(&header, "alg").filter(|algorithm| is_accepted(algorithm));
        let algorithm = algorithm.filter(|_| header.get("crit").is_none());
        Ok(Self {
            signed,
            signature: decode(signature).ok_or("the token's signature cannot be read")?,
            algorithm: algorithm.ok_or("the token is signed in a way that is not accepted")?,
            kid: owned(&header, "kid"),
            claims: read(claims).ok_or("the token's claims cannot be read")?,
        })
    }

    /// The key that it must be signed with, as JSON, if there is one among these.
    pub(crate) fn key(&self, keys: &KeySet) -> Option<String> {
        keys.find(&self.algorithm, self.kid.as_deref()).map(|key| key.to_string())
    }

    /// What it claims, if that is what we must hear. Only for a token whose signature is good.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn claims(self, expected: &Expected<'_>) -> Result<Claims, &'static str> {
        check(&self.claims, expected)?;
        Claims::read(&self.claims).ok_or("the token is of nobody")
    }
}

impl Claims {
    /// Reads what a provider says of `subject` beside the token.
    pub(crate) fn more(text: &str, subject: &str) -> Option<Self> {
        Self::read(&object(text)?).filter(|more| more.sub == subject)
    }

    pub(super) fn read(said: &Value) -> Option<Self> {
        // Some providers write it as text.
        let verified = said.get("email_verified");
        Some(Self {
            sub: owned(said, "sub").filter(|sub| sub.len() <= SUBJECT_BYTES_MAX)?,
            email: owned(said, "email"),
            is_email_verified: verified.is_some_and(|is| *is == true || *is == "true"),
            name: owned(said, "name"),
            preferred_username: owned(said, "preferred_username"),
        })
    }
}

fn check(claims: &Value, expected: &Expected<'_>) -> Result<(), &'static str> {
    if text(claims, "iss") != Some(expected.issuer) {
        return Err("the token is of another issuer");
    }
    let us = expected.client_id;
    // What is there and is no text is not us.
    let azp = claims.get("azp").filter(|azp| !azp.is_null());
    let for_us = match claims.get("aud") {
        Some(Value::String(audience)) => audience == us,
        // A token for several must say that it was made for us.
        Some(Value::Array(audience)) => {
            audience.iter().any(|one| one == us) && (audience.len() == 1 || azp.is_some())
        }
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => false,
    };
    if !for_us || azp.is_some_and(|azp| azp != us) {
        return Err("the token is for somebody else");
    }
    if text(claims, "nonce") != Some(expected.nonce) {
        return Err("the token is of another attempt");
    }
    let time = |member| claims.get(member).and_then(Value::as_f64);
    let now = seconds(expected.now);
    let is_over = time("exp").is_none_or(|exp| now >= exp + LEEWAY_S);
    if is_over || time("iat").is_none_or(|iat| iat > now + LEEWAY_S) {
        return Err("the token is not valid now");
    }
    Ok(())
}

fn read(part: &str) -> Option<Value> {
    object(&String::from_utf8(decode(part)?).ok()?)
}

fn decode(part: &str) -> Option<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(part).ok()
}

#[expect(clippy::cast_precision_loss, reason = "exact below 2^53")]
fn seconds(time: Timestamp) -> f64 {
    time.0 as f64 / 1000.0
}

#[cfg(test)]
mod tests;
