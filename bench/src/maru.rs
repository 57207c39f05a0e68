//! Maru itself, as it is deployed: the built Worker in workerd, its data on a disk.

use std::path::Path;

use anyhow::{Result, bail};
use futures_util::{StreamExt, TryStreamExt, stream};
use integration_tests::person::Person;
use integration_tests::server::Server;
use protocol::RoomId;
use serde_json::json;
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
        let server = Server::start(Some(folder), 0);
        let runtime = tokio::runtime::Runtime::new()?;
        let seats = runtime.block_on(fill(&server, size))?;
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
    is_welcome: bool,
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
            Ok(Member { person, room, nonce: 0, is_welcome: false })
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
        let hello = json!({ "t": "hello", "device": self.person.device });
        Heard::answer(Message::text(hello.to_string()))
    }

    fn heard(&mut self, message: &[u8]) -> Result<Heard> {
        let is =
            |kind: &[u8]| message.strip_prefix(br#"{"t":""#).is_some_and(|t| t.starts_with(kind));
        if is(b"refused") || is(b"bye") {
            bail!("{}", String::from_utf8_lossy(message));
        }
        if !self.is_welcome && is(b"welcome") {
            self.is_welcome = true;
            return Ok(Heard::ready());
        }
        Ok(Heard::nothing())
    }

    fn say(&mut self, body: &str) -> Message {
        self.nonce += 1;
        Message::text(format!(r#"{{"t":"send","nonce":{},"body":"{body}"}}"#, self.nonce))
    }
}
