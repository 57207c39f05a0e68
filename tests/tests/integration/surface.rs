//! The outer fence, and what is thrown at it (rules SF2 and SF3).

use base64ct::{Base64UrlUnpadded, Encoding};
use futures_util::SinkExt;
use futures_util::future::join_all;
use integration_tests::person::{PASSWORD, Person, problem, two_in_a_room};
use integration_tests::server::Server;
use integration_tests::surface::assert_surface;
use integration_tests::wire::{Wire, refused, upgrade_to};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

/// A request that the edge saw coming from `address`.
async fn from(address: &str, method: Method, url: &str) -> Response {
    let request = Client::new().request(method, url).header("cf-connecting-ip", address);
    request.json(&json!({})).send().await.unwrap()
}

#[tokio::test]
async fn sf3_one_address_asks_only_so_much_and_others_are_not_concerned() {
    const LIMIT: usize = 5;
    let server = Server::fenced(LIMIT);
    let (health, session) =
        (format!("{}/healthz", server.url), format!("{}/api/v1/session", server.url));
    // A period may end in between, so the first refusal comes within two limits.
    let refused = async |address: &str, method: Method, url: &str| {
        for _ in 0..=2 * LIMIT {
            let answer = from(address, method.clone(), url).await;
            if answer.status() == 429 {
                return answer;
            }
        }
        panic!("never limited");
    };
    for (method, url, seconds) in [(Method::GET, &health, 10), (Method::POST, &session, 60)] {
        let answer = refused("203.0.113.7", method, url).await;
        assert_eq!(answer.headers()["retry-after"], seconds.to_string());
        assert_surface(answer.headers(), url);
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["code"], "rate_limited");
        assert_eq!(problem["retry_after_ms"], seconds * 1000);
    }
    assert_eq!(from("203.0.113.8", Method::GET, &health).await.status(), 200, "another address");
    refused("2001:db8:1:2::1", Method::GET, &health).await;
    let neighbour = from("2001:db8:1:3::1", Method::GET, &health).await;
    assert_eq!(neighbour.status(), 200, "another network");
    let unseen = async || Client::new().get(&health).send().await.unwrap().status();
    for _ in 0..=2 * LIMIT {
        assert_eq!(unseen().await, 200, "what no edge has seen is not counted");
    }
}

/// Signs in again and answers the cookie, as a browser would keep it.
async fn cookie_of(person: &Person) -> String {
    let credentials = json!({ "name": person.name, "password": PASSWORD });
    let answer = person.post("session", &credentials).await;
    assert_eq!(answer.status(), 200);
    cookie(&answer)
}

fn cookie(answer: &Response) -> String {
    let set = answer.headers()["set-cookie"].to_str().unwrap();
    set.split(';').next().unwrap().to_owned()
}

fn refresh(person: &Person, cookie: &str) -> RequestBuilder {
    let request = Client::new().post(format!("{}/api/v1/session/refresh", person.url));
    request.header("cookie", cookie).header("origin", &person.url)
}

