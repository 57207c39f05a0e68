//! How sign-ins and tokens end, and what they open, on the wire.

use integration_tests::person::{PASSWORD, Person, problem, two_in_a_room};
use integration_tests::server::Server;
use integration_tests::wire::{self, Wire};
use protocol::RoomId;
use reqwest::{Method, Response};
use serde_json::{Value, json};

/// A browser that somebody has signed in with.
struct Browser {
    person: Person,
    cookie: String,
}

impl Browser {
    async fn of(person: &Person) -> Self {
        let body = json!({ "name": person.name, "password": PASSWORD });
        let answer = person.post("session", &body).await;
        assert_eq!(answer.status(), 200);
        Self::signed_in(person, answer).await
    }

    async fn signed_in(person: &Person, answer: Response) -> Self {
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let answer: Value = answer.json().await.unwrap();
        let token = answer["access_token"].as_str().unwrap().to_owned();
        Self { person: Person { token, ..person.on_another_device() }, cookie }
    }

    async fn ask(&self, method: Method, path: &str) -> Response {
        let request = self.person.request(method, path).header("cookie", &self.cookie);
        request.header("origin", &self.person.url).send().await.unwrap()
    }

    async fn refresh(&self) -> Response {
        self.ask(Method::POST, "session/refresh").await
    }

    async fn sign_out(&self) {
        assert_eq!(self.ask(Method::DELETE, "session").await.status(), 204);
    }
}

async fn is_signed_out(answer: Response) {
    assert_eq!(problem(answer).await, (401, "unauthenticated".to_owned()));
}

async fn is_closed(wire: Wire) {
    let (code, bye) = wire.ending().await;
    assert_eq!(code, 4510);
    assert_eq!(bye, Some(json!({ "t": "bye", "code": 4510, "reason": "signed_out" })));
}

async fn opens_nothing(person: &Person, room: RoomId) {
    let refused = wire::refused(wire::upgrade(person, room)).await;
    assert_eq!(refused, (401, "unauthenticated".to_owned()));
    for path in ["me", "me/rooms", &format!("rooms/{room}/log"), "users?q=a", "search?q=a"] {
        is_signed_out(person.get(path).await).await;
    }
}

#[tokio::test]
async fn tk5_signing_out_closes_sockets_at_once_and_the_token_opens_nothing_more() {
    let (ann, bob, room) = two_in_a_room(Server::shared()).await;
    let browser = Browser::of(&bob).await;
    let (in_room, _) = Wire::welcome(&browser.person, room).await;
    let (inbox, _) = Wire::inbox(&browser.person).await;
    let (mut other, _) = Wire::welcome(&bob, room).await;
    browser.sign_out().await;
    is_closed(inbox).await;
    is_closed(in_room).await;
    opens_nothing(&browser.person, room).await;
    other.send(1, "the other sign-in goes on").await;
    assert_eq!(other.line("message").await["by"], json!(bob.user));
    assert_eq!(ann.get(&format!("rooms/{room}/log")).await.status(), 200);
}

#[tokio::test]
async fn tk5_a_room_that_sleeps_lets_nobody_in_either() {
    let server = Server::shared();
    let (_, bob, room) = two_in_a_room(server).await;
    let browser = Browser::of(&bob).await;
    let (in_room, _) = Wire::welcome(&browser.person, room).await;
    server.evict(room.as_str());
    browser.sign_out().await;
    is_closed(in_room).await;
    server.evict(room.as_str());
    opens_nothing(&browser.person, room).await;
}

