//! A shell for tests: it tells what a client did as short lines that can be read and compared.

use client::{Act, Client, Config, Effect, Input, MessageItem, Page, PageId, PendingState, Saved};
use protocol::codec::{PING, decode_client_frame, encode_entry, encode_server_line};
use protocol::{
    Amendment, Attachment, AttachmentId, ClientLine, DeviceId, Edit, Entry, Epoch, Key, Leave,
    Limits, Message, Nonce, Pin, React, Reaction, Redact, Refusal, Refused, Role, RoomId, RoomInfo,
    RoomKind, Seq, ServerLine, SessionId, Stamp, Timestamp, UserId, Welcome, You,
};

/// A client and the time.
pub(crate) struct Shell {
    pub(crate) client: Client,
    pub(crate) now_ms: u64,
    wake_at: Option<Timestamp>,
    /// The page that was asked for last.
    pub(crate) asked: PageId,
    /// Everything that was stored.
    pub(crate) saved: Vec<Saved>,
}

/// What a `welcome` says.
#[derive(Clone, Copy)]
pub(crate) struct Welcomed {
    pub(crate) head: u64,
    pub(crate) resumed: bool,
    pub(crate) nonce: u64,
}

/// A `welcome` that goes on with the log that is held.
pub(crate) fn welcomed(head: u64, nonce: u64) -> Welcomed {
    Welcomed { head, resumed: true, nonce }
}

impl Shell {
    /// A client that was not started.
    pub(crate) fn new(seed: u64, saved: Option<Saved>) -> Self {
        let config = Config { user: user(), device: device(), seed };
        Self {
            client: Client::new(config, saved),
            now_ms: 1_000_000,
            wake_at: None,
            asked: PageId::default(),
            saved: Vec::new(),
        }
    }

    /// A client that is level with a log of so many entries.
    pub(crate) fn level(head: u64) -> Self {
        let mut shell = Self::new(1, None);
        shell.connect();
        shell.welcome(Welcomed { head, resumed: false, nonce: 0 });
        shell.receive(&others(1..=head));
        shell
    }

    /// The client of a page that was loaded again, and finds what was stored last.
    pub(crate) fn reloaded(self) -> Self {
        let text = self.saved.last().unwrap().to_text();
        Self::new(1, Saved::parse(&text))
    }

    /// Starts, or comes back, and opens the socket; tells what is said first.
    pub(crate) fn connect(&mut self) -> Vec<String> {
        self.input(Input::Start);
        self.input(Input::Reconnect);
        self.input(Input::Opened)
    }

    /// The connection is lost, and another one is open.
    pub(crate) fn reconnect(&mut self) -> Vec<String> {
        self.input(Input::Closed(1006));
        self.connect()
    }

    pub(crate) fn welcome(&mut self, welcomed: Welcomed) -> Vec<String> {
        let welcome = ServerLine::Welcome(Box::new(welcome(welcomed)));
        self.receive(&[encode_server_line(&welcome)])
    }

    /// A `welcome` and a `gap` up to `to` in one frame.
    pub(crate) fn welcome_over_gap(&mut self, welcomed: Welcomed, to: u64) -> Vec<String> {
        self.welcome_to(welcome(welcomed), to)
    }

    /// The same, with what the welcome says. The gap begins after what expired.
    pub(crate) fn welcome_to(&mut self, welcome: Welcome, to: u64) -> Vec<String> {
        let gap = ServerLine::Gap { from: welcome.first.unwrap_or(seq(1)), to: seq(to) };
        let welcome = ServerLine::Welcome(Box::new(welcome));
        self.receive(&[encode_server_line(&welcome), encode_server_line(&gap)])
    }

    pub(crate) fn refuse(&mut self, number: u64) -> Vec<String> {
        self.refuse_for(number, Refusal::BodyEmpty, None)
    }

    pub(crate) fn refuse_for(
        &mut self,
        number: u64,
        code: Refusal,
        retry_after_ms: Option<u64>,
    ) -> Vec<String> {
        let refused = Refused { nonce: nonce(number), code, retry_after_ms };
        self.receive(&[encode_server_line(&ServerLine::Refused(refused))])
    }

