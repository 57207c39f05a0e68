//! What the object of a user tells a room about that user (see [`object_api::errand`]).

use ::room::Input;
use object_api::errand::{Errand, Told};
use worker::Response;

use super::question::nothing;
use crate::problem::Problem;
use crate::room_object::Shell;

pub(super) fn answer(shell: &Shell, told: Told) -> Result<Response, Problem> {
    let user = told.user;
    let done = match told.errand {
        Errand::SignedOut(ending) => shell.input(Input::SignedOut { user, ending }),
    };
    match done {
        // A room that is gone has no more to hear; one that is being restored has, later.
        Err(Problem::NoSuchRoom) if !shell.store.is_restoring()? => Ok(nothing()),
        done => done.map(|()| nothing()),
    }
}
