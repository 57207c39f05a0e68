//! Pictures of people (rule PE2). Each one has a version, under which it never changes, and a place
//! of its own in R2 beside the files of rooms.

use protocol::limits::AVATAR_BYTES_MAX;
use protocol::{AttachmentId, Timestamp, UserId};
use worker::{Bucket, HttpMetadata, Request, Response, ResponseBuilder};

use crate::admission::ENDED;
use crate::binding::Bindings;
use crate::identity::Caller;
use crate::problem::{Cause, Problem};
use crate::store::{Picture, Store};
use crate::{clock, files, log, random, reply, request};

/// What browsers show as a picture and nothing else, told by its first bytes.
const TYPES: [&str; 3] = ["image/png", "image/jpeg", "image/webp"];

/// Pixels of a side: more are not seen, and cost whoever looks at them memory.
const SIDE_MAX: u32 = 2_048;

/// Within this time D1 names a picture that was stored, or nobody does.
const NAMED_WITHIN_MS: u64 = 60_000;

/// A version is asked for by whoever may see it, so it is cached by them alone.
const CACHE: &str = "private, max-age=31536000, immutable";

/// `PUT me/avatar`
pub(crate) async fn put(
    request: &mut Request,
    bindings: Bindings<'_>,
    caller: &Caller,
) -> Result<Response, Problem> {
    let picture = request::bytes(request, AVATAR_BYTES_MAX).await?;
    let content_type = Some(content_type(&picture)?.to_owned());
    let bucket = bindings.attachments()?;
    // Whoever goes away in the middle leaves no picture that nobody knows of.
    let _staying = bindings.stay();
    let version = AttachmentId::from_random(random::for_id()?);
    let metadata = HttpMetadata { content_type, ..HttpMetadata::default() };
    let put = bucket.put(key(caller.user, version), picture).http_metadata(metadata);
    put.execute().await.map_err(failed)?;
    let store = Store(bindings.database()?);
    let Some(before) = store.set_avatar(caller.user, Some(version)).await? else {
        // The account was deleted meanwhile, and its pictures were swept before this one came.
        left(caller.user, bucket.delete(key(caller.user, version)).await.map_err(failed));
        return Err(Problem::Unauthenticated(ENDED));
    };
    left(caller.user, tidy(&bucket, &store, (caller.user, before), clock::now()).await);
    reply::json(200, &serde_json::json!({ "avatar": version }))
}

/// `DELETE me/avatar`
pub(crate) async fn remove(bindings: Bindings<'_>, caller: &Caller) -> Result<Response, Problem> {
    let store = Store(bindings.database()?);
    if let Some(before) = store.set_avatar(caller.user, None).await? {
        let bucket = bindings.attachments()?;
        tidy(&bucket, &store, (caller.user, before), clock::now()).await?;
    }
    Ok(reply::nothing())
}

/// `GET users/{id}/avatar?v=`
pub(crate) async fn show(
    request: &Request,
    bindings: Bindings<'_>,
    user: UserId,
) -> Result<Response, Problem> {
    let version = request::parameter(request, "v").and_then(|version| version.parse().ok());
    let version: AttachmentId = version.ok_or(Problem::NotFound)?;
    let named = Store(bindings.database()?).avatar(user).await?;
    if named.and_then(|named| named.version) != Some(version) {
        return Err(Problem::NotFound);
    }
    let bucket = bindings.attachments()?;
    let found = bucket.get(key(user, version)).execute().await.map_err(failed)?;
    let found = found.ok_or(Problem::NotFound)?;
    let content_type = found.http_metadata().content_type;
    let content_type = content_type.filter(|known| TYPES.contains(&known.as_str()));
    let body = found.body().ok_or(Problem::NotFound)?.response_body().map_err(failed)?;
    let answer = ResponseBuilder::new().body(body);
    let unknown = || "application/octet-stream".to_owned();
    let answer = reply::with_header(answer, "content-type", &content_type.unwrap_or_else(unknown))?;
    reply::with_header(answer, "cache-control", CACHE)
}

/// Deletes all pictures of a user who is gone, or goes.
///
/// # Errors
/// [`Problem::Unhealthy`].
pub(crate) async fn sweep(bucket: &Bucket, user: UserId) -> Result<(), Problem> {
    let keys = stored(bucket, user).await?.into_iter().map(|(key, _)| key).collect();
    delete(bucket, keys).await
}

/// Notes pictures that could not be deleted: nobody is shown them, and what comes after them sweeps
/// them.
pub(crate) fn left(user: UserId, swept: Result<(), Problem>) {
    if let Err(problem) = swept {
        log::picture_left(user.as_str(), problem.cause().unwrap_or_default());
    }
}

