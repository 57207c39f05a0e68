//! `POST rooms/{room}/attachments?name=`: a file on its way to R2, of which we hold a piece at a
//! time.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

use futures::{Stream, StreamExt, stream};
use object_api::room::{NewFile, NewUpload, Uploaded};
use protocol::limits::ATTACHMENT_BYTES_MAX;
use protocol::{AttachmentId, RoomId};
use worker::{Bucket, FixedLengthStream, Method, Request, Response};

use super::key;
use super::media::{HEAD_BYTES, Media, media};
use super::name::file_name;
use crate::binding::Bindings;
use crate::identity::Caller;
use crate::object::{self, Object, Question, ask};
use crate::problem::{Cause, Problem};
use crate::{log, request};

type Pieces = Pin<Box<dyn Stream<Item = worker::Result<Vec<u8>>>>>;

/// Stores a file and tells its room, or leaves nothing behind.
///
/// # Errors
/// 400, 411, 413, what the room refuses, and failures of ours.
pub(crate) async fn upload(
    request: &mut Request,
    bindings: Bindings<'_>,
    caller: &Caller,
    room: RoomId,
) -> Result<Response, Problem> {
    let bytes = length(request::content_length(request))?;
    let given = request::parameter(request, "name");
    let how = "say what the file is called: `?name=`";
    let name = file_name(&given.ok_or_else(|| Problem::BadRequest(how.to_owned()))?);

    let bucket = bindings.attachments()?;
    // Whoever goes away in the middle leaves nothing behind, either.
    let _staying = bindings.stay();
    let question = Question::new(Method::Post, "attachments").with_json(&NewUpload { bytes })?;
    let answer = ask(bindings, Object::Room(room), caller, question).await?;
    let NewFile { id } = match object::json(answer).await? {
        Ok(granted) => granted,
        Err(refusal) => return Ok(refusal),
    };

    let key = key(room, id);
    let done = match store(request, &bucket, &key, bytes).await {
        Ok(Media { media_type, pixels }) => {
            let (width, height) = pixels.unzip();
            let media_type = media_type.to_owned();
            let uploaded = Uploaded { name, media_type, bytes, width, height };
            register(bindings, (room, id), caller, &uploaded).await
        }
        Err(problem) => Err(problem),
    };
    if !done.as_ref().is_ok_and(|answer| matches!(answer.status_code(), 200..=299)) {
        // What stays behind nevertheless belongs to no message, and the room deletes it in a day.
        if let Err(cause) = give_up(bindings, (room, id), caller, &bucket).await {
            log::file_left(room.as_str(), id.as_str(), &cause);
        }
    }
    done
}

fn length(announced: Option<u64>) -> Result<u64, Problem> {
    match announced {
        None => Err(Problem::LengthRequired),
        Some(bytes) if bytes > ATTACHMENT_BYTES_MAX => {
            Err(Problem::AttachmentTooLarge { max: ATTACHMENT_BYTES_MAX })
        }
        Some(bytes) => Ok(bytes),
    }
}

/// Streams the body into R2, after a look at its first bytes.
async fn store(
    request: &mut Request,
    bucket: &Bucket,
    key: &str,
    bytes: u64,
) -> Result<Media, Problem> {
    // A request without a body has no stream.
    let body: Pieces = match request.stream() {
        Ok(body) => Box::pin(body),
        Err(_) => Box::pin(stream::empty()),
    };
    let is_cut = Rc::new(Cell::new(false));
    let mut pieces = watched(body, bytes, Rc::clone(&is_cut));
    let cut = || Problem::BadRequest("the file did not arrive whole; send it again".to_owned());
    let head = head(&mut pieces).await.map_err(|_| cut())?;
    let media = media(head.get(..HEAD_BYTES).unwrap_or(&head));
    let whole = stream::iter([Ok(head)]).chain(pieces);
    match bucket.put(key, FixedLengthStream::wrap(whole, bytes)).execute().await {
        Ok(_) => Ok(media),
        Err(_) if is_cut.get() => Err(cut()),
        Err(error) => Err(Problem::Unhealthy(Cause(format!("R2: {error}")))),
    }
}

