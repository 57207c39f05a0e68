use serde_json::json;

use super::*;

const NOW_S: u64 = 1_760_000_000;

const EXPECTED: Expected<'_> = Expected {
    issuer: "https://id.example.com",
    client_id: "maru",
    nonce: "n",
    now: Timestamp(NOW_S * 1000),
};

fn encode(value: &Value) -> String {
    Base64UrlUnpadded::encode_string(value.to_string().as_bytes())
}

fn token(header: &Value, claims: &Value) -> String {
    format!("{}.{}.c2ln", encode(header), encode(claims))
}

fn good() -> Value {
    json!({
        "iss": "https://id.example.com", "sub": "248", "aud": "maru", "nonce": "n",
        "exp": NOW_S + 300, "iat": NOW_S, "email": "ada@example.com", "email_verified": true,
    })
}

fn judge(claims: &Value) -> Result<Claims, &'static str> {
    IdToken::parse(&token(&json!({ "alg": "RS256" }), claims))?.claims(&EXPECTED)
}

fn judge_with(member: &str, value: Value) -> Result<Claims, &'static str> {
    let mut claims = good();
    claims[member] = value;
    judge(&claims)
}

#[test]
fn si5_a_good_token_says_who_it_is() {
    let claims = judge(&good()).unwrap();
    assert_eq!((claims.sub.as_str(), claims.is_email_verified), ("248", true));
    assert!(judge_with("email_verified", json!("true")).unwrap().is_email_verified);
    for unsure in [json!(false), json!("false"), json!(1), json!(null)] {
        assert!(!judge_with("email_verified", unsure).unwrap().is_email_verified);
    }
}

#[test]
fn si5_only_signatures_with_public_keys_are_accepted() {
    for algorithm in ["none", "None", "HS256", "RS384", "PS256", "ES256K", "rs256", ""] {
        assert!(IdToken::parse(&token(&json!({ "alg": algorithm }), &good())).is_err());
    }
    let critical = json!({ "alg": "RS256", "crit": ["b64"], "b64": false });
    assert!(IdToken::parse(&token(&critical, &good())).is_err());
}

#[test]
fn si5_a_token_has_three_readable_parts() {
    let whole = token(&json!({ "alg": "ES256" }), &good());
    assert!(IdToken::parse(&whole).is_ok());
    let unsigned = whole.trim_end_matches("c2ln").to_owned();
    let no_header = whole.split_once('.').unwrap().1.to_owned();
    for text in ["", ".", "..", "a.b.c", &no_header, &format!("{whole}="), &format!("{whole}.a")] {
        assert!(IdToken::parse(text).is_err(), "{text}");
    }
    // It is readable, but no platform finds an empty signature good.
    assert!(IdToken::parse(&unsigned).unwrap().signature.is_empty());
}

#[test]
fn si5_a_token_is_for_us_alone_or_says_that_it_was_made_for_us() {
    assert!(judge_with("aud", json!(["maru"])).is_ok());
    for audience in [json!("other"), json!([]), json!(["other"]), json!(null), json!({}), json!(1)]
    {
        assert!(judge_with("aud", audience.clone()).is_err(), "{audience}");
    }
    let mut claims = good();
    claims["aud"] = json!(["maru", "other"]);
    assert!(judge(&claims).is_err());
    claims["azp"] = json!("other");
    assert!(judge(&claims).is_err());
    claims["azp"] = json!("maru");
    assert!(judge(&claims).is_ok());
    assert!(judge_with("azp", json!("other")).is_err());
}

#[test]
fn si5_a_token_is_of_this_issuer_this_attempt_and_somebody() {
    for (member, value) in [
        ("iss", json!("https://id.example.com/")),
        ("iss", json!(null)),
        ("nonce", json!("other")),
        ("nonce", json!(null)),
        ("sub", json!("")),
        ("sub", json!("x".repeat(256))),
        ("sub", json!(7)),
    ] {
        assert!(judge_with(member, value.clone()).is_err(), "{member} {value}");
    }
}

#[test]
fn si5_a_token_is_valid_now_with_half_a_minute_of_leeway() {
    for (member, value, is_ok) in [
        ("exp", json!(NOW_S - 29), true),
        ("exp", json!(NOW_S - 30), false),
        ("exp", json!(null), false),
        ("exp", json!("tomorrow"), false),
        ("iat", json!(NOW_S + 30), true),
        ("iat", json!(NOW_S + 31), false),
        ("iat", json!(1_760_000_029.5), true),
        ("iat", json!(null), false),
    ] {
        assert_eq!(judge_with(member, value.clone()).is_ok(), is_ok, "{member} {value}");
    }
}

#[test]
fn more_is_heard_of_the_same_subject_only() {
    let more = r#"{"sub":"248","preferred_username":"ada"}"#;
    assert!(Claims::more(more, "248").is_some());
    assert!(Claims::more(more, "249").is_none() && Claims::more("", "248").is_none());
}
