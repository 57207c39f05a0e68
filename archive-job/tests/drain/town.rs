//! People who write, edit and erase in several rooms, and remember what they were promised.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use archive_job::layout;
use integration_tests::eventually;
use integration_tests::person::Person;
use integration_tests::server::Server;
use integration_tests::wire::Wire;
use protocol::RoomId;
use serde_json::{Value, json};

/// Several rooms, in each of which somebody writes.
pub struct Town {
    pub people: Vec<(Person, RoomId)>,
    ledger: Arc<Ledger>,
}

/// What the server acknowledged.
#[derive(Default)]
pub struct Ledger {
    rooms: Mutex<BTreeMap<RoomId, Promised>>,
    n_said: AtomicU64,
    is_over: AtomicBool,
    /// Whether nobody edits or erases.
    only_says: AtomicBool,
}

/// What was acknowledged in a room.
#[derive(Clone, Default)]
pub struct Promised {
    /// Every entry of its writer, as it was sent back.
    pub entries: BTreeMap<u64, Value>,
    /// Messages and edits that were erased.
    pub erased: BTreeSet<u64>,
}

impl Town {
    /// Founds `n` rooms.
    pub async fn found(server: &Server, n: usize) -> Self {
        let mut people = Vec::new();
        for person in server.people(n) {
            let room = person.found_room().await;
            people.push((person, room));
        }
        Self { people, ledger: Arc::default() }
    }

    /// Founds rooms until two of them are in one bucket; these are the town. Answers the bucket.
    pub async fn settle(&mut self, server: &Server) -> u8 {
        let mut buckets: BTreeMap<u8, (Person, RoomId)> = BTreeMap::new();
        loop {
            for (person, room) in Self::found(server, 8).await.people {
                let bucket = layout::bucket(room);
                if let Some(first) = buckets.remove(&bucket) {
                    self.people = vec![first, (person, room)];
                    return bucket;
                }
                buckets.insert(bucket, (person, room));
            }
        }
    }

    /// Writes in all rooms until the returned value is told to end.
    pub fn writes(&self) -> Writing {
        self.ledger.is_over.store(false, Relaxed);
        let write = |(person, room): &(Person, RoomId)| {
            tokio::spawn(write(person.clone(), *room, Arc::clone(&self.ledger)))
        };
        Writing { tasks: self.people.iter().map(write).collect(), ledger: Arc::clone(&self.ledger) }
    }

    /// Everybody writes until `n` more entries were acknowledged, and then stops.
    pub async fn write(&self, n: u64) {
        let writing = self.writes();
        self.goes_on(n).await;
        writing.end().await;
    }

    /// The same, and nobody edits or erases.
    pub async fn say(&self, n: u64) {
        self.ledger.only_says.store(true, Relaxed);
        self.write(n).await;
        self.ledger.only_says.store(false, Relaxed);
    }

    /// The writer of a room erases the newest message that was not erased.
    pub async fn erase_one(&self, index: usize) {
        let (person, room) = &self.people[index];
        let target = *self.ledger.standing(*room).last().expect("a message");
        let (mut wire, _) = Wire::welcome(person, *room).await;
        let entry = wire.does(json!({ "t": "redact", "target": target })).await;
        assert_eq!(entry["t"], "redact", "{entry}");
        self.ledger.acknowledged(*room, entry);
    }

    /// What the writer of a room said was erased, all of it.
    pub fn everything_is_erased(&self, index: usize) {
        let mut rooms = self.ledger.rooms.lock().unwrap();
        let Some(promised) = rooms.get_mut(&self.people[index].1) else { return };
        let says = |(_, entry): &(&u64, &Value)| entry["body"].is_string();
        let seqs = promised.entries.iter().filter(says).map(|(seq, _)| *seq);
        promised.erased.extend(seqs.collect::<Vec<u64>>());
    }

    /// Waits until `n` more entries were acknowledged.
    pub async fn goes_on(&self, n: u64) {
        let goal = self.ledger.n_said.load(Relaxed) + n;
        eventually("people write", async || {
            (self.ledger.n_said.load(Relaxed) >= goal).then_some(())
        })
        .await;
    }

