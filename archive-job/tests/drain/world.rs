//! A server, a store, people, and what must hold of them in the end.

use std::path::{Path, PathBuf};

use archive_job::maru::{Maru, Which};
use integration_tests::eventually;
use integration_tests::server::Server;
use protocol::archive::{Expire, LeaseRequest};
use protocol::{RoomId, Seq, Timestamp};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::archive::{self, Archive};
use crate::job::Job;
use crate::s3;
use crate::town::{Promised, Town};

/// Everything that a test needs. What it keeps is gone with it.
pub struct World {
    pub maru: Server,
    pub s3: s3::Server,
    pub town: Town,
    pub job: Job,
    pub folder: tempfile::TempDir,
}

/// The device of what no device did.
const NOBODY: &str = "00000000000000000000";

/// How much was checked in the end.
#[derive(Clone, Copy, Debug)]
pub struct Counts {
    pub rooms: usize,
    pub entries: usize,
    pub erased: usize,
    pub expired: u64,
}

impl World {
    /// A server, an S3 server, and `n` rooms.
    pub async fn new(n: usize) -> Self {
        let folder = folder();
        let maru = Server::start(Some(&folder.path().join("maru")), 0);
        let s3 = s3::Server::start(&folder.path().join("s3"), 0);
        let town = Town::found(&maru, n).await;
        let job = Job::new(&maru.url, &s3.url, &folder.path().join("data"));
        Self { maru, s3, town, job, folder }
    }

    /// The same, with two rooms that are in one bucket, the only one of the job.
    pub async fn of_neighbours() -> Self {
        let mut world = Self::new(0).await;
        let bucket = world.town.settle(&world.maru).await;
        world.job = world.job.with("ARCHIVE_SHARD", format!("{bucket}/256"));
        world
    }

    /// `n` new rooms; the old ones are there, and nobody speaks of them any more.
    pub async fn moves(&mut self, n: usize) {
        self.end_leases();
        self.town = Town::found(&self.maru, n).await;
    }

    /// Where everything is kept.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Ends the leases of jobs that were killed, for which nobody need wait.
    pub fn end_leases(&self) {
        self.maru.sql("UPDATE archive_lease SET expires_at = 0");
    }

    /// Lets rooms forget everything that is archived, as expiry does.
    pub async fn expire(&self, rooms: &[RoomId]) {
        let client = self.job.client();
        let request = LeaseRequest {
            buckets: (0..=u8::MAX).collect(),
            holder: "a test".to_owned(),
            ttl_ms: 60_000,
        };
        let lease = client.take_lease(&request).await.unwrap();
        for room in rooms {
            let before = Timestamp(u64::MAX >> 12);
            let request = Expire { fence: lease.fence, before };
            loop {
                let expired = client.expire(*room, &request).await.unwrap();
                assert!(expired.status.expired <= expired.status.archived, "{expired:?}");
                if !expired.has_more {
                    break;
                }
            }
        }
        client.end_lease(lease.fence).await.unwrap();
    }

    /// Begins or ends a hold, and waits until D1 knows.
    pub async fn hold(&self, room: RoomId, on: bool) {
        let client = self.job.client();
        client.hold(room, on).await.unwrap();
        eventually("D1 knows of a hold", async || {
            let held = client.all_rooms(Which::Held).await.unwrap();
            (held.iter().any(|listing| listing.room == room) == on).then_some(())
        })
        .await;
    }

    /// The archive as it is.
    pub fn archive(&self) -> Archive {
        archive::read(&self.s3.objects())
    }

    /// Drains what is left, and checks everything that always holds.
    pub async fn holds(&self) -> Counts {
        self.end_leases();
        self.job.drains().await;
        self.is_whole().await
    }

    /// The archive and the rooms together are exactly what was acknowledged, and erased words are
    /// in no object. Nobody writes, and everything is drained.
    pub async fn is_whole(&self) -> Counts {
        self.is_whole_in(&self.archive(), &self.path("s3")).await
    }

    /// The same, with another archive, which is in a folder.
    pub async fn is_whole_in(&self, archive: &Archive, folder: &Path) -> Counts {
        let client = self.job.client();
        let promised = self.town.promised();
        let mut counts = Counts { rooms: 0, entries: 0, erased: 0, expired: 0 };
        for (_, room) in &self.town.people {
            let log = &archive.rooms[&room.to_string()];
            assert_eq!(log.from, 1, "all of it is archived");
            let lines = &log.lines;
            let expired = hot_is_archived(&client, *room, lines).await;
            is_promised((1, lines), &promised[room]);
            counts.rooms += 1;
            counts.entries += lines.len();
            counts.erased += promised[room].erased.len();
            counts.expired += expired;
        }
        is_tidy(archive);
        no_erased_words(folder, promised.values());
        counts
    }