    /// One frame of these lines.
    pub(crate) fn receive(&mut self, lines: &[String]) -> Vec<String> {
        self.input(Input::Received(lines.join("\n")))
    }

    /// The page that was asked for last arrives, with amendments as of `upto`.
    pub(crate) fn page(&mut self, lines: &[String], upto: u64) -> Vec<String> {
        let (id, text, more) = (self.asked, page(lines, upto), false);
        self.input(Input::PageLoaded { id, text, more })
    }

    /// The page that was asked for last could not be had.
    pub(crate) fn page_fails(&mut self) -> Vec<String> {
        self.input(Input::PageFailed { id: self.asked })
    }

    pub(crate) fn send(&mut self, body: &str) -> Vec<String> {
        self.input(Input::Act(Act::text(body.to_owned())))
    }

    /// Lets time pass, calling the client back when it asked for it.
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

    /// Hands an input to the client and tells what it did, except for timers, stores and news.
    pub(crate) fn input(&mut self, input: Input) -> Vec<String> {
        let effects = self.effects(input);
        let mut told = Vec::new();
        for effect in effects {
            match effect {
                Effect::Open => told.push("open".to_owned()),
                Effect::Close => told.push("close".to_owned()),
                Effect::Transmit(frame) => told.push(tell_frame(&frame)),
                Effect::Fetch { id, page, .. } => {
                    self.asked = id;
                    told.push(tell_page(page));
                }
                Effect::WakeAt(at) => self.wake_at = Some(at),
                Effect::Persist(saved) => self.saved.push(saved),
                Effect::Changed => {}
            }
        }
        told
    }

    /// Hands an input to the client and returns what it wants done.
    pub(crate) fn effects(&mut self, input: Input) -> Vec<Effect> {
        self.client.handle(Timestamp(self.now_ms), input).0
    }

    /// What has not landed.
    pub(crate) fn pending(&self) -> Vec<String> {
        let pending = self.client.view().pending.iter();
        let tell = pending.map(|pending| {
            let state = match pending.state {
                PendingState::Queued => "queued",
                PendingState::Sent { .. } => "sent",
                PendingState::Refused { .. } => "refused",
                PendingState::Held { .. } => "held",
                PendingState::Unconfirmed => "unconfirmed",
            };
            format!("#{} {} {state}", pending.nonce.get(), tell_act(&pending.act))
        });
        tell.collect()
    }

    /// What a person sees of the log: seqs, neighbours as a range.
    pub(crate) fn items(&self) -> String {
        tell_seqs(self.client.items().map(|item| item.seq().get()))
    }

    /// What a person sees of the open thread.
    pub(crate) fn thread_items(&self) -> String {
        tell_seqs(self.client.thread_items().map(|item| item.seq().get()))
    }

    /// A message as a person sees it.
    pub(crate) fn message(&self, at: u64) -> &MessageItem {
        let item = self.client.items().find(|item| item.seq() == seq(at)).unwrap();
        item.message().unwrap()
    }
}

/// The text of a page.
pub(crate) fn page(lines: &[String], upto: u64) -> String {
    let as_of = encode_server_line(&ServerLine::AsOf { upto: seq(upto) });
    format!("{}\n{as_of}", lines.join("\n"))
}

/// The line of an amendment on a page.
pub(crate) fn amendment(amendment: Amendment) -> String {
    encode_server_line(&ServerLine::Amendment(amendment))
}

/// A message that nothing amended.
pub(crate) fn plain(target: u64) -> Amendment {
    Amendment {
        target: seq(target),
        body: None,
        edited_at: None,
        redacted_by: None,
        reactions: Vec::new(),
        pinned: false,
        replies: 0,
        last_reply: None,
    }
}

pub(crate) fn reaction(emoji: &str, count: u32, mine: bool) -> Reaction {
    Reaction { emoji: emoji.to_owned(), count, mine }
}

