//! Files on their way from a member to a message. Their bytes are with the Worker.

use ::room::{Act, Upload};
use protocol::{AttachmentId, Refusal};
use worker::Response;

use super::question::{Question, json, parse};
use crate::api::{NewFile, NewUpload, Uploaded};
use crate::clock;
use crate::problem::Problem;
use crate::room_object::Shell;
use crate::store::{Store, StoredFile};

pub(super) async fn begin(shell: &Shell, asked: &Question) -> Result<Response, Problem> {
    let by = shell.need_member(asked)?.user;
    let NewUpload { bytes } = asked.json()?;
    let id = AttachmentId::from_random(clock::random()?);
    let n_uploads = shell.store.n_uploads(by)?;
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
pub(super) fn show(shell: &Shell, asked: &Question, id: &str) -> Result<Response, Problem> {
    let caller = shell.need_member(asked)?.user;
    let found = shell.store.file(attachment_id(id)?)?;
    let is_shown = |file: &StoredFile| file.message.is_some() || file.upload.by == caller;
    let file = found.filter(is_shown).and_then(|StoredFile { upload, .. }| {
        let Upload { file, .. } = upload;
        file
    });
    json(200, &file.ok_or(Refusal::NoSuchAttachment)?)
}

/// A text that is no id names no file.
fn attachment_id(text: &str) -> Result<AttachmentId, Problem> {
    parse("attachment", text).map_err(|_| Refusal::NoSuchAttachment.into())
}
