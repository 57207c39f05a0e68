//! Invites: how people enter a room that nobody finds.

use ::room::{Act, Answer, Invite, Settings};
use object_api::room::{Invitation, InviteRow, Invites, ListedRoom, NewInvite};
use protocol::{InviteCode, InviteId, Refusal, Role, RoomId, RoomKind};
use worker::Response;

use super::question::{Question, json, nothing, parse};
use crate::clock;
use crate::problem::Problem;
use crate::room_object::Shell;

/// The open invites, for those who may open one.
pub(super) fn list(shell: &Shell, asked: &Question) -> Result<Response, Problem> {
    let is_private = shell.read(|room| room.settings().kind == RoomKind::Private)?;
    shell.need_role(asked, if is_private { Role::Member } else { Role::Moderator })?;
    shell.read(|room| {
        let id = room.settings().id;
        let invites = room.invites(clock::now()).map(|invite| row(id, invite)).collect();
        json(200, &Invites { invites })
    })?
}

pub(super) async fn open(shell: &Shell, asked: &Question) -> Result<Response, Problem> {
    let NewInvite { expires_in_ms, uses } = asked.json()?;
    let invite = InviteId::from_random(clock::random()?);
    let act = Act::Invite { by: asked.user()?, invite, expires_in_ms, uses };
    let room = shell.read(|room| room.settings().id)?;
    match shell.request(act).await? {
        Answer::Invited(invite) => json(201, &row(room, &invite)),
        Answer::Done => Err(Problem::Restarted),
    }
}

/// What somebody who holds an invite sees of the room.
pub(super) fn show(shell: &Shell, code: &str) -> Result<Response, Problem> {
    let id = id(code)?;
    shell.read(|room| {
        let invite = room.invites(clock::now()).find(|invite| invite.id == id).copied();
        let Invite { expires_at, uses_left, .. } = invite.ok_or(Refusal::InviteSpent)?;
        let Settings { id, name, kind, topic, .. } = room.settings().clone();
        let room = ListedRoom { id, name, kind, topic, members: room.n_members() };
        json(200, &Invitation { room, expires_at, uses_left })
    })?
}

pub(super) async fn revoke(
    shell: &Shell,
    asked: &Question,
    code: &str,
) -> Result<Response, Problem> {
    shell.request(Act::Revoke { by: asked.user()?, invite: id(code)? }).await?;
    Ok(nothing())
}

/// The secret part of an invite, from itself or from the code that travels in links. A text that is
/// neither opens nothing, as one that was spent.
pub(super) fn id(code: &str) -> Result<InviteId, Problem> {
    let whole = code.parse().map(|code: InviteCode| code.invite);
    whole.or_else(|_| parse("invite", code)).map_err(|_| Refusal::InviteSpent.into())
}

fn row(room: RoomId, invite: &Invite) -> InviteRow {
    let Invite { id, by, expires_at, uses_left } = *invite;
    InviteRow { code: InviteCode { room, invite: id }, by, expires_at, uses_left }
}
