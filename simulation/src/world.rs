//! The world: everything that is not the room or a client, and what happens to it.

use std::collections::BTreeMap;

use protocol::{DeviceId, Epoch, RoomId, RoomKind, SessionId, UserId};
use room::{Act, Founding, Input, RequestId, Room, Settings, SocketState};

use crate::disk::Disk;
use crate::fault::Fault;
use crate::host::Host;
use crate::invariant::{Check, Invariant, Violation};
use crate::ledger::Ledger;
use crate::network::{Down, Network, Request, RoomEnd, Up};
use crate::people::{Person, Utterance};
use crate::profile::Profile;
use crate::random::Random;
use crate::run::Report;
use crate::transition::{Mishap, Transition, Wish};

/// Frames that may be on their way at once, and those that follow from them.
const FRAMES_MAX: u64 = 1_000_000;

/// One room, its clients, and all that is between them and around them.
#[derive(Debug)]
pub struct World {
    pub(crate) random: Random,
    pub(crate) profile: Profile,
    pub(crate) fault: Option<Fault>,
    /// Whether nothing breaks any more.
    pub(crate) is_calm: bool,
    pub(crate) now_ms: u64,
    pub(crate) host: Host,
    pub(crate) disk: Disk,
    pub(crate) ledger: Ledger,
    pub(crate) network: Network,
    pub(crate) people: Vec<Person>,
    pub(crate) utterances: BTreeMap<String, Utterance>,
    /// The last frame that the room heard.
    pub(crate) last_heard: Option<(SessionId, String)>,
    pub(crate) report: Report,
}

impl World {
    /// A world with a founded room, its founder at two devices, and four more people outside.
    pub(crate) fn new(seed: u64, fault: Option<Fault>) -> Result<Self, Violation> {
        let mut random = Random::new(seed);
        let profile = Profile::draw(&mut random);
        let [founder, pair, late, fickle] =
            std::array::from_fn(|_| UserId::from_random(random.id_bytes()));
        let users = [founder, founder, pair, pair, late, fickle];
        let mut people: Vec<Person> =
            users.into_iter().map(|user| Person::new(user, &mut random)).collect();
        if profile.has_slow_people {
            people[random.index(users.len())].is_slow = true;
        }
        let mut world = Self {
            random,
            profile,
            fault,
            is_calm: false,
            now_ms: 0,
            host: Host { next_session: 1_000_000, ..Host::default() },
            disk: Disk::default(),
            ledger: Ledger::default(),
            network: Network::default(),
            people,
            utterances: BTreeMap::new(),
            last_heard: None,
            report: Report::default(),
        };
        world.found(founder)?;
        Ok(world)
    }

    fn found(&mut self, owner: UserId) -> Check {
        let founding = Founding {
            settings: Settings {
                id: RoomId::from_random(self.random.id_bytes()),
                name: "마루".to_owned(),
                kind: RoomKind::Public,
                topic: String::new(),
            },
            epoch: Epoch::from_random(self.random.id_bytes()),
            owner,
            owner_name: "Founder".to_owned(),
        };
        let (room, effects) = Room::found(self.room_time(), founding);
        self.host.room = Some(room);
        self.execute_turn(effects.0)?;
        if self.profile.n_crowd > 0 {
            self.gather_crowd()?;
        }
        Ok(())
    }

    /// One more member with very many devices, who says nothing: it makes the window longer.
    fn gather_crowd(&mut self) -> Check {
        let user = UserId::from_random(self.random.id_bytes());
        let name = "Crowd".to_owned();
        let act = Act::Join { user, name };
        let request = RequestId(u64::MAX);
        self.turn(Input::Request { request, act })?;
        self.advance(1_000)?;
        let since = self.room_time();
        self.host.crowd = (0..self.profile.n_crowd)
            .map(|n| {
                let device = Some(DeviceId::from_random(self.random.id_bytes()));
                let state = SocketState { user, since, device };
                (SessionId(n), state)
            })
            .collect();
        self.evict();
        self.report = Report::default();
        self.wake_room()
    }

    /// Whether the room's memory may be lost now.
    pub(crate) fn may_evict(&self) -> bool {
        self.host.room.is_some()
            && (self.profile.evicts_abruptly
                || (self.host.wake_at.is_none() && self.host.asked.is_empty()))
    }