#[tokio::test]
async fn sn2_two_tabs_that_refresh_at_once_both_stay_signed_in() {
    let ann = Person::sign_up(Server::shared()).await;
    let before = cookie_of(&ann).await;
    let tabs = (0..4).map(|_| refresh(&ann, &before).send());
    let mut after = Vec::new();
    for answer in join_all(tabs).await {
        let answer = answer.unwrap();
        assert_eq!(answer.status(), 200);
        after.push(cookie(&answer));
    }
    assert_ne!(after[0], before);
    assert!(after.iter().all(|successor| *successor == after[0]), "one successor for all");
    assert_eq!(refresh(&ann, &after[0]).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn sf2_a_sign_in_takes_no_cookie_over() {
    let server = Server::shared();
    let (ann, mallory) = (Person::sign_up(server).await, Person::sign_up(server).await);
    let planted = cookie_of(&mallory).await;
    let credentials = json!({ "name": ann.name, "password": PASSWORD });
    let request = ann.request(Method::POST, "session").header("cookie", &planted);
    let fresh = cookie(&request.json(&credentials).send().await.unwrap());
    assert_ne!(fresh, planted, "fixation");
    let whose = async |cookie: &str| {
        let answer: Value = refresh(&ann, cookie).send().await.unwrap().json().await.unwrap();
        answer["user"]["id"].as_str().unwrap().to_owned()
    };
    assert_eq!(whose(&fresh).await, ann.user.to_string());
    assert_eq!(whose(&planted).await, mallory.user.to_string(), "neither becomes the other's");
}

#[tokio::test]
async fn sf2_nobody_is_signed_in_or_out_by_a_page_elsewhere() {
    let server = Server::shared();
    let ann = Person::sign_up(server).await;
    let cookie = cookie_of(&ann).await;
    let url = format!("{}/api/v1/session", server.url);
    let credentials = json!({ "name": ann.name, "password": PASSWORD }).to_string();
    let post = |content_type: &str| {
        let request = Client::new().post(&url).header("content-type", content_type);
        request.body(credentials.clone())
    };
    // What a form can send without being asked first.
    for form in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
        assert_eq!(problem(post(form).send().await.unwrap()).await.0, 400, "{form}");
    }
    let foreign = (403, "foreign_origin".to_owned());
    let sent = post("application/json").header("origin", "https://evil.example").send();
    assert_eq!(problem(sent.await.unwrap()).await, foreign);
    for (method, path) in [(Method::POST, "/refresh"), (Method::DELETE, "")] {
        for origin in [Some("https://evil.example"), Some("null"), None] {
            let request = Client::new().request(method.clone(), format!("{url}{path}"));
            let mut request = request.header("cookie", &cookie);
            if let Some(origin) = origin {
                request = request.header("origin", origin);
            }
            assert_eq!(problem(request.send().await.unwrap()).await, foreign, "{origin:?}");
        }
    }
    assert_eq!(refresh(&ann, &cookie).send().await.unwrap().status(), 200, "still signed in");
}

#[tokio::test]
async fn tr2_a_page_elsewhere_opens_no_socket_whatever_it_brings() {
    let (ann, _, room) = two_in_a_room(Server::shared()).await;
    for path in [format!("rooms/{room}/socket"), "me/socket".to_owned()] {
        for origin in ["https://evil.example", "null", "http://localhost:1"] {
            let mut request = upgrade_to(&ann, &path);
            request.headers_mut().insert("origin", origin.parse().unwrap());
            let foreign = (403, "foreign_origin".to_owned());
            assert_eq!(refused(request).await, foreign, "{path} {origin}");
        }
    }
    let mut bare = upgrade_to(&ann, "me/socket");
    bare.headers_mut().insert("sec-websocket-protocol", "maru.v1".parse().unwrap());
    bare.headers_mut().insert("cookie", cookie_of(&ann).await.parse().unwrap());
    assert_eq!(refused(bare).await.0, 401, "a cookie opens no socket");
}

#[tokio::test]
async fn ht3_forged_tokens_open_nothing() {
    let server = Server::shared();
    let ann = Person::sign_up(server).await;
    let (signed, signature) = ann.token.rsplit_once('.').unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    let with = |header: Value| {
        let header = Base64UrlUnpadded::encode_string(header.to_string().as_bytes());
        format!("{header}.{claims}")
    };
    let keys: Value = reqwest::get(format!("{}/.well-known/jwks.json", server.url))
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let kid = &keys["keys"][0]["kid"];
    let none = with(json!({ "alg": "none", "kid": kid, "typ": "at+jwt" }));
    let mut forged = vec![
        format!("{none}."),
        format!("{none}.{signature}"),
        format!("{header}.{claims}"),
        ann.token[..ann.token.len() - 1].to_owned(),
        format!("{}A", ann.token),
        format!("{}.", ann.token),
        format!(".{}", ann.token),
    ];
    for kid in ["../a", "/dev/null", "' OR 1=1 --", "", "https://evil.example/jwks"] {
        let trick =
            json!({ "alg": "EdDSA", "kid": kid, "typ": "at+jwt", "jku": "https://evil.example" });
        forged.push(format!("{}.{signature}", with(trick)));
    }
    for token in forged {
        let liar = Person { token, ..ann.clone() };
        let answer = liar.get("me").await;
        assert_surface(answer.headers(), "a forged token");
        assert_eq!(problem(answer).await, (401, "unauthenticated".to_owned()), "{}", liar.token);
        let socket = refused(upgrade_to(&liar, "me/socket")).await;
        assert_eq!(socket, (401, "unauthenticated".to_owned()), "{}", liar.token);
    }
    assert_eq!(ann.get("me").await.status(), 200);
}

#[tokio::test]
async fn ht6_a_name_breaks_out_of_no_header() {
    let ann = Person::sign_up(Server::shared()).await;
    let room = ann.found_room().await;
    for name in [
        "a%0D%0Aset-cookie:%20evil=1.txt",
        "a%0Ab%00c.txt",
        "%22;%20filename=evil.html",
        "%C0%AF%C0%AE%C0%AE%C0%AFetc",
        "%E2%80%AEtxt.exe",
        "..%2F..%2Fetc%2Fpasswd",
    ] {
        let path = format!("rooms/{room}/attachments?name={name}");
        let sent = ann.request(Method::POST, &path).body("words").send().await.unwrap();
        assert_eq!(sent.status(), 201, "{name}");
        let file: Value = sent.json().await.unwrap();
        let path = format!("rooms/{room}/attachments/{}", file["id"].as_str().unwrap());
        let got = ann.get(&path).await;
        assert_surface(got.headers(), name);
        assert!(!got.headers().contains_key("set-cookie"), "{name}");
        let said = got.headers()["content-disposition"].to_str().unwrap();
        let (how, named) = said.split_once("; filename*=UTF-8''").unwrap();
        assert_eq!(how, "attachment", "{name}");
        let is_plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | ';' | '/' | '\\' | ',');
        assert!(named.chars().all(is_plain), "{name}: {named}");
    }
}

