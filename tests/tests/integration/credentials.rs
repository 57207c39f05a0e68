//! Passwords and addresses: what is taken, who may change them, and how to get back in.

use integration_tests::eventually;
use integration_tests::outside::Outside;
use integration_tests::person::{PASSWORD, Person, problem};
use integration_tests::server::Server;
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

const NEW: &str = "seven lanterns under one roof";

/// The SHA-1 of [`PASSWORD`], after its first five digits.
const REST: &str = "AD6438836DBE526AA231ABDE2D0EEF74D42";

/// A hash of [`PASSWORD`] with parameters of long ago.
const OUTDATED: &str = "$argon2id$v=19$m=64,t=1,p=1$b2xkIHNhbHQgb2Ygb2xkIQ$2phb5cS17UL70pHKpar7h1q/xbB79QFalZTCPS1I5T0";

async fn send(server: &Server, method: Method, path: &str, body: &Value) -> Response {
    let url = format!("{}/api/v1/{path}", server.url);
    Client::new().request(method, url).json(body).send().await.unwrap()
}

async fn sign_up(server: &Server, name: &str, password: &str) -> Response {
    send(server, Method::POST, "accounts", &json!({ "name": name, "password": password })).await
}

/// Signs in from somewhere, as the edge tells where.
async fn sign_in_from(server: &Server, place: &str, name: &str, password: &str) -> Response {
    let url = format!("{}/api/v1/session", server.url);
    let body = json!({ "name": name, "password": password });
    let request = Client::new().post(url).header("cf-connecting-ip", place).json(&body);
    request.send().await.unwrap()
}

async fn sign_in(server: &Server, person: &Person, password: &str) -> u16 {
    let body = json!({ "name": person.name, "password": password });
    send(server, Method::POST, "session", &body).await.status().as_u16()
}

async fn put(person: &Person, path: &str, body: &Value) -> Response {
    person.request(Method::PUT, path).json(body).send().await.unwrap()
}

/// The code of a problem, and its detail.
async fn detail(answer: Response) -> (String, String) {
    assert_eq!(answer.status(), 422);
    let problem: Value = answer.json().await.unwrap();
    let member = |name: &str| problem[name].as_str().unwrap_or_default().to_owned();
    (member("code"), member("detail"))
}

/// The acts that somebody finds in the own audit log, the newest first.
async fn acts(person: &Person) -> Vec<String> {
    let log = person.json("me/audit").await;
    let rows = log["rows"].as_array().unwrap();
    rows.iter().map(|row| row["act"].as_str().unwrap().to_owned()).collect()
}

/// A server whose letters are given to somebody, and who that is.
async fn with_letters() -> (Server, Outside) {
    let outside = Outside::start().await;
    let url = format!("MARU_MAIL_URL={}emails", outside.url);
    let settings = [
        &url[..],
        "MARU_MAIL_TOKEN=letters-of-this-test",
        "MARU_MAIL_FROM=Maru <maru@example.org>",
    ];
    (Server::set(&settings), outside)
}

/// The letters to an address that were sent, once there are `n`.
async fn letters(outside: &Outside, to: &str, n: usize) -> Vec<Value> {
    eventually(&format!("{n} letters to {to}"), async || {
        let asked = outside.asked().into_iter();
        let found: Vec<Value> =
            asked.map(|(_, letter)| letter).filter(|letter| letter["to"] == *to).collect();
        (found.len() >= n).then_some(found)
    })
    .await
}

/// The token in a letter's link, which leads to `page`.
fn token(letter: &Value, server: &Server, page: &str) -> String {
    let start = format!("{}/{page}#token=", server.url);
    let text = letter["text"].as_str().unwrap();
    let token = text.lines().find_map(|line| line.strip_prefix(&start));
    token.unwrap_or_else(|| panic!("no link to {page}: {text}")).to_owned()
}