/// The pieces, and a note if they end too early or are too many: R2's error does not tell.
fn watched(pieces: Pieces, bytes: u64, is_cut: Rc<Cell<bool>>) -> Pieces {
    let left = Rc::new(Cell::new(Some(bytes)));
    let (left_at_end, is_cut_at_end) = (Rc::clone(&left), Rc::clone(&is_cut));
    let pieces = pieces.inspect(move |piece| {
        let length = piece.as_ref().ok().and_then(|piece| u64::try_from(piece.len()).ok());
        left.set(left.get().zip(length).and_then(|(left, length)| left.checked_sub(length)));
        is_cut.set(left.get().is_none());
    });
    let end = stream::poll_fn(move |_| {
        is_cut_at_end.set(left_at_end.get() != Some(0));
        Poll::Ready(None)
    });
    Box::pin(pieces.chain(end))
}

/// The first bytes: at least [`HEAD_BYTES`], or all.
async fn head(pieces: &mut Pieces) -> worker::Result<Vec<u8>> {
    let mut head = Vec::new();
    while head.len() < HEAD_BYTES
        && let Some(piece) = pieces.next().await
    {
        head.extend(piece?);
    }
    Ok(head)
}

async fn register(
    bindings: Bindings<'_>,
    (room, id): (RoomId, AttachmentId),
    caller: &Caller,
    uploaded: &Uploaded,
) -> Result<Response, Problem> {
    let question = Question::new(Method::Put, format!("attachments/{id}"));
    ask(bindings, Object::Room(room), caller, question.with_json(uploaded)?).await
}

/// Deletes what is there of a file, and last of all what the room knows of it.
async fn give_up(
    bindings: Bindings<'_>,
    (room, id): (RoomId, AttachmentId),
    caller: &Caller,
    bucket: &Bucket,
) -> Result<(), String> {
    bucket.delete(key(room, id)).await.map_err(|error| error.to_string())?;
    let question = Question::new(Method::Delete, format!("attachments/{id}"));
    let forgotten = ask(bindings, Object::Room(room), caller, question).await;
    let status = forgotten.map_err(|problem| problem.to_string())?.status_code();
    // Neither does it matter if the room knows of no such file.
    if matches!(status, 200..=299 | 404) { Ok(()) } else { Err(format!("room: {status}")) }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;

    fn pieces(pieces: &[&[u8]]) -> Pieces {
        let pieces: Vec<_> = pieces.iter().map(|piece| Ok(piece.to_vec())).collect();
        Box::pin(stream::iter(pieces))
    }

    fn is_cut(body: Pieces, bytes: u64) -> bool {
        let is_cut = Rc::new(Cell::new(false));
        let watched = watched(body, bytes, Rc::clone(&is_cut));
        block_on(watched.for_each(|_| async {}));
        is_cut.get()
    }

    #[test]
    fn ht6_a_body_that_is_not_as_long_as_announced_is_noticed() {
        assert!(!is_cut(pieces(&[b"abc", b"de"]), 5));
        assert!(!is_cut(pieces(&[]), 0));
        assert!(is_cut(pieces(&[b"abc"]), 5));
        assert!(is_cut(pieces(&[]), 5));
        assert!(is_cut(pieces(&[b"abc", b"def", b""]), 5));
        let failing = pieces(&[b"abc"]).chain(stream::iter([Err(worker::Error::BadEncoding)]));
        assert!(is_cut(Box::pin(failing), 3));
    }

    #[test]
    fn the_head_is_all_of_a_short_body_and_the_rest_stays() {
        assert_eq!(block_on(head(&mut pieces(&[b"ab", b"c"]))).unwrap(), b"abc");
        let long = vec![7; HEAD_BYTES];
        let mut body = pieces(&[b"ab", &long, b"rest"]);
        assert_eq!(block_on(head(&mut body)).unwrap().len(), HEAD_BYTES + 2);
        assert_eq!(block_on(body.next()).unwrap().unwrap(), b"rest");
    }

    #[test]
    fn ht6_a_length_must_be_known_and_small_enough() {
        assert_eq!(length(Some(ATTACHMENT_BYTES_MAX)).unwrap(), ATTACHMENT_BYTES_MAX);
        assert_eq!(length(None).unwrap_err().status(), 411);
        let large = length(Some(ATTACHMENT_BYTES_MAX + 1)).unwrap_err();
        assert_eq!((large.status(), large.code()), (413, "attachment_too_large"));
    }
}
