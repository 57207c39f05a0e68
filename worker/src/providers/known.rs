//! What is known of the providers, for as long as it is fresh, and how more is learnt.

use std::cell::RefCell;
use std::rc::Rc;

use base64ct::{Base64, Encoding};
use protocol::Timestamp;
use serde_json::Value;

use super::failure::Failure;
use crate::clock;
use crate::identity::oidc::id_token::Expected;
use crate::identity::oidc::metadata::form;
use crate::identity::oidc::{Claims, IdToken, KeySet, Metadata, Provider};
use crate::platform::{Key, Question, is_signed};

/// Milliseconds for which descriptions and keys are fresh: what a provider takes back is not
/// believed for longer.
const FRESH_MS: u64 = 10 * 60 * 1000;

/// Milliseconds until keys may be fetched again because a token names an unknown one.
const AGAIN_MS: u64 = 30_000;

/// Milliseconds until a provider that gave no description is asked for it again.
const PATIENCE_MS: u64 = 2_000;

thread_local! {
    static KNOWN: RefCell<Vec<(String, Known)>> = const { RefCell::new(Vec::new()) };
}

/// What one provider said, and when.
#[derive(Clone, Default)]
struct Known {
    metadata: Option<(Rc<Metadata>, Timestamp)>,
    keys: Option<(Rc<KeySet>, Timestamp)>,
    /// When the keys were last fetched because a token named an unknown one.
    again_at: Option<Timestamp>,
    silent_since: Option<Timestamp>,
}

/// A provider's description.
///
/// # Errors
/// [`Failure::Unavailable`].
pub(super) async fn metadata(provider: &Provider) -> Result<Rc<Metadata>, Failure> {
    let (known, now) = (known(provider), clock::now());
    if let Some((metadata, _)) = known.metadata.filter(|(_, at)| now.ms_since(*at) < FRESH_MS) {
        return Ok(metadata);
    }
    if known.silent_since.is_some_and(|at| now.ms_since(at) < PATIENCE_MS) {
        return Err(Failure::Unavailable("it gave no description a moment ago".to_owned()));
    }
    let address = provider.description();
    let described = match get(&address, None).await {
        Ok(text) => Metadata::parse(&text, provider).map_err(unavailable),
        Err(failure) => Err(failure),
    };
    let now = clock::now();
    learn(provider, |known| known.silent_since = described.is_err().then_some(now));
    let metadata = Rc::new(described?);
    learn(provider, |known| known.metadata = Some((metadata.clone(), now)));
    Ok(metadata)
}

/// What the provider says of somebody, in exchange for a code.
///
/// # Errors
/// A provider that does not answer, or one whose answer cannot be trusted.
pub(super) async fn claims(
    provider: &Provider,
    metadata: &Metadata,
    nonce: &str,
    (code, redirect_uri, verifier): (&str, &str, &str),
) -> Result<Claims, Failure> {
    let grant = exchange(provider, metadata, code, redirect_uri, verifier).await?;
    let text = member(&grant, "id_token");
    let text = text.ok_or(Failure::Rejected("the provider gave no id token"))?;
    let token = IdToken::parse(text).map_err(Failure::Rejected)?;
    let key = key(provider, metadata, &token).await?;
    if !is_signed(&token.algorithm, Key::Jwk(&key), &token.signature, token.signed.as_bytes()).await
    {
        return Err(Failure::Rejected("the token's signature is not good"));
    }
    let (issuer, client_id) = (&provider.issuer, &provider.client_id);
    let mut claims = token
        .claims(&Expected { issuer, client_id, nonce, now: clock::now() })
        .map_err(Failure::Rejected)?;
    // Some providers tell what a name is made of only here; what the token says counts more.
    if claims.preferred_username.is_none()
        && claims.email.is_none()
        && let (Some(address), Some(token)) =
            (&metadata.userinfo_endpoint, member(&grant, "access_token"))
        && let Ok(text) = get(address, Some(&format!("Bearer {token}"))).await
        && let Some(more) = Claims::more(&text, &claims.sub)
    {
        claims = more;
    }
    Ok(claims)
}

