//! People: accounts, tokens and rooms, over HTTP.

use protocol::{DeviceId, RoomId, UserId};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::page::Page;
use crate::random;
use crate::server::Server;

/// Somebody with an account.
#[derive(Clone)]
pub struct Person {
    /// Where the server answers.
    pub url: String,
    /// The name to sign in with.
    pub name: String,
    /// The account.
    pub user: UserId,
    /// Proof of it.
    pub token: String,
    /// An installation.
    pub device: DeviceId,
}

/// The password of every person here.
pub const PASSWORD: &str = "correct horse battery staple";

/// Two people with accounts on `server`, and a room that the first founded and the second joined.
pub async fn two_in_a_room(server: &Server) -> (Person, Person, RoomId) {
    let (ann, bob) = (Person::sign_up(server).await, Person::sign_up(server).await);
    let room = ann.found_room().await;
    bob.join(room).await;
    (ann, bob, room)
}

impl Person {
    /// Makes an account on `server`.
    pub async fn sign_up(server: &Server) -> Self {
        Self::sign_up_at(&server.url).await
    }

    /// Makes an account at `url`.
    pub async fn sign_up_at(url: &str) -> Self {
        let device = DeviceId::from_random(random());
        let name = format!("p{device}");
        let body = json!({ "name": name, "password": PASSWORD, "display_name": "A Person" });
        let answer =
            Client::new().post(format!("{url}/api/v1/accounts")).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 201);
        let answer: Value = answer.json().await.unwrap();
        Self {
            url: url.to_owned(),
            name,
            user: answer["user"]["id"].as_str().unwrap().parse().unwrap(),
            token: answer["access_token"].as_str().unwrap().to_owned(),
            device,
        }
    }

    /// Somebody whom the server at `url` does not know yet.
    pub(crate) fn stranger(url: &str) -> Self {
        let (user, device) = (UserId::from_random(random()), DeviceId::from_random(random()));
        Self { url: url.to_owned(), name: format!("p{device}"), user, token: String::new(), device }
    }

    /// The same person on another device.
    #[must_use]
    pub fn on_another_device(&self) -> Self {
        Self { device: DeviceId::from_random(random()), ..self.clone() }
    }

    /// A request with this person's token.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}/api/v1/{path}", self.url);
        Client::new().request(method, url).bearer_auth(&self.token)
    }

    /// Asks for `path`.
    pub async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).send().await.unwrap()
    }

    /// Posts `body` to `path`.
    pub async fn post(&self, path: &str, body: &Value) -> Response {
        self.request(Method::POST, path).json(body).send().await.unwrap()
    }

    /// Changes what is at `path`.
    pub async fn patch(&self, path: &str, body: &Value) -> Response {
        self.request(Method::PATCH, path).json(body).send().await.unwrap()
    }

    /// Deletes what is at `path`.
    pub async fn delete(&self, path: &str) -> Response {
        self.request(Method::DELETE, path).send().await.unwrap()
    }

    /// The JSON at `path`.
    pub async fn json(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert_eq!(status, 200, "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Founds a public room.
    pub async fn found_room(&self) -> RoomId {
        self.found(&json!({ "name": "Floor", "kind": "public" })).await
    }

    /// Founds a room.
    pub async fn found(&self, room: &Value) -> RoomId {
        let answer = self.post("rooms", room).await;
        assert_eq!(answer.status(), 201);
        let room: Value = answer.json().await.unwrap();
        room["id"].as_str().unwrap().parse().unwrap()
    }

    /// Joins a room.
    pub async fn join(&self, room: RoomId) {
        let answer = self.post(&format!("rooms/{room}/join"), &json!({})).await;
        assert_eq!(answer.status(), 200, "{:?}", answer.text().await);
    }

    /// The whole log of a room, oldest first, read page by page.
    pub async fn log(&self, room: RoomId) -> Vec<Value> {
        let lines = self.stored_lines(room).await;
        lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The lines of a room's whole log, as they are stored.
    pub async fn stored_lines(&self, room: RoomId) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        loop {
            let n = lines.len();
            let page = Page::of(self, &format!("rooms/{room}/log?after={n}&limit=200")).await;
            let fresh = page.entries.iter().filter(|(seq, _)| *seq > u64::try_from(n).unwrap());
            lines.extend(fresh.map(|(_, line)| line.clone()));
            if lines.len() == n {
                return lines;
            }
        }
    }
}

/// The status and the code of a problem, which is checked to be one.
pub async fn problem(answer: Response) -> (u16, String) {
    let status = answer.status().as_u16();
    let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
    assert!(kind.starts_with("application/problem+json"), "{status} {kind}");
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["status"], json!(status));
    assert!(problem["title"].as_str().is_some_and(|title| !title.is_empty()), "{problem}");
    (status, problem["code"].as_str().unwrap().to_owned())
}
