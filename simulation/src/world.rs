//! The world: everything that is not the room or a client, and what happens to it.

use std::collections::BTreeMap;

use protocol::{AttachmentId, DeviceId, Epoch, RoomId, RoomKind, Seq, SessionId, UserId};
use room::{Act, Founding, Input, RequestId, Room, Settings, SocketState};

use crate::archive::Archiver;
use crate::disk::Disk;
use crate::fault::Fault;
use crate::host::Host;
use crate::inboxes::Inboxes;
use crate::invariant::{Check, Invariant, Violation};
use crate::invites::Invites;
use crate::ledger::Ledger;
use crate::network::{Down, Network, RoomEnd, Up};
use crate::people::Person;
use crate::profile::Profile;
use crate::random::Random;
use crate::rates::Rates;
use crate::reads::Reads;
use crate::run::Report;
use crate::transition::{Mishap, Transition};
use crate::utterance::Utterance;

/// Frames that may be on their way at once, and those that follow from them.
const FRAMES_MAX: u64 = 1_000_000;

/// Transitions between two looks at all rows.
const ROWS_EVERY: u64 = 16;

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
    pub(crate) inboxes: Inboxes,
    pub(crate) invites: Invites,
    pub(crate) archiver: Archiver,
    pub(crate) rates: Rates,
    pub(crate) reads: Reads,
    /// Who uploads which file.
    pub(crate) uploaded: BTreeMap<AttachmentId, UserId>,
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
        let settings = Settings {
            id: RoomId::from_random(random.id_bytes()),
            name: "마루".to_owned(),
            kind: profile.kind,
            topic: String::new(),
            slow_ms: 0,
            archived: false,
        };
        let mut world = Self {
            random,
            profile,
            fault,
            is_calm: false,
            now_ms: 0,
            host: Host { next_session: 1_000_000, ..Host::default() },
            disk: Disk::default(),
            ledger: Ledger::new(settings.clone()),
            network: Network::default(),
            people,
            utterances: BTreeMap::new(),
            inboxes: Inboxes::default(),
            invites: Invites::default(),
            archiver: Archiver::default(),
            rates: Rates::default(),
            reads: Reads::default(),
            uploaded: BTreeMap::new(),
            last_heard: None,
            report: Report::default(),
        };
        world.found(settings, [founder, pair, late, fickle])?;
        Ok(world)
    }

    /// Founds the room: of a direct one, everybody is a member from the start.
    fn found(&mut self, settings: Settings, users: [UserId; 4]) -> Check {
        let crowd = UserId::from_random(self.random.id_bytes());
        let is_direct = settings.kind == RoomKind::Direct;
        let mut people = vec![(users[0], "Founder".to_owned())];
        if is_direct {
            people.extend(users[1..].iter().map(|user| (*user, "Friend".to_owned())));
            people.extend((self.profile.n_crowd > 0).then(|| (crowd, "Crowd".to_owned())));
        }
        let end = Seq::try_from(people.len() as u64).expect("a few people");
        for (user, _) in &people {
            self.reads.said(*user, end);
        }
        let epoch = Epoch::from_random(self.random.id_bytes());
        let founding = Founding { settings, epoch, people };
        let (room, effects) = Room::found(self.room_time(), founding, self.profile.policy);
        self.host.room = Some(room);
        self.execute_turn(effects.0)?;
        self.ledger.law.is_founded = true;
        if self.profile.n_crowd > 0 {
            self.gather_crowd(users[0], crowd)?;
        }
        Ok(())
    }

    /// One more member with very many devices, who says nothing: it makes the window longer.
    fn gather_crowd(&mut self, by: UserId, user: UserId) -> Check {
        let act = Act::Add { by, user, name: "Crowd".to_owned() };
        self.turn(Input::Request { request: RequestId(u64::MAX), act })?;
        self.advance(1_000)?;
        let since = self.room_time();
        self.host.crowd = (0..self.profile.n_crowd)
            .map(|n| {
                let device = Some(DeviceId::from_random(self.random.id_bytes()));
                let state = SocketState {
                    user,
                    since,
                    device,
                    read: Seq::ZERO,
                    grant: None,
                    wave: room::Wave::default(),
                };
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
            Transition::Deliver { notice, again } => self.deliver_notice(notice, again)?,
            Transition::Archive(step) => self.archive(step)?,
            Transition::Evict => self.evict(),
            Transition::Crash(crash) => self.host.crash = Some(crash),
            Transition::Want { person, wish } => self.want(person, wish)?,
            Transition::Befall { session, mishap } => self.befall(session, mishap)?,
        }
        self.network.sweep();
        if self.report.n_transitions.is_multiple_of(ROWS_EVERY) {
            self.check_rows()?;
        }
        Ok(())
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
