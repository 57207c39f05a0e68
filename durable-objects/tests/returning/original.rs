//! A real room over a real store, in which random things happen.

use std::collections::BTreeMap;

use durable_objects::store::{Sql, SqlStore, Store};
use protocol::archive::{BanState, InviteState, MemberState, RoomState};
use protocol::codec::decode_entry;
use protocol::{
    Attachment, AttachmentId, Change, ClientLine, DeviceId, Epoch, Hello, Link, Nonce, Refusal,
    Role, RoomId, RoomKind, Send, Seq, SessionId, Timestamp, UserId,
};
use room::{
    Act, Archiving, Demand, Effect, Founding, Input, Invite, Policy, RequestId, Room, Settings,
};

use crate::native::Native;

pub(crate) const N_USERS: u8 = 5;

/// A wish: what, by whom, to whom or about which message, and how.
pub(crate) type Wish = (u8, u8, u8, u8);

/// A real room over a real store.
pub(crate) struct Original {
    pub(crate) room: Room,
    pub(crate) store: SqlStore<Native>,
    /// The lines as they were accepted, whatever was erased since.
    pub(crate) written: Vec<String>,
    pub(crate) refused: Option<Refusal>,
    now: Timestamp,
    live: BTreeMap<UserId, SessionId>,
    n: u64,
}

impl Original {
    pub(crate) fn founded() -> Self {
        let store = SqlStore(Native::fresh());
        let now = Timestamp(1_779_000_000_000);
        let people = vec![(user(0), "0".to_owned())];
        let founding = Founding { settings: settings(), epoch: epoch(1), people };
        let (room, effects) = Room::found(now, founding, Policy::default());
        let (written, refused, live) = (Vec::new(), None, BTreeMap::new());
        let mut original = Self { room, store, written, refused, now, live, n: 0 };
        original.execute(effects.0);
        original
    }

    pub(crate) fn input(&mut self, input: Input) {
        let effects = self.room.handle(self.now, input);
        self.execute(effects.0);
    }

    fn execute(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Found { settings, epoch } => self.store.found(&settings, epoch).unwrap(),
                Effect::Commit(commit) => {
                    let lines = commit.chunk.iter().flat_map(|chunk| chunk.lines.split('\n'));
                    self.written.extend(lines.map(str::to_owned));
                    self.store.commit(&commit).unwrap();
                }
                Effect::Answer { answer, .. } => {
                    self.refused = answer.err().map(|denial| denial.code);
                }
                Effect::Close { session, .. } => self.live.retain(|_, live| *live != session),
                Effect::Broadcast(_)
                | Effect::Serve { .. }
                | Effect::Send { .. }
                | Effect::Replay { .. }
                | Effect::Keep { .. }
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
        self.input(Input::Connected { session, user, grant: None });
        let hello = Hello { device: device(user), resume: None };
        let frame = Ok(vec![ClientLine::Hello(hello)]);
        self.input(Input::Frame { session, frame, known: room::Known::default() });
        Some(session)
    }

    pub(crate) fn ask(&mut self, act: Act) {
        self.input(Input::Request { request: RequestId(0), act });
    }

    pub(crate) fn wish(&mut self, (what, who, whom, how): Wish) {
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

    /// What the archive job asks.
    pub(crate) fn archive(&mut self, act: Archiving) {
        self.input(Input::Archive { request: RequestId(0), act });
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
    pub(crate) fn state(&self) -> RoomState {
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

/// Rows, as text.
pub(crate) fn rows(store: &SqlStore<Native>, sql: &'static str) -> Vec<String> {
    store.0.run(sql, &[]).unwrap().iter().map(|row| format!("{row:?}")).collect()
}

pub(crate) fn lines(store: &SqlStore<Native>) -> Vec<String> {
    let chunks = store.chunks_after(Seq::ZERO, usize::MAX >> 1).unwrap();
    chunks.iter().flat_map(|chunk| chunk.lines.split('\n')).map(str::to_owned).collect()
}

fn said(nonce: Nonce, body: &str) -> ClientLine {
    ClientLine::Send(Send::text(nonce, body.to_owned()))
}

pub(crate) fn settings() -> Settings {
    Settings {
        id: RoomId::from_random([9; 13]),
        name: "Floor".to_owned(),
        kind: RoomKind::Public,
        topic: String::new(),
        slow_ms: 0,
        archived: false,
    }
}

pub(crate) fn epoch(n: u8) -> Epoch {
    Epoch::from_random([n; 13])
}

pub(crate) fn user(n: u8) -> UserId {
    UserId::from_random([n; 13])
}

fn device(user: UserId) -> DeviceId {
    user.as_str().parse().unwrap()
}

pub(crate) fn seq(n: u64) -> Seq {
    Seq::try_from(n).unwrap()
}

/// The chain over lines from the beginning of a log.
pub(crate) fn link_of(lines: &[String]) -> Link {
    lines.iter().fold(Link::GENESIS, |link, line| {
        let entry = decode_entry(line).unwrap().unwrap();
        link.then_stored(line, &entry).unwrap()
    })
}