    /// Does what `transition` says.
    pub(crate) fn apply(&mut self, transition: Transition) -> Check {
        self.report.n_transitions += 1;
        match transition {
            Transition::Pass { ms } => self.advance(ms)?,
            Transition::Up { session } => self.hear_client(session)?,
            Transition::Down { session } => self.hear(session)?,
            Transition::Pump { person } => self.pump(Some(person))?,
            Transition::Accept { opening, fails } => {
                let opening = self.network.openings.remove(opening);
                self.accept(opening, fails)?;
            }
            Transition::Serve { request, fails } => {
                let request = self.network.requests.remove(request);
                self.serve(request, fails)?;
            }
            Transition::Evict => self.evict(),
            Transition::Crash(crash) => self.host.crash = Some(crash),
            Transition::Want { person, wish } => self.want(person, wish)?,
            Transition::Befall { session, mishap } => self.befall(session, mishap)?,
        }
        self.network.sweep();
        Ok(())
    }

    fn want(&mut self, person: usize, wish: Wish) -> Check {
        match wish {
            Wish::Say { n } => self.say(person, n),
            Wish::Type { on } => self.act(person, client::Input::Typing(on)),
            Wish::Retry { nonce } => self.act(person, client::Input::Retry(nonce)),
            Wish::Discard { nonce } => self.act(person, client::Input::Discard(nonce)),
            Wish::LoadOlder => self.act(person, client::Input::LoadOlder),
            Wish::Start => self.start(person),
            Wish::Stop => self.act(person, client::Input::Stop),
            Wish::Reconnect => self.act(person, client::Input::Reconnect),
            Wish::Reload { n_forgotten } => self.reload(person, n_forgotten),
            Wish::Join => {
                self.request(person, Request::Join { person });
                Ok(())
            }
            Wish::Leave => {
                self.request(person, Request::Leave { person });
                Ok(())
            }
        }
    }

    fn request(&mut self, person: usize, request: Request) {
        self.people[person].is_asking = true;
        self.network.requests.push(request);
    }

    /// A person opens the room, or comes back after an end.
    pub(crate) fn start(&mut self, person: usize) -> Check {
        self.act(person, client::Input::Start)?;
        self.act(person, client::Input::Reconnect)
    }

    fn befall(&mut self, session: SessionId, mishap: Mishap) -> Check {
        let socket = self.network.socket(session);
        match mishap {
            Mishap::Break { up, down } => {
                socket.up.truncate(up);
                socket.up.push_back(Up::Gone);
                socket.down.truncate(down);
                socket.down.push_back(Down::Closed(1006));
                Ok(())
            }
            Mishap::Lose => self.lose(session),
            Mishap::Cut { down } => {
                socket.down.truncate(down);
                self.cut(session)
            }
            Mishap::Notice => {
                socket.up.push_back(Up::Gone);
                Ok(())
            }
            Mishap::Garbage => {
                socket.up.push_front(Up::Frame("{".to_owned()));
                Ok(())
            }
        }
    }

    /// Delivers everything that is on its way between the room and one person, or everyone.
    pub(crate) fn pump(&mut self, person: Option<usize>) -> Check {
        for _ in 0..FRAMES_MAX {
            let concerns = |index: usize| person.is_none_or(|person| person == index);
            let ups = self.network.which(|socket| concerns(socket.person) && !socket.up.is_empty());
            let downs =
                self.network.which(|socket| concerns(socket.person) && !socket.down.is_empty());
            let n = ups.len() + downs.len();
            if n == 0 {
                return Ok(());
            }
            let at = self.random.index(n);
            match ups.get(at) {
                Some(session) => self.hear_client(*session)?,
                None => self.hear(downs[at - ups.len()])?,
            }
        }
        Invariant::CalmLevel.check(false, || "frames beget frames without end".to_owned())
    }

    /// Ends that nobody was told of are noticed.
    pub(crate) fn notice_all(&mut self) {
        for session in self.network.which(crate::network::Socket::is_half_open) {
            self.network.socket(session).up.push_back(Up::Gone);
        }
    }

    /// The users with a live session, as the platform knows them.
    pub(crate) fn n_users_online(&self) -> u32 {
        let live =
            self.network.sockets.values().filter(|socket| {
                socket.room_end == RoomEnd::Open && socket.stream.device().is_some()
            });
        let crowd = self.host.crowd.iter().map(|(_, state)| state.user);
        let users: std::collections::BTreeSet<UserId> =
            live.map(|socket| socket.user).chain(crowd).collect();
        users.len() as u32
    }
}
