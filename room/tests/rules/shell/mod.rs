//! A shell for tests: it tells what a room did as short lines that can be read and compared.

mod storage;

use protocol::codec::{FromRoom, Violation, decode_room_frame};
use protocol::{
    Change, ClientLine, DeviceId, Entry, Epoch, Hello, InviteId, Link, Moderation, Nonce, Position,
    Role, RoomId, RoomKind, Send, Seq, ServerLine, SessionId, Timestamp, UserId,
};
use room::{
    Act, Answer, Archive, Archiving, Chunk, Commit, Demand, Effect, Founding, Input, Member,
    Notice, Policy, RequestId, Room, Settings, Snapshot, Tally, Write,
};
use storage::Storage;

/// A room and the time. Users and devices are letters, sessions are numbers.
pub(crate) struct Shell {
    room: Room,
    now_ms: u64,
    wake_at: Option<Timestamp>,
    /// Everything that was stored.
    pub(crate) commits: Vec<Commit>,
    pub(crate) storage: Storage,
}

impl Shell {
    /// A public room that `a` has just founded.
    pub(crate) fn founded() -> Self {
        Self::of_kind(RoomKind::Public, "a")
    }

    /// A room that has just been founded with these first members.
    pub(crate) fn of_kind(kind: RoomKind, people: &str) -> Self {
        let people = people.chars().map(|who| (user(who), who.to_string())).collect();
        let settings = Settings { kind, ..settings() };
        let founding = Founding { settings, epoch: epoch(), people };
        let (room, effects) = Room::found(Timestamp(1_000_000), founding, Policy::default());
        let mut shell = Self::of(room);
        shell.execute(effects.0);
        shell
    }

    /// A room that was stored as `snapshot` and has just been restored.
    pub(crate) fn restored(snapshot: Snapshot) -> Self {
        Self::restored_at(1_000_000, snapshot, Policy::default()).0
    }

    /// The same at a time, and what the room did.
    pub(crate) fn restored_at(
        now_ms: u64,
        snapshot: Snapshot,
        policy: Policy,
    ) -> (Self, Vec<String>) {
        let mut shell = Self { now_ms, ..Self::of(Room::restore(snapshot, policy)) };
        let told = shell.input(Input::Woke);
        (shell, told)
    }

    /// A founded room in which these are members with a live session, whose device has the user's
    /// letter. Their sessions are numbered from 1.
    pub(crate) fn with_live(users: &str) -> Self {
        let mut shell = Self::founded();
        for (user, session) in users.chars().zip(1..) {
            shell.join(user);
            shell.live(session, user, user);
        }
        shell.pass(20_000);
        shell
    }

    fn of(room: Room) -> Self {
        let (commits, storage) = (Vec::new(), Storage::default());
        Self { room, now_ms: 1_000_000, wake_at: None, commits, storage }
    }

    /// The room itself.
    pub(crate) fn room(&self) -> &Room {
        &self.room
    }

    /// What the room counted since the last call.
    pub(crate) fn take_tally(&mut self) -> Tally {
        self.room.take_tally()
    }

    /// The room's memory is lost; sockets are not.
    pub(crate) fn evicted(self, sockets: &[(u64, char, char)]) -> Self {
        let last = self.chunk().clone();
        let snapshot = self.storage.restore(Snapshot {
            head: last.last_seq,
            head_at: last.last_at,
            link: last.link,
            ..snapshot(sockets)
        });
        let mut shell = Self::restored(snapshot);
        shell.now_ms = self.now_ms;
        shell.storage = self.storage;
        shell.commits.insert(0, Commit { chunk: Some(last), writes: Vec::new() });
        shell
    }

    /// The last chunk that was stored.
    pub(crate) fn chunk(&self) -> &Chunk {
        self.commits.iter().rev().find_map(|commit| commit.chunk.as_ref()).unwrap()
    }

    /// Whose standing others have to learn, of everything that was stored since the last call.
    pub(crate) fn take_standing(&mut self) -> String {
        let mut told = String::new();
        for commit in std::mem::take(&mut self.commits) {
            for write in &commit.writes {
                if let Write::Notice(Notice::Standing { users }) = write {
                    told.push_str(&letters(users));
                }
            }
            // The last chunk stays, for the next eviction.
            self.commits.extend(
                commit.chunk.map(|chunk| Commit { chunk: Some(chunk), writes: Vec::new() }),
            );
        }
        told
    }

