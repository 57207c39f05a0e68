//! The package `ws` in one process of Node.

use std::path::Path;

use anyhow::Result;
use tokio_tungstenite::tungstenite::Message;

use super::{launch, npm, seats};
use crate::dialect::{Dialect, Heard, Upgrade};
use crate::system::{Card, Running, Size, System};

/// The system.
pub(super) struct Ws;

impl System for Ws {
    fn card(&self) -> Card {
        let what = "ws in one process of Node: a loop over the sockets of a room, one buffer for \
                    each message";
        Card { name: "ws", what, stores: false }
    }

    fn prepare(&self) -> Result<String> {
        Ok(format!("ws {}", npm::install("ws")?))
    }

    fn start(&self, size: Size, folder: &Path) -> Result<Running> {
        let address = launch::free_address()?;
        let mut command = npm::script("ws.mjs");
        command.arg(address.port().to_string());
        let process = launch::start(command, address, folder)?;
        Ok(Running { address, process, seats: seats(size, Member::new) })
    }
}

pub(super) struct Member {
    room: String,
}

impl Member {
    pub(super) fn new(room: String, _: String) -> Self {
        Self { room }
    }
}

impl Dialect for Member {
    fn upgrade(&self) -> Upgrade {
        Upgrade { path: format!("/{}", self.room), ..Upgrade::default() }
    }

    /// Whoever is connected is in the room.
    fn greet(&mut self) -> Heard {
        Heard::ready()
    }

    fn heard(&mut self, _: &[u8]) -> Result<Heard> {
        Ok(Heard::nothing())
    }

    fn say(&mut self, body: &str) -> Message {
        Message::text(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_said_as_it_is() {
        let mut member = Member::new("room-1".to_owned(), "member-7".to_owned());
        assert_eq!(member.upgrade().path, "/room-1");
        assert!(member.greet().ready);
        assert_eq!(member.say("hi"), Message::text("hi"));
    }
}
