//! Maru itself, as it is deployed: the built Worker in workerd, its data on a disk.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use futures_util::{StreamExt, TryStreamExt, stream};
use integration_tests::person::Person;
use integration_tests::server::Server;
use protocol::RoomId;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::dialect::{Dialect, Heard, Upgrade};
use crate::process::Process;
use crate::system::{Card, Running, Size, System};

/// Requests that are under way at once while rooms are filled.
const AT_ONCE: usize = 16;

/// The system that all others are compared with.
pub(crate) struct Maru;

impl System for Maru {
    fn card(&self) -> Card {
        Card { name: NAME, what: "this repository, on workerd", stores: true }
    }

    fn prepare(&self) -> Result<String> {
        Ok(env!("CARGO_PKG_VERSION").to_owned())
    }

    fn start(&self, size: Size, folder: &Path) -> Result<Running> {
        let seats = prepared(size, folder)?;
        // What joining left in memory is no part of what is measured.
        let server = Server::start(Some(folder), 0);
        Ok(Running {
            address: format!("127.0.0.1:{}", server.port()).parse()?,
            seats: seats.into_iter().map(|member| Box::new(member) as Box<dyn Dialect>).collect(),
            // Node beside it starts it and then sleeps: it is no part of the server.
            process: Process::owned(server.workerd_pid, Box::new(server)),
        })
    }
}

/// The name of Maru in tables.
pub(crate) const NAME: &str = "maru";

/// One member of one room.
pub(crate) struct Member {
    pub(crate) person: Person,
    pub(crate) room: RoomId,
    nonce: u64,
    /// The epoch of the log and the last seq, once there was a welcome.
    position: Option<(String, u64)>,
    is_welcome: bool,
}

/// Fills rooms while data is in memory, where thousands join in seconds, and brings it to `folder`.
fn prepared(size: Size, folder: &Path) -> Result<Vec<Member>> {
    let memory = Path::new("/dev/shm");
    let scratch = if memory.is_dir() { memory } else { folder };
    let scratch = tempfile::tempdir_in(scratch)?;
    let members = {
        let server = Server::start(Some(scratch.path()), 0);
        tokio::runtime::Runtime::new()?.block_on(fill(&server, size))?
    };
    let from = scratch.path().join(".");
    let copied = Command::new("cp").arg("-r").arg(from).arg(folder).status()?;
    ensure!(copied.success(), "the data cannot be copied to {}", folder.display());
    // Else the disk would be busy with it during the measurement.
    ensure!(Command::new("sync").arg("-f").arg(folder).status()?.success(), "cannot sync");
    Ok(members)
}

/// Founds rooms and fills them.
pub(crate) async fn fill(server: &Server, size: Size) -> Result<Vec<Member>> {
    let people = server.people(size.rooms * size.members);
    let owners = people.iter().step_by(size.members);
    let rooms = owners.map(|owner| {
        let owner = owner.clone();
        async move { owner.found_room().await }
    });
    let rooms: Vec<RoomId> = stream::iter(rooms).buffered(AT_ONCE).collect().await;
    let http = reqwest::Client::new();
    let join = |(i, person): (usize, Person)| {
        let (http, room) = (http.clone(), rooms[i / size.members]);
        async move {
            if i % size.members > 0 {
                join(&http, &person, room).await?;
            }
            Ok(Member { person, room, nonce: 0, position: None, is_welcome: false })
        }
    };
    stream::iter(people.into_iter().enumerate()).map(join).buffered(AT_ONCE).try_collect().await
}

async fn join(http: &reqwest::Client, person: &Person, room: RoomId) -> Result<()> {
    let url = format!("{}/api/v1/rooms/{room}/join", person.url);
    let request = http.post(url).bearer_auth(&person.token).json(&json!({}));
    let answer = request.send().await?;
    if !answer.status().is_success() {
        bail!("joining is answered with {}: {}", answer.status(), answer.text().await?);
    }
    Ok(())
}

impl Dialect for Member {
    fn upgrade(&self) -> Upgrade {
        Upgrade {
            path: format!("/api/v1/rooms/{}/socket", self.room),
            headers: Vec::new(),
            protocols: vec!["maru.v1".to_owned(), format!("maru.token.{}", self.person.token)],
        }
    }

    fn greet(&mut self) -> Heard {
        self.is_welcome = false;
        let mut hello = json!({ "t": "hello", "device": self.person.device });
        if let Some((epoch, seq)) = &self.position {
            hello["resume"] = json!({ "epoch": epoch, "seq": seq });
        }
        Heard::answer(Message::text(hello.to_string()))
    }

    fn heard(&mut self, message: &[u8]) -> Result<Heard> {
        let kind = message.strip_prefix(br#"{"t":""#).unwrap_or_default();
        if kind.starts_with(b"refused") || kind.starts_with(b"bye") {
            bail!("{}", String::from_utf8_lossy(message));
        }
        let mut heard = Heard::nothing();
        if !self.is_welcome && kind.starts_with(b"welcome") {
            self.is_welcome = true;
            heard.ready = true;
            self.position = Some(self.welcomed(message)?);
        }
        if let (Some((_, last)), Some(seq)) = (&mut self.position, last_seq(message)) {
            *last = seq.max(*last);
        }
        Ok(heard)
    }

    fn say(&mut self, body: &str) -> Message {
        self.nonce += 1;
        Message::text(format!(r#"{{"t":"send","nonce":{},"body":"{body}"}}"#, self.nonce))
    }
}

impl Member {
    /// The position after a welcome: what comes next is replayed, or new.
    fn welcomed(&self, message: &[u8]) -> Result<(String, u64)> {
        let line = message.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let welcome: Value = serde_json::from_slice(line)?;
        let epoch = welcome["epoch"].as_str().context("a welcome has an epoch")?.to_owned();
        match &self.position {
            Some((held, seq)) if *held == epoch => Ok((epoch, *seq)),
            _ => Ok((epoch, welcome["head"].as_u64().unwrap_or(0))),
        }
    }
}

/// The seq of the last entry in a frame.
fn last_seq(frame: &[u8]) -> Option<u64> {
    const NAME: &[u8] = br#""seq":"#;
    let digits = &frame[memchr::memmem::rfind(frame, NAME)? + NAME.len()..];
    let n_digits = digits.iter().position(|byte| !byte.is_ascii_digit())?;
    std::str::from_utf8(&digits[..n_digits]).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_of_a_frame_says_how_far_it_goes() {
        let frame = br#"{"t":"message","seq":8,"at":1}
{"t":"message","seq":9,"at":1}"#;
        assert_eq!(last_seq(frame), Some(9));
        assert_eq!(last_seq(br#"{"t":"typing","users":[]}"#), None);
    }
}
