//! Forged, swapped, stale and confused tokens.

use base64ct::{Base64UrlUnpadded as Base64, Encoding};
use ed25519_dalek::{Signer, SigningKey};
use futures::executor::block_on;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::super::keys::fixture::keys;
use super::*;

const NOW: Timestamp = Timestamp(1_760_000_000_000);

fn ada() -> Caller {
    Caller {
        user: UserId::from_random([1; 13]),
        name: "Ada".to_owned(),
        sign_in: SignInId::from_bytes([2; 15]),
        issued_at: NOW,
        is_token: false,
        until: None,
        scopes: Scopes::of_sign_in(false),
    }
}

fn issue(keys: &SigningKeys, issuer: &str) -> String {
    let tokens = Tokens { keys, issuer };
    block_on(tokens.issue(&ada(), "id".to_owned())).unwrap()
}

fn verify(keys: &SigningKeys, token: &str, now: Timestamp) -> Result<Caller, &'static str> {
    let tokens = Tokens { keys, issuer: "maru" };
    block_on(tokens.verify(Some(token), now)).map_err(|problem| {
        let Problem::Unauthenticated(why) = problem else {
            panic!("{problem:?}");
        };
        why
    })
}

/// The three parts of a token, the first two decoded.
fn parts(token: &str) -> (Value, Value, String) {
    let parts: Vec<&str> = token.split('.').collect();
    let json = |part| serde_json::from_slice(&Base64::decode_vec(part).unwrap()).unwrap();
    (json(parts[0]), json(parts[1]), parts[2].to_owned())
}

fn signing_input(header: &Value, payload: &Value) -> String {
    let encode = |value: &Value| Base64::encode_string(value.to_string().as_bytes());
    format!("{}.{}", encode(header), encode(payload))
}

/// The signature of a text by the key that `fixture::keys` makes of this byte.
fn signed_by(byte: u8, text: &str) -> String {
    let key = SigningKey::from_bytes(&[byte; 32]);
    Base64::encode_string(&key.sign(text.as_bytes()).to_bytes())
}

#[test]
fn ht3_an_issued_token_speaks_for_its_caller_until_it_expires() {
    let keys = keys(&[("a", 1)]);
    let token = issue(&keys, "maru");
    assert_eq!(verify(&keys, &token, NOW), Ok(ada()));
    let lifetime_ms = u64::from(ACCESS_TOKEN_S) * 1000;
    assert_eq!(verify(&keys, &token, NOW.plus_ms(lifetime_ms)), Ok(ada()));
    let late = NOW.plus_ms(lifetime_ms + 31_000);
    assert_eq!(verify(&keys, &token, late), Err(EXPIRED));
    let (header, payload, _) = parts(&token);
    assert_eq!(header, json!({"alg": "EdDSA", "kid": "a", "typ": "at+jwt"}));
    assert_eq!(payload["exp"].as_u64(), Some(NOW.0 / 1000 + u64::from(ACCESS_TOKEN_S)));
    assert_eq!(payload["iat"].as_u64(), Some(NOW.0 / 1000));
}

#[test]
fn ht3_no_token_is_not_a_token() {
    let keys = keys(&[("a", 1)]);
    let tokens = Tokens { keys: &keys, issuer: "maru" };
    let missing = block_on(tokens.verify(None, NOW));
    assert!(matches!(missing, Err(Problem::Unauthenticated(MISSING))));
    for text in ["", ".", "..", "a.b.c", "Bearer", &"x".repeat(9000), "한.글.요"] {
        assert_eq!(verify(&keys, text, NOW), Err(INVALID), "{text}");
    }
}

