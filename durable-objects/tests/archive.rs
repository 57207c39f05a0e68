//! What the archive job is told of a room, over memory or native SQLite.
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    reason = "a test may panic: that is how it reports"
)]

mod native;

use durable_objects::archive::{EXPIRE_ENTRIES, expirable, next_range, sealed, status};
use durable_objects::store::{MemoryStore, SqlStore, Store};
use native::Native;
use protocol::codec::decode_entry;
use protocol::{
    ClientLine, DeviceId, Epoch, Hello, Link, Nonce, RoomId, RoomKind, Send, Seq, SessionId,
    Timestamp, UserId,
};
use room::{
    Act, Archiving, Demand, Effect, Effects, Founding, Input, Policy, Range, RequestId, Room,
    Settings,
};

const DAY_MS: u64 = 86_400_000;
const SESSION: SessionId = SessionId(1);

/// A quiet room in which one member acts: every entry is a chunk.
struct Quiet<S> {
    store: S,
    room: Room,
    now: Timestamp,
    nonce: u64,
}

impl<S: Store> Quiet<S> {
    /// Founded at noon of a day; who founds it is entry 1.
    fn found(store: S) -> Self {
        let settings = Settings {
            id: RoomId::from_random([7; 13]),
            name: "마루".into(),
            kind: RoomKind::Public,
            topic: "words".into(),
            slow_ms: 0,
            archived: false,
        };
        let now = Timestamp(100 * DAY_MS + DAY_MS / 2);
        let people = vec![(user(1), "Ann".to_owned())];
        let founding = Founding { settings, epoch: Epoch::from_random([9; 13]), people };
        let (room, effects) = Room::found(now, founding, Policy::default());
        let mut quiet = Self { store, room, now, nonce: 0 };
        quiet.execute(effects);
        quiet.input(Input::Connected { session: SESSION, user: user(1), grant: None });
        let device = DeviceId::from_random([2; 13]);
        quiet.line(ClientLine::Hello(Hello { device, resume: None }));
        quiet
    }

    fn input(&mut self, input: Input) {
        let effects = self.room.handle(self.now, input);
        self.execute(effects);
    }

    fn line(&mut self, line: ClientLine) {
        let frame = Ok(vec![line]);
        let known = self.store.known(&self.room.needs(self.now, SESSION, &frame)).unwrap();
        self.input(Input::Frame { session: SESSION, frame, known });
        self.input(Input::Flush);
    }

    fn say_at(&mut self, at: u64, body: &str) -> Seq {
        self.now = Timestamp(at);
        let nonce = self.next_nonce();
        self.line(ClientLine::Send(Send::text(nonce, body.to_owned())));
        self.room.head()
    }

    /// The same, a minute after what was said before.
    fn say(&mut self, body: &str) -> Seq {
        self.say_at(self.now.0 + 60_000, body)
    }

    fn edit(&mut self, target: Seq, body: &str) -> Seq {
        self.now = self.now.plus_ms(60_000);
        let nonce = self.next_nonce();
        self.line(ClientLine::Edit { nonce, target, body: body.to_owned() });
        self.room.head()
    }

    fn redact(&mut self, target: Seq) -> Seq {
        self.now = self.now.plus_ms(60_000);
        let nonce = self.next_nonce();
        self.line(ClientLine::Redact { nonce, target });
        self.room.head()
    }

    fn next_nonce(&mut self) -> Nonce {
        self.nonce += 1;
        Nonce::try_from(self.nonce).unwrap()
    }

    fn archive(&mut self, act: Archiving) {
        self.input(Input::Archive { request: RequestId(0), act });
    }

    fn seal(&mut self, bytes_max: u64) -> Option<Range> {
        let next = next_range(&self.store, self.room.archive().archived.seq, bytes_max).unwrap();
        self.archive(Archiving::Seal { fence: 1, next });
        self.room.archive().sealed
    }