    /// Lets time pass, calling the room back when it asked for it.
    pub(crate) fn pass(&mut self, ms: u64) -> Vec<String> {
        let end = Timestamp(self.now_ms + ms);
        let mut told = Vec::new();
        while let Some(at) = self.wake_at.filter(|at| *at <= end) {
            self.now_ms = self.now_ms.max(at.0);
            self.wake_at = None;
            told.extend(self.input(Input::Woke));
        }
        self.now_ms = end.0;
        told
    }

    /// Lets time pass without calling the room back.
    pub(crate) fn oversleep(&mut self, ms: u64) {
        self.now_ms += ms;
    }

    pub(crate) fn connect(&mut self, session: u64, who: char) -> Vec<String> {
        let (session, user) = (SessionId(session), user(who));
        self.input(Input::Connected { session, user, grant: None })
    }

    pub(crate) fn disconnect(&mut self, session: u64) -> Vec<String> {
        let session = SessionId(session);
        self.input(Input::Disconnected { session })
    }

    pub(crate) fn hello(
        &mut self,
        session: u64,
        device: char,
        resume: impl Into<Option<Position>>,
    ) -> Vec<String> {
        let (device, resume) = (device_id(device), resume.into());
        self.line(session, ClientLine::Hello(Hello { device, resume }))
    }

    /// Connects and says hello, resuming nothing.
    pub(crate) fn live(&mut self, session: u64, who: char, device: char) -> Vec<String> {
        self.connect(session, who);
        self.hello(session, device, None)
    }

    pub(crate) fn send(&mut self, session: u64, number: u64, body: &str) -> Vec<String> {
        self.line(session, send(number, body))
    }

    pub(crate) fn typing(&mut self, session: u64, on: bool) -> Vec<String> {
        self.line(session, ClientLine::Typing { on })
    }

    pub(crate) fn line(&mut self, session: u64, line: ClientLine) -> Vec<String> {
        self.frame(session, Ok(vec![line]))
    }

    pub(crate) fn frame(
        &mut self,
        session: u64,
        frame: Result<Vec<ClientLine>, Violation>,
    ) -> Vec<String> {
        let session = SessionId(session);
        let known = self.storage.known(&self.room.needs(Timestamp(self.now_ms), session, &frame));
        self.input(Input::Frame { session, frame, known })
    }

    pub(crate) fn edit(&mut self, session: u64, n: u64, target: u64, body: &str) -> Vec<String> {
        let (nonce, target) = (nonce(n), seq(target));
        self.line(session, ClientLine::Edit { nonce, target, body: body.to_owned() })
    }

    pub(crate) fn redact(&mut self, session: u64, n: u64, target: u64) -> Vec<String> {
        self.line(session, ClientLine::Redact { nonce: nonce(n), target: seq(target) })
    }

    pub(crate) fn react(&mut self, session: u64, n: u64, target: u64, emoji: &str) -> Vec<String> {
        self.line(session, react(n, target, emoji, true))
    }

    pub(crate) fn pin(&mut self, session: u64, n: u64, target: u64, on: bool) -> Vec<String> {
        self.line(session, ClientLine::Pin { nonce: nonce(n), target: seq(target), on })
    }

    pub(crate) fn read(&mut self, session: u64, upto: u64) -> Vec<String> {
        self.line(session, ClientLine::Read { seq: seq(upto) })
    }

    pub(crate) fn moderate(&mut self, by: char, who: char, demand: Demand) -> Vec<String> {
        let (by, user) = (user(by), user(who));
        self.request(Act::Moderate { by, user, demand, reason: "because".to_owned() })
    }

    pub(crate) fn role(&mut self, by: char, who: char, role: Role) -> Vec<String> {
        self.moderate(by, who, Demand::Role(role))
    }

    pub(crate) fn change(&mut self, by: char, change: Change) -> Vec<String> {
        self.request(Act::Change { by: user(by), change })
    }

    pub(crate) fn invite(&mut self, by: char, id: u8, uses: Option<u32>) -> Vec<String> {
        let invite = InviteId::from_random([id; 13]);
        self.request(Act::Invite { by: user(by), invite, expires_in_ms: None, uses })
    }