#[test]
fn tk6_keys_overlap_while_they_rotate() {
    let old = issue(&keys(&[("a", 1)]), "maru");
    let both = keys(&[("b", 2), ("a", 1)]);
    assert_eq!(verify(&both, &old, NOW), Ok(ada()));
    let new = issue(&both, "maru");
    assert_eq!(verify(&both, &new, NOW), Ok(ada()));
    assert_eq!(parts(&new).0["kid"], "b", "the first one signs");
    let shown = serde_json::to_value(both.public()).unwrap();
    let kids: Vec<&Value> =
        shown["keys"].as_array().unwrap().iter().map(|key| &key["kid"]).collect();
    assert_eq!(kids, ["b", "a"]);
    assert_eq!(verify(&keys(&[("b", 2)]), &old, NOW), Err(INVALID));
}

#[test]
fn ht3_another_key_under_a_known_kid_is_refused() {
    let forged = issue(&keys(&[("a", 9)]), "maru");
    assert_eq!(verify(&keys(&[("a", 1)]), &forged, NOW), Err(INVALID));
}

#[test]
fn ht3_the_header_does_not_choose_the_algorithm() {
    let keys = keys(&[("a", 1)]);
    let (mut header, payload, signature) = parts(&issue(&keys, "maru"));
    let public = serde_json::to_value(keys.public()).unwrap();
    let public = Base64::decode_vec(public["keys"][0]["x"].as_str().unwrap()).unwrap();

    for alg in ["none", "None", "ES256", "Ed25519", ""] {
        header["alg"] = alg.into();
        let input = signing_input(&header, &payload);
        for signature in ["", &signature, &signed_by(1, &input)] {
            let token = format!("{input}.{signature}");
            assert_eq!(verify(&keys, &token, NOW), Err(INVALID), "{alg}");
        }
    }
    header["alg"] = "HS256".into();
    let input = signing_input(&header, &payload);
    let mut mac = Hmac::<Sha256>::new_from_slice(&public).unwrap();
    mac.update(input.as_bytes());
    let tag = Base64::encode_string(&mac.finalize().into_bytes());
    assert_eq!(verify(&keys, &format!("{input}.{tag}"), NOW), Err(INVALID));
}

#[test]
fn ht3_a_changed_payload_or_signature_is_refused() {
    let keys = keys(&[("a", 1)]);
    let token = issue(&keys, "maru");
    let (header, mut payload, signature) = parts(&token);
    payload["sub"] = UserId::from_random([9; 13]).as_str().into();
    let swapped = format!("{}.{signature}", signing_input(&header, &payload));
    assert_eq!(verify(&keys, &swapped, NOW), Err(INVALID));
    let (input, _) = token.rsplit_once('.').unwrap();
    assert_eq!(verify(&keys, &format!("{input}."), NOW), Err(INVALID));
    assert_eq!(verify(&keys, &token[..token.len() - 4], NOW), Err(INVALID));
}

#[test]
fn ht3_a_good_signature_does_not_excuse_wrong_claims() {
    let keys = keys(&[("a", 1)]);
    assert_eq!(verify(&keys, &issue(&keys, "other"), NOW), Err(INVALID), "iss");
    let (_, payload, _) = parts(&issue(&keys, "maru"));
    let sign = |typ: &str, change: &dyn Fn(&mut Value)| {
        let mut payload = payload.clone();
        change(&mut payload);
        block_on(keys.sign(typ, &payload)).unwrap()
    };
    let unchanged = sign(TYP, &|_| ());
    assert_eq!(verify(&keys, &unchanged, NOW), Ok(ada()));
    for typ in ["JWT", "", "AT+JWT", "rt+jwt"] {
        assert_eq!(verify(&keys, &sign(typ, &|_| ()), NOW), Err(INVALID), "{typ}");
    }
    let changes: [(&str, Value); 14] = [
        ("aud", "other".into()),
        ("aud", json!(["maru-api"])),
        ("iss", Value::Null),
        ("sub", "not an id".into()),
        ("exp", Value::Null),
        ("sid", Value::Null),
        ("name", 1.into()),
        ("jti", "".into()),
        ("jti", Value::Null),
        ("scope", "".into()),
        ("scope", "read everything".into()),
        ("iat", Value::Null),
        ("iat", (NOW.0 / 1000 - 1).into()),
        ("iat_ms", Value::Null),
    ];
    for (claim, value) in changes {
        let token = sign(TYP, &|payload| payload[claim] = value.clone());
        assert_eq!(verify(&keys, &token, NOW), Err(INVALID), "{claim}: {value}");
    }
    for claim in ["iss", "aud", "sub", "sid", "jti", "iat", "iat_ms", "exp", "scope", "name"] {
        let without = sign(TYP, &|payload| {
            payload.as_object_mut().unwrap().remove(claim);
        });
        assert_eq!(verify(&keys, &without, NOW), Err(INVALID), "tk1: no {claim}");
    }
}

