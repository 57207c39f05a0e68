//! Wrong passwords in a row, and how long the next one waits (rule PW2).

use std::net::{IpAddr, Ipv6Addr};

use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::Mac;
use protocol::Timestamp;

use crate::audit::Whence;
use crate::binding::Bindings;
use crate::identity::keyed::keyed;
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

/// An attempt that was counted as a failure beforehand, so that none slips through beside it.
#[must_use = "an attempt that did not fail is taken back"]
pub(crate) struct Attempt(Vec<AttemptKey>);

impl Attempt {
    /// Counts an attempt for a name, whether or not somebody has it, and for where it comes from.
    ///
    /// # Errors
    /// [`Problem::TooManyAttempts`], or an internal failure.
    pub(crate) async fn begin(
        (bindings, store): (Bindings<'_>, &Store),
        what: &str,
        name: &str,
        whence: &Whence,
        now: Timestamp,
    ) -> Result<Self, Problem> {
        let secret = bindings.signing_keys()?.derive(PURPOSE);
        let keys = keys(&secret, what, name, whence);
        store.begin_attempt(&keys, now).await?;
        Ok(Self(keys))
    }

    /// Takes it back: it did not fail.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn succeed(self, store: &Store) -> Result<(), Problem> {
        store.end_attempt(&self.0).await
    }
}

fn keys(secret: &[u8; 32], what: &str, name: &str, whence: &Whence) -> Vec<AttemptKey> {
    let name = name.trim().to_lowercase();
    let key = |parts: &[&str]| {
        Base64UrlUnpadded::encode_string(&keyed(secret, parts).finalize().into_bytes())
    };
    let named = AttemptKey { key: key(&[what, "name", &name]), kept_ms: NAME_MS, is_cleared: true };
    let place = whence.address.as_deref().map(|address| AttemptKey {
        key: key(&[what, "address", &network(address)]),
        kept_ms: ADDRESS_MS,
        is_cleared: false,
    });
    [named].into_iter().chain(place).collect()
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

    fn whence(address: &str) -> Whence {
        Whence { address: Some(address.to_owned()), ..Whence::default() }
    }

    #[test]
    fn pw2_neither_names_nor_addresses_are_stored() {
        let of = |name, address| keys(&[7; 32], "password", name, &whence(address));
        let keys = of("ada", "192.0.2.1");
        assert_eq!(keys.len(), 2);
        assert!(keys.iter().all(|key| !key.key.contains("ada") && !key.key.contains("192")));
        assert_eq!(of(" ADA", "192.0.2.1"), keys, "one name");
        assert_ne!(of("bob", "192.0.2.1")[0], keys[0]);
        assert_eq!(of("bob", "192.0.2.1")[1], keys[1]);
        assert_eq!(super::keys(&[7; 32], "password", "ada", &Whence::default()), keys[..1]);
        assert_ne!(super::keys(&[8; 32], "password", "ada", &Whence::default()), keys[..1]);
        assert_ne!(super::keys(&[7; 32], "reset", "ada", &Whence::default()), keys[..1]);
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
