//! What a provider says of itself: OpenID Connect Discovery.

use serde_json::Value;
use worker::url::form_urlencoded;

use super::attempt::Secrets;
use super::json::{object, owned};
use super::provider::Provider;

/// Where a provider is asked for what.
pub(crate) struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    /// Where a code is exchanged.
    pub(crate) token_endpoint: String,
    /// Where its keys are.
    pub(crate) jwks_uri: String,
    /// Where it tells more about somebody, if it does.
    pub(crate) userinfo_endpoint: Option<String>,
    /// The secret travels in the body: only for a provider that does not know the header.
    pub(crate) wants_secret_in_body: bool,
    says_who_answers: bool,
}

impl Metadata {
    /// Reads the description of `provider`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn parse(text: &str, provider: &Provider) -> Result<Self, &'static str> {
        let metadata = Self::read(text).ok_or("its description cannot be read")?;
        if metadata.issuer != provider.issuer {
            return Err("its description is of another issuer");
        }
        let endpoints = [
            Some(&metadata.authorization_endpoint),
            Some(&metadata.token_endpoint),
            Some(&metadata.jwks_uri),
            metadata.userinfo_endpoint.as_ref(),
        ];
        if !endpoints.into_iter().flatten().all(|endpoint| provider.may_name(endpoint)) {
            return Err("its description names an address that is not https of a named host");
        }
        Ok(metadata)
    }

    /// Where the browser goes to sign in.
    pub(crate) fn authorization(
        &self,
        provider: &Provider,
        redirect_uri: &str,
        secrets: &Secrets,
    ) -> String {
        let endpoint = &self.authorization_endpoint;
        let separator = if endpoint.contains('?') { '&' } else { '?' };
        let query = form(&[
            ("response_type", "code"),
            ("client_id", &provider.client_id),
            ("redirect_uri", redirect_uri),
            ("scope", &provider.scopes),
            ("state", &secrets.state),
            ("nonce", &secrets.nonce),
            ("code_challenge", &secrets.challenge()),
            ("code_challenge_method", "S256"),
        ]);
        format!("{endpoint}{separator}{query}")
    }

    /// Whether the answer to the browser's question came from this provider (RFC 9207).
    pub(crate) fn has_answered(&self, issuer: Option<&str>) -> bool {
        match issuer {
            Some(issuer) => issuer == self.issuer,
            None => !self.says_who_answers,
        }
    }

    fn read(text: &str) -> Option<Self> {
        let said = object(text)?;
        let methods = said.get("token_endpoint_auth_methods_supported").and_then(Value::as_array);
        let knows = |method| methods.is_some_and(|methods| methods.iter().any(|m| m == method));
        let says_who_answers = said.get("authorization_response_iss_parameter_supported");
        Some(Self {
            issuer: owned(&said, "issuer")?,
            authorization_endpoint: owned(&said, "authorization_endpoint")?,
            token_endpoint: owned(&said, "token_endpoint")?,
            jwks_uri: owned(&said, "jwks_uri")?,
            userinfo_endpoint: owned(&said, "userinfo_endpoint"),
            wants_secret_in_body: !knows("client_secret_basic") && knows("client_secret_post"),
            says_who_answers: says_who_answers.is_some_and(|says| *says == true),
        })
    }
}

/// Pairs as forms and queries write them.
pub(crate) fn form(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

#[cfg(test)]
mod tests {
    use super::super::attempt::fixture::secrets;
    use super::super::provider::fixture::provider;
    use super::*;

    const TEXT: &str = r#"{"issuer":"https://id.example.com",
        "authorization_endpoint":"https://id.example.com/auth",
        "token_endpoint":"https://token.example.com/token",
        "jwks_uri":"https://id.example.com/jwks","more":[1]}"#;

    fn parse(text: &str) -> Result<Metadata, &'static str> {
        Metadata::parse(text, &provider())
    }

    #[test]
    fn si2_a_description_is_of_the_issuer_and_names_public_hosts() {
        assert!(parse(TEXT).is_ok());
        for (from, to) in [
            ("\"https://id.example.com\"", "\"https://id.example.com/\""),
            ("\"https://id.example.com\"", "\"https://evil.example.com\""),
            ("https://token.example.com", "http://token.example.com"),
            ("https://token.example.com", "https://10.0.0.1"),
            ("https://id.example.com/jwks", "http://127.0.0.1/jwks"),
            ("https://id.example.com/auth", "javascript:alert(1)"),
            ("token_endpoint", "other"),
            ("\"more\":[1]", "\"userinfo_endpoint\":\"https://127.0.0.1\""),
            ("{", ""),
        ] {
            assert!(parse(&TEXT.replace(from, to)).is_err(), "{to}");
        }
    }

    #[test]
    fn si3_the_browser_carries_a_challenge_and_no_secret() {
        let secrets = secrets();
        let address = parse(TEXT).unwrap().authorization(&provider(), "https://a/b?c", &secrets);
        assert!(address.starts_with("https://id.example.com/auth?response_type=code&"));
        assert!(
            address.contains("redirect_uri=https%3A%2F%2Fa%2Fb%3Fc&scope=openid+profile+email")
        );
        assert!(address.ends_with("&code_challenge_method=S256"));
        assert!(!address.contains(&secrets.verifier));
    }

    #[test]
    fn si4_an_answer_names_this_provider() {
        let metadata = parse(TEXT).unwrap();
        assert!(
            metadata.has_answered(None) && metadata.has_answered(Some("https://id.example.com"))
        );
        assert!(!metadata.has_answered(Some("https://evil.example.com")));
        let supported = "\"authorization_response_iss_parameter_supported\":true";
        let metadata = parse(&TEXT.replace("\"more\":[1]", supported)).unwrap();
        assert!(!metadata.has_answered(None));
    }

    #[test]
    fn the_secret_travels_in_the_header_where_it_may() {
        let methods = |list: &str| {
            let methods = format!("\"token_endpoint_auth_methods_supported\":{list}");
            parse(&TEXT.replace("\"more\":[1]", &methods)).unwrap().wants_secret_in_body
        };
        assert!(!parse(TEXT).unwrap().wants_secret_in_body);
        assert!(!methods(r#"["client_secret_post","client_secret_basic"]"#));
        assert!(methods(r#"["client_secret_post"]"#));
    }
}