    pub(crate) fn join_with(&mut self, who: char, invite: u8) -> Vec<String> {
        let (user, name) = (user(who), who.to_string());
        let invite = Some(InviteId::from_random([invite; 13]));
        self.request(Act::Join { user, name, invite })
    }

    pub(crate) fn join(&mut self, who: char) -> Vec<String> {
        let (user, name) = (user(who), who.to_string());
        self.request(Act::Join { user, name, invite: None })
    }

    pub(crate) fn leave(&mut self, who: char) -> Vec<String> {
        self.request(Act::Leave { user: user(who) })
    }

    /// What the archive job asks, and what comes of it.
    pub(crate) fn archive(&mut self, act: Archiving) -> Vec<String> {
        let request = RequestId(0);
        self.input(Input::Archive { request, act })
    }

    pub(crate) fn request(&mut self, act: Act) -> Vec<String> {
        let request = RequestId(0);
        self.input(Input::Request { request, act })
    }

    /// Hands an input to the room and tells what it did, except for timers and socket states.
    pub(crate) fn input(&mut self, input: Input) -> Vec<String> {
        let effects = self.room.handle(Timestamp(self.now_ms), input);
        self.execute(effects.0)
    }

    fn execute(&mut self, effects: Vec<Effect>) -> Vec<String> {
        let mut told = Vec::new();
        for effect in effects {
            told.extend(match effect {
                Effect::Found { .. } => Some("found".to_owned()),
                Effect::Commit(commit) => {
                    let text = tell_commit(&commit);
                    self.storage.keep(&commit);
                    self.commits.push(commit);
                    text
                }
                Effect::Broadcast(frame) => tell_broadcast(&frame),
                Effect::Serve { wave, frame } => {
                    let wave = format!("wave {}", wave.number());
                    tell_broadcast(&frame).map(|told| told.replacen("all", &wave, 1))
                }
                Effect::Send { session, frame } => {
                    Some(format!("{}: {}", session.0, tell_frame(&frame)))
                }
                Effect::Replay { session, after } => {
                    Some(format!("{}: replay after {}", session.0, after.get()))
                }
                Effect::Close { session, code } => {
                    Some(format!("close {} {}", session.0, code.name()))
                }
                Effect::Answer { answer, .. } => Some(match answer {
                    Ok(Answer::Done) => "answer done".to_owned(),
                    Ok(Answer::Invited(invite)) => format!("answer {} uses", invite.uses_left),
                    Err(denial) => {
                        format!("answer {}{}", denial.code.code(), wait(denial.retry_after_ms))
                    }
                }),
                Effect::WakeAt(at) => {
                    self.wake_at = at;
                    None
                }
                Effect::Keep { .. } => None,
                Effect::Gone => Some("gone".to_owned()),
            });
        }
        told
    }
}

/// A stored room of `a` with these live sockets and one entry.
pub(crate) fn snapshot(sockets: &[(u64, char, char)]) -> Snapshot {
    let state = |&(session, who, device): &(u64, char, char)| {
        let state = room::SocketState {
            user: user(who),
            since: Timestamp(0),
            device: Some(device_id(device)),
            read: Seq::ZERO,
            grant: None,
            wave: room::Wave::default(),
        };
        (SessionId(session), state)
    };
    Snapshot {
        settings: settings(),
        epoch: epoch(),
        head: seq(1),
        head_at: Timestamp(0),
        link: Link::GENESIS,
        last_message: Seq::ZERO,
        revision: Seq::ZERO,
        archive: Archive::default(),
        members: vec![member(user('a'), Role::Owner)],
        bans: Vec::new(),
        blockers: Vec::new(),
        endings: Vec::new(),
        invites: Vec::new(),
        pins: Vec::new(),
        told: Vec::new(),
        checkpoint_seq: Seq::ZERO,
        sends: Vec::new(),
        recent: Vec::new(),
        sockets: sockets.iter().map(state).collect(),
    }
}

/// A snapshot with so many silent live members that the window is long.
pub(crate) fn crowded(n: u64) -> Snapshot {
    let mut snapshot = snapshot(&[]);
    for number in 0..n {
        let mut random = [1; 13];
        random[..8].copy_from_slice(&number.to_be_bytes());
        let (user, device) = (UserId::from_random(random), Some(DeviceId::from_random(random)));
        let state = room::SocketState {
            user,
            since: Timestamp(0),
            device,
            read: Seq::ZERO,
            grant: None,
            wave: room::Wave::default(),
        };
        snapshot.members.push(member(user, Role::Member));
        snapshot.sockets.push((SessionId(1_000 + number), state));
    }
    snapshot
}

