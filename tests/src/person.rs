//! People: accounts, tokens and rooms, over HTTP.

use protocol::{DeviceId, RoomId, UserId};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};

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

    /// Founds a room.
    pub async fn found_room(&self) -> RoomId {
        let answer = self.post("rooms", &json!({ "name": "Floor", "kind": "public" })).await;
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
        let mut lines = Vec::new();
        let mut after = 0;
        loop {
            let answer = self.get(&format!("rooms/{room}/log?after={after}&limit=200")).await;
            assert_eq!(answer.status(), 200);
            let page = answer.text().await.unwrap();
            let page = page.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
            let fresh: Vec<Value> = page.filter(|e| e["seq"].as_u64() > Some(after)).collect();
            let Some(last) = fresh.last() else {
                return lines;
            };
            after = last["seq"].as_u64().unwrap();
            lines.extend(fresh);
        }
    }
}
