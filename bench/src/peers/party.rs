//! partyserver on bare workerd.

use std::path::Path;

use anyhow::Result;
use tokio_tungstenite::tungstenite::Message;

use super::{npm, seats, workerd};
use crate::dialect::{Dialect, Heard, Upgrade};
use crate::system::{Card, Running, Size, System};

/// The system, which stores messages or does not.
#[derive(Clone, Copy)]
pub(super) enum Party {
    Plain,
    Stored,
}

impl System for Party {
    fn card(&self) -> Card {
        match self {
            Self::Plain => {
                let what = "partyserver's broadcast() with hibernation on workerd";
                Card { name: "partyserver", what, stores: false }
            }
            Self::Stored => {
                let what = "partyserver's broadcast() with hibernation on workerd, and then a row \
                            of SQL for each message as in durable-chat-template";
                Card { name: "partyserver-sql", what, stores: true }
            }
        }
    }

    fn prepare(&self) -> Result<String> {
        Ok(format!("partyserver {}, {}", npm::install("partyserver")?, workerd::version()?))
    }

    fn start(&self, size: Size, folder: &Path) -> Result<Running> {
        npm::bundle("party.mjs", folder)?;
        let (address, process) = workerd::start("party.capnp", folder)?;
        let member = match self {
            Self::Plain => Member::plain,
            Self::Stored => Member::stored,
        };
        Ok(Running { address, process, seats: seats(size, member) })
    }
}

struct Member {
    room: String,
    name: String,
    flavour: Party,
    said: u64,
}

impl Member {
    fn plain(room: String, name: String) -> Self {
        Self { room, name, flavour: Party::Plain, said: 0 }
    }

    fn stored(room: String, name: String) -> Self {
        Self { flavour: Party::Stored, ..Self::plain(room, name) }
    }
}

impl Dialect for Member {
    fn upgrade(&self) -> Upgrade {
        let class = match self.flavour {
            Party::Plain => "chat",
            Party::Stored => "stored-chat",
        };
        let path = format!("/parties/{class}/{}?_pk={}", self.room, self.name);
        Upgrade { path, ..Upgrade::default() }
    }

    /// Whoever is connected is in the room.
    fn greet(&mut self) -> Heard {
        Heard::ready()
    }

    fn heard(&mut self, _: &[u8]) -> Result<Heard> {
        Ok(Heard::nothing())
    }

    fn say(&mut self, body: &str) -> Message {
        match self.flavour {
            Party::Plain => Message::text(body),
            Party::Stored => {
                self.said += 1;
                let Self { name, said, .. } = self;
                let author = format!(r#""id":"{name}.{said}","user":"{name}","role":"user""#);
                Message::text(format!(r#"{{"type":"add",{author},"content":"{body}"}}"#))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_member_says_the_body_and_nothing_else() {
        let mut member = Member::plain("room-1".to_owned(), "member-7".to_owned());
        assert_eq!(member.upgrade().path, "/parties/chat/room-1?_pk=member-7");
        assert!(member.greet().ready);
        assert_eq!(member.say("hi"), Message::text("hi"));
    }

    #[test]
    fn every_stored_message_has_an_id_of_its_own() {
        let mut member = Member::stored("room-1".to_owned(), "member-7".to_owned());
        assert_eq!(member.upgrade().path, "/parties/stored-chat/room-1?_pk=member-7");
        let mut said = || serde_json::from_str(member.say("hi").to_text().unwrap()).unwrap();
        let (first, second): (serde_json::Value, serde_json::Value) = (said(), said());
        assert_eq!(first["content"], "hi");
        assert_eq!(first["id"], "member-7.1");
        assert_eq!(second["id"], "member-7.2");
    }
}