    /// What was acknowledged until now.
    pub fn promised(&self) -> BTreeMap<RoomId, Promised> {
        self.ledger.rooms.lock().unwrap().clone()
    }
}

/// People who write.
pub struct Writing {
    tasks: Vec<tokio::task::JoinHandle<()>>,
    ledger: Arc<Ledger>,
}

impl Writing {
    /// They end what they began, and stop.
    pub async fn end(self) {
        self.ledger.is_over.store(true, Relaxed);
        for task in self.tasks {
            task.await.unwrap();
        }
    }
}

/// Of ten acts, seven are messages, two are edits and one erases: mostly something recent, now and
/// then something that is long in the archive.
async fn write(person: Person, room: RoomId, ledger: Arc<Ledger>) {
    let (mut wire, _) = Wire::welcome(&person, room).await;
    // What was refused would be again, as long as nobody says anything.
    let mut was_refused = false;
    while !ledger.is_over.load(Relaxed) {
        let n = ledger.n_said.load(Relaxed);
        let (erasable, body) = (ledger.standing(room), word());
        let pick = |salt: u64| {
            let back = if n.is_multiple_of(3) {
                n.wrapping_mul(31).wrapping_add(salt) % 1_000
            } else {
                n % 5
            };
            let index = u64::try_from(erasable.len()).unwrap().checked_sub(back + 1);
            erasable.get(usize::try_from(index.unwrap_or(0)).unwrap()).copied()
        };
        let changes = !was_refused && !ledger.only_says.load(Relaxed);
        let line = match (n % 10, pick(n)) {
            (3 | 6, Some(target)) if changes => {
                json!({ "t": "edit", "target": target, "body": body })
            }
            (8, Some(target)) if changes => json!({ "t": "redact", "target": target }),
            _ => json!({ "t": "send", "body": body }),
        };
        let entry = wire.does(line.clone()).await;
        was_refused = entry["t"] == "refused";
        if was_refused {
            // What expired can be neither edited nor erased, and what is held not erased.
            let code = entry["code"].as_str().unwrap();
            assert!(["no_such_message", "held"].contains(&code), "{line} {entry}");
        } else {
            ledger.acknowledged(room, entry);
        }
        // They would write as fast as they are answered, and leave nothing to anybody else.
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
}

/// Something that nobody else says.
pub fn word() -> String {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).unwrap();
    format!("word{:016x}", u64::from_be_bytes(bytes))
}

impl Ledger {
    /// The messages of a room that were not erased.
    fn standing(&self, room: RoomId) -> Vec<u64> {
        let rooms = self.rooms.lock().unwrap();
        let Some(promised) = rooms.get(&room) else { return Vec::new() };
        let messages = promised.entries.iter().filter(|(_, entry)| entry["t"] == "message");
        let seqs = messages.map(|(seq, _)| *seq);
        seqs.filter(|seq| !promised.erased.contains(seq)).collect()
    }

    fn acknowledged(&self, room: RoomId, entry: Value) {
        let mut rooms = self.rooms.lock().unwrap();
        let promised = rooms.entry(room).or_default();
        let seq = entry["seq"].as_u64().unwrap();
        if entry["t"] == "redact" {
            let target = entry["target"].as_u64().unwrap();
            promised.erased.insert(target);
            let edits = promised
                .entries
                .iter()
                .filter(|(_, edit)| edit["t"] == "edit" && edit["target"].as_u64() == Some(target));
            let edits: Vec<u64> = edits.map(|(seq, _)| *seq).collect();
            promised.erased.extend(edits);
        }
        assert!(promised.entries.insert(seq, entry).is_none(), "seq {seq} was given twice");
        self.n_said.fetch_add(1, Relaxed);
    }
}

impl Promised {
    /// Everything that was said.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.entries.values().filter_map(|entry| entry["body"].as_str())
    }

    /// What must be nowhere.
    pub fn erased_words(&self) -> impl Iterator<Item = &str> {
        let entries = self.entries.iter().filter(|(seq, _)| self.erased.contains(seq));
        entries.filter_map(|(_, entry)| entry["body"].as_str())
    }
}
