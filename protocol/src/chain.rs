//! The hash chain over a log: gaps, reorder, loss and edits after the fact are detected.

use std::fmt;
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::entry::{Entry, Join, Redacted};

/// The link of an entry (rule EN5): `SHA-256(previous link ‖ SHA-256(line))`.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Link([u8; 32]);

impl Link {
    /// The link before the first entry.
    pub const GENESIS: Self = Self([0; 32]);

    /// The link of an entry whose line, without its newline, is `line`.
    #[must_use]
    pub fn then(self, line: &str) -> Self {
        self.then_hash(Sha256::digest(line.as_bytes()).into())
    }

    /// The link of a stored entry, whether or not it was erased; `None` if the hash of an erased
    /// one is none (rule RD2).
    #[must_use]
    pub fn then_stored(self, line: &str, entry: &Entry) -> Option<Self> {
        if let Entry::Redacted(Redacted { hash, .. }) | Entry::Join(Join { hash: Some(hash), .. }) =
            entry
        {
            return Self::from_hex(hash).map(|hash| self.then_hash(hash.0));
        }
        Some(self.then(line))
    }

    /// The link of an entry of whose line only the SHA-256 is known, as after a redaction.
    #[must_use]
    pub fn then_hash(self, line_hash: [u8; 32]) -> Self {
        let mut hash = Sha256::new();
        hash.update(self.0);
        hash.update(line_hash);
        Self(hash.finalize().into())
    }

    /// Lower-case hexadecimal, as it is stored.
    #[must_use]
    pub fn to_hex(self) -> String {
        self.0.iter().fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a string cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }

    /// Reads what [`Link::to_hex`] wrote; `None` for anything else.
    #[must_use]
    pub fn from_hex(hex: &str) -> Option<Self> {
        if hex.len() != 64 || !hex.is_ascii() {
            return None;
        }
        let mut bytes = [0; 32];
        for (index, byte) in bytes.iter_mut().enumerate() {
            let start = index.checked_mul(2)?;
            *byte = u8::from_str_radix(hex.get(start..start.checked_add(2)?)?, 16).ok()?;
        }
        Some(Self(bytes))
    }
}

/// SHA-256 of a line, in lower-case hexadecimal.
#[must_use]
pub fn line_hash(line: &str) -> String {
    Link(Sha256::digest(line.as_bytes()).into()).to_hex()
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Link({})", self.to_hex())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with Python's hashlib from the definition in `docs/protocol.md`.
    #[test]
    fn en5_the_chain_is_as_specified() {
        let link = Link::GENESIS.then("a").then("b");
        let want = "153d5381929b50792d3b22ae9596544af3b0e4805be1555a595e6d2a2734933f";
        assert_eq!(link.to_hex(), want);
        assert_eq!(Link::from_hex(want), Some(link));
        assert_ne!(Link::GENESIS.then("b").then("a"), link);
    }

    #[test]
    fn other_texts_are_no_links() {
        assert_eq!(Link::from_hex("00"), None);
        assert_eq!(Link::from_hex(&"g".repeat(64)), None);
        assert_eq!(Link::from_hex(&"한".repeat(22)), None);
    }
}