#[test]
fn tk1_a_token_is_not_taken_before_it_was_issued() {
    let keys = keys(&[("a", 1)]);
    let token = issue(&keys, "maru");
    assert_eq!(verify(&keys, &token, Timestamp(NOW.0 - 30_000)), Ok(ada()), "clocks differ");
    assert_eq!(verify(&keys, &token, Timestamp(NOW.0 - 31_000)), Err(INVALID));
}

#[test]
fn ht3_a_kid_is_a_name_and_nothing_else() {
    let keys = keys(&[("a", 1), ("b", 2)]);
    let (mut header, payload, _) = parts(&issue(&keys, "maru"));
    for kid in ["", "A", "a\0", "../a", "/dev/null", "a' OR '1'='1", "https://evil.example/a", "*"]
    {
        header["kid"] = kid.into();
        let input = signing_input(&header, &payload);
        let forged = signed_by(1, &input);
        assert_eq!(verify(&keys, &format!("{input}.{forged}"), NOW), Err(INVALID), "{kid:?}");
    }
    header["kid"] = "b".into();
    let input = signing_input(&header, &payload);
    let signed = signed_by(1, &input);
    assert_eq!(verify(&keys, &format!("{input}.{signed}"), NOW), Err(INVALID), "another's name");
    header["kid"] = "a".into();
    let input = signing_input(&header, &payload);
    let signed = signed_by(1, &input);
    assert_eq!(verify(&keys, &format!("{input}.{signed}"), NOW), Ok(ada()), "the test signs well");
    for (name, value) in [("jku", "https://evil.example"), ("x5u", "https://evil.example")] {
        let mut header = header.clone();
        header[name] = value.into();
        let input = signing_input(&header, &payload);
        let token = format!("{input}.{}", signed_by(9, &input));
        assert_eq!(verify(&keys, &token, NOW), Err(INVALID), "{name} leads to no key");
    }
}

#[test]
fn ht3_a_token_that_is_a_byte_short_or_long_is_refused() {
    let keys = keys(&[("a", 1)]);
    let token = issue(&keys, "maru");
    for at in 0..token.len() {
        let without = format!("{}{}", &token[..at], &token[at + 1..]);
        assert_eq!(verify(&keys, &without, NOW), Err(INVALID), "without {at}");
    }
    for more in ["A", "=", ".", " ", "\n", "\0"] {
        assert_eq!(verify(&keys, &format!("{token}{more}"), NOW), Err(INVALID), "{more:?} behind");
        assert_eq!(verify(&keys, &format!("{more}{token}"), NOW), Err(INVALID), "{more:?} before");
    }
}

#[test]
fn tk1_clocks_may_differ_by_thirty_seconds_and_no_more() {
    let keys = keys(&[("a", 1)]);
    let token = issue(&keys, "maru");
    let end = NOW.plus_ms(u64::from(ACCESS_TOKEN_S) * 1000);
    assert_eq!(verify(&keys, &token, end.plus_ms(30_000)), Ok(ada()));
    assert_eq!(verify(&keys, &token, end.plus_ms(30_001)), Err(EXPIRED));
    assert_eq!(verify(&keys, &token, Timestamp(NOW.0 - 30_000)), Ok(ada()));
    assert_eq!(verify(&keys, &token, Timestamp(NOW.0 - 30_001)), Err(INVALID));
}