/// The key that a token must be signed with. Keys are fetched again if it names an unknown one,
/// but not more often than every [`AGAIN_MS`].
async fn key(
    provider: &Provider,
    metadata: &Metadata,
    token: &IdToken<'_>,
) -> Result<String, Failure> {
    let now = clock::now();
    let fresh = known(provider).keys.filter(|(_, at)| now.ms_since(*at) < FRESH_MS);
    if let Some((keys, _)) = &fresh {
        if let Some(key) = token.key(keys) {
            return Ok(key);
        }
        let again = known(provider).again_at.filter(|at| now.ms_since(*at) < AGAIN_MS);
        if again.is_some() {
            return Err(Failure::Rejected("the token names an unknown key"));
        }
        learn(provider, |known| known.again_at = Some(now));
    }
    let text = get(&metadata.jwks_uri, None).await?;
    let keys = KeySet::parse(&text).ok_or_else(|| unavailable("its keys cannot be read"))?;
    let key = token.key(&keys);
    learn(provider, |known| known.keys = Some((Rc::new(keys), clock::now())));
    key.ok_or(Failure::Rejected("the token names an unknown key"))
}

async fn exchange(
    provider: &Provider,
    metadata: &Metadata,
    code: &str,
    redirect_uri: &str,
    verifier: &str,
) -> Result<Value, Failure> {
    let mut pairs = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect_uri),
        ("code_verifier", verifier),
    ];
    let mut authorization = None;
    match &provider.secret {
        Some(secret) if !metadata.wants_secret_in_body => {
            // RFC 6749, section 2.3.1: both are written as in a form first.
            let [id, secret] = [&provider.client_id, secret].map(|text| form(&[("", text)]));
            let (id, secret) = (id.trim_start_matches('='), secret.trim_start_matches('='));
            let pair = Base64::encode_string(format!("{id}:{secret}").as_bytes());
            authorization = Some(format!("Basic {pair}"));
        }
        Some(secret) => {
            pairs.extend([("client_id", provider.client_id.as_str()), ("client_secret", secret)]);
        }
        None => pairs.push(("client_id", &provider.client_id)),
    }
    let form = form(&pairs);
    let headers: Vec<_> = headers(authorization.as_deref()).collect();
    let question = Question {
        address: &metadata.token_endpoint,
        body: Some(("application/x-www-form-urlencoded", &form)),
        headers: &headers,
        ..Question::default()
    };
    let (status, text) = question.ask().await.map_err(Failure::Unavailable)?;
    let grant: Value = serde_json::from_str(&text).unwrap_or_default();
    match (status, member(&grant, "error")) {
        (200, _) if grant.is_object() => Ok(grant),
        // Only this error is about the code; others are about us, or about the provider.
        (400, Some("invalid_grant")) => {
            Err(Failure::Rejected("the provider does not take the code"))
        }
        (status, error) => {
            let error = error.unwrap_or_default();
            Err(Failure::Unavailable(format!("the exchange of the code: {status} {error}")))
        }
    }
}

fn member<'a>(grant: &'a Value, name: &str) -> Option<&'a str> {
    grant.get(name)?.as_str()
}

async fn get(address: &str, authorization: Option<&str>) -> Result<String, Failure> {
    let headers: Vec<_> = headers(authorization).collect();
    let question = Question { address, headers: &headers, ..Question::default() };
    match question.ask().await {
        Ok((200, text)) => Ok(text),
        Ok((status, _)) => Err(Failure::Unavailable(format!("{address} answers {status}"))),
        Err(why) => Err(Failure::Unavailable(format!("{address}: {why}"))),
    }
}

fn headers(authorization: Option<&str>) -> impl Iterator<Item = (&str, &str)> {
    let authorization = authorization.map(|authorization| ("authorization", authorization));
    [("accept", "application/json")].into_iter().chain(authorization)
}

fn unavailable(why: &str) -> Failure {
    Failure::Unavailable(why.to_owned())
}

fn known(provider: &Provider) -> Known {
    KNOWN.with_borrow(|all| {
        let known = all.iter().find(|(id, _)| *id == provider.id);
        known.map(|(_, known)| known.clone()).unwrap_or_default()
    })
}

fn learn(provider: &Provider, what: impl FnOnce(&mut Known)) {
    KNOWN.with_borrow_mut(|all| {
        if let Some((_, known)) = all.iter_mut().find(|(id, _)| *id == provider.id) {
            what(known);
        } else {
            let mut known = Known::default();
            what(&mut known);
            all.push((provider.id.clone(), known));
        }
    });
}
