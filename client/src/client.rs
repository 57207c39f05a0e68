//! The client: all control flow is here, all state in the modules beside it.

use protocol::codec::{FromRoom, PING, decode_room_frame, encode_client_frame};
use protocol::limits::{
    BODY_BYTES_MAX, FRAME_BYTES_MAX, FRAME_LINES_MAX, OUTBOX_MAX, TYPING_AGAIN_MS,
};
use protocol::{
    ClientLine, CloseCode, DeviceId, Entry, Hello, Nonce, RoomInfo, Seq, ServerLine, Timestamp,
    UserId, Welcome, You,
};

use crate::backoff::Backoff;
use crate::connection::{Connection, Due, Live, Replay};
use crate::effect::{Effect, Effects};
use crate::input::Input;
use crate::outbox::{Memory, Outbox, PendingState};
use crate::saved::Saved;
use crate::timeline::{Arrival, Item, Timeline};
use crate::view::{Older, Phase, View};

/// Bytes of text that one frame carries: little enough if every character is escaped.
const FRAME_TEXT_BYTES: usize = FRAME_BYTES_MAX / 8;

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
    connection: Connection,
    backoff: Backoff,
    timeline: Timeline,
    outbox: Outbox,
    /// What this life began with, until the room says what landed.
    memory: Option<Memory>,
    room: Option<RoomInfo>,
    you: Option<You>,
    members: u32,
    online: u32,
    body_bytes_max: usize,
    typing: (Vec<UserId>, u32),
    typed_at: Option<Timestamp>,
    /// The page of history that is on its way.
    loading: Option<Seq>,
    loading_failed: bool,
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
            connection: Connection::Idle,
            backoff: Backoff::new(config.seed),
            timeline: Timeline::resuming(position),
            memory: Some(memory),
            outbox,
            room: None,
            you: None,
            members: 0,
            online: 0,
            body_bytes_max: BODY_BYTES_MAX,
            typing: (Vec::new(), 0),
            typed_at: None,
            loading: None,
            loading_failed: false,
            woken_at: None,
            is_dirty: false,
        }
    }

    /// Applies one input at `now` and returns what must be done about it.
    pub fn handle(&mut self, now: Timestamp, input: Input) -> Effects {
        let mut effects = Effects::default();
        match input {
            Input::Start => self.start(now, &mut effects),
            Input::Stop => self.stop(&mut effects),
            Input::Reconnect => self.reconnect(now, &mut effects),
            Input::Opened => self.opened(now, &mut effects),
            Input::Received(frame) => self.received(now, &frame, &mut effects),
            Input::Closed(code) => self.closed(now, code, &mut effects),
            Input::Woke => self.woke(now, &mut effects),
            Input::Send(body) => self.send(now, body, &mut effects),
            Input::Retry(nonce) => self.retry(now, nonce, &mut effects),
            Input::Discard(nonce) => self.discard(nonce, &mut effects),
            Input::Typing(on) => self.type_(now, on, &mut effects),
            Input::LoadOlder => self.load_older(&mut effects),
            Input::HistoryLoaded { before, page } => {
                self.history_loaded(before, &page, &mut effects);
            }
            Input::HistoryFailed { before } => self.history_failed(before, &mut effects),
        }
        self.ask_to_be_woken(&mut effects);
        if std::mem::take(&mut self.is_dirty) {
            // First, so that what may leave is noted before it does.
            effects.0.insert(0, Effect::Persist(self.saved()));
        }
        effects
    }

    /// What a person sees, oldest first.
    pub fn items(&self) -> impl Iterator<Item = Item<'_>> {
        self.timeline.items()
    }

    /// The rest of what a person sees.
    #[must_use]
    pub fn view(&self) -> View<'_> {
        let (phase, retry_at, behind) = self.progress();
        View {
            phase,
            retry_at,
            ended: self.connection.ended(),
            behind,
            room: self.room.as_ref(),
            you: self.you,
            members: self.members,
            online: self.online,
            body_bytes_max: self.body_bytes_max,
            pending: self.outbox.pending(),
            outbox_full: self.outbox.pending().len() >= OUTBOX_MAX,
            typing: &self.typing.0,
            typing_more: self.typing.1,
            older: self.older(),
        }
    }

    /// The last entry that the live stream brought.
    #[must_use]
    pub fn tip(&self) -> Seq {
        self.timeline.tip()
    }

    fn progress(&self) -> (Phase, Option<Timestamp>, u64) {
        match self.connection {
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

    fn older(&self) -> Older {
        match (self.timeline.newest_gap(), self.loading) {
            (None, _) => Older::None,
            (Some(_), Some(_)) => Older::Loading,
            (Some(_), None) if self.loading_failed => Older::Failed,
            (Some(_), None) => Older::Idle,
        }
    }

    fn start(&mut self, now: Timestamp, effects: &mut Effects) {
        if self.connection == Connection::Idle {
            self.open(now, effects);
        }
    }

    fn stop(&mut self, effects: &mut Effects) {
        if self.connection.has_socket() {
            effects.push(Effect::Close);
        }
        self.connection = Connection::Idle;
        effects.push(Effect::Changed);
    }

    fn reconnect(&mut self, now: Timestamp, effects: &mut Effects) {
        match &mut self.connection {
            Connection::Waiting { .. } | Connection::Ended { .. } => self.open(now, effects),
            Connection::CatchingUp(live, _) | Connection::Level(live) => {
                if live.pinged_at.is_none() {
                    live.pinged_at = Some(now);
                    effects.push(Effect::Transmit(PING.to_owned()));
                }
            }
            Connection::Idle | Connection::Opening { .. } | Connection::Greeting { .. } => {}
        }
    }

    fn open(&mut self, now: Timestamp, effects: &mut Effects) {
        self.connection = Connection::Opening { since: now };
        effects.push(Effect::Open);
        effects.push(Effect::Changed);
    }

    fn opened(&mut self, now: Timestamp, effects: &mut Effects) {
        if matches!(self.connection, Connection::Opening { .. }) {
            self.connection = Connection::Greeting { since: now };
            let hello = Hello { device: self.device, resume: self.timeline.position() };
            effects.push(Effect::Transmit(encode_client_frame([&ClientLine::Hello(hello)])));
        }
    }

    fn closed(&mut self, now: Timestamp, code: u16, effects: &mut Effects) {
        if !self.connection.has_socket() {
            return;
        }
        self.typing = (Vec::new(), 0);
        self.connection = if CloseCode::may_reconnect(code) {
            Connection::Waiting { until: now.plus_ms(self.backoff.next_ms()) }
        } else {
            Connection::Ended { code }
        };
        effects.push(Effect::Changed);
    }

    /// Gives up a socket that does not do what it should.
    fn fail(&mut self, now: Timestamp, effects: &mut Effects) {
        effects.push(Effect::Close);
        self.closed(now, 1006, effects);
    }

    fn woke(&mut self, now: Timestamp, effects: &mut Effects) {
        self.woken_at = None;
        let due = self.connection.next_due(self.outbox.oldest_sent_at());
        match due.filter(|(at, _)| *at <= now).map(|(_, due)| due) {
            None => {}
            Some(Due::Attempt) => self.open(now, effects),
            Some(Due::Fail) => self.fail(now, effects),
            Some(Due::Ping) => {
                if let Connection::CatchingUp(live, _) | Connection::Level(live) =
                    &mut self.connection
                {
                    live.pinged_at = Some(now);
                    effects.push(Effect::Transmit(PING.to_owned()));
                }
            }
        }
    }

    fn received(&mut self, now: Timestamp, frame: &str, effects: &mut Effects) {
        if !self.connection.has_socket() {
            return;
        }
        self.connection.heard(now);
        let Ok(lines) = decode_room_frame(frame) else {
            return self.fail(now, effects);
        };
        for line in lines {
            let arrival = match line {
                FromRoom::Entry(entry) => self.entry(entry),
                FromRoom::UnknownEntry(seq) => self.timeline.live(seq, None),
                FromRoom::Line(line) => {
                    self.line(now, line);
                    continue;
                }
                FromRoom::Unknown => continue,
            };
            if arrival == Arrival::OutOfOrder {
                return self.fail(now, effects);
            }
        }
        self.catch_up(now, effects);
        effects.push(Effect::Changed);
    }

    fn line(&mut self, now: Timestamp, line: ServerLine) {
        match line {
            ServerLine::Welcome(welcome) => self.welcome(now, *welcome),
            ServerLine::Gap { to, .. } => {
                self.timeline.skip(to);
                // Now, not at the end of the replay: if that is cut, the position is past the gap.
                if let Connection::CatchingUp(_, replay) = self.connection {
                    self.outbox.settle_gap(replay.nonce);
                    self.is_dirty = true;
                }
            }
            ServerLine::Refused(refused) => {
                let state = PendingState::Refused {
                    code: refused.code,
                    retry_after_ms: refused.retry_after_ms,
                };
                if self.outbox.mark(refused.nonce, state) {
                    self.is_dirty = true;
                }
            }
            ServerLine::Presence { online, .. } => self.online = online,
            ServerLine::Typing { mut who, more } => {
                who.retain(|user| *user != self.user);
                self.typing = (who, more);
            }
            // The close frame that follows says the same.
            ServerLine::Bye { .. } | ServerLine::Pong => {}
        }
    }

    fn welcome(&mut self, now: Timestamp, welcome: Welcome) {
        if !matches!(self.connection, Connection::Greeting { .. }) {
            return;
        }
        let held = self.timeline.position();
        if !welcome.resumed {
            self.timeline.reset(welcome.epoch);
            self.loading = None;
            if held.is_some() {
                self.outbox.doubt();
            }
        }
        let memory = self.memory.take();
        if let Some(nonce) = welcome.nonce {
            self.outbox.learn(nonce);
            if let Some(memory) = memory.filter(|memory| memory.welcomed < nonce) {
                self.outbox.recollect(memory);
            }
        }
        self.room = Some(welcome.room);
        self.you = Some(welcome.you);
        self.members = welcome.members;
        self.online = welcome.online;
        self.body_bytes_max = welcome.limits.body_bytes_max;
        let replay = Replay { to: welcome.head, nonce: welcome.nonce };
        self.connection = Connection::CatchingUp(Live::since(now), replay);
    }

    fn entry(&mut self, entry: Entry) -> Arrival {
        self.landed(&entry);
        if let Some((user, ..)) = entry.send() {
            self.typing.0.retain(|typing| *typing != user);
        }
        let members = match entry {
            Entry::Join { .. } => self.members.saturating_add(1),
            Entry::Leave { .. } => self.members.saturating_sub(1),
            Entry::Message { .. } => self.members,
        };
        let arrival = self.timeline.live(entry.seq(), Some(entry));
        // `welcome` counted those who joined before it.
        if arrival == Arrival::New && matches!(self.connection, Connection::Level(_)) {
            self.members = members;
        }
        arrival
    }

    /// Becomes level once the replay is complete, and then sends what did not land (rule SE5).
    fn catch_up(&mut self, now: Timestamp, effects: &mut Effects) {
        let Connection::CatchingUp(live, replay) = self.connection else {
            return;
        };
        if self.timeline.tip() < replay.to {
            return;
        }
        self.connection = Connection::Level(live);
        self.backoff.reset();
        self.outbox.settle(replay.nonce);
        self.transmit(now, effects);
    }

    fn send(&mut self, now: Timestamp, body: String, effects: &mut Effects) {
        if self.outbox.pending().len() >= OUTBOX_MAX {
            return;
        }
        self.outbox.push(now, body);
        self.typed_at = None;
        self.transmit(now, effects);
        effects.push(Effect::Changed);
    }

    fn retry(&mut self, now: Timestamp, nonce: Nonce, effects: &mut Effects) {
        if self.outbox.retry(nonce) {
            self.transmit(now, effects);
            effects.push(Effect::Changed);
        }
    }

    fn discard(&mut self, nonce: Nonce, effects: &mut Effects) {
        let can = |state| matches!(state, PendingState::Refused { .. } | PendingState::Unconfirmed);
        let found = self.outbox.pending().iter().find(|pending| pending.nonce == nonce);
        if found.is_some_and(|pending| can(pending.state)) {
            self.outbox.remove(nonce);
            self.is_dirty = true;
            effects.push(Effect::Changed);
        }
    }

    /// Sends what is queued, if the room would take it now. What may have left is noted first.
    fn transmit(&mut self, now: Timestamp, effects: &mut Effects) {
        let mut frames = Vec::new();
        while matches!(self.connection, Connection::Level(_)) {
            let lines = self.outbox.take_queued(now, FRAME_LINES_MAX, FRAME_TEXT_BYTES);
            if lines.is_empty() {
                break;
            }
            frames.push(Effect::Transmit(encode_client_frame(&lines)));
        }
        self.is_dirty = true;
        effects.0.extend(frames);
    }

    fn type_(&mut self, now: Timestamp, on: bool, effects: &mut Effects) {
        let is_news = match self.typed_at {
            Some(at) => !on || now.ms_since(at) >= TYPING_AGAIN_MS,
            None => on,
        };
        if is_news && matches!(self.connection, Connection::Level(_)) {
            self.typed_at = on.then_some(now);
            effects.push(Effect::Transmit(encode_client_frame([&ClientLine::Typing { on }])));
        }
    }

    fn load_older(&mut self, effects: &mut Effects) {
        if self.loading.is_some() {
            return;
        }
        let Some(before) = self.timeline.newest_gap().and_then(|(_, to)| to.next()) else {
            return;
        };
        self.loading = Some(before);
        self.loading_failed = false;
        effects.push(Effect::FetchHistory { before });
        effects.push(Effect::Changed);
    }

    fn history_loaded(&mut self, before: Seq, page: &str, effects: &mut Effects) {
        // A page that nobody waits for may be of a log that is gone.
        if self.loading != Some(before) {
            return;
        }
        let Ok(lines) = decode_room_frame(page) else {
            return self.history_failed(before, effects);
        };
        self.loading = None;
        for line in lines {
            match line {
                FromRoom::Entry(entry) => {
                    self.landed(&entry);
                    self.timeline.history(entry.seq(), Some(entry));
                }
                FromRoom::UnknownEntry(seq) => self.timeline.history(seq, None),
                FromRoom::Line(_) | FromRoom::Unknown => {}
            }
        }
        effects.push(Effect::Changed);
    }

    fn history_failed(&mut self, before: Seq, effects: &mut Effects) {
        if self.loading == Some(before) {
            self.loading = None;
            self.loading_failed = true;
            effects.push(Effect::Changed);
        }
    }

    /// Forgets the send that `entry` acknowledges, if it is one of this device.
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
        let due = self.connection.next_due(self.outbox.oldest_sent_at());
        let Some((at, _)) = due else { return };
        if self.woken_at.is_none_or(|woken_at| at < woken_at) {
            self.woken_at = Some(at);
            effects.push(Effect::WakeAt(at));
        }
    }
}
