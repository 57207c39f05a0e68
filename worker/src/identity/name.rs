//! The name that somebody signs in with.

/// Characters of a sign-in name, at least: shorter ones are too easily confused.
const NAME_CHARS_MIN: usize = 3;

/// Characters of a sign-in name, at most: it fits beside a message.
const NAME_CHARS_MAX: usize = 32;

/// How the names of erased accounts begin: nobody takes one before it is needed.
const ERASED: &str = "erased-";

/// A unique name, in lower case: `Ada` and `ada` are the same account.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct UserName(String);

/// A text that cannot be a name.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "`name` has {NAME_CHARS_MIN} to {NAME_CHARS_MAX} characters of a-z, 0-9, `.`, `_` and `-`; \
     `display_name` may be anything; `{ERASED}` begins no name"
)]
pub(crate) struct NameError;

impl UserName {
    /// Checks and normalises `text`.
    ///
    /// Only ASCII, so that no two names look alike; what people see is the display name.
    ///
    /// # Errors
    /// [`NameError`] says what a name is.
    pub(crate) fn parse(text: &str) -> Result<Self, NameError> {
        let name = text.to_ascii_lowercase();
        let fits = (NAME_CHARS_MIN..=NAME_CHARS_MAX).contains(&name.len());
        let allowed = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '.' | '_' | '-');
        if fits && name.chars().all(allowed) && !name.starts_with(ERASED) {
            Ok(Self(name))
        } else {
            Err(NameError)
        }
    }

    /// The name in lower case.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_lower_case_ascii() {
        assert_eq!(UserName::parse("Ada.L-1_x").unwrap().as_str(), "ada.l-1_x");
        assert!(UserName::parse("abc").is_ok());
        assert!(UserName::parse(&"a".repeat(32)).is_ok());
    }

    #[test]
    fn other_texts_are_no_names() {
        let long = "a".repeat(33);
        // The last one is the Kelvin sign, which Unicode would lower to `k`.
        for text in ["", "ab", &long, "a b", "a@b", "마루방", "ada\n", " ada", "\u{212a}im"] {
            assert_eq!(UserName::parse(text), Err(NameError), "{text:?}");
        }
    }
}