pub(crate) fn member(user: UserId, role: Role) -> Member {
    let (name, joined_at) = (String::new(), Timestamp(0));
    Member { user, name, role, joined_at, read: Seq::ZERO, muted_until: None }
}

pub(crate) fn user(letter: char) -> UserId {
    UserId::from_random([letter as u8; 13])
}

pub(crate) fn device_id(letter: char) -> DeviceId {
    DeviceId::from_random([letter as u8; 13])
}

pub(crate) fn epoch() -> Epoch {
    Epoch::from_random([7; 13])
}

pub(crate) fn at(number: u64) -> Position {
    let (epoch, seq) = (epoch(), seq(number));
    Position { epoch, seq }
}

pub(crate) fn seq(number: u64) -> Seq {
    Seq::try_from(number).unwrap()
}

pub(crate) fn send(number: u64, body: &str) -> ClientLine {
    ClientLine::Send(Send::text(nonce(number), body.to_owned()))
}

/// A message that answers one and belongs to the thread of another; zero for none.
pub(crate) fn reply(number: u64, reply_to: u64, thread: u64) -> ClientLine {
    let some = |number: u64| (number > 0).then(|| seq(number));
    let send = Send::text(nonce(number), "re".to_owned());
    ClientLine::Send(Send { reply_to: some(reply_to), thread: some(thread), ..send })
}

pub(crate) fn react(number: u64, target: u64, emoji: &str, on: bool) -> ClientLine {
    let (nonce, target) = (nonce(number), seq(target));
    ClientLine::React { nonce, target, emoji: emoji.to_owned(), on }
}