    /// Archives everything.
    fn drain(&mut self) {
        while let Some(Range { to, link, .. }) = self.seal(u64::MAX) {
            self.archive(Archiving::Acknowledge { fence: 1, to, link, next_at: None });
        }
        assert_eq!(self.room.archive().archived.seq, self.room.head());
    }

    /// Expires one batch; answers where it ended.
    fn expire(&mut self, before: u64) -> Option<Seq> {
        let upto = expirable(&self.store, &self.room, Timestamp(before)).unwrap();
        self.archive(Archiving::Expire { fence: 1, upto });
        upto
    }

    fn execute(&mut self, effects: Effects) {
        for effect in effects.0 {
            match effect {
                Effect::Found { settings, epoch } => self.store.found(&settings, epoch).unwrap(),
                Effect::Commit(commit) => self.store.commit(&commit).unwrap(),
                Effect::Send { frame, .. } => assert!(!frame.contains("refused"), "{frame}"),
                Effect::Answer { answer, .. } => drop(answer.unwrap()),
                _ => {}
            }
        }
    }
}

fn user(n: u8) -> UserId {
    UserId::from_random([n; 13])
}

fn seq(n: u64) -> Seq {
    Seq::try_from(n).unwrap()
}

#[test]
fn ar1_a_range_is_of_one_day_and_bounded() {
    let mut quiet = Quiet::found(SqlStore(Native::fresh()));
    let midnight = 101 * DAY_MS;
    quiet.say_at(midnight - 1, "the last of its day");
    quiet.say_at(midnight, "the first of the next one");
    quiet.say_at(midnight + 1, "another one");
    let next = |quiet: &Quiet<_>, after, bytes_max| {
        let range = next_range(&quiet.store, seq(after), bytes_max).unwrap();
        range.map(|range| (range.from.get(), range.to.get()))
    };
    assert_eq!(next(&quiet, 0, u64::MAX), Some((1, 2)), "it does not cross midnight");
    assert_eq!(next(&quiet, 2, u64::MAX), Some((3, 4)));
    assert_eq!(next(&quiet, 4, u64::MAX), None);
    assert_eq!(next(&quiet, 0, 0), Some((1, 1)), "one chunk in any case");
    let lines = quiet.store.lines(&[seq(3), seq(4)]).unwrap();
    let n_bytes: u64 = lines.iter().map(|(_, line)| line.len() as u64 + 1).sum();
    assert_eq!(next(&quiet, 2, n_bytes), Some((3, 4)));
    assert_eq!(next(&quiet, 2, n_bytes - 1), Some((3, 3)));
    let range = next_range(&quiet.store, seq(2), u64::MAX).unwrap().unwrap();
    assert_eq!((range.first_at, range.last_at), (Timestamp(midnight), Timestamp(midnight + 1)));
}

#[test]
fn ar7_what_was_erased_and_what_the_room_is() {
    let mut quiet = Quiet::found(MemoryStore::default());
    let secret = quiet.say("hunter2");
    let edits = [quiet.edit(secret, "swordfish"), quiet.edit(secret, "nothing")];
    quiet.drain();
    let redact = quiet.redact(secret);
    let other = quiet.say("another one");
    let again = quiet.redact(other);
    let range = quiet.seal(u64::MAX).unwrap();
    assert_eq!((range.from, range.to), (redact, again));
    let told = sealed(&quiet.store, &quiet.room).unwrap();
    let range = told.range.unwrap();
    assert_eq!(range.erased, [secret, edits[0], edits[1], other]);
    let state = told.state.unwrap();
    assert_eq!((state.seq, state.members.len(), state.topic.as_str()), (again, 1, "words"));
    assert_eq!(told.status.revision, again);
    quiet.say("later");
    let told = sealed(&quiet.store, &quiet.room).unwrap();
    assert_eq!(told.state, None, "the room may be another one by now");
    assert_eq!(told.range.unwrap(), range);
}