    /// What the archive and the rooms together still have is what was acknowledged, up to the
    /// newest. Nobody writes; something may be archived not yet, and something not any more.
    /// Answers how many entries there are.
    pub async fn is_kept(&self) -> usize {
        let (archive, client) = (self.archive(), self.job.client());
        let (promised, mut n_kept) = (self.town.promised(), 0);
        for (_, room) in &self.town.people {
            let status = client.status(*room).await.unwrap();
            let (head, expired) = (status.head.get(), status.expired.get());
            assert!(expired <= status.archived.get(), "{status:?}");
            let hot = match Seq::try_from(expired + 1) {
                Ok(from) if expired < head => {
                    client.log(*room, (from, status.head), u64::MAX).await.unwrap()
                }
                _ => Vec::new().into(),
            };
            let hot = String::from_utf8(hot.into()).unwrap();
            let hot: Vec<String> = hot.lines().map(str::to_owned).collect();
            assert_eq!(u64::try_from(hot.len()).unwrap(), head - expired);
            let empty = archive::Log { from: expired + 1, lines: Vec::new() };
            let cold = archive.rooms.get(room.as_str()).unwrap_or(&empty);
            let ends = cold.from + u64::try_from(cold.lines.len()).unwrap();
            assert!(cold.from <= expired + 1 && expired < ends, "no gap: {status:?}, {cold:?}");
            let n_both = usize::try_from(ends - expired - 1).unwrap();
            let (both, only_hot) = hot.split_at(n_both);
            assert!(cold.lines.ends_with(both), "room {room}");
            let lines = [&cold.lines, only_hot].concat();
            is_promised((cold.from, &lines), &promised[room]);
            n_kept += lines.len();
        }
        is_tidy(&archive);
        no_erased_words(&self.path("s3"), promised.values());
        n_kept
    }
}

/// A folder, in memory where there is such a thing: programs are killed here, not machines, so
/// nothing need wait for a disk.
fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    folder.unwrap()
}

fn is_tidy(archive: &Archive) {
    assert!(archive.unnamed.is_empty(), "left: {:?}", archive.unnamed);
    for fences in archive.fences.values() {
        assert!(fences.is_sorted(), "nobody wrote under an older lease: {fences:?}");
    }
}

/// What a room still has is what the archive has. Answers how much it has not any more.
async fn hot_is_archived(client: &Maru, room: RoomId, lines: &[String]) -> u64 {
    let status = client.status(room).await.unwrap();
    let n_lines = u64::try_from(lines.len()).unwrap();
    assert_eq!((status.head.get(), status.archived.get()), (n_lines, n_lines), "all is drained");
    let expired = status.expired.get();
    if expired < n_lines {
        let from = Seq::try_from(expired + 1).unwrap();
        let hot = client.log(room, (from, status.head), u64::MAX).await.unwrap();
        let hot = String::from_utf8(hot.into()).unwrap();
        let archived = &lines[usize::try_from(expired).unwrap()..];
        assert!(hot.lines().eq(archived.iter().map(String::as_str)), "room {room}");
    }
    expired
}

/// Each entry of the writer from one on is there once, as it was acknowledged, or as a tombstone
/// of that.
fn is_promised((from, lines): (u64, &[String]), promised: &Promised) {
    let entries = lines.iter().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut n_own = 0;
    for (entry, seq) in entries.zip(from..) {
        assert_eq!(entry["seq"], seq);
        // Nobody's device says what a room erased for the archive.
        let is_own = entry["device"].as_str().is_some_and(|device| device != NOBODY);
        n_own += usize::from(is_own);
        let Some(promise) = promised.entries.get(&seq) else {
            assert!(!is_own, "nobody was promised {entry}");
            continue;
        };
        if promised.erased.contains(&seq) {
            assert_eq!(entry["t"], "redacted", "{promise}");
            assert_eq!((&entry["nonce"], &entry["by"]), (&promise["nonce"], &promise["by"]));
        } else {
            assert_eq!(&entry, promise);
        }
    }
    let n_promised = promised.entries.range(from..).count();
    assert_eq!(n_own, n_promised, "every promise is kept");
}

/// No file of the store, of whatever name, holds a word that was erased.
pub fn no_erased_words<'a>(folder: &Path, promised: impl Iterator<Item = &'a Promised>) {
    let files = archive::words(folder);
    for promised in promised {
        for word in promised.erased_words() {
            let found = files.iter().find(|(_, text)| text.contains(word));
            assert!(found.is_none(), "{word} is in {}", found.unwrap().0.display());
        }
    }
}

/// A number from zero on, below `n`.
pub fn random_below(n: u64) -> u64 {
    getrandom::u64().unwrap() % n
}

/// SHA-256 of all that the manifests are, to see whether they change.
pub fn manifests(objects: &Path) -> Vec<u8> {
    let mut files = archive::words(&objects.join("v1/manifest"));
    files.sort();
    let mut hash = Sha256::new();
    for (path, text) in files {
        hash.update(path.to_str().unwrap());
        hash.update(text);
    }
    hash.finalize().to_vec()
}