pub(crate) fn nonce(number: u64) -> Nonce {
    Nonce::try_from(number).unwrap()
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

/// Tells what was stored; nothing of a commit that holds only what others must learn.
fn tell_commit(commit: &Commit) -> Option<String> {
    let writes: String = commit.writes.iter().map(tell_write).collect();
    match &commit.chunk {
        Some(chunk) => {
            Some(format!("store {}..={}{writes}", chunk.first_seq.get(), chunk.last_seq.get()))
        }
        None => (!writes.is_empty()).then(|| format!("write{writes}")),
    }
}

fn tell_write(write: &Write) -> String {
    match write {
        Write::Member(member) => format!(" +{}", letter(member.user)),
        Write::NoMember(user) => format!(" -{}", letter(*user)),
        Write::Ban(ban) => format!(" ban {}", letter(ban.user)),
        Write::NoBan(user) => format!(" unban {}", letter(*user)),
        Write::Settings(_) => " settings".to_owned(),
        Write::Invite(invite) => format!(" invite {}", invite.uses_left),
        Write::NoInvite(_) => " -invite".to_owned(),
        Write::Message(state) => format!(" ~{}", state.seq.get()),
        Write::Reaction { emoji, on, .. } => format!(" {}{emoji}", if *on { "" } else { "-" }),
        Write::Reply { thread, .. } => format!(" thread {}", thread.get()),
        Write::Erase { target, edits, .. } => {
            let lines: Vec<String> =
                [target].into_iter().chain(edits).map(|seq| seq.get().to_string()).collect();
            format!(" erase {}", lines.join("+"))
        }
        Write::Upload(_) => " upload".to_owned(),
        Write::Uploaded(_) => " uploaded".to_owned(),
        Write::Attached { .. } => " attached".to_owned(),
        Write::Deed(deed) => format!(" deed {}", deed.kind.name()),
        Write::Read { user, seq } => format!(" read {}={}", letter(*user), seq.get()),
        Write::Archive(archive) => format!(" archived {}", archive.archived.seq.get()),
        Write::Expire { upto, .. } => format!(" expire {}", upto.get()),
        Write::Endings { user, endings } => format!(" endings {} {}", letter(*user), endings.len()),
        Write::Blockers(users) => format!(" blockers {}", letters(users)),
        Write::Everything => " everything".to_owned(),
        Write::Told(_) | Write::Notice(_) | Write::Checkpoint(_) => String::new(),
    }
}

fn wait(retry_after_ms: Option<u64>) -> String {
    retry_after_ms.map(|ms| format!(" for {ms}")).unwrap_or_default()
}

/// Without receipts, which are told by `room().n_readers` where it matters.
fn tell_broadcast(frame: &str) -> Option<String> {
    let is_told = |line: &&FromRoom| !matches!(line, FromRoom::Line(ServerLine::Receipts { .. }));
    let lines = decode_room_frame(frame).unwrap();
    let lines: Vec<String> = lines.iter().filter(is_told).map(tell_line).collect();
    (!lines.is_empty()).then(|| format!("all: {}", lines.join(", ")))
}

fn tell_frame(frame: &str) -> String {
    let lines = decode_room_frame(frame).unwrap();
    let lines: Vec<String> = lines.iter().map(tell_line).collect();
    lines.join(", ")
}

fn tell_line(line: &FromRoom) -> String {
    match line {
        FromRoom::Entry(entry) => tell_entry(entry),
        FromRoom::Line(line) => tell_server_line(line),
        FromRoom::UnknownEntry(_) | FromRoom::Unknown => "unknown".to_owned(),
    }
}

fn tell_entry(entry: &Entry) -> String {
    let key = entry.send().map(|(_, _, nonce)| format!("#{}", nonce.get())).unwrap_or_default();
    let who = format!("{} {}{key}", entry.seq().get(), letter(entry.by()));
    match entry {
        Entry::Message(message) => format!("{who} {}", message.body),
        Entry::Edit(edit) => format!("{who} edit {} {}", edit.target.get(), edit.body),
        Entry::Redact(redact) => format!("{who} redact {}", redact.target.get()),
        Entry::React(react) => {
            let sign = if react.on { "" } else { "-" };
            format!("{who} {sign}{} {}", react.emoji, react.target.get())
        }
        Entry::Pin(pin) => format!("{who} pin {} {}", pin.target.get(), pin.on),
        Entry::Join(join) => {
            format!("{} join {} {}", entry.seq().get(), letter(entry.by()), join.role)
        }
        Entry::Leave(_) => format!("{} leave {}", entry.seq().get(), letter(entry.by())),
        Entry::Moderate(moderate) => {
            format!("{who} {} {}", tell_act(moderate.act), letter(moderate.user))
        }
        Entry::Settings(_) => format!("{who} settings"),
        Entry::Redacted(_) => format!("{who} redacted"),
    }
}

fn tell_act(act: Moderation) -> String {
    match act {
        Moderation::Role { role } => role.to_string(),
        Moderation::Kick => "kick".to_owned(),
        Moderation::Ban => "ban".to_owned(),
        Moderation::Unban => "unban".to_owned(),
        Moderation::Mute { .. } => "mute".to_owned(),
        Moderation::Unmute => "unmute".to_owned(),
    }
}

fn tell_server_line(line: &ServerLine) -> String {
    match line {
        ServerLine::Welcome(welcome) => format!(
            "welcome head={} resumed={} nonce={} members={} online={}",
            welcome.head.get(),
            welcome.resumed,
            welcome.nonce.unwrap_or_default().get(),
            welcome.members,
            welcome.online
        ),
        ServerLine::Gap { from, to } => format!("gap {}..={}", from.get(), to.get()),
        ServerLine::Refused(refused) => {
            let wait = wait(refused.retry_after_ms);
            format!("refused {} {}{wait}", refused.nonce.get(), refused.code.code())
        }
        ServerLine::Presence { online, came, went } => {
            format!("presence {online} +{} -{}", letters(came), letters(went))
        }
        ServerLine::Typing { who, more } => format!("typing {} +{more}", letters(who)),
        ServerLine::Receipts { .. } => "receipts".to_owned(),
        ServerLine::Named { user, name } => format!("named {} {name}", letter(*user)),
        ServerLine::Amendment(_) | ServerLine::AsOf { .. } => "of a page".to_owned(),
        ServerLine::Bye { reason, .. } => format!("bye {reason}"),
        ServerLine::Pong => "pong".to_owned(),
    }
}

fn letters(users: &[UserId]) -> String {
    users.iter().map(|user| letter(*user)).collect()
}

fn letter(id: UserId) -> char {
    ('a'..='z').find(|letter| user(*letter) == id).unwrap_or('?')
}