/// Deletes the picture `before`, and what a failure left.
async fn tidy(
    bucket: &Bucket,
    store: &Store,
    (user, before): (UserId, Picture),
    now: Timestamp,
) -> Result<(), Problem> {
    let stored = stored(bucket, user).await?;
    let named = store.avatar(user).await?.and_then(|named| named.version);
    let [named, before] =
        [named, before.version].map(|version| version.map(|version| key(user, version)));
    delete(bucket, spent(stored, (named.as_deref(), before.as_deref()), now)).await
}

/// What goes of the pictures that are stored, with their times: neither the one that D1 names, nor
/// one that another request has just stored and is about to name.
fn spent(
    stored: Vec<(String, Timestamp)>,
    (named, before): (Option<&str>, Option<&str>),
    now: Timestamp,
) -> Vec<String> {
    let goes = |key: &str, at: Timestamp| {
        Some(key) != named && (Some(key) == before || now.ms_since(at) > NAMED_WITHIN_MS)
    };
    stored.into_iter().filter(|(key, at)| goes(key, *at)).map(|(key, _)| key).collect()
}

/// The keys of a user's pictures, and when each was stored.
async fn stored(bucket: &Bucket, user: UserId) -> Result<Vec<(String, Timestamp)>, Problem> {
    let listed = bucket.list().prefix(prefix(user)).execute().await.map_err(failed)?;
    let objects = listed.objects().into_iter();
    Ok(objects.map(|object| (object.key(), Timestamp(object.uploaded().as_millis()))).collect())
}

async fn delete(bucket: &Bucket, keys: Vec<String>) -> Result<(), Problem> {
    if keys.is_empty() {
        return Ok(());
    }
    bucket.delete_multiple(keys).await.map_err(failed)
}

/// The media type of a picture that fits.
fn content_type(picture: &[u8]) -> Result<&'static str, Problem> {
    let how = "a picture is a PNG, a JPEG or a WebP; send another one";
    let media = files::media(picture);
    if !TYPES.contains(&media.media_type) {
        return Err(Problem::BadRequest(how.to_owned()));
    }
    match media.pixels {
        Some((width, height)) if width.max(height) <= SIDE_MAX => Ok(media.media_type),
        Some(_) => Err(Problem::BadRequest(format!(
            "a picture has at most {SIDE_MAX} pixels on a side; make it smaller"
        ))),
        None => Err(Problem::BadRequest(how.to_owned())),
    }
}

fn key(user: UserId, version: AttachmentId) -> String {
    format!("{}{version}", prefix(user))
}

/// No room has an id like this.
fn prefix(user: UserId) -> String {
    format!("avatar/{user}/")
}

#[expect(clippy::needless_pass_by_value, reason = "given to `map_err`")]
fn failed(error: worker::Error) -> Problem {
    Problem::Unhealthy(Cause(format!("R2: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        head.extend(width.to_be_bytes());
        head.extend(height.to_be_bytes());
        head.extend(b"\x08\x02\0\0\0");
        head
    }

    #[test]
    fn pe2_pictures_go_unless_they_are_named_or_about_to_be() {
        let now = Timestamp(10 * NAMED_WITHIN_MS);
        let stored = |key: &str, age_ms| (key.to_owned(), Timestamp(now.0 - age_ms));
        let old = NAMED_WITHIN_MS + 1;
        let all =
            [stored("left", old), stored("before", 5), stored("named", old), stored("new", 1)];
        let goes = |named, before| spent(all.to_vec(), (named, before), now);
        assert_eq!(goes(Some("named"), Some("before")), ["left", "before"]);
        assert_eq!(goes(Some("before"), Some("before")), ["left", "named"], "D1 has the last word");
        assert_eq!(goes(None, Some("new")), ["left", "named", "new"]);
    }

    #[test]
    fn pe2_a_picture_is_known_by_its_first_bytes() {
        assert_eq!(content_type(&png(256, 256)).unwrap(), "image/png");
        let jpeg = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08\x00\x05\x00\x07\x03";
        assert_eq!(content_type(jpeg).unwrap(), "image/jpeg");
        let webp = b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\x04\x40\x00\x00\0\0\0\0\0";
        assert_eq!(content_type(webp).unwrap(), "image/webp");
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>".to_vec();
        let gif = b"GIF89a\x03\x00\x02\x00\x80\x00\x00".to_vec();
        for other in [svg, gif, Vec::new(), png(SIDE_MAX + 1, 9), png(0, 9)] {
            assert_eq!(content_type(&other).unwrap_err().code(), "bad_request", "{other:?}");
        }
    }
}
