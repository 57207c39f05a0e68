//! The files that the store has of a room (rule AA8).

use protocol::RoomId;
use protocol::archive::{AttachmentList, StoredAttachment};
use worker::{Request, Response};

use crate::binding::Bindings;
use crate::problem::{Cause, Problem};
use crate::{reply, request};

/// `GET archive/rooms/{room}/attachments?cursor=`
pub(super) async fn list(
    request: &Request,
    bindings: Bindings<'_>,
    room: RoomId,
) -> Result<Response, Problem> {
    let bucket = bindings.attachments()?;
    let prefix = format!("{room}/");
    let mut list = bucket.list().prefix(&prefix);
    if let Some(cursor) = request::parameter(request, "cursor").filter(|text| !text.is_empty()) {
        list = list.cursor(cursor);
    }
    let failed = |error: worker::Error| Problem::Unhealthy(Cause(format!("R2: {error}")));
    let listed = list.execute().await.map_err(failed)?;
    let attachment = |object: worker::Object| {
        let id = object.key().strip_prefix(&prefix)?.parse().ok()?;
        Some(StoredAttachment { id, bytes: object.size() })
    };
    let attachments = listed.objects().into_iter().filter_map(attachment).collect();
    let cursor = listed.truncated().then(|| listed.cursor()).flatten();
    reply::json(200, &AttachmentList { attachments, cursor })
}
