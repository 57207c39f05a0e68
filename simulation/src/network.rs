//! Sockets: two queues each, delivered one frame at a time, whenever the seed says so.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use client::{Page, PageId};
use protocol::codec::{FromRoom, decode_room_frame};
use protocol::{Entry, ServerLine, SessionId, UserId};
use room::{Act, SocketState};

use crate::stream::Stream;

/// A frame from the room, decoded once for everyone who looks at it.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) text: Rc<str>,
    pub(crate) lines: Rc<[FromRoom]>,
}

impl Frame {
    pub(crate) fn new(text: &str) -> Self {
        let lines = decode_room_frame(text).expect("a room sends what its codec reads");
        Self { text: text.into(), lines: lines.into() }
    }

    /// Whether it announces a gap.
    pub(crate) fn has_gap(&self) -> bool {
        let is_gap = |line: &FromRoom| matches!(line, FromRoom::Line(ServerLine::Gap { .. }));
        self.lines.iter().any(is_gap)
    }

    /// The entries in it.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.lines.iter().filter_map(|line| match line {
            FromRoom::Entry(entry) => Some(entry),
            FromRoom::Line(_) | FromRoom::UnknownEntry(_) | FromRoom::Unknown => None,
        })
    }
}

/// On its way from a client to the room.
#[derive(Debug)]
pub(crate) enum Up {
    Frame(String),
    /// The client's end is gone, and the room's end gets to know it.
    Gone,
}

/// On its way from the room to a client.
#[derive(Debug)]
pub(crate) enum Down {
    Opened,
    Frame(Frame),
    Closed(u16),
}

/// How a socket is seen from the room's side.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum RoomEnd {
    /// The platform holds it.
    Open,
    /// The room closed it; what the client sent before it knew still arrives.
    Closed,
    /// It is gone; nothing arrives.
    Cut,
}

/// One socket.
#[derive(Debug)]
pub(crate) struct Socket {
    /// The person at the client's end, by index.
    pub(crate) person: usize,
    pub(crate) user: UserId,
    pub(crate) room_end: RoomEnd,
    /// Whether the client still holds its end.
    pub(crate) client_end: bool,
    /// What the room wrote on it.
    pub(crate) state: Option<SocketState>,
    pub(crate) up: VecDeque<Up>,
    pub(crate) down: VecDeque<Down>,
    pub(crate) stream: Stream,
}

impl Socket {
    pub(crate) fn new(person: usize, user: UserId) -> Self {
        Self {
            person,
            user,
            room_end: RoomEnd::Open,
            client_end: true,
            state: None,
            up: VecDeque::new(),
            down: VecDeque::from([Down::Opened]),
            stream: Stream::default(),
        }
    }

    /// Whether it said `hello`, as far as the room's shell knows.
    pub(crate) fn is_live(&self) -> bool {
        self.room_end == RoomEnd::Open && self.state.is_some_and(|state| state.device.is_some())
    }

    /// The client's end is gone and the room's end does not know.
    pub(crate) fn is_half_open(&self) -> bool {
        let told = matches!(self.up.back(), Some(Up::Gone));
        self.room_end == RoomEnd::Open && !self.client_end && !told
    }

    /// Nobody will hear of it again. A client that was not told holds on to a socket that is cut.
    fn is_over(&self) -> bool {
        let mute = match self.room_end {
            RoomEnd::Open => false,
            RoomEnd::Closed => self.up.is_empty(),
            RoomEnd::Cut => true,
        };
        mute && !self.client_end
    }
}

/// A socket that a client asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opening {
    pub(crate) person: usize,
    /// The client's attempt; a later one makes this one's end unheard.
    pub(crate) attempt: u64,
}

/// A request over HTTP.
#[derive(Debug)]
pub(crate) enum Request {
    /// Something is asked of the room.
    Ask { person: usize, act: Act },
    /// The lines of a page of history, or a thread.
    Page { person: usize, life: u64, id: PageId, page: Page },
    /// The amendments of lines that came.
    Amendments { person: usize, life: u64, id: PageId, lines: String },
}

/// Everything between the clients and the room.
#[derive(Debug, Default)]
pub(crate) struct Network {
    pub(crate) sockets: BTreeMap<SessionId, Socket>,
    pub(crate) openings: Vec<Opening>,
    pub(crate) requests: Vec<Request>,
}

impl Network {
    pub(crate) fn socket(&mut self, session: SessionId) -> &mut Socket {
        self.sockets.get_mut(&session).expect("a socket that exists")
    }

    /// The sockets for which `is` holds.
    pub(crate) fn which(&self, is: impl Fn(&Socket) -> bool) -> Vec<SessionId> {
        let matching = self.sockets.iter().filter(|(_, socket)| is(socket));
        matching.map(|(&session, _)| session).collect()
    }

    /// Forgets the sockets of which nobody will hear again.
    pub(crate) fn sweep(&mut self) {
        self.sockets.retain(|_, socket| !socket.is_over());
    }
}
