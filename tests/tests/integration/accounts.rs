//! Sign-ins, as a browser has them.

use integration_tests::person::{PASSWORD, Person, problem};
use integration_tests::server::Server;
use reqwest::{Method, Response};
use serde_json::json;

#[tokio::test]
async fn a_sign_out_ends_the_sign_in_and_clears_what_was_cached() {
    let server = Server::shared();
    let ann = Person::sign_up(server).await;
    let signed_in = ann.post("session", &json!({ "name": ann.name, "password": PASSWORD })).await;
    assert_eq!(signed_in.status(), 200);
    let cookie = signed_in.headers()["set-cookie"].to_str().unwrap().to_owned();
    let cookie = cookie.split(';').next().unwrap();
    let ask = async |method: Method, path: &str| -> Response {
        let request = ann.request(method, path).header("cookie", cookie);
        request.header("origin", &server.url).send().await.unwrap()
    };
    assert_eq!(ask(Method::POST, "session/refresh").await.status(), 200);
    let out = ask(Method::DELETE, "session").await;
    assert_eq!(out.status(), 204);
    assert_eq!(out.headers()["clear-site-data"], "\"cache\"");
    let cleared = out.headers()["set-cookie"].to_str().unwrap();
    assert!(cleared.starts_with("maru_refresh=; Max-Age=0;"), "{cleared}");
    let ended = ask(Method::POST, "session/refresh").await;
    assert_eq!(problem(ended).await, (401, "unauthenticated".to_owned()));
}