#[tokio::test]
async fn sn1_sign_ins_are_listed_and_ended_one_by_one_or_all_at_once() {
    let (ann, bob, room) = two_in_a_room(Server::shared()).await;
    let (one, two) = (Browser::of(&bob).await, Browser::of(&bob).await);
    let listed = one.person.json("me/sign-ins").await;
    let sign_ins = listed["sign_ins"].as_array().unwrap();
    assert_eq!(sign_ins.len(), 3, "{listed}");
    let current: Vec<_> = sign_ins.iter().filter(|one| one["current"] == true).collect();
    assert_eq!(current.len(), 1);
    assert_eq!(current[0]["method"], "password");
    assert!(current[0]["seen_at"].as_u64() >= current[0]["created_at"].as_u64());
    for key in ["id", "address", "country", "agent"] {
        assert!(current[0].get(key).is_some(), "{key}: {listed}");
    }

    let id = two.person.json("me/sign-ins").await["sign_ins"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["current"] == true)
        .unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let (at_two, _) = Wire::welcome(&two.person, room).await;
    let path = format!("me/sign-ins/{id}");
    assert_eq!(problem(ann.delete(&path).await).await.0, 404, "not hers");
    assert_eq!(one.person.delete(&path).await.status(), 204);
    assert_eq!(problem(one.person.delete(&path).await).await.0, 404);
    is_closed(at_two).await;
    is_signed_out(two.refresh().await).await;

    let (at_first, _) = Wire::welcome(&bob, room).await;
    let (mut at_one, _) = Wire::welcome(&one.person, room).await;
    assert_eq!(one.person.delete("me/sign-ins?others=true").await.status(), 204);
    is_closed(at_first).await;
    opens_nothing(&bob, room).await;
    at_one.send(1, "this one stays").await;
    at_one.line("message").await;
    assert_eq!(one.person.delete("me/sign-ins").await.status(), 204);
    is_closed(at_one).await;
    opens_nothing(&one.person, room).await;

    let again = Browser::of(&bob).await;
    let (mut wire, _) = Wire::welcome(&again.person, room).await;
    wire.send(1, "who signs in again is let in at once").await;
    wire.line("message").await;
}

#[tokio::test]
async fn sn2_two_tabs_that_refresh_at_once_get_the_same_successor() {
    let bob = Person::sign_up(Server::shared()).await;
    let browser = Browser::of(&bob).await;
    let answers = futures_util::future::join_all((0..4).map(|_| browser.refresh())).await;
    let mut cookies = Vec::new();
    for answer in answers {
        assert_eq!(answer.status(), 200);
        cookies.push(Browser::signed_in(&bob, answer).await.cookie);
    }
    assert!(cookies.iter().all(|cookie| *cookie == cookies[0]), "{cookies:?}");
    let next = Browser { cookie: cookies.remove(0), person: bob };
    assert_eq!(next.refresh().await.status(), 200);
}

#[tokio::test]
async fn tk5_sn2_a_refresh_token_that_comes_back_late_ends_the_sign_in() {
    let (_, bob, room) = two_in_a_room(Server::shared()).await;
    let first = Browser::of(&bob).await;
    let second = Browser::signed_in(&bob, first.refresh().await).await;
    let third = Browser::signed_in(&bob, second.refresh().await).await;
    let (wire, _) = Wire::welcome(&third.person, room).await;
    is_signed_out(first.refresh().await).await;
    is_closed(wire).await;
    is_signed_out(third.refresh().await).await;
    opens_nothing(&third.person, room).await;
}

async fn token(person: &Person, path: &str, scopes: &[&str]) -> (Value, Person) {
    let body = json!({ "name": "test", "scopes": scopes, "expires_in_days": 7 });
    let answer = person.post(path, &body).await;
    assert_eq!(answer.status(), 201);
    let made: Value = answer.json().await.unwrap();
    let token = made["secret"].as_str().unwrap().to_owned();
    assert!(token.starts_with("maru_pat_"), "{token}");
    (made["token"].clone(), Person { token, ..person.on_another_device() })
}

