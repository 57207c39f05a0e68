//! Wrong passwords in a row, and how long the next one waits (rule PW2).

use std::net::{IpAddr, Ipv6Addr};

use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::Mac;
use protocol::Timestamp;

use crate::audit::Whence;
use crate::binding::Bindings;
use crate::identity::keyed::keyed;
use crate::letters::lower;
use crate::problem::Problem;
use crate::store::{AttemptKey, Store};

/// Milliseconds after which failures for a name are forgotten: guessing slowly does not pay.
const NAME_MS: u64 = 24 * 3_600_000;

/// Milliseconds after which failures from an address are forgotten: many people may share one.
const ADDRESS_MS: u64 = 3_600_000;

/// Bits of an IPv6 address that tell customers apart; the others are theirs to choose.
const IPV6_PREFIX: u32 = 64;

/// What the key of these hashes is derived for.
const PURPOSE: &str = "maru attempts";

/// What is attempted; each thing is counted by itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Attempted {
    /// To give a password.
    Password,
    /// To get a link that resets one.
    Reset,
    /// To get a link that proves an address.
    Verify,
}

/// An attempt, and what it is counted by.
pub(crate) struct Attempt(Vec<AttemptKey>);

impl Attempt {
    /// An attempt for a `name`, whether or not somebody has it, from a `place`.
    ///
    /// # Errors
    /// A deployment without keys.
    pub(crate) async fn new(
        bindings: Bindings<'_>,
        attempted: Attempted,
        name: Option<&str>,
        place: Option<&Whence>,
    ) -> Result<Self, Problem> {
        let secret = bindings.signing_keys().await?.derive(PURPOSE);
        let address = place.and_then(|place| place.address.as_deref());
        Ok(Self(keys(&secret, attempted, name, address)))
    }

    /// Counts it as a failure, before it is one: so none slips through beside another.
    ///
    /// # Errors
    /// [`Problem::TooManyAttempts`], or an internal failure.
    pub(crate) async fn count(&self, store: &Store, now: Timestamp) -> Result<(), Problem> {
        // Of a place that nobody knows, nothing is counted.
        if self.0.is_empty() {
            return Ok(());
        }
        store.count_attempt(&self.0, now).await
    }

    /// Takes it back: it did not fail.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn take_back(&self, store: &Store) -> Result<(), Problem> {
        store.take_back_attempt(&self.0).await
    }
}

fn keys(
    secret: &[u8; 32],
    attempted: Attempted,
    name: Option<&str>,
    address: Option<&str>,
) -> Vec<AttemptKey> {
    let what = match attempted {
        Attempted::Password => "password",
        Attempted::Reset => "reset",
        Attempted::Verify => "verify",
    };
    let key = |parts: &[&str]| {
        Base64UrlUnpadded::encode_string(&keyed(secret, parts).finalize().into_bytes())
    };
    let name = name.map(|name| AttemptKey {
        key: key(&[what, "name", &lower(name.trim())]),
        kept_ms: NAME_MS,
        is_cleared: true,
    });
    let address = address.map(|address| AttemptKey {
        key: key(&[what, "address", &network(address)]),
        kept_ms: ADDRESS_MS,
        is_cleared: false,
    });
    name.into_iter().chain(address).collect()
}

/// The address, or the network of a customer who has many.
fn network(address: &str) -> String {
    match address.parse() {
        Ok(IpAddr::V6(address)) => {
            let prefix = Ipv6Addr::from_bits(address.to_bits() & !(u128::MAX >> IPV6_PREFIX));
            address.to_ipv4_mapped().map_or(prefix.to_string(), |address| address.to_string())
        }
        Ok(IpAddr::V4(_)) | Err(_) => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys_of(attempted: Attempted, name: &str, address: Option<&str>) -> Vec<AttemptKey> {
        keys(&[7; 32], attempted, Some(name), address)
    }

    #[test]
    fn pw2_neither_names_nor_addresses_are_stored() {
        use Attempted::{Password, Reset};
        let here = Some("192.0.2.1");
        let both = keys_of(Password, "ada", here);
        assert_eq!(both.len(), 2);
        assert!(both.iter().all(|key| !key.key.contains("ada") && !key.key.contains("192")));
        assert_eq!(keys_of(Password, " ADA", here), both, "one name");
        assert_ne!(keys_of(Password, "bob", here)[0], both[0]);
        assert_eq!(keys_of(Password, "bob", here)[1], both[1]);
        assert_eq!(keys_of(Password, "ada", None), both[..1]);
        assert_ne!(keys_of(Reset, "ada", None), both[..1]);
        assert_ne!(keys(&[8; 32], Password, Some("ada"), None), both[..1]);
        assert_eq!(keys(&[7; 32], Password, None, here), both[1..]);
    }

    #[test]
    fn pw2_who_has_many_addresses_is_counted_once() {
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), network("2001:db8:1:2::1"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("::ffff:192.0.2.1"), "192.0.2.1");
        assert_eq!(network("192.0.2.1"), "192.0.2.1");
        assert_eq!(network("unknown"), "unknown");
    }
}
