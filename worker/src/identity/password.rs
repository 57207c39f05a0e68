//! Passwords: hashed with argon2id, verified at equal cost whether or not the account exists.

use std::fmt::Write as _;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{Error as HashError, PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use protocol::limits::{PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN};
use serde::Deserialize;
use sha1::{Digest, Sha1};

use super::common::Common;
use super::guesses;
use crate::letters::{lower, nfkc};
use crate::problem::Problem;

/// Tenths of a bit below which a password is as good as known: ten thousand million guesses, which
/// is what somebody who has the hashes tries of every account.
const TENTHS_MIN: u32 = 330;

/// Kibibytes of memory for one hash: OWASP's first choice, and a seventh of what an isolate has.
const MEMORY_KIB: u32 = 19 * 1024;

/// Passes over the memory.
const PASSES: u32 = 2;

/// Lanes; the platform has one thread.
const LANES: u32 = 1;

/// Random bytes of a salt.
pub(crate) const SALT_BYTES: usize = 16;

/// The hash of a password that nobody has, with today's parameters: what an unknown name is
/// verified against, so that it costs as much as a wrong password.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGhhcyBpdCEhIQ$\
                      AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A password in Unicode's form NFKC, so that it is the same from every keyboard. It is never
/// shown: the type has no `Debug` and no `Display`.
#[derive(Deserialize)]
#[serde(from = "String")]
pub(crate) struct Password(String);

/// Why a new password is not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Weakness {
    /// Fewer characters than `PASSWORD_CHARS_MIN`.
    TooShort,
    /// More bytes than `PASSWORD_BYTES_MAX`.
    TooLong,
    /// It is known from breaches, or guessed as soon as those that are.
    Common,
    /// It is made of what everybody knows of its owner.
    Personal,
}

/// What a good password was verified against.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Stored {
    /// A hash as it would be made today.
    Current,
    /// A hash with other parameters; this is the moment to replace it.
    Outdated,
}

impl Weakness {
    /// The stable code, `detail` in the answer.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::TooShort => "too_short",
            Self::TooLong => "too_long",
            Self::Common => "common",
            Self::Personal => "personal",
        }
    }
}

impl From<String> for Password {
    fn from(text: String) -> Self {
        Self(nfkc(&text))
    }
}

impl Password {
    /// Why this is no new password for somebody of whom everybody knows these `names`. Rules about
    /// kinds of characters make people choose worse ones, so there are none.
    pub(crate) fn weakness(&self, names: &[&str], common: Common<'_>) -> Option<Weakness> {
        if self.0.len() > PASSWORD_BYTES_MAX {
            return Some(Weakness::TooLong);
        }
        if self.0.chars().count() < PASSWORD_CHARS_MIN {
            return Some(Weakness::TooShort);
        }
        let text = lower(&self.0);
        if guesses::tenths(&text, &[], common) < TENTHS_MIN {
            return Some(Weakness::Common);
        }
        let is_personal = guesses::tenths(&text, &words(names), common) < TENTHS_MIN;
        is_personal.then_some(Weakness::Personal)
    }

    /// Its SHA-1 in capital hexadecimal digits, as collections of breached passwords name it.
    pub(crate) fn sha1(&self) -> String {
        Sha1::digest(&self.0).iter().fold(String::new(), |mut digits, byte| {
            // Writing into a string never fails.
            let _ = write!(digits, "{byte:02X}");
            digits
        })
    }

    /// The password's hash as a PHC string, ready to be stored.
    ///
    /// # Errors
    /// An internal failure, such as memory that is not there.
    pub(crate) fn hash(&self, salt: &[u8; SALT_BYTES]) -> Result<String, Problem> {
        let hasher = hasher()?;
        let hash = hasher
            .hash_password_with_salt(self.0.as_bytes(), salt)
            .map_err(|error| Problem::internal("password hash", &error))?;
        Ok(hash.to_string())
    }

    /// Whether this is the password behind `stored`; no account has `None`, at the same cost.
    ///
    /// # Errors
    /// [`Problem::WrongCredentials`], or an internal failure.
    pub(crate) fn verify(&self, stored: Option<&str>) -> Result<Stored, Problem> {
        if self.0.len() > PASSWORD_BYTES_MAX {
            return Err(Problem::WrongCredentials);
        }
        let hash = PasswordHash::new(stored.unwrap_or(NOBODY))
            .map_err(|error| Problem::internal("stored password hash", &error))?;
        match hasher()?.verify_password(self.0.as_bytes(), &hash) {
            Ok(()) if stored.is_some() => Ok(freshness(&hash)),
            Ok(()) | Err(HashError::PasswordInvalid) => Err(Problem::WrongCredentials),
            Err(error) => Err(Problem::internal("password", &error)),
        }
    }
}

/// The words of which a password must not be made: the names, their parts, and ours.
fn words(names: &[&str]) -> Vec<String> {
    let names = names.iter().map(|name| lower(&nfkc(name)));
    let mut words = vec!["maru".to_owned()];
    for name in names {
        words.extend(name.split(|c: char| !c.is_alphanumeric()).map(str::to_owned));
        words.push(name);
    }
    words
}

