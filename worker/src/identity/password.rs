//! Passwords: hashed with argon2id, verified at equal cost whether or not the account exists.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{Error as HashError, PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use serde::Deserialize;

use crate::problem::Problem;

/// Bytes of a password, at least (NIST SP 800-63B asks for eight characters).
const PASSWORD_BYTES_MIN: usize = 8;

/// Bytes of a password, at most: long enough for any phrase, short enough to hash.
const PASSWORD_BYTES_MAX: usize = 256;

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

/// A password as it arrived. It is never shown: the type has no `Debug` and no `Display`.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct Password(String);

impl Password {
    /// Checks a new password by its length alone: rules about its characters make people choose
    /// worse ones.
    ///
    /// # Errors
    /// 400, with the bounds.
    pub(crate) fn check(&self) -> Result<(), Problem> {
        if (PASSWORD_BYTES_MIN..=PASSWORD_BYTES_MAX).contains(&self.0.len()) {
            return Ok(());
        }
        Err(Problem::BadRequest(format!(
            "`password` has {PASSWORD_BYTES_MIN} to {PASSWORD_BYTES_MAX} bytes"
        )))
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
    pub(crate) fn verify(&self, stored: Option<&str>) -> Result<(), Problem> {
        if self.0.len() > PASSWORD_BYTES_MAX {
            return Err(Problem::WrongCredentials);
        }
        let hash = PasswordHash::new(stored.unwrap_or(NOBODY))
            .map_err(|error| Problem::internal("stored password hash", &error))?;
        match hasher()?.verify_password(self.0.as_bytes(), &hash) {
            Ok(()) if stored.is_some() => Ok(()),
            Ok(()) | Err(HashError::PasswordInvalid) => Err(Problem::WrongCredentials),
            Err(error) => Err(Problem::internal("password", &error)),
        }
    }
}

fn hasher() -> Result<Argon2<'static>, Problem> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)
        .map_err(|error| Problem::internal("argon2 parameters", &error))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Password {
        Password(text.to_owned())
    }

    #[test]
    fn a_password_verifies_against_its_own_hash_only() {
        let hash = password("correct horse").hash(&[7; 16]).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(password("correct horse").verify(Some(&hash)).is_ok());
        let wrong = password("correct horsf").verify(Some(&hash));
        assert!(matches!(wrong, Err(Problem::WrongCredentials)));
    }

    #[test]
    fn an_unknown_name_is_a_wrong_password() {
        let unknown = password("correct horse").verify(None);
        assert!(matches!(unknown, Err(Problem::WrongCredentials)));
        let nobody: PasswordHash = NOBODY.parse().unwrap();
        let known: PasswordHash = password("x").hash(&[7; 16]).unwrap().parse().unwrap();
        assert_eq!(nobody.params, known.params, "same cost");
    }

    #[test]
    fn a_damaged_hash_is_our_failure() {
        let damaged = password("correct horse").verify(Some("$argon2id$"));
        assert!(matches!(damaged, Err(Problem::Internal(_))));
    }

    #[test]
    fn only_the_length_of_a_password_counts() {
        assert!(password("12345678").check().is_ok());
        assert!(password("한국말").check().is_ok(), "nine bytes");
        assert!(password(&"x".repeat(256)).check().is_ok());
        assert!(password("1234567").check().is_err());
        assert!(password(&"x".repeat(257)).check().is_err());
    }
}