#[tokio::test]
async fn tk3_a_personal_access_token_opens_its_scopes_until_it_is_revoked() {
    let (_, bob, room) = two_in_a_room(Server::shared()).await;
    let (shown, script) = token(&bob, "me/tokens", &["read", "write"]).await;
    let listed = bob.json("me/tokens").await;
    assert_eq!(listed["tokens"][0]["id"], shown["id"]);
    assert_eq!(listed["tokens"][0]["scopes"], json!(["read", "write"]));
    assert!(!listed.to_string().contains(&script.token), "a secret is shown once");

    assert_eq!(script.json("me").await["id"], json!(bob.user));
    let (mut wire, _) = Wire::welcome(&script, room).await;
    wire.send(1, "from a script").await;
    assert_eq!(wire.line("message").await["by"], json!(bob.user));
    for (method, path) in [
        (Method::GET, "me/tokens"),
        (Method::GET, "me/sign-ins"),
        (Method::GET, "me/identities"),
        (Method::POST, "me/tokens"),
        (Method::POST, "rooms"),
        (Method::DELETE, "me/sign-ins"),
    ] {
        let answer = script.request(method, path).json(&json!({})).send().await.unwrap();
        assert_eq!(problem(answer).await, (403, "scope_missing".to_owned()), "{path}");
    }
    let path = format!("me/tokens/{}", shown["id"].as_str().unwrap());
    assert_eq!(bob.delete(&path).await.status(), 204);
    assert_eq!(problem(bob.delete(&path).await).await.0, 404);
    is_closed(wire).await;
    opens_nothing(&script, room).await;
    assert_eq!(bob.json("me/tokens").await, json!({ "tokens": [] }));
}

/// Lets a token end by itself, so soon that a test can wait for it.
fn ends_soon(server: &Server, shown: &Value) {
    let id = shown["id"].as_str().unwrap();
    let soon = "CAST(unixepoch('subsec') * 1000 AS INTEGER) + 6000";
    server.sql(&format!("UPDATE token SET expires_at = {soon} WHERE id = '{id}'"));
}

#[tokio::test]
async fn tk5_a_token_that_ends_by_itself_closes_its_sockets() {
    let server = Server::shared();
    let (_, bob, room) = two_in_a_room(server).await;
    let (shown, script) = token(&bob, "me/tokens", &["read", "write"]).await;
    let (_, lasting) = token(&bob, "me/tokens", &["read", "write"]).await;
    ends_soon(server, &shown);
    let (in_room, _) = Wire::welcome(&script, room).await;
    let (inbox, _) = Wire::inbox(&script).await;
    let (mut other, _) = Wire::welcome(&lasting, room).await;
    is_closed(in_room).await;
    is_closed(inbox).await;
    opens_nothing(&script, room).await;
    other.says("this token goes on").await;
}

#[tokio::test]
async fn tk5_a_token_that_ends_while_its_objects_sleep_closes_its_sockets() {
    let server = Server::shared();
    let (_, bob, room) = two_in_a_room(server).await;
    let (shown, script) = token(&bob, "me/tokens", &["read"]).await;
    ends_soon(server, &shown);
    let (in_room, _) = Wire::welcome(&script, room).await;
    let (inbox, _) = Wire::inbox(&script).await;
    server.evict(room.as_str());
    server.evict_user(bob.user.as_str());
    is_closed(in_room).await;
    is_closed(inbox).await;
}

#[tokio::test]
async fn tk2_a_token_that_only_reads_says_nothing() {
    let (ann, bob, room) = two_in_a_room(Server::shared()).await;
    let (_, reader) = token(&bob, "me/tokens", &["read"]).await;
    let (mut wire, _) = Wire::welcome(&reader, room).await;
    let (mut at_ann, _) = Wire::welcome(&ann, room).await;
    wire.say(&json!({ "t": "typing", "on": true })).await;
    wire.send(1, "no").await;
    let refused = wire.line("refused").await;
    assert_eq!((&refused["nonce"], &refused["code"]), (&json!(1), &json!("scope_missing")));
    // The other one types, too: the first digest that tells of that would name both.
    let (mut at_bob, _) = Wire::welcome(&bob.on_another_device(), room).await;
    at_bob.line("presence").await;
    at_ann.say(&json!({ "t": "typing", "on": true })).await;
    assert_eq!(at_bob.line("typing").await["who"], json!([ann.user]));
    at_ann.send(1, "heard").await;
    assert_eq!(wire.line("message").await["body"], "heard");
    let path = format!("rooms/{room}/leave");
    let answer = reader.post(&path, &json!({})).await;
    assert_eq!(problem(answer).await, (403, "scope_missing".to_owned()));
}