pub(crate) fn file() -> Attachment {
    Attachment {
        id: AttachmentId::from_random([7; 13]),
        name: "plan.txt".to_owned(),
        media_type: "text/plain".to_owned(),
        bytes: 4,
        width: None,
        height: None,
    }
}

/// The line of this device's message.
pub(crate) fn mine(at: u64, number: u64, body: &str) -> String {
    let key = Key { device: device(), nonce: nonce(number) };
    encode_entry(&Entry::Message(Message { key, ..message(stamp(at, user()), body) }))
}

/// The line of somebody else's message.
pub(crate) fn said(at: u64, body: &str) -> String {
    encode_entry(&Entry::Message(message(stamp(at, other()), body)))
}

/// The line of somebody else's reply in a thread.
pub(crate) fn replied(at: u64, thread: u64, body: &str) -> String {
    let thread = Some(seq(thread));
    encode_entry(&Entry::Message(Message { thread, ..message(stamp(at, other()), body) }))
}

/// The line of somebody else's amendment.
pub(crate) fn amended(at: u64, act: &Act) -> String {
    encode_entry(&amending(stamp(at, other()), act))
}

/// The line of this device's amendment.
pub(crate) fn amended_by_me(at: u64, number: u64, act: &Act) -> String {
    let key = Key { device: device(), nonce: nonce(number) };
    encode_entry(&amending_as(stamp(at, user()), key, act))
}

/// The line of somebody else's message with a file.
pub(crate) fn said_with_file(at: u64, thread: Option<u64>, body: &str) -> String {
    let (thread, attachments) = (thread.map(seq), vec![file()]);
    let message = message(stamp(at, other()), body);
    encode_entry(&Entry::Message(Message { thread, attachments, ..message }))
}

/// The entry of an amendment.
pub(crate) fn amending(stamp: Stamp, act: &Act) -> Entry {
    let key = Key { device: DeviceId::from_random([8; 13]), nonce: nonce(stamp.seq.get()) };
    amending_as(stamp, key, act)
}

fn amending_as(stamp: Stamp, key: Key, act: &Act) -> Entry {
    match act.clone() {
        Act::Edit { target, body } => Entry::Edit(Edit { stamp, key, target, body }),
        Act::Redact { target } => Entry::Redact(Redact { stamp, key, target }),
        Act::React { target, emoji, on } => Entry::React(React { stamp, key, target, emoji, on }),
        Act::Pin { target, on } => Entry::Pin(Pin { stamp, key, target, on }),
        Act::Send { .. } => panic!("a message amends nothing"),
    }
}

pub(crate) fn edit(target: u64, body: &str) -> Act {
    Act::Edit { target: seq(target), body: body.to_owned() }
}

pub(crate) fn redact(target: u64) -> Act {
    Act::Redact { target: seq(target) }
}

pub(crate) fn react(target: u64, emoji: &str, on: bool) -> Act {
    Act::React { target: seq(target), emoji: emoji.to_owned(), on }
}

pub(crate) fn pin(target: u64, on: bool) -> Act {
    Act::Pin { target: seq(target), on }
}

pub(crate) fn message(stamp: Stamp, body: &str) -> Message {
    Message {
        stamp,
        key: Key { device: DeviceId::from_random([8; 13]), nonce: nonce(stamp.seq.get()) },
        body: body.to_owned(),
        reply_to: None,
        thread: None,
        attachments: Vec::new(),
    }
}

pub(crate) fn stamp(at: u64, by: UserId) -> Stamp {
    Stamp { seq: seq(at), at: Timestamp(at), by }
}

/// The lines of somebody else's entries.
pub(crate) fn others(seqs: impl IntoIterator<Item = u64>) -> Vec<String> {
    let line = |at| encode_entry(&Entry::Leave(Leave { stamp: stamp(at, other()) }));
    seqs.into_iter().map(line).collect()
}

pub(crate) fn seq(number: u64) -> Seq {
    Seq::try_from(number).unwrap()
}

