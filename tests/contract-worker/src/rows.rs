//! A room in simulated time, on a real database: how many rows it writes for what is said.

use std::collections::{BTreeSet, VecDeque};

use durable_objects::meter::Meter;
use durable_objects::reporting::Reporting;
use durable_objects::store::{DurableSql, SqlStore, Store, StoreError};
use protocol::limits::READ_AGAIN_MS;
use protocol::{
    ClientLine, DeviceId, Epoch, Hello, Nonce, RoomId, RoomKind, Send, Seq, SessionId, Timestamp,
    UserId,
};
use room::{Act, Effect, Effects, Founding, Input, Policy, Rate, RequestId, Room, Settings, Tally};
use serde::{Deserialize, Serialize};

/// Milliseconds between two looks at who reads.
const STEP_MS: u64 = 100;

/// Messages that are new enough to be amended.
const N_RECENT: usize = 50;

/// Different words that are said.
const N_WORDS: u64 = 5_000;

/// What is measured.
#[derive(Deserialize)]
pub(crate) struct Question {
    /// Sends each second, of all members together.
    rate: u64,
    /// For so many seconds.
    seconds: u64,
    /// Members, all of them with a live session.
    members: u64,
    /// Whether people also react, edit, reply in threads and read.
    mixed: bool,
}

/// What was written.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Measured {
    /// Entries that were stored.
    entries: u64,
    /// Rows of chunks.
    log: u64,
    /// Rows of everything that is stored with an entry.
    beside: u64,
    /// Rows of the index of search.
    index: u64,
    /// Times that the alarm was set, each of which the platform bills as a row.
    alarms: u64,
}

/// Says what `question` asks for, and counts.
pub(crate) fn measure(
    store: SqlStore<DurableSql>,
    question: &Question,
) -> Result<Measured, StoreError> {
    let mut scene = Scene::set(store, question.members)?;
    scene.measured = Measured::default();
    let from = scene.room.head();
    let n_sends = question.rate.saturating_mul(question.seconds);
    let start = scene.now;
    let mut next_step = start;
    for n in 0..n_sends {
        let at =
            start.saturating_add(n.saturating_mul(1_000).checked_div(question.rate).unwrap_or(0));
        while question.mixed && next_step <= at {
            scene.pass(next_step)?;
            scene.somebody_reads()?;
            next_step = next_step.saturating_add(STEP_MS);
        }
        scene.pass(at)?;
        scene.somebody_sends(question.mixed)?;
    }
    let end = scene.now.saturating_add(1_000);
    scene.pass(end)?;
    Ok(Measured { entries: scene.room.head().since(from), ..scene.measured })
}

/// A room with its store, and the people in it.
struct Scene {
    room: Room,
    store: SqlStore<DurableSql>,
    now: u64,
    wake_at: Option<u64>,
    /// What the room tells the meter, and when its alarm rings for that.
    reporting: Reporting,
    meter: Meter,
    rings_at: Option<u64>,
    nonces: Vec<u64>,
    /// The last messages, and whose they are.
    recent: VecDeque<(Seq, u64)>,
    /// Who reads next.
    reader: u64,
    random: u64,
    measured: Measured,
}

