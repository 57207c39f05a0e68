//! What wants proof that whoever has a token is its owner: a recent sign-in, or the password
//! (rules PW3, PW6, PK1 and PE4).

use integration_tests::person::{PASSWORD, Person, problem};
use integration_tests::server::Server;
use reqwest::{Method, Response};
use serde_json::{Value, json};

/// A route that wants the password of an account that has one, whenever its owner signed in.
const PASSWORD_FIRST: [(&str, &str, &str); 3] = [
    ("PUT", "me/password", r#"{ "new": "seven lanterns under one roof" }"#),
    ("PUT", "me/email", r#"{ "email": "old@example.org" }"#),
    ("DELETE", "me", "{}"),
];

/// A route for which a recent sign-in is enough.
const EITHER: [(&str, &str, &str); 3] = [
    ("DELETE", "me/email", "{}"),
    ("POST", "me/passkeys/options", "{}"),
    ("POST", "me/identities/acme", "{}"),
];

/// A provider that nobody gets as far as to ask.
const PROVIDER: (&str, &str) = (
    "MARU_OIDC",
    r#"[{ "id": "acme", "name": "Acme", "issuer": "https://acme.invalid", "client_id": "maru" }]"#,
);

/// Somebody whose sign-in was long ago.
async fn signed_in_long_ago(server: &Server) -> Person {
    let person = Person::sign_up(server).await;
    let old = "UPDATE sign_in SET created_at = 1 WHERE user";
    server.sql(&format!("{old} = '{}'", person.user));
    person
}

async fn ask(person: &Person, (method, path, body): (&str, &str, &str), more: &Value) -> Response {
    let mut body: Value = serde_json::from_str(body).unwrap();
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    person.request(method.parse::<Method>().unwrap(), path).json(&body).send().await.unwrap()
}

#[tokio::test]
async fn pk1_nothing_that_opens_an_account_is_done_on_an_old_sign_in_alone() {
    let server = Server::with(&[PROVIDER]);
    let ann = signed_in_long_ago(&server).await;
    for route in PASSWORD_FIRST {
        let refused = problem(ask(&ann, route, &json!({})).await).await;
        assert_eq!(refused, (403, "wrong_password".to_owned()), "{route:?}");
    }
    for route in EITHER {
        let refused = problem(ask(&ann, route, &json!({})).await).await;
        assert_eq!(refused, (403, "sign_in_again".to_owned()), "{route:?}");
        let wrong = json!({ "password": "a wrong one entirely" });
        let refused = problem(ask(&ann, route, &wrong).await).await;
        assert_eq!(refused, (403, "wrong_password".to_owned()), "{route:?}");
        server.sql("UPDATE attempt SET free_at = 0");
    }
    server.sql(&format!("DELETE FROM password WHERE user = '{}'", ann.user));
    for route in PASSWORD_FIRST.into_iter().chain(EITHER) {
        for more in [json!({}), json!({ "password": PASSWORD, "current": PASSWORD })] {
            let refused = problem(ask(&ann, route, &more).await).await;
            assert_eq!(refused, (403, "sign_in_again".to_owned()), "{route:?} {more}");
        }
    }
    assert_eq!(ann.get("me").await.status(), 200, "the account is as it was");
}

#[tokio::test]
async fn pk1_the_password_proves_it_however_old_the_sign_in_is() {
    let server = Server::with(&[PROVIDER]);
    let ann = signed_in_long_ago(&server).await;
    let password = json!({ "password": PASSWORD, "current": PASSWORD });
    let mut got = Vec::new();
    // The account goes last.
    let [change, address, delete] = PASSWORD_FIRST;
    for route in EITHER.into_iter().chain([address, change]) {
        got.push(ask(&ann, route, &password).await.status().as_u16());
    }
    assert_eq!(got, [204, 200, 503, 202, 204], "the provider does not answer");
    let new = json!({ "password": "seven lanterns under one roof" });
    assert_eq!(ask(&ann, delete, &new).await.status(), 204);
}
