//! The address that letters to somebody go to.

use crate::letters::lower;

/// Bytes of an address, at most (RFC 5321, section 4.5.3.1.3).
const ADDRESS_BYTES_MAX: usize = 254;

/// An address that looks like one; whether it is one, a letter finds out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct EmailAddress(String);

/// A text that cannot be an address.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`email` is an address such as ada@example.org, of at most {ADDRESS_BYTES_MAX} bytes")]
pub(crate) struct EmailError;

impl EmailAddress {
    /// Checks `text`, and writes its host in lower case.
    ///
    /// Quoted names, comments and lists are left out: nobody has such an address, and what sends
    /// letters may read them otherwise than we do.
    ///
    /// # Errors
    /// [`EmailError`].
    pub(crate) fn parse(text: &str) -> Result<Self, EmailError> {
        let text = text.trim();
        let (name, host) = text.split_once('@').ok_or(EmailError)?;
        let host = lower(host);
        let is_plain =
            |c: char| !c.is_whitespace() && !c.is_control() && !r#"@,;:<>()[]\""#.contains(c);
        let is_label = |label: &str| {
            !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        };
        let fits =
            text.len() <= ADDRESS_BYTES_MAX && !name.is_empty() && name.chars().all(is_plain);
        if fits && host.contains('.') && host.split('.').all(is_label) {
            Ok(Self(format!("{name}@{host}")))
        } else {
            Err(EmailError)
        }
    }

    /// The address.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pw6_an_address_has_one_name_and_one_host() {
        let parsed = |text| EmailAddress::parse(text).map(|address| address.as_str().to_owned());
        assert_eq!(parsed(" Ada.L+maru@Example.ORG ").as_deref(), Ok("Ada.L+maru@example.org"));
        assert_eq!(parsed("에이다@예시.한국").as_deref(), Ok("에이다@예시.한국"));
        let long = format!("{}@example.org", "a".repeat(243));
        for text in [
            "",
            "ada",
            "@example.org",
            "ada@",
            "ada@example",
            "a@b@example.org",
            "a b@example.org",
            "ada@example..org",
            "ada@.org",
            "ada@exa mple.org",
            "a,b@example.org",
            "Ada <ada@example.org>",
            "ada@example.org\nBcc: eve@example.org",
            "\"a\"@example.org",
            "ada@[192.0.2.1]",
            &long,
        ] {
            assert_eq!(parsed(text), Err(EmailError), "{text:?}");
        }
    }
}