pub(crate) fn nonce(number: u64) -> Nonce {
    Nonce::try_from(number).unwrap()
}

pub(crate) fn user() -> UserId {
    UserId::from_random([1; 13])
}

pub(crate) fn other() -> UserId {
    UserId::from_random([9; 13])
}

fn device() -> DeviceId {
    DeviceId::from_random([2; 13])
}

pub(crate) fn welcome(welcomed: Welcomed) -> Welcome {
    Welcome {
        session: SessionId(1),
        epoch: Epoch::from_random([3; 13]),
        head: seq(welcomed.head),
        resumed: welcomed.resumed,
        nonce: Some(nonce(welcomed.nonce)).filter(|nonce| nonce.get() > 0),
        room: RoomInfo {
            id: RoomId::from_random([4; 13]),
            name: "Floor".to_owned(),
            kind: RoomKind::Public,
            topic: String::new(),
            slow_ms: 0,
            archived: false,
        },
        you: You { user: user(), role: Role::Member, read: Seq::ZERO, muted_until: None },
        members: 2,
        online: 1,
        pins: Vec::new(),
        receipts: Vec::new(),
        revision: Seq::ZERO,
        first: None,
        limits: Limits::CURRENT,
    }
}

fn tell_frame(frame: &str) -> String {
    if frame == PING {
        return "ping".to_owned();
    }
    let lines = decode_client_frame(frame).unwrap();
    let lines: Vec<String> = lines.iter().map(tell_line).collect();
    lines.join(", ")
}

fn tell_line(line: &ClientLine) -> String {
    match line {
        ClientLine::Hello(hello) => match hello.resume {
            Some(position) => format!("hello after {}", position.seq.get()),
            None => "hello".to_owned(),
        },
        ClientLine::Send(send) => format!("send #{} {}", send.nonce.get(), send.body),
        ClientLine::Edit { nonce, target, body } => {
            format!("edit #{} {} {body}", nonce.get(), target.get())
        }
        ClientLine::Redact { nonce, target } => {
            format!("redact #{} {}", nonce.get(), target.get())
        }
        ClientLine::React { nonce, target, emoji, on } => {
            format!("react #{} {} {emoji} {on}", nonce.get(), target.get())
        }
        ClientLine::Pin { nonce, target, on } => {
            format!("pin #{} {} {on}", nonce.get(), target.get())
        }
        ClientLine::Typing { on } => format!("typing {on}"),
        ClientLine::Read { seq } => format!("read {}", seq.get()),
        ClientLine::Ping => "a ping among others".to_owned(),
    }
}

fn tell_act(act: &Act) -> String {
    match act {
        Act::Send { body, .. } => body.clone(),
        Act::Edit { target, body } => format!("edit {} {body}", target.get()),
        Act::Redact { target } => format!("redact {}", target.get()),
        Act::React { target, emoji, .. } => format!("react {} {emoji}", target.get()),
        Act::Pin { target, .. } => format!("pin {}", target.get()),
    }
}

fn tell_page(page: Page) -> String {
    match page {
        Page::Before { seq } => format!("fetch before {}", seq.get()),
        Page::After { seq } => format!("fetch after {}", seq.get()),
        Page::Around { seq } => format!("fetch around {}", seq.get()),
        Page::Thread { root, before: None } => format!("fetch thread {}", root.get()),
        Page::Thread { root, before: Some(before) } => {
            format!("fetch thread {} before {}", root.get(), before.get())
        }
    }
}

fn tell_seqs(seqs: impl Iterator<Item = u64>) -> String {
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for seq in seqs {
        match runs.last_mut().filter(|(_, last)| *last + 1 == seq) {
            Some((_, last)) => *last = seq,
            None => runs.push((seq, seq)),
        }
    }
    let tell = |&(first, last): &(u64, u64)| {
        if first == last { first.to_string() } else { format!("{first}-{last}") }
    };
    runs.iter().map(tell).collect::<Vec<_>>().join(" ")
}