/// Somebody with an address that was proven.
async fn with_address(server: &Server, outside: &Outside) -> (Person, String) {
    let person = Person::sign_up(server).await;
    let address = format!("{}@example.org", person.name);
    let asked = json!({ "email": address, "password": PASSWORD });
    assert_eq!(put(&person, "me/email", &asked).await.status(), 202);
    let letter = letters(outside, &address, 1).await.remove(0);
    let body = json!({ "token": token(&letter, server, "verify") });
    assert_eq!(send(server, Method::POST, "email/verify", &body).await.status(), 204);
    (person, address)
}

#[tokio::test]
async fn pw1_a_password_that_would_be_guessed_is_refused_with_the_reason() {
    let server = Server::shared();
    let ann = Person::sign_up(server).await;
    let other = format!("x{}", ann.name);
    for (password, reason) in [
        ("fourteen chars", "too_short"),
        (&"many words ".repeat(24), "too_long"),
        ("passwordpassword", "common"),
        ("1qaz2wsx3edc4rfv", "common"),
        ("sunshinefootball", "common"),
        ("momsanaladventure", "common"),
        (&format!("{other}!{other}"), "personal"),
    ] {
        let refused = detail(sign_up(server, &other, password).await).await;
        assert_eq!(refused, ("password_weak".to_owned(), reason.to_owned()), "{password}");
        let change = json!({ "current": PASSWORD, "new": password.replace(&other, &ann.name) });
        let refused = detail(put(&ann, "me/password", &change).await).await;
        assert_eq!(refused.1, reason, "{password}");
    }
    assert_eq!(sign_up(server, &other, "fifteen letters").await.status(), 201);
}

#[tokio::test]
async fn pw1_a_collection_of_breaches_is_asked_without_telling_it_the_password() {
    let outside = Outside::start().await;
    let server = Server::set(&[&format!("MARU_BREACH_URL={}range/", outside.url)]);
    let name = |n: u32| format!("somebody-{n}");
    outside.says("200 OK", &format!("{REST}:0\r\n0018A45C4D1DEF81644B54AB7F969B88D65:7\r\n"));
    assert_eq!(sign_up(&server, &name(1), PASSWORD).await.status(), 201, "padding");
    outside.says("200 OK", &format!("0018A45C4D1DEF81644B54AB7F969B88D65:7\r\n{REST}:9\r\n"));
    assert_eq!(detail(sign_up(&server, &name(2), PASSWORD).await).await.1, "common");
    for status in ["503 Service Unavailable", "302 Found"] {
        outside.says(status, &format!("{REST}:9\r\n"));
        let answer = sign_up(&server, &format!("{}-{}", name(3), &status[..3]), PASSWORD).await;
        assert_eq!(answer.status(), 201, "nobody waits for who does not answer");
    }
    for (head, _) in outside.asked() {
        let head = head.to_lowercase();
        let path = head.lines().next().unwrap().strip_prefix("get /range/").unwrap();
        let digits = path.strip_suffix(" http/1.1").unwrap();
        assert_eq!(digits.len(), 5, "{digits}");
        assert!(head.contains("add-padding: true"), "{head}");
    }
}

#[tokio::test]
async fn pw2_guesses_wait_and_an_unknown_name_is_treated_alike() {
    let server = Server::set(&[]);
    let ann = Person::sign_up(&server).await;
    let nobody = format!("x{}", ann.name);
    for (n, name) in [&ann.name, &nobody].into_iter().enumerate() {
        let place = |guess: usize| format!("2001:db8:{n}:{guess}::1");
        for guess in 0..5 {
            let answer = sign_in_from(&server, &place(guess), name, "a wrong one entirely").await;
            assert_eq!(problem(answer).await, (401, "wrong_credentials".to_owned()));
        }
        server.sql("UPDATE attempt SET free_at = free_at + 600000");
        // Not even the right one, and not from elsewhere.
        let answer = sign_in_from(&server, &place(9), name, PASSWORD).await;
        let wait: u32 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((500..=601).contains(&wait), "{wait}");
        assert_eq!(problem(answer).await, (429, "too_many_attempts".to_owned()));
    }
    let change = json!({ "current": PASSWORD, "new": NEW });
    let waits = put(&ann, "me/password", &change).await;
    assert_eq!(problem(waits).await.1, "too_many_attempts", "by another way, either");
    server.sql("UPDATE attempt SET free_at = 0");
    assert_eq!(sign_in(&server, &ann, PASSWORD).await, 200);
    for _ in 0..5 {
        assert_eq!(sign_in(&server, &ann, "a wrong one entirely").await, 401, "it begins anew");
    }
    assert_eq!(acts(&ann).await.iter().filter(|act| *act == "sign_in_failed").count(), 10);
}