fn freshness(hash: &PasswordHash) -> Stored {
    let is_current = PasswordHash::new(NOBODY).is_ok_and(|today| {
        (hash.algorithm, hash.version) == (today.algorithm, today.version)
            && hash.params == today.params
    });
    if is_current { Stored::Current } else { Stored::Outdated }
}

fn hasher() -> Result<Argon2<'static>, Problem> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)
        .map_err(|error| Problem::internal("argon2 parameters", &error))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::super::common::fixture;
    use unicode_normalization::UnicodeNormalization;

    use super::*;

    fn password(text: &str) -> Password {
        Password::from(text.to_owned())
    }

    #[test]
    fn a_password_verifies_against_its_own_hash_only() {
        let hash = password("correct horse").hash(&[7; 16]).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_eq!(password("correct horse").verify(Some(&hash)).unwrap(), Stored::Current);
        let wrong = password("correct horsf").verify(Some(&hash));
        assert!(matches!(wrong, Err(Problem::WrongCredentials)));
    }

    #[test]
    fn pw1_every_keyboard_writes_the_same_password() {
        let [composed, decomposed] = ["한글 비밀번호 é", "한글 비밀번호 é"]
            .map(|text| text.nfd().collect::<String>())
            .map(|text| [text.nfc().collect::<String>(), text])
            .into_iter()
            .next()
            .unwrap();
        assert_ne!(composed, decomposed);
        let hash = password(&composed).hash(&[7; 16]).unwrap();
        assert!(password(&decomposed).verify(Some(&hash)).is_ok());
        let wide = password("ｗｉｄｅ letters, narrow").hash(&[7; 16]).unwrap();
        assert!(password("wide letters, narrow").verify(Some(&wide)).is_ok());
    }

    #[test]
    fn pw2_an_unknown_name_is_a_wrong_password() {
        let unknown = password("correct horse").verify(None);
        assert!(matches!(unknown, Err(Problem::WrongCredentials)));
        let nobody: PasswordHash = NOBODY.parse().unwrap();
        let known: PasswordHash = password("x").hash(&[7; 16]).unwrap().parse().unwrap();
        assert_eq!(nobody.params, known.params, "same cost");
    }

    #[test]
    fn pw5_a_hash_of_other_parameters_is_outdated() {
        let hash_with = |algorithm, kib| {
            let params = Params::new(kib, 1, 1, None).unwrap();
            let hasher = Argon2::new(algorithm, Version::V0x13, params);
            hasher.hash_password_with_salt(b"correct horse", &[7; 16]).unwrap().to_string()
        };
        for hash in [hash_with(Algorithm::Argon2id, 64), hash_with(Algorithm::Argon2i, 19_456)] {
            assert_eq!(password("correct horse").verify(Some(&hash)).unwrap(), Stored::Outdated);
            let wrong = password("correct horsf").verify(Some(&hash));
            assert!(matches!(wrong, Err(Problem::WrongCredentials)));
        }
    }

    #[test]
    fn a_damaged_hash_is_our_failure() {
        let damaged = password("correct horse").verify(Some("$argon2id$"));
        assert!(matches!(damaged, Err(Problem::Internal(_))));
    }

    #[test]
    fn pw1_length_is_counted_in_characters_and_bounded_in_bytes() {
        let weakness = |text: &str| password(text).weakness(&[], Common::default());
        assert_eq!(weakness("sixteen is good!"), None);
        assert_eq!(weakness("a lamp in yard"), Some(Weakness::TooShort));
        assert_eq!(weakness("마루에 앉아 달을 본다 다시"), None);
        assert_eq!(weakness("마루에 앉아 달을 본다"), Some(Weakness::TooShort));
        let long: String = "a lamp over the seventh gate ".chars().cycle().take(257).collect();
        assert_eq!(weakness(&long), Some(Weakness::TooLong));
        assert_eq!(weakness(&long[..256]), None);
        assert_eq!(weakness("aaaaaaaaaaaaaaa"), Some(Weakness::Common));
        assert_eq!(weakness("qwertyuiopasdfghjkl"), Some(Weakness::Common));
    }

    #[test]
    fn pw1_a_password_is_not_common_and_not_about_its_owner() {
        let list = fixture(&["password", "sunshine"]);
        let common = Common::parse(&list).unwrap();
        let names = ["ada.lovelace", "Ada Lovelace", "에이다", "countess@example.org"];
        let weakness = |text: &str| password(text).weakness(&names, common);
        assert_eq!(weakness("PasswordSunshine"), Some(Weakness::Common));
        assert_eq!(weakness("passwordmaru2026"), Some(Weakness::Common));
        assert_eq!(weakness("Ada.Lovelace-1815"), Some(Weakness::Personal));
        assert_eq!(weakness("lovelacecountess"), Some(Weakness::Personal));
        assert_eq!(weakness("에이다에이다에이다에이다에이다"), Some(Weakness::Common), "repeated");
        assert_eq!(weakness("Ada weaves by night"), None);
    }

    #[test]
    fn a_breached_password_is_named_by_its_sha1() {
        assert_eq!(password("password").sha1(), "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8");
    }
}
