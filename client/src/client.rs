//! The client: all control flow is here and in `client/browse.rs`, all state in the modules
//! beside it.

mod browse;

use std::sync::Arc;

use protocol::codec::{FromRoom, decode_room_frame, encode_client_frame};
use protocol::limits::{FRAME_BYTES_MAX, FRAME_LINES_MAX, OUTBOX_MAX, TYPING_AGAIN_MS};
use protocol::{ClientLine, DeviceId, Entry, Hello, Seq, ServerLine, Timestamp, UserId, Welcome};

use crate::about::About;
use crate::act::Act;
use crate::client::browse::Jump;
use crate::connection::{Connection, Live, Replay, UPDATE};
use crate::effect::{Effect, Effects};
use crate::input::Input;
use crate::item::Item;
use crate::link::{Link, has_line};
use crate::loads::{Loads, Want};
use crate::outbox::{Memory, Outbox};
use crate::reading::Reading;
use crate::saved::Saved;
use crate::thread::Thread;
use crate::timeline::{Arrival, Timeline};
use crate::view::{Phase, ThreadView, View};

/// Bytes of text that one frame carries: little enough if every character is escaped.
const FRAME_TEXT_BYTES: usize = FRAME_BYTES_MAX / 8;

/// New names that are remembered: more than are read at once.
const NAMED_MAX: usize = 64;

/// Who a client is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Config {
    /// The person.
    pub user: UserId,
    /// The installation. Two running clients never share one.
    pub device: DeviceId,
    /// What spreads the reconnects of many clients; fresh and random.
    pub seed: u64,
}

/// The client of one room.
#[derive(Debug)]
pub struct Client {
    user: UserId,
    device: DeviceId,
    link: Link,
    timeline: Timeline,
    thread: Option<Thread>,
    loads: Loads,
    jump: Jump,
    outbox: Outbox,
    /// What this life began with, until the room says what landed.
    memory: Option<Memory>,
    about: About,
    reading: Reading,
    typing: (Vec<UserId>, u32),
    /// New names, the newest last (rule DG5).
    named: Vec<(UserId, String)>,
    typed_at: Option<Timestamp>,
    woken_at: Option<Timestamp>,
    /// Whether what is persisted is out of date.
    is_dirty: bool,
}

impl Client {
    /// A client that has not started. `saved` is what an earlier client of the same device and
    /// room persisted last.
    #[must_use]
    pub fn new(config: Config, saved: Option<Saved>) -> Self {
        let Saved { position, outbox, welcomed_nonce } = saved.unwrap_or_default();
        let recalled = outbox.last_nonce();
        let memory = Memory { welcomed: welcomed_nonce.unwrap_or(recalled), recalled };
        // With nothing to settle, a fresh tail is better than a replay from long ago.
        let position = position.filter(|_| !outbox.is_empty());
        Self {
            user: config.user,
            device: config.device,
            link: Link::new(config.seed),
            timeline: Timeline::resuming(position),
            thread: None,
            loads: Loads::default(),
            jump: Jump::default(),
            memory: Some(memory),
            outbox,
            about: About::default(),
            reading: Reading::new(config.seed),
            typing: (Vec::new(), 0),
            named: Vec::new(),
            typed_at: None,
            woken_at: None,
            is_dirty: false,
        }
    }

    /// Applies one input at `now` and returns what must be done about it.
    pub fn handle(&mut self, now: Timestamp, input: Input) -> Effects {
        let mut effects = Effects::default();
        self.apply(now, input, &mut effects);
        self.speak(now, &mut effects);
        self.ask_to_be_woken(&mut effects);
        if std::mem::take(&mut self.is_dirty) {
            // First, so that what may leave is noted before it does.
            effects.0.insert(0, Effect::Persist(self.saved()));
        }
        effects
    }

    /// What a person sees of the log, oldest first, without a hole. An item is the same `Arc` as
    /// long as it does not change.
    pub fn items(&self) -> impl Iterator<Item = &Arc<Item>> {
        self.timeline.items()
    }

    /// What a person sees of the open thread: its first message, if it is held, and replies.
    pub fn thread_items(&self) -> impl Iterator<Item = &Arc<Item>> {
        self.thread.iter().flat_map(Thread::items)
    }

