//! A room that comes back from the archive: random rooms are restored from their logs.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test may panic: that is how it reports"
)]

mod native;

use std::collections::BTreeMap;

use durable_objects::store::{Sql, SqlStore, Store};
use native::Native;
use proptest::prelude::*;
use protocol::archive::{BanState, BeginRestore, InviteState, MemberState, RoomState};
use protocol::{
    Attachment, AttachmentId, Change, ClientLine, DeviceId, Epoch, Hello, Link, Nonce, Role,
    RoomId, RoomKind, Send, Seq, SessionId, Timestamp, UserId,
};
use room::{
    Act, Demand, Effect, Founding, Input, Invite, Policy, RequestId, Restoring, Room, Settings,
    Write, cut,
};

const N_USERS: u8 = 5;

/// A wish: what, by whom, to whom or about which message, and how.
type Wish = (u8, u8, u8, u8);

/// A real room over a real store.
struct Original {
    room: Room,
    store: SqlStore<Native>,
    now: Timestamp,
    live: BTreeMap<UserId, SessionId>,
    n: u64,
}

impl Original {
    fn founded() -> Self {
        let store = SqlStore(Native::fresh());
        let now = Timestamp(1_779_000_000_000);
        let people = vec![(user(0), "0".to_owned())];
        let founding = Founding { settings: settings(), epoch: epoch(1), people };
        let (room, effects) = Room::found(now, founding, Policy::default());
        let mut original = Self { room, store, now, live: BTreeMap::new(), n: 0 };
        original.execute(effects.0);
        original
    }

    fn input(&mut self, input: Input) {
        let effects = self.room.handle(self.now, input);
        self.execute(effects.0);
    }

