//! What somebody was let in by, and how that ends (rule TK5).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::limits::ENDED_MS;

/// Characters of a sign-in's identifier.
pub const SIGN_IN_ID_CHARS: usize = 20;

/// Random bytes from which one is made.
pub const SIGN_IN_ID_BYTES: usize = 15;

/// Base 64, as URLs have it.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A sign-in, or a personal access token, which is one by itself. It is not secret.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SignInId([u8; SIGN_IN_ID_CHARS]);

/// Why a text is not the identifier of a sign-in.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a sign-in is {SIGN_IN_ID_CHARS} characters of A-Z, a-z, 0-9, `-` and `_`")]
pub struct SignInIdError;

/// What a request or a socket was let in by. The Worker has verified it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Grant {
    /// The sign-in or the token.
    pub id: SignInId,
    /// When what was shown was issued, or looked up.
    pub issued_at: Timestamp,
    /// Whether it is a personal access token.
    pub is_token: bool,
    /// Whether it has the scope `write`.
    pub may_write: bool,
    /// When it ends by itself, if what was shown says so.
    pub until: Option<Timestamp>,
}

/// An end to some of a user's sign-ins and tokens.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Ending {
    /// Which of them.
    #[serde(flatten)]
    pub of: Which,
    /// When: what was issued later is not meant.
    pub at: Timestamp,
}

/// Which of a user's sign-ins and tokens end.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum Which {
    /// This sign-in or token.
    One {
        /// Which.
        id: SignInId,
    },
    /// All sign-ins, and no token.
    SignIns {
        /// Except this one.
        but: Option<SignInId>,
    },
    /// All sign-ins and tokens.
    All,
}

impl SignInId {
    /// The identifier that is made of these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; SIGN_IN_ID_BYTES]) -> Self {
        let mut id = [0; SIGN_IN_ID_CHARS];
        for (chars, bytes) in id.chunks_exact_mut(4).zip(bytes.chunks_exact(3)) {
            let mut bits = bytes.iter().fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
            for char in chars.iter_mut().rev() {
                *char = ALPHABET.get(bits & 63).copied().unwrap_or_default();
                bits >>= 6;
            }
        }
        Self(id)
    }

    /// The identifier as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only ASCII is ever stored, so the fallback is unreachable; it costs no panic.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for SignInId {
    type Err = SignInIdError;
    fn from_str(text: &str) -> Result<Self, SignInIdError> {
        let id: [u8; SIGN_IN_ID_CHARS] = text.as_bytes().try_into().map_err(|_| SignInIdError)?;
        let is_known = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if id.iter().all(is_known) { Ok(Self(id)) } else { Err(SignInIdError) }
    }
}

impl TryFrom<String> for SignInId {
    type Error = SignInIdError;
    fn try_from(text: String) -> Result<Self, SignInIdError> {
        text.parse()
    }
}

impl From<SignInId> for String {
    fn from(id: SignInId) -> Self {
        id.as_str().to_owned()
    }
}

impl fmt::Display for SignInId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for SignInId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignInId({})", self.as_str())
    }
}

/// One word, for a header and for what is written on a socket.
impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, issued_at, is_token, may_write, until } = self;
        let kind = if *is_token { 't' } else { 's' };
        let rights = if *may_write { "w" } else { "" };
        write!(f, "{id}.{}.{kind}{rights}", issued_at.0)?;
        until.map_or(Ok(()), |until| write!(f, ".{}", until.0))
    }
}

impl FromStr for Grant {
    type Err = SignInIdError;
    fn from_str(text: &str) -> Result<Self, SignInIdError> {
        let mut parts = text.split('.');
        let (Some(id), Some(issued_at), Some(marks), until, None) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(SignInIdError);
        };
        let (is_token, may_write) = match marks {
            "s" => (false, false),
            "sw" => (false, true),
            "t" => (true, false),
            "tw" => (true, true),
            _ => return Err(SignInIdError),
        };
        let time = |text: &str| text.parse().map(Timestamp).map_err(|_| SignInIdError);
        let (issued_at, until) = (time(issued_at)?, until.map(time).transpose()?);
        Ok(Self { id: id.parse()?, issued_at, is_token, may_write, until })
    }
}

impl Ending {
    /// Whether this ends what was let in by `grant`. A socket of which that is not known is from
    /// before, and ends with all others.
    #[must_use]
    pub fn covers(&self, grant: Option<&Grant>) -> bool {
        let is_earlier = grant.is_none_or(|grant| grant.issued_at <= self.at);
        match self.of {
            Which::One { id } => grant.is_some_and(|grant| grant.id == id),
            Which::SignIns { but } => {
                let is_meant = |grant: &Grant| !grant.is_token && Some(grant.id) != but;
                is_earlier && grant.is_none_or(is_meant)
            }
            Which::All => is_earlier,
        }
    }