#[test]
fn ar7_a_state_has_what_no_entry_tells() {
    let mut quiet = Quiet::found(MemoryStore::default());
    let (by, request) = (user(1), RequestId(0));
    let act = |quiet: &mut Quiet<MemoryStore>, act| quiet.input(Input::Request { request, act });
    let reason = "because".to_owned();
    let demand = Demand::Ban;
    act(&mut quiet, Act::Moderate { by, user: user(2), demand, reason: reason.clone() });
    let invite = protocol::InviteId::from_random([3; 13]);
    act(&mut quiet, Act::Invite { by, invite, expires_in_ms: None, uses: Some(2) });
    quiet.input(Input::Flush);
    quiet.seal(u64::MAX);
    let state = sealed(&quiet.store, &quiet.room).unwrap().state.unwrap();
    let bans: Vec<_> = state.bans.iter().map(|ban| (ban.user, ban.reason.clone())).collect();
    assert_eq!(bans, [(user(2), reason)]);
    assert_eq!((state.invites[0].id, state.invites[0].uses_left), (invite, 2));
}

#[test]
fn ex1_the_cut_is_exact_to_the_millisecond() {
    let mut quiet = Quiet::found(SqlStore(Native::fresh()));
    let cut = 101 * DAY_MS;
    let old = quiet.say_at(cut - 1, "old");
    quiet.say_at(cut, "not old");
    quiet.drain();
    assert_eq!(quiet.expire(cut), Some(old));
    assert_eq!(quiet.expire(cut), None);
    let status = status(&quiet.store, &quiet.room).unwrap();
    assert_eq!((status.expired, status.oldest_at), (old, Some(Timestamp(cut))));
}

#[test]
fn ex1_a_batch_is_bounded() {
    let mut quiet = Quiet::found(MemoryStore::default());
    let n = EXPIRE_ENTRIES + 10;
    for _ in 1..n {
        quiet.say(".");
    }
    quiet.drain();
    assert_eq!(quiet.expire(u64::MAX), Some(seq(EXPIRE_ENTRIES)));
    assert_eq!(quiet.expire(u64::MAX), Some(seq(n)));
    assert_eq!(quiet.expire(u64::MAX), None);
}

#[test]
fn ex3_expiry_ends_where_the_archive_does() {
    let mut quiet = Quiet::found(SqlStore(Native::fresh()));
    quiet.say("archived");
    quiet.drain();
    quiet.say("not archived");
    assert_eq!(quiet.expire(u64::MAX), Some(seq(2)));
    assert_eq!(quiet.expire(u64::MAX), None);
    assert_eq!(quiet.store.lines(&[seq(3)]).unwrap().len(), 1);
}

/// Everything expires, again and again, and the instance is lost each time.
#[test]
fn ex4_a_room_of_which_everything_expired_is_what_it_was() {
    let mut quiet = Quiet::found(SqlStore(Native::fresh()));
    let mut link = Link::GENESIS;
    let mut next = 1;
    for n in 0..5 {
        quiet.say(&format!("round {n}"));
        for (_, line) in quiet.store.lines(&[seq(next), seq(next + 1)]).unwrap() {
            link = link.then_stored(&line, &decode_entry(&line).unwrap().unwrap()).unwrap();
        }
        next = quiet.room.head().get() + 1;
        quiet.drain();
        assert_eq!(quiet.expire(u64::MAX), Some(quiet.room.head()));
        let (head, head_at) = (quiet.room.head(), quiet.room.head_at());
        let mut snapshot = quiet.store.load().unwrap().unwrap();
        assert_eq!((snapshot.head, snapshot.head_at, snapshot.link), (head, head_at, link));
        assert_eq!(snapshot.sends.last().unwrap().nonce.get(), quiet.nonce);
        let state = room::SocketState {
            user: user(1),
            since: Timestamp(0),
            device: Some(DeviceId::from_random([2; 13])),
            read: Seq::ZERO,
            grant: None,
            wave: room::Wave::default(),
        };
        snapshot.sockets = vec![(SESSION, state)];
        quiet.room = Room::restore(snapshot, Policy::default());
        let status = status(&quiet.store, &quiet.room).unwrap();
        assert_eq!((status.head, status.expired, status.oldest_at), (head, head, None));
    }
}
