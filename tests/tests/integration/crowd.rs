//! A thousand members in one room: what each of them is told stays small.

use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use integration_tests::crowd;
use integration_tests::person::Person;
use integration_tests::server::Server;
use integration_tests::wire::Wire;
use protocol::limits::{NAMES_MAX, RECEIPT_STEPS_MAX, TICK_MS};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_tungstenite::tungstenite::Message;

const N_MEMBERS: usize = 1_000;
const N_TALKERS: usize = 20;
const N_MESSAGES: usize = 10;
const N_SAID: usize = N_TALKERS * N_MESSAGES;

/// The kinds of digests, and the bytes that one may have: its names or steps, each of at most 24
/// bytes, and what is around them.
const DIGESTS: [(&str, usize); 3] = [
    ("presence", 2 * NAMES_MAX * 24 + 64),
    ("typing", NAMES_MAX * 24 + 64),
    ("receipts", RECEIPT_STEPS_MAX * 24 + 64),
];

/// What one member was told.
#[derive(Default)]
struct Told {
    n_messages: usize,
    head: u64,
    /// How many digests of each kind came.
    n_digests: [u64; 3],
    /// The last of each kind.
    last: [Value; 3],
}

impl Told {
    fn read(&mut self, frame: &str) {
        for line in frame.lines() {
            if line.starts_with(r#"{"t":"message""#) {
                self.n_messages += 1;
                let seq = serde_json::from_str::<Value>(line).unwrap()["seq"].as_u64();
                self.head = self.head.max(seq.unwrap());
                continue;
            }
            for (i, (kind, bytes_max)) in DIGESTS.iter().enumerate() {
                if line.starts_with(&format!(r#"{{"t":"{kind}""#)) {
                    assert!(line.len() <= *bytes_max, "{line}");
                    self.n_digests[i] += 1;
                    self.last[i] = serde_json::from_str(line).unwrap();
                }
            }
        }
    }

    /// Whether everything was said, nobody writes any more, and everybody is known to have read.
    fn is_complete(&self) -> bool {
        let (typing, newest) = (&self.last[1]["who"], &self.last[2]["steps"][0]);
        let is_read = *newest == json!([self.head, N_MEMBERS]);
        self.n_messages == N_SAID && *typing == json!([]) && is_read
    }
}

/// A member that does what it is told, reads what is said, and ends when everybody has.
async fn member(
    mut wire: Wire,
    mut orders: UnboundedReceiver<Value>,
    reports: UnboundedSender<Value>,
) -> Told {
    let mut told = Told::default();
    let mut has_read = false;
    while !told.is_complete() {
        tokio::select! {
            Some(order) = orders.recv() => { wire.begins(order).await; }
            message = wire.socket.next() => {
                let Some(Ok(message)) = message else { panic!("the session ended") };
                let Message::Text(frame) = message else { continue };
                told.read(&frame);
                let _ = reports.send(told.last[1].clone());
                if told.n_messages == N_SAID && !has_read {
                    has_read = true;
                    let read = json!({ "t": "read", "seq": told.head }).to_string();
                    wire.socket.send(Message::text(read)).await.unwrap();
                }
            }
        }
    }
    told
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dg1_dg3_rc2_a_thousand_members_are_told_little_of_each_other() {
    let server = Server::start(None, 0);
    let ann = Person::sign_up(&server).await;
    let room = ann.found_room().await;
    let mut people = crowd::gather(&server, room, N_MEMBERS - 1).await;
    people.push(ann.clone());
    let started = Instant::now();
    let (reports, mut reported) = unbounded_channel();
    let (quiet, _) = unbounded_channel();
    let mut orders = Vec::new();
    let mut members = Vec::new();
    for (i, wire) in crowd::connect(&people, room).await.into_iter().enumerate() {
        let (order, ordered) = unbounded_channel();
        orders.push(order);
        let reports = if i == 0 { reports.clone() } else { quiet.clone() };
        members.push(tokio::spawn(member(wire, ordered, reports)));
    }
    for order in &orders[..N_TALKERS] {
        order.send(json!({ "t": "typing", "on": true })).unwrap();
    }
    // Some are named, the others are counted.
    let all = json!(N_TALKERS - NAMES_MAX);
    let typing = async { while reported.recv().await.expect("she listens")["more"] != all {} };
    typing.await;
    for n in 0..N_MESSAGES {
        for order in &orders[..N_TALKERS] {
            order.send(json!({ "t": "send", "body": format!("message {n}") })).unwrap();
        }
    }
    for member in members {
        let told = tokio::time::timeout(Duration::from_mins(2), member).await;
        let told = told.expect("everything is told in time").unwrap();
        let n_ticks = u64::try_from(started.elapsed().as_millis()).unwrap() / TICK_MS + 1;
        for ((kind, _), n) in DIGESTS.iter().zip(told.n_digests) {
            assert!(n <= n_ticks, "{n} of {kind} in {n_ticks} ticks");
        }
    }
    let (_, welcome) = Wire::welcome(&ann.on_another_device(), room).await;
    assert_eq!((&welcome["members"], &welcome["online"]), (&json!(N_MEMBERS), &json!(N_MEMBERS)));
}
