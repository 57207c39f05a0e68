//! What follows from a text by a key of ours, and nobody else can know.

use hmac::digest::Key;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The HMAC of these parts, of which none but the last has a dot.
pub(crate) fn keyed(key: &[u8; 32], parts: &[&str]) -> Hmac<Sha256> {
    let mut padded = Key::<Hmac<Sha256>>::default();
    for (to, from) in padded.iter_mut().zip(key) {
        *to = *from;
    }
    let mut mac = Hmac::<Sha256>::new(&padded);
    for (n, part) in parts.iter().enumerate() {
        if n > 0 {
            mac.update(b".");
        }
        mac.update(part.as_bytes());
    }
    mac
}
