//! What may happen next, drawn from the seed.

use protocol::SessionId;

use crate::archive::Step;
use crate::host::Crash;
use crate::network::{Opening, RoomEnd, Socket};
use crate::random::Random;
use crate::wish::Wish;
use crate::world::World;

/// One thing that happens to the world. A printed list of them tells what a seed did.
#[expect(missing_docs, reason = "the fields say what they are")]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Transition {
    /// Time passes, and timers fire.
    Pass { ms: u64 },
    /// The room's end of a socket hears the next thing on it.
    Up { session: SessionId },
    /// The client's end of a socket hears the next thing on it.
    Down { session: SessionId },
    /// A person and the room hear everything that is on its way between them.
    Pump { person: usize },
    /// The upgrade at this place in the queue arrives.
    Accept { opening: usize, fails: bool },
    /// The HTTP request at this place in the queue arrives.
    Serve { request: usize, fails: bool },
    /// The notice at this place in the queue arrives; the room may not hear that it did.
    Deliver { notice: usize, again: bool },
    /// A person wants something.
    Want { person: usize, wish: Wish },
    /// Something befalls a connection.
    Befall { session: SessionId, mishap: Mishap },
    /// The archive job takes a step.
    Archive(Step),
    /// The room's memory is lost.
    Evict,
    /// The machine dies in the next turn that stores something.
    Crash(Crash),
}

/// What may befall a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "the fields say what they are")]
pub enum Mishap {
    /// It breaks; so many frames still arrive, and both ends know.
    Break { up: usize, down: usize },
    /// It breaks, and only the client knows.
    Lose,
    /// It breaks, so many frames still arrive, and only the room knows.
    Cut { down: usize },
    /// The room's end learns that the client's end is gone.
    Notice,
    /// Something that is not of the protocol arrives.
    Garbage,
}

impl Transition {
    /// What happens next in `world`.
    pub(crate) fn draw(world: &World, random: &mut Random) -> Self {
        let person = random.index(world.people.len());
        let drawn = match random.below(1_000) {
            0..=239 => down(world, random),
            240..=409 => up(world, random),
            410..=489 => None,
            490..=569 => accept(world, random),
            570..=629 => serve(world, random),
            630..=649 => deliver(world, random),
            650..=719 => Some(say(world, person, random)),
            720..=739 => Some(Self::Pump { person }),
            740..=859 => want(person, Wish::draw(world, person, random)),
            860..=924 => want(person, Wish::draw_act(world, random)),
            925..=939 => want(person, Wish::draw_order(world, person, random)),
            _ => breaks(world, random),
        };
        drawn.unwrap_or_else(|| Self::Pass { ms: span(random) })
    }
}

/// Mostly moments, sometimes a wait, seldom an absence.
fn span(random: &mut Random) -> u64 {
    match random.below(100) {
        0..=69 => random.below(40),
        70..=93 => random.below(1_500),
        94..=98 => random.below(12_000),
        _ => random.below(60_000),
    }
}

fn down(world: &World, random: &mut Random) -> Option<Transition> {
    let sockets = world.network.which(|socket| !socket.down.is_empty());
    let session = random.pick(&sockets)?;
    let index = world.network.sockets[&session].person;
    let is_patient = !world.people[index].is_slow || random.percent(8);
    is_patient.then_some(Transition::Down { session })
}

fn up(world: &World, random: &mut Random) -> Option<Transition> {
    let sockets = world.network.which(|socket| !socket.up.is_empty());
    random.pick(&sockets).map(|session| Transition::Up { session })
}

fn accept(world: &World, random: &mut Random) -> Option<Transition> {
    let openings: &[Opening] = &world.network.openings;
    (!openings.is_empty()).then(|| Transition::Accept {
        opening: if random.percent(60) { openings.len() - 1 } else { random.index(openings.len()) },
        fails: random.percent(8),
    })
}

fn serve(world: &World, random: &mut Random) -> Option<Transition> {
    let requests = &world.network.requests;
    (!requests.is_empty()).then(|| Transition::Serve {
        request: random.index(requests.len()),
        fails: random.percent(15),
    })
}

fn deliver(world: &World, random: &mut Random) -> Option<Transition> {
    let n_notices = world.disk.notices.len();
    (n_notices > 0)
        .then(|| Transition::Deliver { notice: random.index(n_notices), again: random.percent(20) })
}

fn want(person: usize, wish: Option<Wish>) -> Option<Transition> {
    wish.map(|wish| Transition::Want { person, wish })
}

fn say(world: &World, person: usize, random: &mut Random) -> Transition {
    let n = if world.profile.is_bulk && random.percent(30) {
        random.within(50..400)
    } else if random.percent(5) {
        random.within(2..12)
    } else {
        1
    };
    let wish = Wish::Say { n };
    Transition::Want { person, wish }
}

/// What may go wrong by itself.
fn breaks(world: &World, random: &mut Random) -> Option<Transition> {
    match random.below(100) {
        0..=62 => befall(world, random),
        63..=89 => world.may_evict().then_some(Transition::Evict),
        90..=94 => Some(Transition::Crash(Crash::BeforeCommit)),
        _ => Some(Transition::Crash(Crash::AfterCommit(random.index(5)))),
    }
}

fn befall(world: &World, random: &mut Random) -> Option<Transition> {
    let (up, down) = (random.index(4), random.index(4));
    let (mishap, may): (_, fn(&Socket) -> bool) = match random.below(10) {
        0..=2 => (Mishap::Break { up, down }, |socket| socket.client_end),
        3..=4 => (Mishap::Lose, |socket| socket.client_end),
        5 => (Mishap::Cut { down }, |socket| socket.client_end && socket.room_end == RoomEnd::Open),
        6..=8 => (Mishap::Notice, Socket::is_half_open),
        _ => (Mishap::Garbage, |socket| !socket.client_end && socket.room_end != RoomEnd::Cut),
    };
    let session = random.pick(&world.network.which(may))?;
    Some(Transition::Befall { session, mishap })
}
