//! A room in the shape of Cloudflare's workers-chat-demo.

use std::path::Path;

use anyhow::Result;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use super::{launch, seats, workerd};
use crate::dialect::{Dialect, Heard, Upgrade};
use crate::system::{Card, Running, Size, System};

/// The system, as it is or with its two last steps in the other order.
#[derive(Clone, Copy)]
pub(super) enum Demo {
    /// It delivers a message and then stores it.
    Original,
    /// It stores a message and delivers it when it is stored.
    Durable,
}

impl System for Demo {
    fn card(&self) -> Card {
        match self {
            Self::Original => {
                let what = "a room in the shape of workers-chat-demo on workerd, in JavaScript; \
                            sends each message and then stores it under its time";
                Card { name: "demo", what, stores: true }
            }
            Self::Durable => {
                let what = "the same, which stores a message before anybody hears of it";
                Card { name: "demo-durable", what, stores: true }
            }
        }
    }

    fn prepare(&self) -> Result<String> {
        workerd::version()
    }

    fn start(&self, size: Size, folder: &Path) -> Result<Running> {
        launch::configure("demo.mjs", folder, &[])?;
        let (address, process) = workerd::start("demo.capnp", folder)?;
        let member = match self {
            Self::Original => Member::new,
            Self::Durable => Member::durable,
        };
        Ok(Running { address, process, seats: seats(size, member) })
    }
}

struct Member {
    kind: &'static str,
    room: String,
    name: String,
    is_ready: bool,
}

impl Member {
    fn new(room: String, name: String) -> Self {
        Self { kind: "room", room, name, is_ready: false }
    }

    fn durable(room: String, name: String) -> Self {
        Self { kind: "durable-room", ..Self::new(room, name) }
    }
}

impl Dialect for Member {
    fn upgrade(&self) -> Upgrade {
        Upgrade {
            path: format!("/api/{}/{}/websocket", self.kind, self.room),
            ..Upgrade::default()
        }
    }

    fn greet(&mut self) -> Heard {
        self.is_ready = false;
        Heard::answer(Message::text(json!({ "name": self.name }).to_string()))
    }

    fn heard(&mut self, message: &[u8]) -> Result<Heard> {
        if self.is_ready || message != br#"{"ready":true}"# {
            return Ok(Heard::nothing());
        }
        self.is_ready = true;
        Ok(Heard::ready())
    }

    fn say(&mut self, body: &str) -> Message {
        Message::text(format!(r#"{{"message":"{body}"}}"#))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_has_a_name_and_waits_for_the_history() {
        let mut member = Member::new("room-1".to_owned(), "member-7".to_owned());
        assert_eq!(member.upgrade().path, "/api/room/room-1/websocket");
        let greeting = member.greet().answers;
        assert_eq!(greeting, [Message::text(r#"{"name":"member-7"}"#)]);
        let old = br#"{"name":"a","message":"{ready}","timestamp":1}"#;
        assert!(!member.heard(old).unwrap().ready);
        assert!(member.heard(br#"{"ready":true}"#).unwrap().ready);
        assert_eq!(member.say("hi"), Message::text(r#"{"message":"hi"}"#));
    }

    #[test]
    fn who_comes_back_waits_again() {
        let mut member = Member::new("room-1".to_owned(), "member-7".to_owned());
        for _ in 0..2 {
            member.greet();
            assert!(member.heard(br#"{"ready":true}"#).unwrap().ready);
        }
    }
}