#[tokio::test]
async fn si3_nobody_is_led_elsewhere() {
    let server = Server::shared();
    let begin = format!("{}/api/v1/session/oidc/acme?return_to=", server.url);
    let client = Client::builder().redirect(Policy::none()).build().unwrap();
    for elsewhere in [
        "//evil.example",
        "https://evil.example/",
        "/%5Cevil.example",
        "/%2F/evil.example",
        "/%0D%0Alocation:%20https://evil.example",
        "javascript:alert(1)",
        "%C0%AF%C0%AFevil.example",
    ] {
        let answer = client.get(format!("{begin}{elsewhere}")).send().await.unwrap();
        assert_eq!(problem(answer).await, (400, "bad_request".to_owned()), "{elsewhere}");
    }
    let answer = client.get(format!("{begin}/rooms/floor")).send().await.unwrap();
    assert_eq!(answer.status(), 302);
    let location = answer.headers()["location"].to_str().unwrap();
    assert!(location.starts_with("/?sign_in_error="), "there is no such provider: {location}");
}

#[tokio::test]
async fn ht2_a_body_that_says_something_twice_or_is_no_text_is_refused() {
    let ann = Person::sign_up(Server::shared()).await;
    let bad = (400, "bad_request".to_owned());
    for body in [
        br#"{"name":"A","kind":"public","kind":"private"}"#.as_slice(),
        br#"{"name":"A","name":"B","kind":"public"}"#,
        b"{\"name\":\"\xc0\xaf\",\"kind\":\"public\"}",
        b"{\"name\":\"\xed\xa0\x80\",\"kind\":\"public\"}",
        br#"{"name":"\ud800","kind":"public"}"#,
        b"\xef\xbb\xbf{\"name\":\"A\",\"kind\":\"public\"}",
        br#"{"name":"A","kind":"public"} {}"#,
    ] {
        let request = ann.request(Method::POST, "rooms").header("content-type", "application/json");
        let answer = request.body(body.to_vec()).send().await.unwrap();
        assert_eq!(problem(answer).await, bad, "{:?}", String::from_utf8_lossy(body));
    }
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let request = ann.request(Method::POST, "rooms").header("content-type", "application/json");
    assert_eq!(problem(request.body(deep).send().await.unwrap()).await, bad, "nested");
}

#[tokio::test]
async fn bi1_a_line_that_says_something_twice_ends_the_session() {
    let (ann, bob, room) = two_in_a_room(Server::shared()).await;
    for line in [
        r#"{"t":"send","nonce":1,"nonce":2,"body":"a"}"#,
        r#"{"t":"typing","t":"redact","on":true,"nonce":1,"target":1}"#,
        r#"{"t":"send","nonce":1,"body":"\ud800"}"#,
    ] {
        let (mut wire, _) = Wire::welcome(&bob, room).await;
        wire.socket.send(Message::text(line)).await.unwrap();
        assert_eq!(wire.ending().await.0, 4500, "{line}");
    }
    let (mut wire, _) = Wire::welcome(&ann, room).await;
    wire.says("the room goes on").await;
}

#[tokio::test]
async fn ht2_headers_of_a_megabyte_are_not_read() {
    let server = Server::shared();
    let ann = Person::sign_up(server).await;
    let long = "a".repeat(1 << 20);
    for name in ["authorization", "cookie", "x-anything"] {
        let request = Client::new().get(format!("{}/api/v1/me", server.url)).header(name, &long);
        // The platform may answer, or hang up.
        if let Ok(answer) = request.send().await {
            assert!(
                matches!(answer.status().as_u16(), 400 | 401 | 413 | 431),
                "{}",
                answer.status()
            );
        }
    }
    assert_eq!(ann.get("me").await.status(), 200);
}
