//! Socket.IO over its WebSocket transport.
//!
//! A message begins with a digit for the packet of Engine.IO: 0 opens, 2 pings, 3 pongs and 4
//! holds a packet of Socket.IO, whose digit is 0 for a connection, 2 for an event and 4 for an
//! error.

use std::path::Path;

use anyhow::{Result, bail};
use tokio_tungstenite::tungstenite::Message;

use super::{launch, npm, seats};
use crate::dialect::{Dialect, Heard, Upgrade};
use crate::system::{Card, Running, Size, System};

/// The system.
pub(super) struct SocketIo;

impl System for SocketIo {
    fn card(&self) -> Card {
        let what = "Socket.IO in one process of Node: io.to(room).emit(), WebSocket alone";
        Card { name: "socket.io", what, stores: false }
    }

    fn prepare(&self) -> Result<String> {
        Ok(format!("socket.io {}", npm::install("socket.io")?))
    }

    fn start(&self, size: Size, folder: &Path) -> Result<Running> {
        let address = launch::free_address()?;
        let mut command = npm::script("socket-io.mjs");
        command.arg(address.port().to_string());
        let process = launch::start(command, address, folder)?;
        Ok(Running { address, process, seats: seats(size, Member::new) })
    }
}

struct Member {
    room: String,
}

impl Member {
    fn new(room: String, _: String) -> Self {
        Self { room }
    }
}

impl Dialect for Member {
    fn upgrade(&self) -> Upgrade {
        let path = "/socket.io/?EIO=4&transport=websocket".to_owned();
        Upgrade { path, ..Upgrade::default() }
    }

    fn greet(&mut self) -> Heard {
        Heard::nothing()
    }

    fn heard(&mut self, message: &[u8]) -> Result<Heard> {
        Ok(match message {
            [b'4', b'2', ..] => Heard::nothing(),
            [b'2', ..] => Heard::answer(Message::text("3")),
            [b'0', ..] => Heard::answer(Message::text(format!(r#"40{{"room":"{}"}}"#, self.room))),
            [b'4', b'0', ..] => Heard::ready(),
            _ => bail!("{}", String::from_utf8_lossy(message)),
        })
    }

    fn say(&mut self, body: &str) -> Message {
        Message::text(format!(r#"42["say","{body}"]"#))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_connects_pongs_and_says_events() {
        let mut member = Member::new("room-1".to_owned(), "member-7".to_owned());
        assert!(member.greet().answers.is_empty());
        let opened = br#"0{"sid":"lv_VI97HAXpY6yYWAAAB","upgrades":[],"pingInterval":25000}"#;
        assert_eq!(
            member.heard(opened).unwrap().answers,
            [Message::text(r#"40{"room":"room-1"}"#)]
        );
        assert!(member.heard(br#"40{"sid":"wZX3oN0bSVIhsaknAAAI"}"#).unwrap().ready);
        assert_eq!(member.heard(b"2").unwrap().answers, [Message::text("3")]);
        assert!(member.heard(br#"42["said","hi"]"#).unwrap().answers.is_empty());
        assert_eq!(member.say("hi"), Message::text(r#"42["say","hi"]"#));
    }

    #[test]
    fn an_error_ends_the_measurement() {
        let mut member = Member::new("room-1".to_owned(), "member-7".to_owned());
        assert!(member.heard(br#"44{"message":"Not authorized"}"#).is_err());
    }
}
