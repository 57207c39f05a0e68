//! Files on their way from a member to a message. Their bytes are with the Worker.

use std::rc::Rc;

use ::room::{Act, Upload};
use object_api::room::{NewFile, NewUpload, Uploaded};
use protocol::{AttachmentId, Refusal, Timestamp, UserId};
use worker::Response;

use super::question::{Question, json, nothing, parse};
use crate::problem::Problem;
use crate::room_object::Shell;
use crate::store::{Store, StoredFile};
use crate::{clock, outbox};

/// Milliseconds after which an upload that is not complete counts as broken off, and leaves its
/// place to another one.
const UNDER_WAY_MS_MAX: u64 = 600_000;

/// How often a flush is awaited before a file is given up.
const FLUSHES_MAX: usize = 5;

pub(super) async fn begin(shell: &Shell, asked: &Question) -> Result<Response, Problem> {
    let by = shell.need_member(asked)?.user;
    let NewUpload { bytes } = asked.json()?;
    let id = AttachmentId::from_random(clock::random()?);
    let begun = Timestamp(clock::now().0.saturating_sub(UNDER_WAY_MS_MAX));
    let n_uploads = shell.store.n_uploads(by, begun)?;
    shell.request(Act::Upload { by, id, bytes, n_uploads }).await?;
    json(201, &NewFile { id })
}

pub(super) async fn complete(
    shell: &Shell,
    asked: &Question,
    id: &str,
) -> Result<Response, Problem> {
    let by = shell.need_member(asked)?.user;
    let uploaded: Uploaded = asked.json()?;
    let id = attachment_id(id)?;
    let is_waiting = |file: &StoredFile| file.upload.by == by && file.upload.file.is_none();
    if !shell.store.file(id)?.as_ref().is_some_and(is_waiting) {
        return Err(Refusal::NoSuchAttachment.into());
    }
    let file = uploaded.into_attachment(id);
    shell.request(Act::Uploaded { by, file: file.clone() }).await?;
    json(201, &file)
}

/// What a file is: one that came with a message, or an own one.
pub(super) async fn show(shell: &Shell, asked: &Question, id: &str) -> Result<Response, Problem> {
    let caller = shell.look(asked).await?.user;
    let found = shell.store.file(attachment_id(id)?)?;
    let is_shown = |file: &StoredFile| file.message.is_some() || file.upload.by == caller;
    let file = found.filter(is_shown).and_then(|StoredFile { upload, .. }| {
        let Upload { file, .. } = upload;
        file
    });
    json(200, &file.ok_or(Refusal::NoSuchAttachment)?)
}

/// Gives up an own file that came with no message. One that is not there was given up before.
pub(super) async fn give_up(
    shell: &Rc<Shell>,
    asked: &Question,
    id: &str,
) -> Result<Response, Problem> {
    let id = attachment_id(id)?;
    let by = need_flushed(shell, asked).await?;
    let own = shell.store.file(id)?.filter(|file| file.upload.by == by);
    match own {
        Some(StoredFile { message: Some(_), .. }) => Err(Refusal::NoSuchAttachment.into()),
        Some(StoredFile { message: None, .. }) => {
            shell.store.forget_upload(id)?;
            shell.arm()?;
            // It begins after this turn, and nobody needs to wait for it.
            drop(outbox::start(shell));
            Ok(nothing())
        }
        None => Ok(nothing()),
    }
}

/// The caller, once no message waits for a flush: the file may come with one that does.
async fn need_flushed(shell: &Shell, asked: &Question) -> Result<UserId, Problem> {
    for _ in 0..FLUSHES_MAX {
        // What is asked while something waits is answered when that is stored.
        let user = shell.look(asked).await?.user;
        if shell.is_flushed()? {
            return Ok(user);
        }
    }
    Err(Problem::Restarted)
}

/// A text that is no id names no file.
fn attachment_id(text: &str) -> Result<AttachmentId, Problem> {
    parse("attachment", text).map_err(|_| Refusal::NoSuchAttachment.into())
}
