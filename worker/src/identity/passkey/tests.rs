use serde_json::{Value, json};

use super::*;

const ORIGIN: &str = "https://maru.example";
const ID: [u8; 4] = [1, 2, 3, 4];
const GOOD: u8 = PRESENT | VERIFIED | BACKUP_ELIGIBLE | BACKED_UP;

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    Base64UrlUnpadded::encode_string(bytes.as_ref())
}

fn origins() -> [String; 2] {
    [ORIGIN.to_owned(), "https://chat.example".to_owned()]
}

fn authenticator_data(party: &str, flags: u8, counter: u32) -> Vec<u8> {
    let mut data = Sha256::digest(party).to_vec();
    data.push(flags);
    data.extend(counter.to_be_bytes());
    if flags & ATTESTED != 0 {
        data.extend([0; MODEL_BYTES]);
        data.extend([0, 4]);
        data.extend(ID);
        data.extend(b"a key in COSE, which nobody reads");
    }
    data
}

fn client_data(kind: &str) -> Value {
    json!({ "type": kind, "challenge": "Y2hhbGxlbmdl", "origin": ORIGIN, "crossOrigin": false })
}

fn registration(client_data: &Value, data: &[u8]) -> Value {
    json!({
        "id": encoded(ID), "rawId": encoded(ID), "type": "public-key",
        "authenticatorAttachment": "platform", "clientExtensionResults": {},
        "response": {
            "clientDataJSON": encoded(client_data.to_string()),
            "authenticatorData": encoded(data),
            "attestationObject": "oA", "transports": ["internal"],
            "publicKey": encoded([9; 91]), "publicKeyAlgorithm": -7,
        },
    })
}

fn assertion(client_data: &Value, data: &[u8]) -> Value {
    json!({
        "id": encoded(ID), "rawId": encoded(ID), "type": "public-key", "clientExtensionResults": {},
        "response": {
            "clientDataJSON": encoded(client_data.to_string()),
            "authenticatorData": encoded(data),
            "signature": encoded([5; 70]), "userHandle": encoded("somebody"),
        },
    })
}

fn registered(credential: Value) -> Option<NewPasskey> {
    let origins = origins();
    let credential: Registration = serde_json::from_value(credential).unwrap();
    credential.check(RelyingParty { id: "maru.example", origins: &origins })
}

fn proven(credential: Value) -> Option<Proof> {
    let origins = origins();
    let credential: Assertion = serde_json::from_value(credential).unwrap();
    credential.check(RelyingParty { id: "maru.example", origins: &origins })
}

/// Everything in which client data and the authenticator's data may be wrong.
fn is_refused_when_wrong(kind: &str, extra: u8, is_taken: impl Fn(&Value, &[u8]) -> bool) {
    let good = client_data(kind);
    let data = |party: &str, flags| authenticator_data(party, flags, 7);
    assert!(is_taken(&good, &data("maru.example", GOOD | extra)));
    let here = data("maru.example", GOOD | extra);
    for (member, value) in [
        ("type", json!("webauthn.other")),
        ("type", json!("")),
        ("origin", json!("https://evil.example")),
        ("origin", json!("http://maru.example")),
        ("origin", json!("https://maru.example.evil.example")),
        ("crossOrigin", json!(true)),
    ] {
        let mut wrong = good.clone();
        wrong[member] = value.clone();
        assert!(!is_taken(&wrong, &here), "{member}: {value}");
    }
    let mut elsewhere = good.clone();
    elsewhere["origin"] = json!("https://chat.example");
    assert!(is_taken(&elsewhere, &here), "a listed origin");
    for flags in [GOOD & !PRESENT, GOOD & !VERIFIED, GOOD & !BACKUP_ELIGIBLE, 0] {
        assert!(!is_taken(&good, &data("maru.example", flags | extra)), "{flags:b}");
    }
    assert!(!is_taken(&good, &data("evil.example", GOOD | extra)), "another relying party");
    for end in 0..HEAD_BYTES {
        assert!(!is_taken(&good, &here[..end]), "{end} bytes");
    }
}

#[test]
fn pk2_a_new_passkey_is_made_here_for_us_by_its_owner() {
    is_refused_when_wrong("webauthn.create", ATTESTED, |client_data, data| {
        registered(registration(client_data, data)).is_some()
    });
    let data = authenticator_data("maru.example", GOOD | ATTESTED, 7);
    let good = registration(&client_data("webauthn.create"), &data);
    let passkey = registered(good.clone()).unwrap();
    assert_eq!(passkey.id, encoded(ID));
    assert_eq!((passkey.algorithm, passkey.counter), (Algorithm::Es256, 7));
    assert_eq!(passkey.public_key, [9; 91]);

    for (pointer, value) in [
        ("/id", json!(encoded([1, 2, 3, 5]))),
        ("/id", json!("?")),
        ("/response/publicKeyAlgorithm", json!(-37)),
        ("/response/publicKey", json!("?")),
    ] {
        let mut wrong = good.clone();
        *wrong.pointer_mut(pointer).unwrap() = value.clone();
        assert_eq!(registered(wrong), None, "{pointer}: {value}");
    }
    let none = authenticator_data("maru.example", GOOD, 7);
    assert_eq!(registered(registration(&client_data("webauthn.create"), &none)), None);
    let cut = &data[..HEAD_BYTES + MODEL_BYTES + 3];
    assert_eq!(registered(registration(&client_data("webauthn.create"), cut)), None);
    let signing_in = registration(&client_data("webauthn.get"), &data);
    assert_eq!(registered(signing_in), None, "a proof is no new passkey");
}

#[test]
fn pk2_a_proof_is_made_here_for_us_by_its_owner() {
    is_refused_when_wrong("webauthn.get", 0, |client_data, data| {
        proven(assertion(client_data, data)).is_some()
    });
    let (client_data, data) =
        (client_data("webauthn.get"), authenticator_data("maru.example", GOOD, 7));
    let proof = proven(assertion(&client_data, &data)).unwrap();
    assert_eq!(proof.counter, 7);
    let hash = Sha256::digest(client_data.to_string());
    assert_eq!(proof.signed, [&data[..], &hash[..]].concat());
}

#[test]
fn pk1_a_proof_says_whose_it_is_and_what_it_answers() {
    let data = authenticator_data("maru.example", GOOD, 7);
    let credential: Assertion =
        serde_json::from_value(assertion(&client_data("webauthn.get"), &data)).unwrap();
    assert_eq!(credential.challenge().as_deref(), Some("Y2hhbGxlbmdl"));
    assert_eq!(credential.user().as_deref(), Some("somebody"));
    assert_eq!(credential.signature().unwrap(), [5; 70]);
}

#[test]
fn every_algorithm_is_found_by_its_name() {
    for algorithm in Algorithm::ALL {
        assert_eq!(Algorithm::named(algorithm.name()), Some(algorithm));
    }
    assert_eq!(Algorithm::named("none"), None);
}
