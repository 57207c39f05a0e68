//! What a user said goes (rules ER1 to ER4).

use ::room::{Archiving, Input};
use protocol::archive::{EraseUser, ErasedBatch};
use worker::Response;

use super::question::json;
use crate::problem::Problem;
use crate::room_object::Shell;
use crate::said::said_by;

/// One bounded batch.
pub(super) async fn erase(shell: &Shell, asked: EraseUser) -> Result<Response, Problem> {
    let EraseUser { fence, user, after } = asked;
    shell.input(Input::Flush)?;
    let expired = shell.read(|room| room.archive().expired)?;
    let (said, next) = said_by(&shell.store, user, after, expired)?;
    let mut seqs: Vec<_> = said.messages.iter().map(|message| message.seq).collect();
    seqs.extend(&said.lines);
    shell.archive(Archiving::Erase { fence, user, said }).await?;
    json(200, &ErasedBatch { seqs, after: next })
}
