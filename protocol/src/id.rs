//! Identifiers: twenty characters that carry a hundred random bits, one type for each kind.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Characters of an identifier.
pub const ID_CHARS: usize = 20;

/// Random bytes from which an identifier is minted; four bits of the last one are unused.
pub const ID_RANDOM_BYTES: usize = 13;

/// Crockford's base 32 in lower case: no `i`, `l`, `o` and `u`, so that ids survive reading aloud.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Why a text is not an identifier.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("an id is {ID_CHARS} characters of 0-9 and a-z without i, l, o and u")]
pub struct IdError;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name([u8; ID_CHARS]);

        impl $name {
            /// Mints an identifier from random bytes, which the caller draws.
            #[must_use]
            pub fn from_random(random: [u8; ID_RANDOM_BYTES]) -> Self {
                Self(mint(random))
            }

            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                // Only ASCII is ever stored, so the fallback is unreachable; it costs no panic.
                std::str::from_utf8(&self.0).unwrap_or_default()
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                parse(text).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.as_str().to_owned()
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(Text(PhantomData))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.as_str())
            }
        }
    };
}

id!(/** A room: the unit of ordering and ownership. */ RoomId);
id!(/** A person or a bot, everywhere. */ UserId);
id!(/** One installation of a client; owner of a nonce counter. */ DeviceId);
id!(/** One incarnation of a room's log. */ Epoch);
id!(/** A file, within its room. */ AttachmentId);
id!(/** The secret part of an invite, known to its room. */ InviteId);

/// An invite as it travels in a link: the room's id, followed by the invite's.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct InviteCode {
    /// Where it leads.
    pub room: RoomId,
    /// Which of the room's invites it is.
    pub invite: InviteId,
}

impl FromStr for InviteCode {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let (room, invite) = text.split_at_checked(ID_CHARS).ok_or(IdError)?;
        Ok(Self { room: room.parse()?, invite: invite.parse()? })
    }
}

impl fmt::Display for InviteCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.room, self.invite)
    }
}

/// One live socket. It survives hibernation in the socket's state and ends with the socket.
///
/// At most [`crate::limits::INTEGER_MAX`], because JavaScript carries it.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionId(pub u64);

/// Reads an identifier where it stands: there are several on every line.
struct Text<Id>(PhantomData<Id>);

impl<Id: FromStr<Err = IdError>> Visitor<'_> for Text<Id> {
    type Value = Id;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an id")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Id, E> {
        text.parse().map_err(E::custom)
    }
}

fn mint(random: [u8; ID_RANDOM_BYTES]) -> [u8; ID_CHARS] {
    let bits = random.iter().fold(0_u128, |bits, byte| (bits << 8) | u128::from(*byte));
    // The first character is the highest five bits of what was drawn, at the top.
    let mut bits = bits << (u128::BITS - 8 * 13);
    std::array::from_fn(|_| {
        let index = usize::try_from(bits >> (u128::BITS - 5)).unwrap_or_default();
        bits <<= 5;
        ALPHABET.get(index).copied().unwrap_or(b'0')
    })
}

fn parse(text: &str) -> Result<[u8; ID_CHARS], IdError> {
    let bytes: [u8; ID_CHARS] = text.as_bytes().try_into().map_err(|_| IdError)?;
    if bytes.iter().all(|byte| is_of_alphabet(*byte)) { Ok(bytes) } else { Err(IdError) }
}

fn is_of_alphabet(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'z') && !matches!(byte, b'i' | b'l' | b'o' | b'u')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minted_id_parses_and_uses_its_random_bits() {
        let zero = RoomId::from_random([0; 13]);
        let ones = RoomId::from_random([0xff; 13]);
        assert_eq!(zero.as_str(), "00000000000000000000");
        assert_eq!(ones.as_str(), "zzzzzzzzzzzzzzzzzzzz");
        assert_eq!(ones.to_string().parse::<RoomId>(), Ok(ones));
        let mut random = [0; 13];
        random[0] = 0b0000_1000;
        assert_eq!(RoomId::from_random(random).as_str(), "10000000000000000000");
    }

    #[test]
    fn the_ranges_are_the_alphabet() {
        for byte in 0..=u8::MAX {
            assert_eq!(is_of_alphabet(byte), ALPHABET.contains(&byte), "{byte}");
        }
    }

    #[test]
    fn every_bit_but_the_last_four_counts() {
        let ids = |bits: std::ops::Range<usize>| {
            let id = |bit: usize| {
                let mut random = [0; ID_RANDOM_BYTES];
                random[bit / 8] = 0x80 >> (bit % 8);
                RoomId::from_random(random)
            };
            bits.map(id).collect::<std::collections::BTreeSet<_>>()
        };
        assert_eq!(ids(0..100).len(), 100);
        assert_eq!(ids(100..104).into_iter().collect::<Vec<_>>(), [RoomId::from_random([0; 13])]);
        let mut random = [0; 13];
        random[12] = 0b1_0000;
        assert_eq!(RoomId::from_random(random).as_str(), "00000000000000000001");
    }

    #[test]
    fn an_id_is_read_from_escaped_text_too() {
        let id = UserId::from_random([9; 13]);
        let text = serde_json::to_string(&id).unwrap();
        let escaped = text.replacen('1', "\\u0031", 1);
        assert_ne!(text, escaped);
        for text in [&text, &escaped] {
            assert_eq!(serde_json::from_str::<UserId>(text).unwrap(), id, "{text}");
        }
        for text in ["7", "null", "\"\"", "\"0000000000000000000i\""] {
            assert!(serde_json::from_str::<UserId>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_invite_names_its_room() {
        let code = InviteCode {
            room: RoomId::from_random([1; 13]),
            invite: InviteId::from_random([2; 13]),
        };
        assert_eq!(code.to_string().parse(), Ok(code));
        for text in ["", "0", "한국어한국어한국어한국어", &"0".repeat(41)] {
            assert_eq!(text.parse::<InviteCode>(), Err(IdError), "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        let wrong = ["", "0", "0000000000000000000i", "0000000000000000000A", "한한한한한한한"];
        for text in wrong {
            assert_eq!(text.parse::<UserId>(), Err(IdError), "{text}");
        }
    }
}
