//! The roster, and what moderators do to those in it.

use std::rc::Rc;

use ::room::{Act, Demand, Member};
use object_api::room::{ChangeMember, MemberRow, MembersPage, Person};
use protocol::limits::{PAGE_MEMBERS_MAX, REASON_CHARS_MAX};
use protocol::{Refusal, UserId};
use worker::Response;

use super::question::{Question, json, nothing, parse};
use crate::problem::Problem;
use crate::room_object::Shell;
use crate::{clock, outbox};

pub(super) async fn list(shell: &Shell, asked: &Question) -> Result<Response, Problem> {
    shell.look(asked).await?;
    let cursor = asked.parameter("cursor")?;
    let part = analysis::lower(&asked.parameter::<String>("q")?.unwrap_or_default());
    shell.read(|room| {
        let wanted =
            |member: &&Member| part.is_empty() || analysis::lower(&member.name).contains(&part);
        let mut rows = room.members_after(cursor).filter(wanted).map(|member| row(room, member));
        let members: Vec<MemberRow> = rows.by_ref().take(PAGE_MEMBERS_MAX).collect();
        let cursor = rows.next().and(members.last()).map(|last| last.user);
        json(200, &MembersPage { members, cursor })
    })?
}

pub(super) async fn add(shell: &Rc<Shell>, asked: &Question) -> Result<Response, Problem> {
    let Person { user, name } = asked.json()?;
    shell.request(Act::Add { by: asked.user()?, user, name }).await?;
    outbox::hurry(shell).await;
    answer(shell, 201, user)
}

pub(super) async fn change(
    shell: &Shell,
    asked: &Question,
    user: &str,
) -> Result<Response, Problem> {
    let ChangeMember { role, mute_ms, reason } = asked.json()?;
    let demand = match (role, mute_ms) {
        (Some(role), None) => Demand::Role(role),
        (None, Some(ms)) => Demand::Mute(ms),
        (None, None) | (Some(_), Some(_)) => {
            return Err(Problem::BadRequest("give `role` or `mute_ms`".to_owned()));
        }
    };
    let user = parse("user", user)?;
    moderate(shell, asked, user, demand, reason).await?;
    answer(shell, 200, user)
}

pub(super) async fn remove(
    shell: &Shell,
    asked: &Question,
    user: &str,
) -> Result<Response, Problem> {
    let is_ban = asked.parameter("ban")?.unwrap_or(false);
    let reason = asked.parameter("reason")?.unwrap_or_default();
    let demand = if is_ban { Demand::Ban } else { Demand::Kick };
    moderate(shell, asked, parse("user", user)?, demand, reason).await?;
    Ok(nothing())
}

/// Does something to another user.
pub(super) async fn moderate(
    shell: &Shell,
    asked: &Question,
    user: UserId,
    demand: Demand,
    reason: String,
) -> Result<(), Problem> {
    if reason.chars().count() > REASON_CHARS_MAX {
        let why = format!("a reason has at most {REASON_CHARS_MAX} characters; shorten it");
        return Err(Problem::BadRequest(why));
    }
    let by = asked.user()?;
    shell.request(Act::Moderate { by, user, demand, reason }).await.map(drop)
}

fn answer(shell: &Shell, status: u16, user: UserId) -> Result<Response, Problem> {
    shell.read(|room| {
        // Somebody else may have removed the member meanwhile.
        let member = room.member(user).ok_or(Refusal::NoSuchMember)?;
        json(status, &row(room, member))
    })?
}

fn row(room: &::room::Room, member: &Member) -> MemberRow {
    let Member { user, name, role, muted_until, .. } = member.clone();
    let muted_until = muted_until.filter(|until| *until > clock::now());
    MemberRow { user, name, role, online: room.is_online(user), muted_until }
}
