//! The client of a user's inbox: the list of rooms, as it changes.

use std::cmp::Reverse;

use protocol::codec::decode_inbox_frame;
use protocol::{InboxLine, InboxRoom, RoomId, Timestamp};

use crate::connection::{Connection, Live, UPDATE};
use crate::effect::{Effect, Effects};
use crate::link::{Link, has_line};
use crate::view::Phase;

/// Everything that can happen to the client of an inbox.
#[derive(Clone, Debug)]
pub enum InboxInput {
    /// The person is here.
    Start,
    /// The person left.
    Stop,
    /// The network may be back, or the person does not want to wait.
    Reconnect,
    /// The socket that [`Effect::Open`] asked for is open.
    Opened,
    /// A frame arrived on it.
    Received(String),
    /// It closed, or never opened; with the number of the close frame, or 1006.
    Closed(u16),
    /// The time that was asked for has come.
    Woke,
}

/// The state of an inbox as a person sees it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InboxView<'a> {
    /// How far the connection is.
    pub phase: Phase,
    /// The time of the next attempt, while waiting for it.
    pub retry_at: Option<Timestamp>,
    /// Why the connection ended for good: the name of a close code, or [`UPDATE`].
    pub ended: Option<&'static str>,
    /// The rooms, the one with the newest entry first.
    pub rooms: &'a [InboxRoom],
    /// How many messages are not read, in rooms that are not muted.
    pub unread: u32,
    /// How many of all the messages that are not read mention the user.
    pub mentions: u32,
}

/// The client of a user's inbox (rule IB1). It fetches no pages and stores nothing.
#[derive(Debug)]
pub struct Inbox {
    link: Link,
    rooms: Vec<InboxRoom>,
    woken_at: Option<Timestamp>,
}

impl Inbox {
    /// An inbox that has not started. `seed` spreads the reconnects of many; fresh and random.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { link: Link::new(seed), rooms: Vec::new(), woken_at: None }
    }

    /// Applies one input at `now` and returns what must be done about it.
    pub fn handle(&mut self, now: Timestamp, input: InboxInput) -> Effects {
        let mut effects = Effects::default();
        match input {
            InboxInput::Start => self.link.start(now, &mut effects),
            InboxInput::Stop => self.link.stop(&mut effects),
            InboxInput::Reconnect => self.link.reconnect(now, &mut effects),
            // The server speaks first.
            InboxInput::Opened => drop(self.link.opened(now)),
            InboxInput::Received(frame) => self.received(now, &frame, &mut effects),
            InboxInput::Closed(code) => self.link.closed(now, code, &mut effects),
            InboxInput::Woke => self.woke(now, &mut effects),
        }
        self.ask_to_be_woken(&mut effects);
        effects
    }

    /// What a person sees.
    #[must_use]
    pub fn view(&self) -> InboxView<'_> {
        let (phase, retry_at) = match self.link.connection {
            Connection::Idle => (Phase::Idle, None),
            Connection::Opening { .. } | Connection::Greeting { .. } => (Phase::Connecting, None),
            Connection::CatchingUp(..) | Connection::Level(_) => (Phase::Live, None),
            Connection::Waiting { until } => (Phase::Waiting, Some(until)),
            Connection::Ended { .. } => (Phase::Ended, None),
        };
        let sum = |counts: &mut dyn Iterator<Item = u32>| counts.fold(0, u32::saturating_add);
        InboxView {
            phase,
            retry_at,
            ended: self.link.connection.ended(),
            rooms: &self.rooms,
            unread: sum(&mut self.rooms.iter().filter(|room| !room.muted).map(|room| room.unread)),
            mentions: sum(&mut self.rooms.iter().map(|room| room.mentions)),
        }
    }

    fn received(&mut self, now: Timestamp, frame: &str, effects: &mut Effects) {
        if !self.link.heard(now) {
            return;
        }
        let Ok(lines) = decode_inbox_frame(frame) else {
            return self.link.fail(now, effects);
        };
        for line in lines {
            match line {
                InboxLine::Rooms { rooms } => {
                    self.rooms = rooms;
                    self.link.connection = Connection::Level(Live::since(now));
                    self.link.succeed(1);
                }
                InboxLine::Room(room) => self.replace(room.room, Some(room)),
                InboxLine::Gone { room } => self.replace(room, None),
                // The close frame that follows a `bye` says the same.
                InboxLine::Bye { .. } | InboxLine::Pong => {}
            }
        }
        // A list that this version cannot read would be the same the next time.
        let is_greeting = matches!(self.link.connection, Connection::Greeting { .. });
        if is_greeting && has_line(frame, "rooms") {
            return self.link.end(UPDATE, effects);
        }
        self.rooms.sort_by_key(|room| Reverse(room.last_at));
        effects.push(Effect::Changed);
    }

    fn replace(&mut self, id: RoomId, room: Option<InboxRoom>) {
        match (self.rooms.iter_mut().find(|held| held.room == id), room) {
            (Some(held), Some(room)) => *held = room,
            (None, Some(room)) => self.rooms.push(room),
            (_, None) => self.rooms.retain(|held| held.room != id),
        }
    }

    fn woke(&mut self, now: Timestamp, effects: &mut Effects) {
        self.woken_at = None;
        let due = self.link.connection.next_due(None);
        if let Some((_, due)) = due.filter(|(at, _)| *at <= now) {
            self.link.carry_on(due, now, effects);
        }
    }

    fn ask_to_be_woken(&mut self, effects: &mut Effects) {
        let Some((at, _)) = self.link.connection.next_due(None) else {
            return;
        };
        if self.woken_at.is_none_or(|woken_at| at < woken_at) {
            self.woken_at = Some(at);
            effects.push(Effect::WakeAt(at));
        }
    }
}