#[tokio::test]
async fn pw2_guesses_at_the_same_moment_are_counted_one_by_one() {
    let server = Server::set(&[]);
    let (ann, bob) = (Person::sign_up(&server).await, Person::sign_up(&server).await);
    let place = "192.0.2.1";
    let guesses = (0..20).map(|_| sign_in_from(&server, place, &ann.name, "a wrong one entirely"));
    let answers = futures_util::future::join_all(guesses).await;
    let checked = answers.iter().filter(|answer| answer.status() == 401).count();
    let waiting = answers.iter().filter(|answer| answer.status() == 429).count();
    assert_eq!(checked + waiting, 20);
    // While five are checked, the first waits may end on a slow machine.
    assert!((5..=8).contains(&checked), "{checked} were checked");

    server.sql("UPDATE attempt SET free_at = free_at + 600000");
    let answer = sign_in_from(&server, place, &bob.name, PASSWORD).await;
    assert_eq!(problem(answer).await.1, "too_many_attempts", "from the same address");
    assert_eq!(sign_in_from(&server, "192.0.2.2", &bob.name, PASSWORD).await.status(), 200);
}

#[tokio::test]
async fn pw3_a_new_password_ends_all_other_sign_ins() {
    let server = Server::shared();
    let ann = Person::sign_up(server).await;
    let elsewhere = json!({ "name": ann.name, "password": PASSWORD });
    let elsewhere = send(server, Method::POST, "session", &elsewhere).await;
    let cookie = elsewhere.headers()["set-cookie"].to_str().unwrap().to_owned();
    let refresh = async || {
        let url = format!("{}/api/v1/session/refresh", server.url);
        let request = Client::new().post(url).header("origin", &server.url);
        request.header("cookie", cookie.split(';').next().unwrap()).send().await.unwrap()
    };
    for (body, code) in [
        (json!({ "new": NEW }), "wrong_password"),
        (json!({ "current": "a wrong one entirely", "new": NEW }), "wrong_password"),
    ] {
        assert_eq!(problem(put(&ann, "me/password", &body).await).await, (403, code.to_owned()));
    }
    let change = json!({ "current": PASSWORD, "new": NEW });
    assert_eq!(put(&ann, "me/password", &change).await.status(), 204);
    assert_eq!(problem(refresh().await).await, (401, "unauthenticated".to_owned()));
    assert_eq!(ann.get("me").await.status(), 200, "whoever changed it stays");
    assert_eq!(sign_in(server, &ann, PASSWORD).await, 401);
    assert_eq!(sign_in(server, &ann, NEW).await, 200);
    assert!(acts(&ann).await.contains(&"password_changed".to_owned()));
}

#[tokio::test]
async fn pw3_a_first_password_wants_a_recent_sign_in() {
    let server = Server::shared();
    let ann = Person::sign_up(server).await;
    server.sql(&format!("DELETE FROM password WHERE user = '{}'", ann.user));
    let first = json!({ "new": NEW });
    server.sql(&format!("UPDATE sign_in SET created_at = 1 WHERE user = '{}'", ann.user));
    let refused = put(&ann, "me/password", &first).await;
    assert_eq!(problem(refused).await, (403, "sign_in_again".to_owned()));
    let set = "UPDATE sign_in SET created_at = rotated_at WHERE user";
    server.sql(&format!("{set} = '{}'", ann.user));
    assert_eq!(put(&ann, "me/password", &first).await.status(), 204);
    assert_eq!(sign_in(server, &ann, NEW).await, 200);
}

