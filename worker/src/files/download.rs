//! `GET rooms/{room}/attachments/{id}`: a file, for members of its room.

use protocol::{AttachmentId, Refusal, RoomId};
use serde::Deserialize;
use worker::{Bucket, Headers, Method, Range, Request, Response, ResponseBody, ResponseBuilder};

use super::range::{Part, part};
use super::{key, media, name};
use crate::binding::Bindings;
use crate::identity::Caller;
use crate::object::{self, Object, Question, ask};
use crate::problem::{Cause, Problem};
use crate::request;

/// A file that was erased is gone from the caches of those who saw it within an hour.
const CACHE: &str = "private, max-age=3600";

/// What the room says of the file.
#[derive(Deserialize)]
struct Known {
    name: String,
    #[serde(rename = "type")]
    media_type: String,
    bytes: u64,
}

/// Serves a file, or a part of it.
///
/// # Errors
/// What the room refuses, 404 for a file that is gone, 416, and failures of ours.
pub(crate) async fn download(
    request: &Request,
    bindings: Bindings<'_>,
    caller: &Caller,
    (room, id): (RoomId, AttachmentId),
) -> Result<Response, Problem> {
    let question = Question::new(Method::Get, format!("attachments/{id}"));
    let answer = ask(bindings, Object::Room(room), caller, question).await?;
    let known: Known = match object::json(answer).await? {
        Ok(known) => known,
        Err(refusal) => return Ok(refusal),
    };
    let wanted = request::header(request, "range").unwrap_or_default();
    let part = part(&wanted, known.bytes)?;
    let body = stored(&bindings.attachments()?, &key(room, id), part).await?;
    let headers = headers(&known, part).map_err(|error| Problem::internal("file", &error))?;
    let status = if part.is_some() { 206 } else { 200 };
    Ok(ResponseBuilder::new().with_status(status).with_headers(headers).body(body))
}

/// The bytes go from R2 to the caller without passing through here.
async fn stored(bucket: &Bucket, key: &str, part: Option<Part>) -> Result<ResponseBody, Problem> {
    let failed = |error: worker::Error| Problem::Unhealthy(Cause(format!("R2: {error}")));
    let mut get = bucket.get(key);
    if let Some(part) = part {
        get = get.range(Range::OffsetWithLength { offset: part.first, length: part.length() });
    }
    let found = get.execute().await.map_err(failed)?;
    let body = found.as_ref().and_then(worker::Object::body);
    let body = body.ok_or(Problem::Refused(Refusal::NoSuchAttachment))?;
    body.response_body().map_err(failed)
}

fn headers(known: &Known, part: Option<Part>) -> worker::Result<Headers> {
    let headers = Headers::new();
    let disposition = name::disposition(&known.name, media::is_inline(&known.media_type));
    headers.set("content-type", &media::content_type(&known.media_type))?;
    headers.set("content-disposition", &disposition)?;
    headers.set("cache-control", CACHE)?;
    headers.set("accept-ranges", "bytes")?;
    let length = part.map_or(known.bytes, Part::length);
    headers.set("content-length", &length.to_string())?;
    if let Some(Part { first, last }) = part {
        headers.set("content-range", &format!("bytes {first}-{last}/{}", known.bytes))?;
    }
    Ok(headers)
}