    fn execute(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Found { settings, epoch } => self.store.found(&settings, epoch).unwrap(),
                Effect::Commit(commit) => self.store.commit(&commit).unwrap(),
                Effect::Close { session, .. } => self.live.retain(|_, live| *live != session),
                Effect::Broadcast(_)
                | Effect::Send { .. }
                | Effect::Replay { .. }
                | Effect::Keep { .. }
                | Effect::Answer { .. }
                | Effect::WakeAt(_)
                | Effect::Gone => {}
            }
        }
    }

    fn say(&mut self, user: UserId, line: ClientLine) {
        let session = self.session_of(user);
        let Some(session) = session else { return };
        let frame = Ok(vec![line]);
        let known = self.store.known(&self.room.needs(self.now, session, &frame)).unwrap();
        self.input(Input::Frame { session, frame, known });
    }

    fn session_of(&mut self, user: UserId) -> Option<SessionId> {
        self.room.role(user)?;
        if let Some(session) = self.live.get(&user) {
            return Some(*session);
        }
        self.n += 1;
        let session = SessionId(self.n);
        self.live.insert(user, session);
        self.input(Input::Connected { session, user });
        let hello = Hello { device: device(user), resume: None };
        let frame = Ok(vec![ClientLine::Hello(hello)]);
        self.input(Input::Frame { session, frame, known: room::Known::default() });
        Some(session)
    }

    fn ask(&mut self, act: Act) {
        self.input(Input::Request { request: RequestId(0), act });
    }

    fn wish(&mut self, (what, who, whom, how): Wish) {
        // Long enough that nothing is refused for coming too soon, and now and then over midnight.
        self.now = self.now.plus_ms(if how > 250 { 50_000_000 } else { 3_000 });
        self.n += 1;
        let nonce = Nonce::try_from(self.n).unwrap();
        let (by, user) = (user(who % N_USERS), user(whom % N_USERS));
        let head = self.room.head().get();
        let target = seq(head.saturating_sub(u64::from(whom) % 24).max(1));
        let reason = format!("reason {how}");
        let moderate = |demand| Act::Moderate { by, user, demand, reason };
        match what % 24 {
            0..=3 => self.ask(Act::Join { user: by, name: format!("n{who}"), invite: None }),
            4 if how > 128 => self.ask(Act::Leave { user: by }),
            4..=8 => self.say(by, said(nonce, &"말 ".repeat(1 + usize::from(how) * 4))),
            9 | 10 => {
                let ClientLine::Send(send) = said(nonce, "re") else { unreachable!() };
                let thread = (what % 2 == 0).then_some(target);
                self.say(by, ClientLine::Send(Send { reply_to: Some(target), thread, ..send }));
            }
            11 | 12 => {
                self.say(by, ClientLine::Edit { nonce, target, body: format!("edited {how}") });
            }
            13 => self.say(by, ClientLine::Redact { nonce, target }),
            14..=17 => {
                let emoji = ["👍", "❤️", "🎉"][usize::from(how) % 3].to_owned();
                self.say(by, ClientLine::React { nonce, target, emoji, on: how < 170 });
            }
            18 => self.say(by, ClientLine::Pin { nonce, target, on: how < 128 }),
            19 => self.send_file(by, nonce, how),
            20 => {
                let role = [Role::Guest, Role::Member, Role::Moderator, Role::Owner];
                self.ask(moderate(Demand::Role(role[usize::from(how) % 4])));
            }
            21 => self.ask(moderate(if how < 128 { Demand::Kick } else { Demand::Ban })),
            22 if how < 128 => self.ask(moderate(Demand::Mute(u64::from(how) * 100))),
            22 => self.ask(moderate(Demand::Unban)),
            _ => {
                let change = match how % 3 {
                    0 => Change { name: Some(format!("room {how}")), ..Change::default() },
                    1 => Change { topic: Some(format!("topic {how}")), ..Change::default() },
                    _ => Change { slow_ms: Some(u64::from(how)), ..Change::default() },
                };
                self.ask(Act::Change { by, change });
            }
        }
    }

    fn send_file(&mut self, by: UserId, nonce: Nonce, how: u8) {
        let mut random = [3; 13];
        random[..8].copy_from_slice(&self.n.to_be_bytes());
        let id = AttachmentId::from_random(random);
        let (name, media_type) = (format!("{how}.png"), "image/png".to_owned());
        let file = Attachment { id, name, media_type, bytes: 3, width: None, height: None };
        self.ask(Act::Upload { by, id, bytes: 3, n_uploads: 0 });
        if self.store.file(id).unwrap().is_some() {
            self.ask(Act::Uploaded { by, file });
            let ClientLine::Send(send) = said(nonce, "") else { unreachable!() };
            self.say(by, ClientLine::Send(Send { attachments: vec![id], ..send }));
        }
    }

    /// What cannot be rebuilt from entries.
    fn state(&self) -> RoomState {
        let Settings { name, kind, topic, slow_ms, archived, .. } = self.room.settings().clone();
        let members = self.room.members_after(None).cloned().map(|member| {
            let room::Member { user, name, role, joined_at, read, muted_until } = member;
            MemberState { user, name, role, joined_at, read, muted_until }
        });
        let bans = self.store.bans().unwrap().into_iter().map(|ban| {
            let room::Ban { user, name, by, at, reason } = ban;
            BanState { user, name, by, at, reason }
        });
        let invites = self.room.invites(self.now).map(|invite| {
            let Invite { id, by, expires_at, uses_left } = *invite;
            InviteState { id, by, expires_at, uses_left }
        });
        let (members, bans, invites) = (members.collect(), bans.collect(), invites.collect());
        let seq = self.room.head();
        RoomState { seq, name, kind, topic, slow_ms, archived, members, bans, invites }
    }
}

/// Begins to restore a room of this state.
fn begun(state: RoomState) -> SqlStore<Native> {
    let store = SqlStore(Native::fresh());
    let state_seq = state.seq;
    let begin = BeginRestore { state, expired: Seq::ZERO, link: Link::GENESIS.to_hex() };
    let (settings, rows) = Restoring::begin(settings().id, begin).unwrap();
    store.begin_restore(&settings, epoch(2), state_seq, &rows).unwrap();
    store
}

/// Tells a part of a log, as a job does that may be killed before and after.
fn tell(store: &SqlStore<Native>, lines: &[String]) {
    let mut restoring = store.restoring().unwrap().unwrap();
    let text = lines.join("\n");
    let chunks = cut(&text).unwrap();
    let entries = chunks.concat();
    let from = restoring.room().head();
    let to = seq(from.get() + u64::try_from(lines.len()).unwrap());
    let link = entries
        .iter()
        .fold(restoring.link(), |link, (line, entry)| link.then_stored(line, entry).unwrap());
    assert!(restoring.is_next(&chunks, to, link));
    assert!(!restoring.is_next(&chunks, to, Link::GENESIS), "another chain");
    assert!(!restoring.is_next(&[entries[1..].to_vec()], to, link), "a gap");
    assert!(!store.is_told(to, link).unwrap());
    store.tell(&mut restoring, chunks).unwrap();
    assert!(store.is_told(to, link).unwrap());
}

