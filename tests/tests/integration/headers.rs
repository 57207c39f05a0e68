//! What every answer says beside its content (rules SF1 and SF2). The walk in `authorisation`
//! looks at the same headers on every route.

use integration_tests::person::Person;
use integration_tests::server::Server;
use integration_tests::surface::{assert_page, assert_surface};
use integration_tests::wire::{Wire, upgrade};
use reqwest::{Client, Method, Response, redirect};

async fn ask(method: Method, url: &str) -> Response {
    let client = Client::builder().redirect(redirect::Policy::none()).build().unwrap();
    client.request(method, url).send().await.unwrap()
}

#[tokio::test]
async fn sf1_every_answer_of_the_worker_is_locked_up() {
    let server = Server::shared();
    let ann = Person::sign_up(server).await;
    let room = ann.found_room().await;
    for path in [
        "/healthz",
        "/.well-known/jwks.json",
        "/api/v1/session/oidc/nobody",
        "/api/v1/nothing",
        "/api/v1/archive/nothing",
        "/no/page/without/assets",
        &format!("/api/v1/rooms/{room}/log"),
    ] {
        for method in [Method::GET, Method::HEAD, Method::OPTIONS, Method::TRACE, Method::PUT] {
            let answer = ask(method.clone(), &format!("{}{path}", server.url)).await;
            assert_surface(answer.headers(), &format!("{method} {path}: {}", answer.status()));
        }
    }
    let page = ann.get(&format!("rooms/{room}/log")).await;
    assert_surface(page.headers(), "what a room answers");
    let refused = ann.get(&format!("rooms/{room}/log?limit=many")).await;
    assert_surface(refused.headers(), "what a room refuses");
}

#[tokio::test]
async fn sf1_pages_have_trusted_types_and_no_frames() {
    let server = Server::with_pages();
    let index = ask(Method::GET, &format!("{}/", server.url)).await;
    let etag = index.headers()["etag"].clone();
    let html = index.text().await.unwrap();
    let script = html.split('"').find(|part| part.starts_with("/assets/")).unwrap();
    for path in ["/", "/index.html", "/rooms/any/path", script] {
        for method in [Method::GET, Method::HEAD, Method::POST, Method::OPTIONS] {
            let answer = ask(method.clone(), &format!("{}{path}", server.url)).await;
            assert_page(answer.headers(), &format!("{method} {path}: {}", answer.status()));
        }
    }
    let request = Client::new().get(&server.url).header("if-none-match", etag);
    let unchanged = request.send().await.unwrap();
    assert_eq!(unchanged.status(), 304);
    assert_page(unchanged.headers(), "304");
    let api = ask(Method::GET, &format!("{}/api/v1/nothing", server.url)).await;
    assert_surface(api.headers(), "the Worker behind the pages");
}

#[tokio::test]
async fn sf2_nothing_answers_to_other_origins() {
    let server = Server::shared();
    let ann = Person::sign_up(server).await;
    let room = ann.found_room().await;
    let path = format!("{}/api/v1/rooms/{room}", server.url);
    let preflight = Client::new()
        .request(Method::OPTIONS, &path)
        .header("origin", "https://evil.example")
        .header("access-control-request-method", "DELETE")
        .header("access-control-request-headers", "authorization");
    let answer = preflight.send().await.unwrap();
    assert_eq!(answer.status(), 405);
    assert_surface(answer.headers(), "a preflight");
    let answer = ann.request(Method::GET, &format!("rooms/{room}"));
    let answer = answer.header("origin", "https://evil.example").send().await.unwrap();
    assert_surface(answer.headers(), "a page elsewhere that has a token");
    let (wire, _) = Wire::welcome(&ann, room).await;
    let names = wire.response.headers().keys().map(|name| name.as_str().to_owned());
    assert_eq!(names.filter(|name| name.starts_with("access-control")).count(), 0);
    let mut foreign = upgrade(&ann, room);
    foreign.headers_mut().insert("origin", "https://evil.example".parse().unwrap());
    let (status, code) = integration_tests::wire::refused(foreign).await;
    assert_eq!((status, code.as_str()), (403, "foreign_origin"));
}