impl Scene {
    fn set(store: SqlStore<DurableSql>, n_members: u64) -> Result<Self, StoreError> {
        let settings = Settings {
            id: RoomId::from_random([1; 13]),
            name: "Floor".into(),
            kind: RoomKind::Public,
            topic: String::new(),
            slow_ms: 0,
            archived: false,
        };
        let people = vec![(user(0), name(0))];
        let founding = Founding { settings, epoch: Epoch::from_random([1; 13]), people };
        let unlimited = Rate { burst: u32::MAX, every_ms: 1 };
        let policy =
            Policy { sends: unlimited, requests: unlimited, looks: unlimited, ..Policy::default() };
        let now = 1_800_000_000_000;
        let (room, effects) = Room::found(Timestamp(now), founding, policy);
        let mut scene = Self {
            room,
            store,
            now,
            wake_at: None,
            reporting: Reporting::default(),
            meter: Meter::restore(Timestamp(now), Vec::new(), Vec::new(), Tally::default()),
            rings_at: None,
            nonces: Vec::new(),
            recent: VecDeque::new(),
            reader: 0,
            random: 1,
            measured: Measured::default(),
        };
        scene.execute(effects)?;
        for n in 1..n_members {
            let act = Act::Join { user: user(n), name: name(n), invite: None };
            scene.input(Input::Request { request: RequestId(n), act })?;
        }
        for n in 0..n_members {
            scene.nonces.push(0);
            scene.input(Input::Connected { session: SessionId(n), user: user(n), grant: None })?;
            let device = DeviceId::from_random(bytes(n));
            scene.says(n, ClientLine::Hello(Hello { device, resume: None }))?;
        }
        // What the joins left to do is done before anything is counted.
        let quiet = scene.now.saturating_add(20_000);
        scene.pass(quiet)?;
        Ok(scene)
    }

    /// Lets time pass until `at`.
    fn pass(&mut self, at: u64) -> Result<(), StoreError> {
        while let Some(due) = self.wake_at.into_iter().chain(self.rings_at).min()
            && due <= at
        {
            self.now = self.now.max(due);
            if self.rings_at == Some(due) {
                self.rings_at = None;
                self.reporting.rang();
            }
            self.wake_at = self.wake_at.filter(|wake_at| *wake_at != due);
            self.input(Input::Woke)?;
        }
        self.now = self.now.max(at);
        Ok(())
    }

    /// Those whose turn it is in this step read what was said last.
    fn somebody_reads(&mut self) -> Result<(), StoreError> {
        let n_members = u64::try_from(self.nonces.len()).unwrap_or(u64::MAX);
        let seq = self.room.stored_head();
        for _ in 0..n_members.saturating_mul(STEP_MS) / READ_AGAIN_MS {
            self.reader = self.reader.saturating_add(1).checked_rem(n_members).unwrap_or(0);
            self.says(self.reader, ClientLine::Read { seq })?;
        }
        Ok(())
    }

    fn somebody_sends(&mut self, mixed: bool) -> Result<(), StoreError> {
        let n_members = u64::try_from(self.nonces.len()).unwrap_or(u64::MAX);
        let n = self.draw_below(n_members);
        let nonce = self.nonce(n);
        let text = self.text();
        let chosen = self.draw_below(100);
        let n_recent = u64::try_from(self.recent.len()).unwrap_or(0);
        let recent = usize::try_from(self.draw_below(n_recent)).unwrap_or(0);
        let (line, is_message) = match self.recent.get(recent).copied() {
            Some((target, _)) if mixed && chosen < 10 => {
                let emoji = ["👍", "🎉", "❤️"].get(self.recent.len() % 3).copied().unwrap_or("👍");
                (ClientLine::React { nonce, target, emoji: emoji.into(), on: true }, false)
            }
            Some((target, author)) if mixed && chosen < 13 => {
                let nonce = self.nonce(author);
                self.says(author, ClientLine::Edit { nonce, target, body: text })?;
                return Ok(());
            }
            Some((target, _)) if mixed && chosen < 23 => {
                let send = Send { thread: Some(target), ..Send::text(nonce, text) };
                (ClientLine::Send(send), false)
            }
            Some(_) | None => (ClientLine::Send(Send::text(nonce, text)), true),
        };
        let before = self.room.head();
        self.says(n, line)?;
        if is_message && self.room.head() > before {
            self.recent.push_back((self.room.head(), n));
            if self.recent.len() > N_RECENT {
                self.recent.pop_front();
            }
        }
        Ok(())
    }

    fn says(&mut self, n: u64, line: ClientLine) -> Result<(), StoreError> {
        let (session, frame) = (SessionId(n), Ok(vec![line]));
        let known = self.store.known(&self.room.needs(Timestamp(self.now), session, &frame))?;
        self.input(Input::Frame { session, frame, known })
    }

