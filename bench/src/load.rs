//! Members on real sockets, each with a task of its own, who count what reaches them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use integration_tests::crowd;
use integration_tests::person::Person;
use integration_tests::server::Server;
use integration_tests::wire::{self, Wire};
use protocol::RoomId;
use protocol::limits::read_again_ms;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_tungstenite::tungstenite::Message;

/// How many sockets are opened at once.
const AT_ONCE: usize = 32;

/// Milliseconds that somebody who goes stays away: longer than a departure goes unnoticed.
const AWAY_MS: u64 = 10_000;

/// What reached all members, as it is on the wire before TCP and TLS.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    pub(crate) entry_bytes: AtomicU64,
    pub(crate) digest_bytes: AtomicU64,
    pub(crate) entry_frames: AtomicU64,
    pub(crate) digest_frames: AtomicU64,
    /// Of those who came back: answers to `hello`.
    pub(crate) welcome_bytes: AtomicU64,
}

/// What a member is told to do.
#[derive(Clone, Debug)]
pub(crate) enum Order {
    /// Send this line; a send lacks its nonce.
    Say(Value),
    /// Lose the connection, and come back after a while.
    Leave,
    /// From now on, read what comes (or do not).
    Read(bool),
}

/// A room full of members.
pub(crate) struct Crowd {
    pub(crate) counted: Arc<Counted>,
    orders: Vec<UnboundedSender<Order>>,
}

impl Crowd {
    /// Everybody connects to `room`; answers when all were welcome.
    pub(crate) async fn connect(people: Vec<Person>, room: RoomId) -> Self {
        let counted = Arc::new(Counted::default());
        let connect = |person: Person| async move {
            let (wire, welcome) = Wire::welcome(&person, room).await;
            (person, wire, welcome)
        };
        let connected: Vec<(Person, Wire, Value)> =
            stream::iter(people).map(connect).buffered(AT_ONCE).collect().await;
        let n_online = connected.len() as u64;
        let mut orders = Vec::new();
        for (person, wire, welcome) in connected {
            let (order, ordered) = unbounded_channel();
            orders.push(order);
            let member = Member {
                person,
                room,
                counted: Arc::clone(&counted),
                epoch: welcome["epoch"].clone(),
                nonce: 0,
                head: welcome["head"].as_u64().unwrap_or(0),
                read: 0,
                reads: false,
            };
            let read_again = Duration::from_millis(read_again_ms(n_online));
            tokio::spawn(member.live(wire, ordered, read_again));
        }
        Self { counted, orders }
    }

    /// Tells the member `i`, counted around.
    pub(crate) fn tell(&self, i: usize, order: Order) {
        let _ = self.orders[i % self.orders.len()].send(order);
    }

    /// Tells everybody.
    pub(crate) fn tell_all(&self, order: &Order) {
        for i in 0..self.orders.len() {
            self.tell(i, order.clone());
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.orders.len()
    }
}

/// Founds a room and fills it.
pub(crate) async fn fill(server: &Server, n: usize) -> (RoomId, Vec<Person>) {
    let owner = server.people(1).remove(0);
    let room = owner.found_room().await;
    let mut people = crowd::gather(server, room, n.saturating_sub(1)).await;
    people.push(owner);
    (room, people)
}

struct Member {
    person: Person,
    room: RoomId,
    counted: Arc<Counted>,
    epoch: Value,
    nonce: u64,
    /// The last entry that came, and the last one that was read.
    head: u64,
    read: u64,
    reads: bool,
}

impl Member {
    async fn live(
        mut self,
        mut wire: Wire,
        mut orders: UnboundedReceiver<Order>,
        read_again: Duration,
    ) {
        let mut again = tokio::time::interval(read_again);
        loop {
            tokio::select! {
                frame = wire.socket.next() => match frame {
                    Some(Ok(Message::Text(frame))) => self.count(&frame),
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => panic!("a session ended that nobody ended"),
                },
                order = orders.recv() => match order {
                    None => return,
                    Some(Order::Read(reads)) => self.reads = reads,
                    Some(Order::Say(line)) => self.say(&mut wire, line).await,
                    Some(Order::Leave) => {
                        drop(wire);
                        tokio::time::sleep(Duration::from_millis(AWAY_MS)).await;
                        wire = wire::open(wire::upgrade(&self.person, self.room)).await.unwrap();
                        wire.say(&self.hello()).await;
                    }
                },
                _ = again.tick() => if self.reads && self.head > self.read {
                    self.read = self.head;
                    wire.say(&json!({ "t": "read", "seq": self.read })).await;
                },
            }
        }
    }

    /// What is said by one who holds everything that came.
    fn hello(&self) -> Value {
        let resume = json!({ "epoch": self.epoch, "seq": self.head });
        json!({ "t": "hello", "device": self.person.device, "resume": resume })
    }

    async fn say(&mut self, wire: &mut Wire, mut line: Value) {
        if line["t"] == "send" {
            self.nonce += 1;
            line["nonce"] = json!(self.nonce);
        }
        wire.say(&line).await;
    }

    /// Entries share a frame, and digests follow them in it (rule GC2).
    fn count(&mut self, frame: &str) {
        let bytes = on_the_wire(frame.len());
        match kind(frame) {
            Some("presence" | "typing" | "receipts") => {
                self.counted.digest_bytes.fetch_add(bytes, Relaxed);
                self.counted.digest_frames.fetch_add(1, Relaxed);
            }
            Some("welcome" | "gap") => {
                self.counted.welcome_bytes.fetch_add(bytes, Relaxed);
            }
            Some("pong" | "bye" | "refused") => {}
            _ => {
                let is_digest =
                    |line: &&str| matches!(kind(line), Some("presence" | "typing" | "receipts"));
                let digests: usize =
                    frame.lines().filter(is_digest).map(|line| line.len() + 1).sum();
                self.counted.digest_bytes.fetch_add(digests as u64, Relaxed);
                self.counted.entry_bytes.fetch_add(bytes - digests as u64, Relaxed);
                self.counted.entry_frames.fetch_add(1, Relaxed);
                let seq = frame.lines().rfind(|line| !is_digest(line)).and_then(seq_of);
                self.head = self.head.max(seq.unwrap_or(0));
            }
        }
    }
}

/// What the first line of a frame is.
fn kind(frame: &str) -> Option<&str> {
    frame.strip_prefix(r#"{"t":""#).and_then(|rest| rest.split('"').next())
}

/// The bytes of a WebSocket frame from a server.
fn on_the_wire(payload: usize) -> u64 {
    let header = match payload {
        ..126 => 2,
        126..65_536 => 4,
        _ => 10,
    };
    u64::try_from(payload + header).unwrap_or(u64::MAX)
}

fn seq_of(line: &str) -> Option<u64> {
    let (_, rest) = line.split_once(r#""seq":"#)?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}
