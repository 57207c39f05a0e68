//! mosquitto: MQTT 3.1.1 over WebSocket, a topic for each room, at most once.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use tokio_tungstenite::tungstenite::Message;

use super::debian::Package;
use super::{launch, seats};
use crate::dialect::{Dialect, Heard, Upgrade};
use crate::system::{Card, Running, Size, System};

/// The system.
pub(super) struct Mosquitto;

const PACKAGE: &str = "mosquitto";

impl System for Mosquitto {
    fn card(&self) -> Card {
        let what = "mosquitto: MQTT over WebSocket, a topic for each room, QoS 0";
        Card { name: "mosquitto", what, stores: false }
    }

    fn prepare(&self) -> Result<String> {
        let package = Package::unpack(PACKAGE)?;
        package.check(&binary(&package))?;
        Ok(format!("mosquitto {}", package.version))
    }

    fn start(&self, size: Size, folder: &Path) -> Result<Running> {
        let package = Package::find(PACKAGE).context("mosquitto was not prepared")?;
        let address = launch::free_address()?;
        let filled = [
            ("PORT", address.port().to_string()),
            // The name of a local socket must be short, and the folder's may be long.
            ("FOLDER", ".".to_owned()),
        ];
        let filled = filled.each_ref().map(|(placeholder, value)| (*placeholder, value.as_str()));
        let config = launch::configure("mosquitto.conf", folder, &filled)?;
        let mut command = package.command(&binary(&package));
        command.current_dir(folder).arg("-c").arg(config);
        let process = launch::start(command, address, folder)?;
        Ok(Running { address, process, seats: seats(size, Member::new) })
    }
}

fn binary(package: &Package) -> PathBuf {
    package.root.join("usr/sbin/mosquitto")
}

/// The first byte of each kind of packet: four bits of kind, four of flags.
mod kind {
    pub(super) const CONNECT: u8 = 0x10;
    pub(super) const CONNACK: u8 = 0x20;
    pub(super) const PUBLISH: u8 = 0x30;
    pub(super) const SUBSCRIBE: u8 = 0x82;
    pub(super) const SUBACK: u8 = 0x90;
}

struct Member {
    topic: String,
    name: String,
}

impl Member {
    fn new(topic: String, name: String) -> Self {
        Self { topic, name }
    }

    fn connect(&self) -> Vec<u8> {
        // Version 4 is MQTT 3.1.1; a clean session; never cut off for silence.
        packet(kind::CONNECT, &[&text("MQTT"), &[4, 0b10, 0, 0], &text(&self.name)])
    }

    fn subscribe(&self) -> Vec<u8> {
        let (packet_id, qos) = ([0, 1], [0]);
        packet(kind::SUBSCRIBE, &[&packet_id, &text(&self.topic), &qos])
    }
}

impl Dialect for Member {
    fn upgrade(&self) -> Upgrade {
        let protocols = vec!["mqtt".to_owned()];
        Upgrade { path: "/mqtt".to_owned(), protocols, ..Upgrade::default() }
    }

    fn greet(&mut self) -> Heard {
        Heard::answer(Message::binary(self.connect()))
    }

    /// The server sends one packet in each message.
    fn heard(&mut self, message: &[u8]) -> Result<Heard> {
        Ok(match message {
            [first, ..] if first & 0xf0 == kind::PUBLISH => Heard::nothing(),
            [kind::CONNACK, 2, _, 0] => Heard::answer(Message::binary(self.subscribe())),
            [kind::SUBACK, 3, 0, 1, 0] => Heard::ready(),
            _ => bail!("an unexpected packet: {message:02x?}"),
        })
    }

    fn say(&mut self, body: &str) -> Message {
        Message::binary(packet(kind::PUBLISH, &[&text(&self.topic), body.as_bytes()]))
    }
}

/// A packet of these parts, with its length in groups of seven bits, the lowest first.
fn packet(first: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut packet = vec![first];
    let mut length: usize = parts.iter().map(|part| part.len()).sum();
    loop {
        let group = u8::try_from(length & 0x7f).unwrap_or(0);
        length >>= 7;
        if length == 0 {
            packet.push(group);
            break;
        }
        packet.push(group | 0x80);
    }
    packet.extend(parts.concat());
    packet
}

/// A text with its length before it.
fn text(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
    [&length.to_be_bytes(), text.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member() -> Member {
        Member::new("a/b".to_owned(), "me".to_owned())
    }

    #[test]
    fn packets_are_those_of_the_standard() {
        assert_eq!(member().connect(), b"\x10\x0e\x00\x04MQTT\x04\x02\x00\x00\x00\x02me");
        assert_eq!(member().subscribe(), b"\x82\x08\x00\x01\x00\x03a/b\x00");
        let said = member().say("hi").into_data();
        assert_eq!(&said[..], b"\x30\x07\x00\x03a/bhi");
    }

    /// The examples of section 2.2.3 of the standard.
    #[test]
    fn lengths_are_those_of_the_standard() {
        let header = |length: usize| {
            let mut packet = packet(kind::PUBLISH, &[&vec![0; length]]);
            packet.truncate(packet.len() - length);
            packet.split_off(1)
        };
        assert_eq!(header(0), [0x00]);
        assert_eq!(header(127), [0x7f]);
        assert_eq!(header(128), [0x80, 0x01]);
        assert_eq!(header(321), [193, 2]);
        assert_eq!(header(16_383), [0xff, 0x7f]);
        assert_eq!(header(16_384), [0x80, 0x80, 0x01]);
    }

    #[test]
    fn a_member_is_ready_once_subscribed() {
        let mut member = member();
        assert_eq!(member.greet().answers, [Message::binary(member.connect())]);
        let answers = member.heard(b"\x20\x02\x00\x00").unwrap().answers;
        assert_eq!(answers, [Message::binary(member.subscribe())]);
        assert!(member.heard(b"\x90\x03\x00\x01\x00").unwrap().ready);
        assert!(member.heard(b"\x30\x07\x00\x03a/bhi").unwrap().answers.is_empty());
    }

    #[test]
    fn a_refusal_ends_the_measurement() {
        assert!(member().heard(b"\x20\x02\x00\x05").is_err(), "not authorized");
        assert!(member().heard(b"\x90\x03\x00\x01\x80").is_err(), "subscription failed");
    }
}