#[tokio::test]
async fn pw4_a_letter_leads_back_in_once() {
    let (server, outside) = with_letters().await;
    let (ann, address) = with_address(&server, &outside).await;
    let ask = async |who: &str| {
        let body = json!({ "name_or_email": who });
        let url = format!("{}/api/v1/password/reset", server.url);
        let request = Client::new().post(url).header("accept-language", "ko-KR,ko;q=0.9");
        assert_eq!(request.json(&body).send().await.unwrap().status(), 202, "{who}");
    };
    ask("nobody-at-all").await;
    ask("nobody@example.org").await;
    ask(&ann.name.to_uppercase()).await;
    let first = letters(&outside, &address, 2).await.remove(1);
    assert!(first["subject"].as_str().unwrap().contains("비밀번호"), "{first}");
    ask(&address).await;
    let second = letters(&outside, &address, 3).await.remove(2);
    let [first, second] = [first, second].map(|letter| token(&letter, &server, "reset"));
    let nobodys = outside.asked().iter().filter(|(_, body)| body["to"] != *address).count();
    assert_eq!(nobodys, 0, "nobody else got a letter");

    let reset = async |token: &str, new: &str| {
        let body = json!({ "token": token, "new": new });
        send(&server, Method::PUT, "password/reset", &body).await
    };
    assert_eq!(problem(reset(&first, NEW).await).await, (410, "link_spent".to_owned()), "earlier");
    assert_eq!(detail(reset(&second, "too short").await).await.1, "too_short");
    assert_eq!(reset(&second, NEW).await.status(), 204, "a refused password spends no link");
    assert_eq!(problem(reset(&second, NEW).await).await, (410, "link_spent".to_owned()), "once");
    assert_eq!(problem(reset("", NEW).await).await.1, "link_spent");
    assert_eq!(problem(ann.get("me").await).await.0, 401, "every sign-in ended");
    assert_eq!(sign_in(&server, &ann, PASSWORD).await, 401);
    assert_eq!(sign_in(&server, &ann, NEW).await, 200);
    letters(&outside, &address, 4).await;
}

#[tokio::test]
async fn pw4_letters_go_to_the_service_as_the_deployment_says() {
    let (server, outside) = with_letters().await;
    let (_, address) = with_address(&server, &outside).await;
    let (head, letter) = outside.asked().remove(0);
    assert!(head.starts_with("POST /emails "), "{head}");
    let head = head.to_lowercase();
    assert!(head.contains("authorization: bearer letters-of-this-test"), "{head}");
    assert!(head.contains("content-type: application/json"), "{head}");
    assert_eq!(letter["from"], "Maru <maru@example.org>");
    assert_eq!(letter["to"], address);
    // Where nothing sends letters, nobody is told so.
    let body = json!({ "name_or_email": address });
    let silent = send(Server::shared(), Method::POST, "password/reset", &body).await;
    assert_eq!(silent.status(), 202);
}

#[tokio::test]
async fn pw4_nobody_fills_somebody_s_mailbox() {
    let (server, outside) = with_letters().await;
    let (ann, address) = with_address(&server, &outside).await;
    for n in 0..20 {
        let url = format!("{}/api/v1/password/reset", server.url);
        let place = format!("192.0.2.{n}");
        let request = Client::new().post(url).header("cf-connecting-ip", place);
        let answer = request.json(&json!({ "name_or_email": ann.name })).send().await.unwrap();
        assert_eq!(answer.status(), 202, "the answer does not tell");
    }
    // The next one is told from all before by where it goes.
    let (bob, others) = with_address(&server, &outside).await;
    letters(&outside, &others, 1).await;
    assert!(letters(&outside, &address, 6).await.len() < 15);
    drop(bob);
    let url = format!("{}/api/v1/password/reset", server.url);
    let mut last = 202;
    for n in 0..6 {
        let request = Client::new().post(&url).header("cf-connecting-ip", "198.51.100.7");
        let body = json!({ "name_or_email": format!("nobody-{n}") });
        last = request.json(&body).send().await.unwrap().status().as_u16();
    }
    assert_eq!(last, 429, "and nobody asks for everybody");
}

