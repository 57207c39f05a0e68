//! `kill -9` in the middle of a load: nothing acknowledged is lost, nothing lands twice.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use client::Phase;
use integration_tests::driver::Driver;
use integration_tests::eventually;
use integration_tests::person::Person;
use integration_tests::server::Server;
use protocol::RoomId;
use serde_json::Value;

const N_CLIENTS: usize = 12;
const N_KILLS: usize = 3;

/// The bodies that a client saw acknowledged: its own messages in its timeline.
async fn acknowledged(driver: &Driver, person: &Person) -> Vec<(u64, String)> {
    let user = person.user;
    let own = move |client: &client::Client| {
        let messages = client.items().filter_map(|item| item.message());
        let own = messages.filter(|message| message.stamp.by == user);
        own.map(|message| (message.stamp.seq.get(), message.body.clone())).collect()
    };
    driver.look(own).await
}

async fn clients(server: &Server) -> (RoomId, Vec<(Person, Driver)>) {
    let founder = Person::sign_up(server).await;
    let room = founder.found_room().await;
    let mut clients = vec![(founder.clone(), Driver::start(founder, room, None))];
    for _ in 1..N_CLIENTS {
        let person = Person::sign_up(server).await;
        person.join(room).await;
        clients.push((person.clone(), Driver::start(person, room, None)));
    }
    (room, clients)
}

/// Everyone writes until told to stop, whether or not anybody answers.
#[derive(Default)]
struct Load {
    n_written: AtomicUsize,
    is_over: AtomicBool,
}

impl Load {
    async fn run(self: Arc<Self>, clients: Vec<(Person, Driver)>) {
        while !self.is_over.load(Relaxed) {
            let n = self.n_written.fetch_add(1, Relaxed);
            for (i, (_, driver)) in clients.iter().enumerate() {
                driver.send(format!("{i}/{n}"));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until everyone wrote `n` more messages.
    async fn goes_on(&self, n: usize) {
        let goal = self.n_written.load(Relaxed) + n;
        eventually("the load goes on", async || {
            (self.n_written.load(Relaxed) >= goal).then_some(())
        })
        .await;
    }
}

async fn all(clients: &[(Person, Driver)], what: &str, holds: fn(&client::Client) -> bool) {
    for (_, driver) in clients {
        eventually(what, async || driver.look(holds).await.then_some(())).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn en4_nothing_acknowledged_is_lost_by_kill_9() {
    let state = tempfile::tempdir().unwrap();
    let mut server = Server::start(Some(state.path()), 0);
    let port = server.port();
    let (room, clients) = clients(&server).await;
    let load = Arc::new(Load::default());
    let mut promised: BTreeMap<u64, String> = BTreeMap::new();
    for _ in 0..N_KILLS {
        all(&clients, "every client is back", |client| client.view().phase == Phase::Live).await;
        load.is_over.store(false, Relaxed);
        let writing = tokio::spawn(Arc::clone(&load).run(clients.clone()));
        load.goes_on(20).await;
        server.kill_9();
        let n_before = promised.len();
        for (person, driver) in &clients {
            promised.extend(acknowledged(driver, person).await);
        }
        assert!(promised.len() > n_before, "something was acknowledged");
        load.goes_on(5).await;
        load.is_over.store(true, Relaxed);
        writing.await.unwrap();
        let pending = clients[0].1.look(|client| client.view().pending.len()).await;
        assert!(pending > 0, "something was written that nobody answered");
        server = Server::start(Some(state.path()), port);
    }
    all(&clients, "every send is answered", |client| client.view().pending.is_empty()).await;
    let sent = load.n_written.load(Relaxed);

    let log = clients[0].0.log(room).await;
    let seqs: Vec<u64> = log.iter().filter_map(|entry| entry["seq"].as_u64()).collect();
    assert!(seqs.iter().copied().eq(1..=u64::try_from(log.len()).unwrap()), "gap-free");
    let body = |entry: &Value| entry["body"].as_str().map(str::to_owned);
    for (seq, promise) in &promised {
        let stored = log.iter().find(|entry| entry["seq"].as_u64() == Some(*seq)).and_then(body);
        assert_eq!(stored.as_ref(), Some(promise), "acknowledged at {seq}");
    }
    for (i, _) in clients.iter().enumerate() {
        let prefix = format!("{i}/");
        let own: Vec<String> =
            log.iter().filter_map(body).filter(|body| body.starts_with(&prefix)).collect();
        let want: Vec<String> = (0..sent).map(|n| format!("{i}/{n}")).collect();
        assert_eq!(own, want, "client {i}: each send once, in order");
    }
    eprintln!(
        "{N_KILLS} kills, {} sends, {} acknowledged before a kill, 0 lost, 0 doubled",
        sent * N_CLIENTS,
        promised.len()
    );
}
