//! What the object of a user tells a room about that user (see [`object_api::errand`]).

use ::room::{Act, Input};
use object_api::errand::{Errand, Told};
use protocol::Refusal;
use worker::Response;

use super::question::nothing;
use crate::problem::Problem;
use crate::room_object::Shell;

pub(super) async fn answer(shell: &Shell, told: Told) -> Result<Response, Problem> {
    let user = told.user;
    let done = match told.errand {
        Errand::SignedOut(ending) => shell.input(Input::SignedOut { user, ending }),
        Errand::Renamed { name } => shell.request(Act::Rename { user, name }).await.map(drop),
        Errand::Departed => shell.request(Act::Depart { user }).await.map(drop),
    };
    match done {
        // A room that is gone has no more to hear; one that is being restored has, later.
        Err(Problem::NoSuchRoom) if !shell.store.is_restoring()? => Ok(nothing()),
        // Whoever is no member any more has no name here.
        Err(Problem::Refused(denial)) if denial.code == Refusal::NotAMember => Ok(nothing()),
        done => done.map(|()| nothing()),
    }
}
