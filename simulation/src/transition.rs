//! What may happen next, drawn from the seed.

use client::{Older, Phase};
use protocol::{Nonce, SessionId};

use crate::host::Crash;
use crate::network::{Opening, RoomEnd, Socket};
use crate::people::{is_refused, is_settled};
use crate::random::Random;
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
    /// A person wants something.
    Want { person: usize, wish: Wish },
    /// Something befalls a connection.
    Befall { session: SessionId, mishap: Mishap },
    /// The room's memory is lost.
    Evict,
    /// The machine dies in the next turn that stores something.
    Crash(Crash),
}

/// What a person may want.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "the fields say what they are")]
pub enum Wish {
    /// To write messages.
    Say { n: u64 },
    /// To be seen writing, or not any more.
    Type { on: bool },
    /// To send a refused message again.
    Retry { nonce: Nonce },
    /// To give up a message.
    Discard { nonce: Nonce },
    /// To see where entries are missing.
    LoadOlder,
    /// To open the room, or to come back to it.
    Start,
    /// To close the room.
    Stop,
    /// Not to wait.
    Reconnect,
    /// To load the page again; it then finds a state that is so many stores old.
    Reload { n_forgotten: usize },
    /// To become a member.
    Join,
    /// To cease to be one.
    Leave,
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
            0..=259 => down(world, random),
            260..=449 => up(world, random),
            450..=549 => None,
            550..=649 => accept(world, random),
            650..=699 => serve(world, random),
            700..=789 => Some(say(world, person, random)),
            790..=809 => Some(Self::Pump { person }),
            810..=939 => want(world, person, random),
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

fn want(world: &World, index: usize, random: &mut Random) -> Option<Transition> {
    let person = &world.people[index];
    let view = person.client.view();
    let is_member = world.ledger.roles().contains_key(&person.user);
    let may_ask = !person.is_asking;
    let is_out = view.phase == Phase::Idle || (is_member && view.phase == Phase::Ended);
    // The last person is the fickle one.
    let is_fickle = index + 1 == world.people.len();
    let forgets = world.profile.forgets && random.percent(40);
    let wish = match random.below(100) {
        0..=24 => is_out.then_some(Wish::Start),
        25..=39 => Some(Wish::Type { on: random.percent(70) }),
        40..=51 => matches!(view.older, Older::Idle | Older::Failed).then_some(Wish::LoadOlder),
        52..=66 => (!is_member && may_ask).then_some(Wish::Join),
        67..=69 => (is_member && may_ask && is_fickle).then_some(Wish::Leave),
        70..=75 => (person.pending(is_refused)).map(|nonce| Wish::Retry { nonce }),
        76..=81 => (person.pending(is_settled)).map(|nonce| Wish::Discard { nonce }),
        82..=86 => Some(Wish::Reconnect),
        87..=89 => Some(Wish::Stop),
        _ if forgets => Some(Wish::Reload { n_forgotten: random.index(person.saved.len() + 1) }),
        _ => Some(Wish::Reload { n_forgotten: 0 }),
    };
    wish.map(|wish| Transition::Want { person: index, wish })
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
