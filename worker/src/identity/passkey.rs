//! Passkeys: `WebAuthn` level 3, as far as a server without attestation needs it (sections 7.1 and
//! 7.2). Everything that decides is here and pure; the platform checks signatures.
//!
//! A browser hands over the key of a new passkey as `SubjectPublicKeyInfo` and the authenticator's
//! data beside it, so no CBOR is read: without attestation nobody has signed that anyway.

pub(crate) mod ceremony;
mod der;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// Bytes of a credential's id, at most (section 5.1).
const ID_BYTES_MAX: usize = 1_023;

/// Bytes of the authenticator's data before what is there only for a new passkey.
const HEAD_BYTES: usize = 37;

/// Bytes of the model of an authenticator, which is of no interest here.
const MODEL_BYTES: usize = 16;

/// What the authenticator says of itself, in the order of bits (section 6.1).
const PRESENT: u8 = 1;
const VERIFIED: u8 = 1 << 2;
const BACKUP_ELIGIBLE: u8 = 1 << 3;
const BACKED_UP: u8 = 1 << 4;
const ATTESTED: u8 = 1 << 6;

/// A new passkey, as `PublicKeyCredential.toJSON()` has it.
#[derive(Debug, Deserialize)]
pub(crate) struct Registration {
    id: String,
    response: RegistrationResponse,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RegistrationResponse {
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    authenticator_data: String,
    public_key: String,
    public_key_algorithm: i32,
}

/// The proof of a passkey, as `PublicKeyCredential.toJSON()` has it.
#[derive(Debug, Deserialize)]
pub(crate) struct Assertion {
    /// Which passkey.
    pub(crate) id: String,
    response: AssertionResponse,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AssertionResponse {
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    authenticator_data: String,
    signature: String,
    user_handle: Option<String>,
}

/// What we know of ourselves, that a passkey must be for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RelyingParty<'a> {
    /// Our host.
    pub(crate) id: &'a str,
    /// The origins of our pages.
    pub(crate) origins: &'a [String],
}

/// A kind of key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Algorithm {
    /// ECDSA on P-256.
    Es256,
    /// Ed25519.
    EdDsa,
    /// RSA.
    Rs256,
}

/// A passkey that may be stored.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct NewPasskey {
    /// The credential's id, in base 64 as URLs have it.
    pub(crate) id: String,
    /// The kind of its key.
    pub(crate) algorithm: Algorithm,
    /// The key, as `SubjectPublicKeyInfo`.
    pub(crate) public_key: Vec<u8>,
    /// How often it was used, as far as its authenticator counts.
    pub(crate) counter: u32,
}

/// A proof, of which only the signature is left to be checked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Proof {
    /// What was signed.
    pub(crate) signed: Vec<u8>,
    /// How often the passkey was used, as far as its authenticator counts.
    pub(crate) counter: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
}

struct AuthenticatorData<'a> {
    flags: u8,
    counter: u32,
    /// What follows for a new passkey.
    rest: &'a [u8],
}

impl Algorithm {
    /// All of them, the most common first.
    pub(crate) const ALL: [Self; 3] = [Self::Es256, Self::EdDsa, Self::Rs256];

    /// Its number in COSE.
    pub(crate) const fn number(self) -> i32 {
        match self {
            Self::Es256 => -7,
            Self::EdDsa => -8,
            Self::Rs256 => -257,
        }
    }

    /// Its name in JOSE, which the platform goes by.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
            Self::Rs256 => "RS256",
        }
    }

    /// The one of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    /// The signature as the platform takes it, which wants both numbers of ECDSA at full length.
    pub(crate) fn signature(self, bytes: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Es256 => der::plain(bytes).map(Vec::from),
            Self::EdDsa | Self::Rs256 => Some(bytes.to_vec()),
        }
    }
}

impl Registration {
    /// The challenge that it answers.
    pub(crate) fn challenge(&self) -> Option<String> {
        ClientData::parse(&self.response.client_data).map(|data| data.challenge)
    }

    /// The new passkey, if it was made for us, here and by its owner.
    pub(crate) fn check(&self, party: RelyingParty<'_>) -> Option<NewPasskey> {
        let response = &self.response;
        ClientData::parse(&response.client_data)?.check("webauthn.create", party)?;
        let data = bytes(&response.authenticator_data)?;
        let data = AuthenticatorData::parse(&data, party)?;
        let id = bytes(&self.id)?;
        if data.flags & ATTESTED == 0 || data.credential_id()? != id || id.len() > ID_BYTES_MAX {
            return None;
        }
        let number = response.public_key_algorithm;
        let algorithm = Algorithm::ALL.into_iter().find(|known| known.number() == number)?;
        Some(NewPasskey {
            id: Base64UrlUnpadded::encode_string(&id),
            algorithm,
            public_key: bytes(&response.public_key)?,
            counter: data.counter,
        })
    }
}

impl Assertion {
    /// The challenge that it answers.
    pub(crate) fn challenge(&self) -> Option<String> {
        ClientData::parse(&self.response.client_data).map(|data| data.challenge)
    }

    /// Whose it says it is; a discoverable passkey always says so.
    pub(crate) fn user(&self) -> Option<String> {
        String::from_utf8(bytes(self.response.user_handle.as_deref()?)?).ok()
    }

    /// The signature, as it was made.
    pub(crate) fn signature(&self) -> Option<Vec<u8>> {
        bytes(&self.response.signature)
    }

    /// What is left to check, if it was made for us, here and by its owner.
    pub(crate) fn check(&self, party: RelyingParty<'_>) -> Option<Proof> {
        let response = &self.response;
        ClientData::parse(&response.client_data)?.check("webauthn.get", party)?;
        let data = bytes(&response.authenticator_data)?;
        let counter = AuthenticatorData::parse(&data, party)?.counter;
        let client_data = Sha256::digest(bytes(&response.client_data)?);
        Some(Proof { signed: [&data[..], &client_data[..]].concat(), counter })
    }
}

impl ClientData {
    fn parse(text: &str) -> Option<Self> {
        serde_json::from_slice(&bytes(text)?).ok()
    }

    fn check(&self, kind: &str, party: RelyingParty<'_>) -> Option<()> {
        let is_ours = party.origins.contains(&self.origin) && !self.cross_origin;
        (is_ours && self.kind == kind).then_some(())
    }
}

impl<'a> AuthenticatorData<'a> {
    /// The data, if it is for us and its user was there and proved to be who they are.
    fn parse(bytes: &'a [u8], party: RelyingParty<'_>) -> Option<Self> {
        let (head, rest) = bytes.split_at_checked(HEAD_BYTES)?;
        let (for_whom, head) = head.split_at_checked(32)?;
        let (flags, counter) = head.split_first()?;
        let flags = *flags;
        let has = |flag| flags & flag != 0;
        let is_fit = for_whom == &Sha256::digest(party.id)[..]
            && has(PRESENT)
            && has(VERIFIED)
            && (has(BACKUP_ELIGIBLE) || !has(BACKED_UP));
        let counter = u32::from_be_bytes(counter.try_into().ok()?);
        is_fit.then_some(Self { flags, counter, rest })
    }

    fn credential_id(&self) -> Option<&'a [u8]> {
        let (_, rest) = self.rest.split_at_checked(MODEL_BYTES)?;
        let (length, rest) = rest.split_at_checked(2)?;
        let length = u16::from_be_bytes(length.try_into().ok()?);
        rest.get(..usize::from(length))
    }
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(text.trim_end_matches('=')).ok()
}

#[cfg(test)]
mod tests;
