//! The text of a message, checked once.

use crate::limits::BODY_BYTES_MAX;
use crate::refusal::Refusal;

/// Text of 1 to [`BODY_BYTES_MAX`] bytes that is not only white space.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Body(String);

impl Body {
    /// Checks `text`.
    ///
    /// # Errors
    /// [`Refusal::BodyEmpty`] and [`Refusal::BodyTooLong`].
    pub fn parse(text: String) -> Result<Self, Refusal> {
        Self::check(&text).map(|()| Self(text))
    }

    /// Checks `text` without taking it.
    ///
    /// # Errors
    /// As [`Body::parse`].
    pub fn check(text: &str) -> Result<(), Refusal> {
        if text.len() > BODY_BYTES_MAX {
            return Err(Refusal::BodyTooLong);
        }
        if text.chars().all(char::is_whitespace) {
            return Err(Refusal::BodyEmpty);
        }
        Ok(())
    }

    /// The text.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn se3_a_body_has_bounds() {
        assert_eq!(Body::parse(String::new()), Err(Refusal::BodyEmpty));
        assert_eq!(Body::parse(" \n\u{3000}".into()), Err(Refusal::BodyEmpty));
        assert!(Body::parse("가".into()).is_ok());
        assert!(Body::parse("x".repeat(BODY_BYTES_MAX)).is_ok());
        assert_eq!(Body::parse("x".repeat(BODY_BYTES_MAX + 1)), Err(Refusal::BodyTooLong));
    }
}