#[tokio::test]
async fn pw5_an_outdated_hash_is_replaced_when_the_password_is_given() {
    let server = Server::shared();
    let ann = Person::sign_up(server).await;
    server.sql(&format!("UPDATE password SET hash = '{OUTDATED}' WHERE user = '{}'", ann.user));
    assert_eq!(sign_in(server, &ann, "a wrong one entirely").await, 401);
    assert_eq!(sign_in(server, &ann, PASSWORD).await, 200);
    // Fails unless the hash is one of today's.
    server.sql(&format!(
        "INSERT INTO password (user, hash, changed_at) SELECT NULL, NULL, NULL FROM password
         WHERE user = '{}' AND hash NOT LIKE '$argon2id$v=19$m=19456,t=2,p=1$%'",
        ann.user
    ));
    assert_eq!(sign_in(server, &ann, PASSWORD).await, 200);
}

#[tokio::test]
async fn pw6_an_address_is_the_account_s_once_it_is_proven() {
    let (server, outside) = with_letters().await;
    let ann = Person::sign_up(&server).await;
    let ask = async |email: &str, password: &str| {
        put(&ann, "me/email", &json!({ "email": email, "password": password })).await
    };
    assert_eq!(problem(ask("no address", PASSWORD).await).await.1, "bad_request");
    let refused = ask("ann@example.org", "a wrong one entirely").await;
    assert_eq!(problem(refused).await, (403, "wrong_password".to_owned()));
    assert_eq!(ann.json("me").await["email"], json!(null));
    assert_eq!(ask("ann@example.org", PASSWORD).await.status(), 202);
    let pending = json!({ "address": "ann@example.org", "verified": false, "pending": null });
    assert_eq!(ann.json("me").await["email"], pending);

    let verify = async |letter: &Value| {
        let body = json!({ "token": token(letter, &server, "verify") });
        send(&server, Method::POST, "email/verify", &body).await
    };
    let letter = letters(&outside, "ann@example.org", 1).await.remove(0);
    assert_eq!(verify(&letter).await.status(), 204);
    assert_eq!(problem(verify(&letter).await).await, (410, "link_spent".to_owned()));
    let proven = json!({ "address": "ann@example.org", "verified": true, "pending": null });
    assert_eq!(ann.json("me").await["email"], proven);
    let bob = Person::sign_up(&server).await;
    let seen = bob.json(&format!("users?ids={}", ann.user)).await;
    assert!(!seen.to_string().contains("example.org"), "nobody else sees it: {seen}");

    let asked = json!({ "email": "ANN@example.org", "password": PASSWORD });
    assert_eq!(put(&bob, "me/email", &asked).await.status(), 202);
    let letter = letters(&outside, "ANN@example.org", 1).await.remove(0);
    assert_eq!(problem(verify(&letter).await).await, (409, "email_taken".to_owned()));

    assert_eq!(ask("new@BÜCHER.example", PASSWORD).await.status(), 202);
    let both =
        json!({ "address": "ann@example.org", "verified": true, "pending": "new@bücher.example" });
    assert_eq!(ann.json("me").await["email"], both);
    let letter = letters(&outside, "new@bücher.example", 1).await.remove(0);
    assert_eq!(verify(&letter).await.status(), 204);
    letters(&outside, "ann@example.org", 2).await;
    assert_eq!(ann.json("me").await["email"]["address"], "new@bücher.example");
    assert_eq!(ann.delete("me/email").await.status(), 204);
    assert_eq!(ann.json("me").await["email"], json!(null));
    letters(&outside, "new@bücher.example", 2).await;
    assert!(acts(&ann).await.iter().filter(|act| *act == "email_changed").count() == 3);
}
