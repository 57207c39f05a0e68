//! A raw socket to a room, or to a user's inbox, by a library that we did not write.

use std::collections::VecDeque;

use futures_util::{SinkExt, StreamExt};
use protocol::{DeviceId, RoomId};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::{Request, Response};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use crate::PATIENCE;
use crate::person::Person;

/// A socket, and the answer that opened it.
pub struct Wire {
    /// The socket itself, for what no method here does.
    pub socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// The answer to the upgrade.
    pub response: Response,
    /// Lines that were received and not yet read.
    lines: VecDeque<Value>,
    /// Whose it is.
    device: Option<DeviceId>,
    /// The highest nonce of the device.
    nonce: u64,
}

/// How a session ended: the close code, and the line that announced it.
pub type Ending = (u16, Option<Value>);

/// The request that opens `person`'s socket to `room`.
#[must_use]
pub fn upgrade(person: &Person, room: RoomId) -> Request {
    upgrade_to(person, &format!("rooms/{room}/socket"))
}

/// The request that opens `person`'s socket at `path`.
#[must_use]
pub fn upgrade_to(person: &Person, path: &str) -> Request {
    let url = person.url.replacen("http", "ws", 1);
    let url = format!("{url}/api/v1/{path}");
    let mut request = url.into_client_request().unwrap();
    let offered = format!("maru.v1, maru.token.{}", person.token);
    request.headers_mut().insert("sec-websocket-protocol", offered.parse().unwrap());
    request
}

/// Tries to open a socket; the error holds the answer of a server that refuses.
pub async fn open(request: Request) -> Result<Wire, Box<Error>> {
    let config = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
    let (socket, response) =
        connect_async_with_config(request, Some(config), true).await.map_err(Box::new)?;
    Ok(Wire { socket, response, lines: VecDeque::new(), device: None, nonce: 0 })
}

/// The status of the answer to an upgrade that the server refuses, and its problem code.
pub async fn refused(request: Request) -> (u16, String) {
    let error = open(request).await.err().expect("the server refuses");
    let Error::Http(response) = *error else { panic!("{error}") };
    let body = response.body().clone().unwrap_or_default();
    let problem: Value = serde_json::from_slice(&body).unwrap_or_default();
    (response.status().as_u16(), problem["code"].as_str().unwrap_or_default().to_owned())
}

impl Wire {
    /// Opens `person`'s socket to `room`.
    pub async fn open(person: &Person, room: RoomId) -> Self {
        open(upgrade(person, room)).await.unwrap()
    }

    /// Opens `person`'s inbox; answers the rooms that it begins with.
    pub async fn inbox(person: &Person) -> (Self, Vec<Value>) {
        let mut wire = open(upgrade_to(person, "me/socket")).await.unwrap();
        let first = wire.next().await;
        assert_eq!(first["t"], "rooms", "{first}");
        (wire, first["rooms"].as_array().unwrap().clone())
    }

    /// Opens a socket, says hello without a position, and reads the welcome.
    pub async fn welcome(person: &Person, room: RoomId) -> (Self, Value) {
        let mut wire = Self::open(person, room).await;
        wire.say(&json!({ "t": "hello", "device": person.device })).await;
        let welcome = wire.line("welcome").await;
        wire.device = Some(person.device);
        wire.nonce = welcome["nonce"].as_u64().unwrap_or(0);
        (wire, welcome)
    }

    /// Does something: gives the line the device's next nonce and sends it, and answers the own
    /// entry, or the refusal. Lines before that are dropped.
    pub async fn does(&mut self, line: Value) -> Value {
        let nonce = self.begins(line).await;
        let device = json!(self.device);
        loop {
            let line = self.next().await;
            let is_own = line["t"] == "refused" || line["device"] == device;
            if is_own && line["nonce"] == json!(nonce) {
                return line;
            }
        }
    }

    /// The same, without waiting for the answer; answers the nonce.
    pub async fn begins(&mut self, mut line: Value) -> u64 {
        self.nonce += 1;
        line["nonce"] = json!(self.nonce);
        self.say(&line).await;
        self.nonce
    }

    /// Says something, and answers its position in the log.
    pub async fn says(&mut self, body: &str) -> u64 {
        let entry = self.does(json!({ "t": "send", "body": body })).await;
        entry["seq"].as_u64().unwrap_or_else(|| panic!("not said: {entry}"))
    }

    /// Does something that may not be done; answers the code of the refusal.
    pub async fn may_not(&mut self, line: Value) -> String {
        let refused = self.does(line).await;
        assert_eq!(refused["t"], "refused", "{refused}");
        refused["code"].as_str().unwrap().to_owned()
    }

    /// Sends one line.
    pub async fn say(&mut self, line: &Value) {
        self.socket.send(Message::text(line.to_string())).await.unwrap();
    }

    /// Sends a message with this nonce.
    pub async fn send(&mut self, nonce: u64, body: &str) {
        self.nonce = self.nonce.max(nonce);
        self.say(&json!({ "t": "send", "nonce": nonce, "body": body })).await;
    }

    /// Waits for the next line of this kind; others are dropped.
    pub async fn line(&mut self, kind: &str) -> Value {
        loop {
            let line = self.next().await;
            if line["t"] == kind {
                return line;
            }
        }
    }

    /// Waits for the next line.
    pub async fn next(&mut self) -> Value {
        loop {
            if let Some(line) = self.lines.pop_front() {
                return line;
            }
            match self.frame().await {
                Some(Ok(Message::Text(frame))) => {
                    let lines = frame.lines().map(|line| serde_json::from_str(line).unwrap());
                    self.lines.extend(lines);
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("no line, but {other:?}"),
            }
        }
    }

    /// Waits until the server ends the session.
    pub async fn ending(mut self) -> Ending {
        let mut bye = self.lines.drain(..).find(|line| line["t"] == "bye");
        loop {
            match self.frame().await {
                Some(Ok(Message::Text(frame))) => {
                    let mut lines =
                        frame.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
                    bye = lines.rfind(|line| line["t"] == "bye").or(bye);
                }
                Some(Ok(Message::Close(Some(close)))) => return (close.code.into(), bye),
                Some(Ok(Message::Close(None))) => return (1005, bye),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return (1006, bye),
            }
        }
    }

    async fn frame(&mut self) -> Option<Result<Message, Error>> {
        let next = tokio::time::timeout(PATIENCE, self.socket.next());
        next.await.expect("the server says something in time")
    }
}