    /// The rest of what a person sees.
    #[must_use]
    pub fn view(&self) -> View<'_> {
        let (phase, retry_at, behind) = self.progress();
        let read = self.reading.seen();
        View {
            phase,
            retry_at,
            ended: self.link.connection.ended(),
            behind,
            room: self.about.room.as_ref(),
            you: self.about.you.map(|you| protocol::You { read, ..you }),
            members: self.about.members,
            online: self.about.online,
            limits: self.about.limits.as_ref(),
            pending: self.outbox.pending(),
            outbox_full: self.outbox.pending().len() >= OUTBOX_MAX,
            typing: &self.typing.0,
            typing_more: self.typing.1,
            named: &self.named,
            older: self.loads.more(Want::Older, self.older_bound().is_some()),
            first: self.about.first,
            newer: self.loads.more(Want::Newer, self.timeline.newer_bound().is_some()),
            at_present: self.timeline.is_at_present(),
            jumped_to: self.jump.shown,
            jump_failed: self.loads.has_failed(Want::Jump),
            read,
            head: self.about.head.max(self.timeline.tip()),
            receipts: &self.about.receipts,
            pins: &self.about.pins,
            thread: self.thread.as_ref().map(|thread| ThreadView {
                root: thread.root(),
                older: self.loads.more(Want::Thread, thread.has_older()),
                failed: !thread.is_loaded() && self.loads.has_failed(Want::Thread),
            }),
            revision: self.about.revision,
        }
    }

    /// The last entry that the live stream brought.
    #[must_use]
    pub fn tip(&self) -> Seq {
        self.timeline.tip()
    }

    fn progress(&self) -> (Phase, Option<Timestamp>, u64) {
        match self.link.connection {
            Connection::Idle => (Phase::Idle, None, 0),
            Connection::Opening { .. } | Connection::Greeting { .. } => {
                (Phase::Connecting, None, 0)
            }
            Connection::CatchingUp(_, replay) => {
                (Phase::Resuming, None, replay.to.since(self.timeline.tip()))
            }
            Connection::Level(_) => (Phase::Live, None, 0),
            Connection::Waiting { until } => (Phase::Waiting, Some(until), 0),
            Connection::Ended { .. } => (Phase::Ended, None, 0),
        }
    }

    fn apply(&mut self, now: Timestamp, input: Input, effects: &mut Effects) {
        match input {
            Input::Start => self.link.start(now, effects),
            Input::Stop => {
                self.tell_read(now, effects);
                self.link.stop(effects);
            }
            Input::Away => self.tell_read(now, effects),
            Input::Reconnect => self.link.reconnect(now, effects),
            Input::Opened => self.opened(now, effects),
            Input::Received(frame) => self.received(now, &frame, effects),
            Input::Closed(code) => self.link.closed(now, code, effects),
            Input::Woke => self.woke(now, effects),
            Input::Act(act) => self.act(now, act, effects),
            Input::Retry(nonce) => {
                let is_queued = self.outbox.retry(nonce);
                self.outbox_changed(is_queued, effects);
            }
            Input::Discard(nonce) => {
                let is_gone = self.outbox.discard(nonce);
                self.outbox_changed(is_gone, effects);
            }
            Input::Typing(on) => self.type_(now, on, effects),
            Input::Read(seq) => self.read(now, seq, effects),
            Input::LoadOlder => self.load_older(effects),
            Input::LoadNewer => self.load_newer(effects),
            Input::Jump(seq) => self.jump(seq, effects),
            Input::Present => self.present(effects),
            Input::OpenThread(root) => self.open_thread(root, effects),
            Input::LoadOlderInThread => self.load_older_in_thread(effects),
            Input::CloseThread => self.close_thread(effects),
            Input::PageLoaded { id, text, more } => self.page_loaded(id, &text, more, effects),
            Input::PageFailed { id } => self.page_failed(id, effects),
        }
        if self.link.connection.live_mut().is_none() {
            self.typing = (Vec::new(), 0);
        }
    }

    fn opened(&mut self, now: Timestamp, effects: &mut Effects) {
        if self.link.opened(now) {
            let hello = Hello { device: self.device, resume: self.timeline.position() };
            effects.push(Effect::Transmit(encode_client_frame([&ClientLine::Hello(hello)])));
        }
    }

    fn woke(&mut self, now: Timestamp, effects: &mut Effects) {
        self.woken_at = None;
        let due = self.link.connection.next_due(self.outbox.oldest_sent_at());
        if let Some((_, due)) = due.filter(|(at, _)| *at <= now) {
            self.link.carry_on(due, now, effects);
        }
    }

    fn received(&mut self, now: Timestamp, frame: &str, effects: &mut Effects) {
        if !self.link.heard(now) {
            return;
        }
        let Ok(lines) = decode_room_frame(frame) else {
            return self.misunderstood(now, frame, effects);
        };
        for line in lines {
            let arrival = match line {
                FromRoom::Entry(entry) => self.entry(entry.seq(), Some(&entry)),
                FromRoom::UnknownEntry(seq) => self.entry(seq, None),
                FromRoom::Line(line) => {
                    self.line(now, line, effects);
                    continue;
                }
                FromRoom::Unknown => continue,
            };
            if arrival == Arrival::OutOfOrder {
                return self.link.fail(now, effects);
            }
        }
        self.catch_up(effects);
        effects.push(Effect::Changed);
    }

    /// A frame cannot be read. If it is the welcome, coming back would bring the same one.
    fn misunderstood(&mut self, now: Timestamp, frame: &str, effects: &mut Effects) {
        let is_greeting = matches!(self.link.connection, Connection::Greeting { .. });
        if is_greeting && has_line(frame, "welcome") {
            self.link.end(UPDATE, effects);
        } else {
            self.link.fail(now, effects);
        }
    }

    fn line(&mut self, now: Timestamp, line: ServerLine, effects: &mut Effects) {
        match line {
            ServerLine::Welcome(welcome) => self.welcome(now, *welcome),
            ServerLine::Gap { to, .. } => {
                self.skip(to, effects);
                // Now, not at the end of the replay: if that is cut, the position is past the gap.
                if let Connection::CatchingUp(_, replay) = self.link.connection {
                    self.outbox.settle_gap(replay.nonce);
                    self.is_dirty = true;
                }
            }
            ServerLine::Refused(refused) => self.is_dirty |= self.outbox.refuse(now, &refused),
            ServerLine::Presence { online, .. } => self.about.online = online,
            ServerLine::Typing { mut who, more } => {
                who.retain(|user| *user != self.user);
                self.typing = (who, more);
            }
            ServerLine::Receipts { steps } => self.about.receipts = steps,
            ServerLine::Named { user, name } => {
                self.named.retain(|(named, _)| *named != user);
                if self.named.len() >= NAMED_MAX {
                    self.named.remove(0);
                }
                self.named.push((user, name));
            }
            // The close frame that follows a `bye` says the same; the others belong to pages.
            ServerLine::Bye { .. }
            | ServerLine::Pong
            | ServerLine::Amendment(_)
            | ServerLine::AsOf { .. } => {}
        }
    }

    fn welcome(&mut self, now: Timestamp, welcome: Welcome) {
        if !matches!(self.link.connection, Connection::Greeting { .. }) {
            return;
        }
        if !welcome.resumed {
            if self.timeline.position().is_some() {
                self.outbox.doubt();
            }
            self.start_over(welcome.epoch);
        }
        let memory = self.memory.take();
        if let Some(nonce) = welcome.nonce {
            self.outbox.learn(nonce);
            if let Some(memory) = memory.filter(|memory| memory.welcomed < nonce) {
                self.outbox.recollect(memory);
            }
        }
        self.reading.welcome(welcome.you.read, welcome.resumed);
        let replay = Replay { to: welcome.head, nonce: welcome.nonce };
        self.about.welcome(welcome);
        self.link.connection = Connection::CatchingUp(Live::since(now), replay);
    }

    /// Takes an entry of the live stream; `None` for one that this version does not understand.
    fn entry(&mut self, seq: Seq, entry: Option<&Entry>) -> Arrival {
        if let Some(entry) = entry {
            self.landed(entry);
        }
        let arrival = self.timeline.live(seq, entry, self.user);
        if arrival == Arrival::New {
            self.about.entry(seq, entry);
            if let Some(entry) = entry {
                self.news(entry);
            }
        }
        arrival
    }

    /// What else a new entry means.
    fn news(&mut self, entry: &Entry) {
        if let Some(thread) = &mut self.thread {
            thread.live(entry, self.user);
        }
        if let Entry::Message(message) = entry {
            self.typing.0.retain(|typing| *typing != message.stamp.by);
            if message.stamp.by == self.user {
                self.reading.wrote(message.stamp.seq);
            }
        }
    }

    /// Becomes level once the replay is complete; then what did not land is sent (rule SE5).
    fn catch_up(&mut self, effects: &mut Effects) {
        let Connection::CatchingUp(live, replay) = self.link.connection else {
            return;
        };
        if self.timeline.tip() < replay.to {
            return;
        }
        self.link.connection = Connection::Level(live);
        self.link.succeed(self.about.online);
        self.outbox.settle(replay.nonce);
        self.is_dirty = true;
        self.jump_as_wanted(effects);
    }

    fn act(&mut self, now: Timestamp, act: Act, effects: &mut Effects) {
        if self.outbox.pending().len() >= OUTBOX_MAX {
            return;
        }
        if act.is_message() {
            self.typed_at = None;
        }
        let held = act.target().and_then(|target| self.timeline.get(target));
        let target = held.and_then(|held| held.item.message());
        let may_have_files = target.is_none_or(|target| !target.attachments.is_empty());
        self.outbox.push(now, act, may_have_files);
        self.outbox_changed(true, effects);
    }

    fn outbox_changed(&mut self, has_changed: bool, effects: &mut Effects) {
        if has_changed {
            self.is_dirty = true;
            effects.push(Effect::Changed);
        }
    }

    fn read(&mut self, now: Timestamp, seq: Seq, effects: &mut Effects) {
        let seq = seq.min(self.timeline.tip());
        if seq == self.timeline.tip() {
            self.timeline.lean_older(false);
        }
        if self.reading.see(now, seq) {
            effects.push(Effect::Changed);
        }
    }

    /// Says how far the person has read without waiting, because there may be no later.
    fn tell_read(&mut self, now: Timestamp, effects: &mut Effects) {
        if matches!(self.link.connection, Connection::Level(_))
            && let Some(seq) = self.reading.take_all(now)
        {
            effects.push(Effect::Transmit(encode_client_frame([&ClientLine::Read { seq }])));
        }
    }

    /// Says what the room would take now. What may have left is noted first.
    fn speak(&mut self, now: Timestamp, effects: &mut Effects) {
        if !matches!(self.link.connection, Connection::Level(_)) {
            return;
        }
        self.outbox.release(now);
        loop {
            let lines = self.outbox.take_queued(now, FRAME_LINES_MAX, FRAME_TEXT_BYTES);
            if lines.is_empty() {
                break;
            }
            self.is_dirty = true;
            effects.push(Effect::Transmit(encode_client_frame(&lines)));
        }
        if let Some(seq) = self.reading.take(now, self.about.online) {
            effects.push(Effect::Transmit(encode_client_frame([&ClientLine::Read { seq }])));
        }
    }

    fn type_(&mut self, now: Timestamp, on: bool, effects: &mut Effects) {
        let is_news = match self.typed_at {
            Some(at) => !on || now.ms_since(at) >= TYPING_AGAIN_MS,
            None => on,
        };
        if is_news && matches!(self.link.connection, Connection::Level(_)) {
            self.typed_at = on.then_some(now);
            effects.push(Effect::Transmit(encode_client_frame([&ClientLine::Typing { on }])));
        }
    }

    /// Forgets the act that `entry` acknowledges, if it is one of this device.
    fn landed(&mut self, entry: &Entry) {
        if let Some((user, device, nonce)) = entry.send()
            && (user, device) == (self.user, self.device)
            // Before the first `welcome`, a higher nonce may be one that an earlier life used.
            && self.memory.is_none_or(|memory| nonce <= memory.welcomed)
            && self.outbox.remove(nonce)
        {
            self.is_dirty = true;
        }
    }

    fn saved(&self) -> Saved {
        Saved {
            position: self.timeline.position(),
            outbox: self.outbox.clone(),
            welcomed_nonce: self.memory.map(|memory| memory.welcomed),
        }
    }

    fn ask_to_be_woken(&mut self, effects: &mut Effects) {
        let connection = &self.link.connection;
        let due = connection.next_due(self.outbox.oldest_sent_at()).map(|(at, _)| at);
        let is_level = matches!(connection, Connection::Level(_));
        let wishes =
            [self.outbox.held_until(), self.reading.due(self.about.online)].into_iter().flatten();
        let Some(at) = wishes.filter(|_| is_level).chain(due).min() else {
            return;
        };
        if self.woken_at.is_none_or(|woken_at| at < woken_at) {
            self.woken_at = Some(at);
            effects.push(Effect::WakeAt(at));
        }
    }
}