    /// Whether nobody can bring anything any more that this ended.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        now.ms_since(self.at) > ENDED_MS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "aaaaaaaaaaaaaaaaaaaa";
    const TWO: &str = "AZ-_09bbbbbbbbbbbbbb";

    fn grant(id: &str, issued_at: u64, is_token: bool) -> Grant {
        let id = id.parse().unwrap();
        Grant { id, issued_at: Timestamp(issued_at), is_token, may_write: true, until: None }
    }

    fn ends(of: Which, grant: Grant) -> bool {
        Ending { of, at: Timestamp(100) }.covers(Some(&grant))
    }

    #[test]
    fn an_identifier_is_its_bytes_in_base_64() {
        let mut bytes = [0xff; SIGN_IN_ID_BYTES];
        bytes[..6].copy_from_slice(b"\0\x10\x83a b");
        let id = SignInId::from_bytes(bytes);
        assert_eq!(id.as_str(), "ABCDYSBi____________");
        assert_eq!(id.as_str().parse(), Ok(id));
    }

    #[test]
    fn a_grant_survives_its_text() {
        for (is_token, may_write) in [(false, false), (false, true), (true, false), (true, true)] {
            for until in [None, Some(Timestamp(1_770_000_000_000))] {
                let grant = Grant { may_write, until, ..grant(TWO, 1_760_000_000_000, is_token) };
                assert_eq!(grant.to_string().parse(), Ok(grant));
            }
        }
        let wrong = ["", "a", "a.1.s", &format!("{ONE}.1"), &format!("{ONE}.x.s")];
        for text in wrong.into_iter().chain([
            &*format!("{ONE}.1.w"),
            &format!("{ONE}.1.s."),
            &format!("{ONE}.1.s.1.1"),
        ]) {
            assert!(text.parse::<Grant>().is_err(), "{text}");
        }
        for text in ["", &ONE[1..], "aaaaaaaaaaaaaaaaaaa.", "aaaaaaaaaaaaaaaaaa\u{e9}"] {
            assert!(text.parse::<SignInId>().is_err(), "{text}");
        }
    }

    #[test]
    fn tk5_one_sign_in_ends_whenever_its_tokens_were_issued() {
        let of = Which::One { id: ONE.parse().unwrap() };
        assert!(ends(of, grant(ONE, 50, false)));
        assert!(ends(of, grant(ONE, 150, true)));
        assert!(!ends(of, grant(TWO, 50, false)));
        assert!(!Ending { of, at: Timestamp(100) }.covers(None));
    }

    #[test]
    fn tk5_all_sign_ins_end_but_one_and_those_that_began_later() {
        let of = |but: Option<&str>| Which::SignIns { but: but.map(|id| id.parse().unwrap()) };
        assert!(ends(of(None), grant(ONE, 100, false)));
        assert!(!ends(of(None), grant(ONE, 101, false)));
        assert!(!ends(of(None), grant(ONE, 50, true)), "no personal access token");
        assert!(!ends(of(Some(ONE)), grant(ONE, 50, false)));
        assert!(ends(of(Some(ONE)), grant(TWO, 50, false)));
        assert!(Ending { of: of(Some(ONE)), at: Timestamp(100) }.covers(None));
    }

    #[test]
    fn tk5_everything_ends_that_was_issued_by_then() {
        for is_token in [false, true] {
            assert!(ends(Which::All, grant(ONE, 100, is_token)));
            assert!(!ends(Which::All, grant(ONE, 101, is_token)));
        }
    }

    #[test]
    fn an_ending_is_remembered_as_long_as_a_token_may_live() {
        let ending = Ending { of: Which::All, at: Timestamp(100) };
        assert!(!ending.is_over(Timestamp(100 + ENDED_MS)));
        assert!(ending.is_over(Timestamp(101 + ENDED_MS)));
    }

    #[test]
    fn an_ending_has_one_text() {
        let ending = Ending { of: Which::SignIns { but: ONE.parse().ok() }, at: Timestamp(7) };
        let text = format!(r#"{{"of":"sign_ins","but":"{ONE}","at":7}}"#);
        assert_eq!(serde_json::to_string(&ending).unwrap(), text);
        assert_eq!(serde_json::from_str::<Ending>(&text).unwrap(), ending);
        let all = r#"{"of":"all","at":7}"#;
        let ending = Ending { of: Which::All, at: Timestamp(7) };
        assert_eq!(serde_json::from_str::<Ending>(all).unwrap(), ending);
    }
}
