//! What there is to know about one message, and how far a member has read.

use ::room::{Act, MessageState, Needs};
use object_api::room::{Reactions, Reactors, Read, Readers};
use protocol::limits::PAGE_BYTES;
use protocol::{Refusal, Role, Seq, UserId};
use worker::Response;

use super::history::respond;
use super::question::{Question, json, nothing, parse_seq};
use crate::excerpt;
use crate::problem::Problem;
use crate::room_object::Shell;
use crate::store::Store;

/// Users that an answer names.
const USERS_MAX: usize = 50;

/// Every version of a message, for its author and moderators (rule ED2).
pub(super) async fn edits(shell: &Shell, asked: &Question, seq: &str) -> Result<Response, Problem> {
    let caller = shell.look(asked).await?;
    let message = message(shell, caller.user, parse_seq("seq", seq)?)?;
    if message.redacted_by.is_some() {
        return Err(Refusal::IsRedacted.into());
    }
    if message.by != caller.user && caller.role < Role::Moderator {
        return Err(Refusal::NotAllowed.into());
    }
    let seqs: Vec<Seq> = std::iter::once(message.seq).chain(message.edits).collect();
    respond(excerpt::lines(&shell.store, &seqs, PAGE_BYTES)?)
}

/// Who has read a message (rule RC3).
pub(super) async fn readers(
    shell: &Shell,
    asked: &Question,
    seq: &str,
) -> Result<Response, Problem> {
    shell.look(asked).await?;
    let seq = parse_seq("seq", seq)?;
    shell.read(|room| {
        if seq < room.archive().first() || seq > room.stored_head() {
            return Err(Refusal::NoSuchMessage.into());
        }
        json(
            200,
            &Readers {
                readers: room.n_readers(seq),
                members: room.n_members(),
                users: room.readers(seq).take(USERS_MAX).collect(),
            },
        )
    })?
}

pub(super) async fn reactions(
    shell: &Shell,
    asked: &Question,
    seq: &str,
) -> Result<Response, Problem> {
    let caller = shell.look(asked).await?;
    let message = message(shell, caller.user, parse_seq("seq", seq)?)?;
    let reactors = |(emoji, count): (String, u32)| {
        let users = shell.store.reactors(message.seq, &emoji, USERS_MAX)?;
        Ok::<_, Problem>(Reactors { emoji, count, users })
    };
    let reactions: Result<Vec<Reactors>, Problem> =
        message.reactions.into_iter().map(reactors).collect();
    json(200, &Reactions { reactions: reactions? })
}

pub(super) async fn read(shell: &Shell, asked: &Question) -> Result<Response, Problem> {
    let Read { seq } = asked.json()?;
    shell.request(Act::Read { user: asked.user()?, seq }).await?;
    Ok(nothing())
}

/// A stored message.
pub(super) fn message(shell: &Shell, caller: UserId, seq: Seq) -> Result<MessageState, Problem> {
    let needs = Needs { user: Some(caller), messages: vec![seq], uploads: Vec::new() };
    let message = shell.store.known(&needs)?.messages.pop();
    message.ok_or_else(|| Refusal::NoSuchMessage.into())
}