#[tokio::test]
async fn tk3_what_is_no_token_opens_nothing() {
    let bob = Person::sign_up(Server::shared()).await;
    let (_, script) = token(&bob, "me/tokens", &["read"]).await;
    let changed = |at: usize| {
        let mut token: Vec<u8> = script.token.clone().into_bytes();
        token[at] = if token[at] == b'A' { b'B' } else { b'A' };
        String::from_utf8(token).unwrap()
    };
    let short = script.token[..script.token.len() - 1].to_owned();
    let tokens = [changed(10), changed(31), changed(50), short, "maru_pat_".to_owned()];
    for token in tokens {
        is_signed_out(Person { token, ..script.clone() }.get("me").await).await;
    }
    for wrong in [
        json!({ "name": "", "scopes": ["read"], "expires_in_days": 1 }),
        json!({ "name": "x", "scopes": [], "expires_in_days": 1 }),
        json!({ "name": "x", "scopes": ["account"], "expires_in_days": 1 }),
        json!({ "name": "x", "scopes": ["admin"], "expires_in_days": 1 }),
        json!({ "name": "x", "scopes": ["read"], "expires_in_days": 0 }),
        json!({ "name": "x", "scopes": ["read"], "expires_in_days": 367 }),
    ] {
        assert_eq!(problem(bob.post("me/tokens", &wrong).await).await.0, 400, "{wrong}");
    }
}

#[tokio::test]
async fn tk4_a_bot_acts_by_the_tokens_that_its_owner_makes() {
    let (ann, bob, room) = two_in_a_room(Server::shared()).await;
    let name = format!("bot-{}", &bob.name[..12]);
    let answer = bob.post("me/bots", &json!({ "name": name, "display_name": "Robot" })).await;
    assert_eq!(answer.status(), 201);
    let bot: Value = answer.json().await.unwrap();
    assert_eq!((&bot["name"], &bot["display_name"]), (&json!(name), &json!("Robot")));
    let id = bot["id"].as_str().unwrap();
    assert_eq!(bob.json("me/bots").await["bots"][0]["id"], bot["id"]);
    let taken = bob.post("me/bots", &json!({ "name": name })).await;
    assert_eq!(problem(taken).await, (409, "name_taken".to_owned()));
    assert_eq!(ann.json(&format!("users?ids={id}")).await["users"][0]["bot"], true);

    let path = format!("me/bots/{id}/tokens");
    let (shown, robot) = token(&bob, &path, &["read", "write"]).await;
    let robot = Person { user: id.parse().unwrap(), ..robot };
    assert_eq!(robot.json("me").await["id"], bot["id"]);
    robot.join(room).await;
    let (mut wire, _) = Wire::welcome(&robot, room).await;
    wire.send(1, "beep").await;
    assert_eq!(wire.line("message").await["by"], bot["id"]);
    let answer = bob.patch(&format!("me/bots/{id}"), &json!({ "display_name": "Robbie" })).await;
    let renamed: Value = answer.json().await.unwrap();
    assert_eq!(renamed["display_name"], "Robbie");

    for (path, method) in [(path.clone(), Method::GET), (format!("me/bots/{id}"), Method::DELETE)] {
        let answer = ann.request(method, &path).send().await.unwrap();
        assert_eq!(problem(answer).await.0, 404, "not hers: {path}");
    }
    let token_path = format!("{path}/{}", shown["id"].as_str().unwrap());
    assert_eq!(bob.delete(&token_path).await.status(), 204);
    is_closed(wire).await;
    opens_nothing(&robot, room).await;

    let (_, robot) = token(&bob, &path, &["read"]).await;
    let robot = Person { user: id.parse().unwrap(), ..robot };
    let (wire, _) = Wire::welcome(&robot, room).await;
    assert_eq!(bob.delete(&format!("me/bots/{id}")).await.status(), 204);
    is_closed(wire).await;
    opens_nothing(&robot, room).await;
    assert_eq!(bob.json("me/bots").await, json!({ "bots": [] }));
}
