//! The room itself: founding, settings, joining, leaving, the end.

use std::rc::Rc;

use ::room::{Act, Founding, Settings};
use object_api::room::{Block, CreateRoom, Person, Summary};
use protocol::limits::{ROOM_NAME_CHARS_MAX, TOPIC_CHARS_MAX};
use protocol::{Change, Epoch, InviteId, Refusal, RoomKind, UserId};
use worker::Response;

use super::question::{Question, json, nothing};
use crate::outbox::people;
use crate::problem::Problem;
use crate::room_object::Shell;
use crate::{clock, outbox};

pub(super) async fn create(shell: &Rc<Shell>, asked: CreateRoom) -> Result<Response, Problem> {
    let CreateRoom { room, name, kind, topic, owner, people } = asked;
    let caller = owner.user;
    let settings = Settings { id: room, name, kind, topic, slow_ms: 0, archived: false };
    let founding = Founding {
        settings,
        epoch: Epoch::from_random(clock::random()?),
        people: founders(kind, &owner, people),
    };
    let status = match shell.found(founding) {
        Ok(()) => 201,
        // A direct room is there once for its members, whoever opens it (rule MB7).
        Err(Problem::RoomExists) if is_direct_of(shell, kind, caller)? => 200,
        Err(problem) => return Err(problem),
    };
    // So that the caller's list of rooms has it; the alarm sees to it if this fails.
    outbox::hurry(shell).await;
    shell.read(|room| json(status, &summary(room, caller)))?
}

pub(super) fn show(shell: &Shell, asked: &Question) -> Result<Response, Problem> {
    let user = asked.user()?;
    shell.read(|room| {
        // What nobody finds is told to nobody who is not in it.
        if room.role(user).is_none() && !room.settings().kind.is_open() {
            return Err(Problem::NoSuchRoom);
        }
        json(200, &summary(room, user))
    })?
}

pub(super) async fn change(shell: &Shell, asked: &Question) -> Result<Response, Problem> {
    let user = asked.user()?;
    let change: Change = asked.json()?;
    let change = Change { name: change.name.map(|name| name.trim().to_owned()), ..change };
    let is_long = |text: &Option<String>, max: usize| {
        text.as_ref().is_some_and(|text| text.chars().count() > max)
    };
    if change.name.as_ref().is_some_and(String::is_empty)
        || is_long(&change.name, ROOM_NAME_CHARS_MAX)
        || is_long(&change.topic, TOPIC_CHARS_MAX)
    {
        return Err(Refusal::SettingInvalid.into());
    }
    shell.request(Act::Change { by: user, change }).await?;
    shell.read(|room| json(200, &summary(room, user)))?
}

pub(super) async fn delete(shell: &Shell, asked: &Question) -> Result<Response, Problem> {
    shell.request(Act::Delete { by: asked.user()? }).await?;
    Ok(nothing())
}

pub(super) async fn join(
    shell: &Rc<Shell>,
    asked: &Question,
    invite: Option<InviteId>,
) -> Result<Response, Problem> {
    let user = asked.user()?;
    shell.request(Act::Join { user, name: asked.name()?, invite }).await?;
    outbox::hurry(shell).await;
    shell.read(|room| json(200, &summary(room, user)))?
}

pub(super) async fn leave(shell: &Rc<Shell>, asked: &Question) -> Result<Response, Problem> {
    shell.request(Act::Leave { user: asked.user()? }).await?;
    outbox::hurry(shell).await;
    Ok(nothing())
}

pub(super) async fn block(shell: &Shell, asked: &Question) -> Result<Response, Problem> {
    let Block { by, on } = asked.json()?;
    shell.request(Act::Block { by, on }).await?;
    Ok(nothing())
}

/// The first members: of a direct room all, of another one who asks.
fn founders(kind: RoomKind, owner: &Person, people: Vec<Person>) -> Vec<(UserId, String)> {
    let others = people.into_iter().filter(|person| person.user != owner.user);
    let others = if kind == RoomKind::Direct { others.collect() } else { Vec::new() };
    let founders = std::iter::once(owner.clone()).chain(others);
    founders.map(|person| (person.user, person.name)).collect()
}

fn is_direct_of(shell: &Shell, kind: RoomKind, user: UserId) -> Result<bool, Problem> {
    let is_member =
        |room: &::room::Room| room.settings().kind == RoomKind::Direct && room.role(user).is_some();
    Ok(kind == RoomKind::Direct && shell.read(is_member)?)
}

fn summary(room: &::room::Room, user: UserId) -> Summary {
    let Settings { id, name, kind, topic, slow_ms, archived } = room.settings().clone();
    let (members, online) = (room.n_members(), room.n_online());
    let (role, people) = (room.role(user), people(room));
    Summary { id, name, kind, topic, slow_ms, archived, members, online, role, people }
}