    fn input(&mut self, input: Input) -> Result<(), StoreError> {
        let effects = self.room.handle(Timestamp(self.now), input);
        self.execute(effects)?;
        self.report();
        Ok(())
    }

    /// Tells the meter what is due, and sets the alarm if nobody else would.
    fn report(&mut self) {
        let now = Timestamp(self.now);
        let tally = self.room.take_tally();
        self.reporting.count(now, &tally, u64::from(self.room.n_sessions()));
        if let Some(report) = self.reporting.begin(now, "room") {
            let rhythm = self.meter.report(now, report);
            self.reporting.done(now, Some(rhythm));
        }
        let to_ring_at = self.reporting.to_ring_at(now).filter(|_| self.room.may_hibernate());
        if let Some(at) = to_ring_at {
            self.reporting.rings_at(at);
            self.rings_at = Some(at.0);
            self.measured.alarms = self.measured.alarms.saturating_add(1);
        }
    }

    fn execute(&mut self, effects: Effects) -> Result<(), StoreError> {
        for effect in effects.0 {
            match effect {
                Effect::Found { settings, epoch } => self.store.found(&settings, epoch)?,
                Effect::Commit(commit) => {
                    let (rows, ()) = self.counted(|store| store.commit(&commit))?;
                    let log = u64::from(commit.chunk.is_some());
                    self.measured.log = self.measured.log.saturating_add(log);
                    let beside = rows.saturating_sub(log);
                    self.measured.beside = self.measured.beside.saturating_add(beside);
                    self.index()?;
                }
                Effect::WakeAt(at) => self.wake_at = at.map(|at| at.0),
                Effect::Broadcast(_)
                | Effect::Serve { .. }
                | Effect::Send { .. }
                | Effect::Replay { .. }
                | Effect::Keep { .. }
                | Effect::Close { .. }
                | Effect::Answer { .. }
                | Effect::Gone => {}
            }
        }
        Ok(())
    }

    /// What the alarm does, as soon as it is due.
    fn index(&mut self) -> Result<(), StoreError> {
        if !self.store.index_is_due()? {
            return Ok(());
        }
        self.measured.alarms = self.measured.alarms.saturating_add(1);
        loop {
            let (rows, goes_on) = self.counted(SqlStore::index_block)?;
            self.measured.index = self.measured.index.saturating_add(rows);
            if !goes_on {
                return Ok(());
            }
        }
    }

    fn counted<T>(
        &self,
        work: impl FnOnce(&SqlStore<DurableSql>) -> Result<T, StoreError>,
    ) -> Result<(u64, T), StoreError> {
        let before = self.store.0.n_rows_written();
        let done = work(&self.store)?;
        Ok((self.store.0.n_rows_written().saturating_sub(before), done))
    }

    fn nonce(&mut self, n: u64) -> Nonce {
        let last = usize::try_from(n).ok().and_then(|n| self.nonces.get_mut(n));
        let next = last.map_or(1, |last| {
            *last = last.saturating_add(1);
            *last
        });
        Nonce::try_from(next).unwrap_or_default()
    }

    /// About a sentence, of words that are not all equally new to the index.
    fn text(&mut self) -> String {
        let words: BTreeSet<u64> = (0..12).map(|_| self.draw_below(N_WORDS)).collect();
        let words: Vec<String> = words.into_iter().map(|word| format!("word{word}")).collect();
        words.join(" ")
    }

    /// A number below `end`; zero if there is none.
    fn draw_below(&mut self, end: u64) -> u64 {
        self.draw().checked_rem(end).unwrap_or(0)
    }

    /// The generator `SplitMix64`: the same numbers every time.
    fn draw(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.random ^ (self.random >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

fn user(n: u64) -> UserId {
    UserId::from_random(bytes(n))
}

fn name(n: u64) -> String {
    format!("Person {n}")
}

fn bytes(n: u64) -> [u8; 13] {
    let mut bytes = [0; 13];
    bytes.iter_mut().zip(n.to_be_bytes()).for_each(|(byte, of_n)| *byte = of_n);
    bytes
}
