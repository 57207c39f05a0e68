//! What needs an edge: rooms in workerd are drained and restored, and a lease is held to compact.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use archive_job::config::{Config, Secret};
use archive_job::maru::{Maru, Which};
use archive_job::segment;
use integration_tests::person::Person;
use integration_tests::server::Server;
use integration_tests::wire::Wire;
use protocol::{RoomId, Timestamp};
use serde_json::json;

use crate::generate::Talk;
use crate::job::{self, Took};

/// What the server of the harness knows an archive job by.
const TOKEN: &str = "archive-job-of-this-harness-alone";

/// Rooms that are drained and restored.
const N_ROOMS: usize = 16;

/// Messages that are sent before the first is answered.
const AHEAD: usize = 200;

/// A server, and the job beside it.
pub(crate) struct Edge<'a> {
    server: Server,
    program: &'a Path,
    folder: &'a Path,
}

/// What was measured: how long it took, and of how many messages and bytes of lines.
pub(crate) struct Measured {
    pub(crate) took: Took,
    pub(crate) n: u64,
    pub(crate) bytes: u64,
}

impl<'a> Edge<'a> {
    /// Starts a server that keeps nothing.
    pub(crate) fn start(program: &'a Path, folder: &'a Path) -> Self {
        Self { server: Server::start(None, 0), program, folder }
    }

    /// Runs the job on the store of this name.
    pub(crate) fn run(&self, store: &str, arguments: &[&str]) -> Result<Took> {
        let mut command = Command::new(self.program);
        command.env("RUST_LOG", "warn").args(arguments).arg("--json");
        command.env("ARCHIVE_URL", &self.server.url).env("ARCHIVE_TOKEN", TOKEN);
        command.env("ARCHIVE_STORE", format!("file://{}", self.folder.join(store).display()));
        command.env("ARCHIVE_DATA", self.folder.join("data-of-edge"));
        job::run(&mut command, &self.folder.join("output"))
    }

    /// Fills rooms with `n` messages and drains them into an empty store.
    pub(crate) fn drain(&self, n: u64) -> Result<Measured> {
        let store = self.folder.join("store-of-rooms");
        if store.exists() {
            fs::remove_dir_all(&store)?;
        }
        tokio::runtime::Runtime::new()?.block_on(self.fill(n))?;
        // Whether the store keeps its promises is known.
        self.run("store-of-rooms", &["selftest"])?;
        let took = self.run("store-of-rooms", &["drain"])?;
        let (n, bytes) = size_of_lines(&store.join("v1/l0"))?;
        Ok(Measured { took, n, bytes })
    }

    /// People say so much in rooms, until D1 knows that all of these have something new.
    async fn fill(&self, n: u64) -> Result<()> {
        let per_room = usize::try_from(n)? / N_ROOMS;
        let mut writing = Vec::new();
        for (nth, person) in self.server.people(N_ROOMS).into_iter().enumerate() {
            let room = person.found_room().await;
            let talk = Talk::new(n, Timestamp(u64::MAX >> 12));
            let said = talk.skip(nth * per_room).take(per_room);
            let bodies: Vec<String> = said.map(|said| said.message.body).collect();
            writing.push(tokio::spawn(say(person, room, bodies)));
        }
        for room in writing {
            room.await?;
        }
        let config = Config {
            url: Some(self.server.url.clone()),
            token: Some(Secret::new(TOKEN)),
            ..Config::default()
        };
        let maru = Maru::new(&config)?;
        while maru.all_rooms(Which::Dirty).await?.len() < N_ROOMS {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Ok(())
    }

    /// Restores what was drained on another server.
    pub(crate) fn restore(self, drained: &Measured) -> Result<Measured> {
        self.run("store-of-rooms", &["database", "backup"])?;
        let another = Self::start(self.program, self.folder);
        another.run("store-of-rooms", &["database", "restore"])?;
        let took = another.run("store-of-rooms", &["restore", "--all"])?;
        Ok(Measured { took, n: drained.n, bytes: drained.bytes })
    }

    /// Compacts a copy of the archive, of which the files are the same.
    pub(crate) fn compact(&self, n: u64, bytes: u64) -> Result<Measured> {
        let copy = self.folder.join("store-to-compact");
        if copy.exists() {
            fs::remove_dir_all(&copy)?;
        }
        let mut copying = Command::new("cp");
        copying.arg("-al").arg(self.folder.join("store")).arg(&copy);
        ensure!(copying.status()?.success(), "the archive could not be copied");
        self.run("store-to-compact", &["selftest"])?;
        let took = self.run("store-to-compact", &["compact"])?;
        Ok(Measured { took, n, bytes })
    }
}

async fn say(person: Person, room: RoomId, bodies: Vec<String>) {
    let (mut wire, _) = Wire::welcome(&person, room).await;
    for batch in bodies.chunks(AHEAD) {
        for body in batch {
            wire.begins(json!({ "t": "send", "body": body })).await;
        }
        for _ in batch {
            wire.line("message").await;
        }
    }
}

/// How many lines segments hold, and of how many bytes.
fn size_of_lines(folder: &Path) -> Result<(u64, u64)> {
    let (mut n, mut bytes) = (0, 0);
    for entry in fs::read_dir(folder).context("nothing was drained")? {
        let path = entry?.path();
        if path.is_dir() {
            let below = size_of_lines(&path)?;
            (n, bytes) = (n + below.0, bytes + below.1);
        } else {
            let lines = segment::decode(&fs::read(&path)?)?;
            (n, bytes) = (n + lines.lines().count() as u64, bytes + lines.len() as u64);
        }
    }
    Ok((n, bytes))
}
