//! The identity providers of a deployment, from `MARU_OIDC`.

use serde::Serialize;
use serde_json::Value;

use super::address;
use super::json::owned;

/// What a provider is asked for, unless the configuration says otherwise.
const SCOPES: &str = "openid profile email";

/// Characters of an id, at most: it stands in addresses and in the names of secrets.
const ID_CHARS_MAX: usize = 32;

/// Somebody who knows people, and whom the operator trusts to say who they are.
#[derive(Clone)]
pub(crate) struct Provider {
    /// What stands in addresses.
    pub(crate) id: String,
    /// What people read on the button.
    pub(crate) name: String,
    /// The `iss` of its tokens, and where its description is.
    pub(crate) issuer: String,
    /// What it calls us.
    pub(crate) client_id: String,
    /// What we ask it for.
    pub(crate) scopes: String,
    /// What proves to it that we are we; a public client has none.
    pub(crate) secret: Option<String>,
}

/// A provider as the page sees it.
#[derive(Debug, Serialize)]
pub(crate) struct Shown<'a> {
    id: &'a str,
    name: &'a str,
}

impl Provider {
    /// Reads the text of `MARU_OIDC`; `secret` finds the secret of a name.
    ///
    /// # Errors
    /// What is wrong, for the operator.
    pub(crate) fn parse_all(
        text: &str,
        secret: impl Fn(&str) -> Option<String>,
    ) -> Result<Vec<Self>, String> {
        if text.trim().is_empty() {
            return Ok(Vec::new());
        }
        let written: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let mut providers: Vec<Self> = Vec::new();
        for written in written.as_array().ok_or("it is no array")? {
            let mut provider = Self::read(written).ok_or(
                "each has `id`, `name`, `issuer`, `client_id`, and `scopes` if it must, as text",
            )?;
            provider.check(&providers).map_err(|why| format!("`{}`: {why}", provider.id))?;
            let id = provider.id.to_ascii_uppercase().replace('-', "_");
            let found = secret(&format!("MARU_OIDC_SECRET_{id}"));
            provider.secret = found.filter(|secret| !secret.is_empty());
            providers.push(provider);
        }
        Ok(providers)
    }

    /// Where its description is.
    pub(crate) fn description(&self) -> String {
        format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'))
    }

    /// Whether it may tell us to ask this address.
    pub(super) fn may_name(&self, address: &str) -> bool {
        address::is_allowed(address, address::is_loopback(&self.issuer))
    }

    /// As the page sees it.
    pub(crate) fn shown(&self) -> Shown<'_> {
        Shown { id: &self.id, name: &self.name }
    }

    fn read(written: &Value) -> Option<Self> {
        Some(Self {
            id: owned(written, "id")?,
            name: owned(written, "name")?,
            issuer: owned(written, "issuer")?,
            client_id: owned(written, "client_id")?,
            scopes: match written.get("scopes") {
                Some(_) => owned(written, "scopes")?,
                None => SCOPES.to_owned(),
            },
            secret: None,
        })
    }

    fn check(&self, others: &[Self]) -> Result<(), &'static str> {
        let in_id = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-');
        if self.id.len() > ID_CHARS_MAX || !self.id.bytes().all(in_id) {
            return Err("`id` has 1 to 32 characters of a-z, 0-9 and `-`");
        }
        if self.issuer.contains('?') || !self.may_name(&self.issuer) {
            return Err("`issuer` must be an https address of a named host (http is for a \
                        provider on this machine), exactly as the provider itself writes it");
        }
        if !self.scopes.split(' ').any(|scope| scope == "openid") {
            return Err("`scopes` is a text of words, and one of them must be `openid`");
        }
        if others.iter().any(|other| other.id == self.id || other.issuer == self.issuer) {
            return Err("another provider has the same `id` or the same `issuer`");
        }
        Ok(())
    }
}

/// Providers that are used in tests alone.
#[cfg(test)]
pub(super) mod fixture {
    use super::*;

    /// A provider that has everything.
    pub(in super::super) fn provider() -> Provider {
        Provider {
            id: "acme".to_owned(),
            name: "Acme".to_owned(),
            issuer: "https://id.example.com".to_owned(),
            client_id: "maru".to_owned(),
            scopes: SCOPES.to_owned(),
            secret: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACME: &str =
        r#"{"id":"acme-1","name":"Acme","issuer":"https://id.example.com/","client_id":"maru"}"#;

    fn parse(text: &str) -> Result<Vec<Provider>, String> {
        Provider::parse_all(text, |name| {
            (name == "MARU_OIDC_SECRET_ACME_1").then(|| "secret".to_owned())
        })
    }

    #[test]
    fn si1_any_number_of_providers_is_read() {
        assert!(parse("").unwrap().is_empty() && parse("[]").unwrap().is_empty());
        let other = r#"{"id":"b","name":"마루","issuer":"http://127.0.0.1:9400","client_id":"m",
                        "scopes":"openid"}"#;
        let providers = parse(&format!("[{ACME},{other}]")).unwrap();
        assert_eq!(providers[0].secret.as_deref(), Some("secret"));
        assert_eq!(providers[0].scopes, SCOPES);
        let description = "https://id.example.com/.well-known/openid-configuration";
        assert_eq!(providers[0].description(), description);
        assert_eq!(
            (providers[1].secret.as_deref(), providers[1].scopes.as_str()),
            (None, "openid")
        );
    }

    #[test]
    fn si1_a_wrong_configuration_says_what_is_wrong() {
        let with = |from: &str, to: &str| parse(&format!("[{}]", ACME.replace(from, to)));
        for (from, to, expected) in [
            ("acme-1", "Acme", "`id`"),
            ("acme-1", "", "`id`"),
            ("\"Acme\"", "\"\"", "`name`"),
            ("\"maru\"", "\"\"", "`client_id`"),
            ("https:", "http:", "`issuer`"),
            ("id.example.com", "10.0.0.1", "`issuer`"),
            ("com/", "com/?a", "`issuer`"),
            ("\"maru\"", "\"maru\",\"scopes\":\"email\"", "`openid`"),
            ("client_id", "client", "client_id"),
            ("\"maru\"", "\"maru\",\"scopes\":[\"openid\"]", "each has"),
        ] {
            let why = with(from, to).err().unwrap();
            assert!(why.contains(expected), "{to}: {why}");
        }
        let twice = parse(&format!("[{ACME},{ACME}]")).err().unwrap();
        assert!(twice.contains("another provider"), "{twice}");
        assert!(parse("acme").is_err());
    }
}