fn finish(store: &SqlStore<Native>) -> Vec<Write> {
    assert!(store.load().unwrap().is_none(), "there is no room until it is finished");
    let writes = store.restoring().unwrap().unwrap().finish();
    store.finish_restore(&writes).unwrap();
    writes
}

/// Rows, as text.
fn rows(store: &SqlStore<Native>, sql: &'static str) -> Vec<String> {
    store.0.run(sql, &[]).unwrap().iter().map(|row| format!("{row:?}")).collect()
}

fn lines(store: &SqlStore<Native>) -> Vec<String> {
    let chunks = store.chunks_after(Seq::ZERO, usize::MAX >> 1).unwrap();
    chunks.iter().flat_map(|chunk| chunk.lines.split('\n')).map(str::to_owned).collect()
}

/// What follows from the log alone.
const FOLDED: [&str; 6] = [
    "SELECT * FROM amendment ORDER BY seq",
    "SELECT * FROM reaction ORDER BY target, user, emoji",
    "SELECT * FROM reply ORDER BY thread, seq",
    "SELECT id, by, seq, file FROM attachment WHERE seq IS NOT NULL ORDER BY id",
    "SELECT json_remove(deed, '$.reason') FROM deed ORDER BY id",
    "SELECT value FROM meta WHERE key = 'revision'",
];

/// What is known otherwise up to a state, and follows from the log after it.
const KNOWN: [&str; 3] = [
    "SELECT member, name, role, joined_at, muted_until FROM member ORDER BY member",
    "SELECT user, by, at FROM ban ORDER BY user",
    "SELECT value FROM meta WHERE key = 'settings'",
];

fn wishes() -> impl Strategy<Value = Vec<Wish>> {
    prop::collection::vec(any::<Wish>(), 1..160)
}

proptest! {
    #[test]
    fn rs3_a_restored_room_has_what_the_one_has_that_wrote_its_log(
        wishes in wishes(),
        n_before_state in 0_usize..160,
        parts in prop::collection::vec(1_usize..40, 1..8),
    ) {
        let mut original = Original::founded();
        let mut state = original.state();
        for (n, wish) in wishes.into_iter().enumerate() {
            original.wish(wish);
            if n <= n_before_state {
                state = original.state();
            }
        }
        let log = lines(&original.store);
        let store = begun(state);
        let mut left = log.as_slice();
        for n in parts.into_iter().cycle() {
            if left.is_empty() {
                break;
            }
            let (part, rest) = left.split_at(n.min(left.len()));
            tell(&store, part);
            left = rest;
        }
        finish(&store);

        prop_assert_eq!(lines(&store), log);
        for sql in FOLDED.into_iter().chain(KNOWN) {
            prop_assert_eq!(rows(&store, sql), rows(&original.store, sql), "{}", sql);
        }
        let (restored, wrote) = (store.load().unwrap().unwrap(), original.store.load().unwrap().unwrap());
        prop_assert_eq!(restored.head, wrote.head);
        prop_assert_eq!(restored.link, wrote.link);
        prop_assert_eq!(restored.last_message, wrote.last_message);
        prop_assert_eq!(restored.sends, wrote.sends);
        prop_assert_ne!(restored.epoch, wrote.epoch);
    }
}

fn said(nonce: Nonce, body: &str) -> ClientLine {
    ClientLine::Send(Send::text(nonce, body.to_owned()))
}

fn settings() -> Settings {
    Settings {
        id: RoomId::from_random([9; 13]),
        name: "Floor".to_owned(),
        kind: RoomKind::Public,
        topic: String::new(),
        slow_ms: 0,
        archived: false,
    }
}

fn epoch(n: u8) -> Epoch {
    Epoch::from_random([n; 13])
}

fn user(n: u8) -> UserId {
    UserId::from_random([n; 13])
}

fn device(user: UserId) -> DeviceId {
    user.as_str().parse().unwrap()
}

fn seq(n: u64) -> Seq {
    Seq::try_from(n).unwrap()
}
