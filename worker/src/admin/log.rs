//! The audit log, as it is read: a page at a time, or all of it as a stream (rule AU2).

use futures::stream;
use protocol::{Timestamp, UserId};
use worker::{Request, Response};

use crate::audit::{Act, Note, Whence};
use crate::binding::Bindings;
use crate::identity::Caller;
use crate::problem::Problem;
use crate::store::{Asked, Rows, Store};
use crate::{cursor, reply, request};

/// Rows of a page.
const PAGE_ROWS: u32 = 100;

/// Rows that a stream reads at once, when its reader wants more.
const STREAM_ROWS: u32 = 500;

/// The media type of the stream.
const LINES: &str = "application/x-ndjson";

/// `GET admin/audit?actor=&act=&from=&to=&cursor=`
pub(super) async fn all(
    request: &Request,
    store: Store,
    caller: &Caller,
    now: Timestamp,
) -> Result<Response, Problem> {
    let asked = Asked {
        actor: parse(request, "actor", "the id of a user", |text| text.parse().ok())?,
        act: parse(request, "act", "the name of an act", Act::parse)?,
        from: parse(request, "from", MILLISECONDS, time)?,
        to: parse(request, "to", MILLISECONDS, time)?,
        about: None,
    };
    if request::header(request, "accept").is_some_and(|types| types.contains(LINES)) {
        let (at, actor, whence) = (now, Some(caller.user), Whence::of(request));
        let (act, detail) = (Act::AuditExported, "");
        store.note(&Note { at, actor, act, target: None, detail, whence: &whence }).await?;
        return streamed(store, asked);
    }
    page(request, &store, &asked).await
}

/// `GET me/audit?cursor=`
pub(crate) async fn mine(
    request: &Request,
    bindings: Bindings<'_>,
    user: UserId,
) -> Result<Response, Problem> {
    let asked = Asked { about: Some(user), ..Asked::default() };
    page(request, &Store(bindings.database()?), &asked).await
}

async fn page(request: &Request, store: &Store, asked: &Asked) -> Result<Response, Problem> {
    let after = cursor::parameter(request)?;
    let Rows { lines, last } = store.audit(asked, after, PAGE_ROWS).await?;
    let cursor = last.map(|last| cursor::encode(&last)).transpose()?;
    let cursor = cursor.map_or("null".to_owned(), |cursor| format!("\"{cursor}\""));
    let json = format!("{{\"rows\":[{}],\"cursor\":{cursor}}}", lines.join(","));
    reply::text("application/json", json)
}

/// Every row, read as fast as it is taken, and never more than some at a time.
fn streamed(store: Store, asked: Asked) -> Result<Response, Problem> {
    let rows = stream::try_unfold(Some((store, None)), move |state| async move {
        let Some((store, after)) = state else {
            return Ok(None);
        };
        let Rows { lines, last } = store.audit(&asked, after, STREAM_ROWS).await.map_err(broken)?;
        let mut text = lines.join("\n");
        if !text.is_empty() {
            text.push('\n');
        }
        let next = last.map(|last| (store, Some(last)));
        Ok::<_, worker::Error>(Some((text.into_bytes(), next)))
    });
    let response = Response::from_stream(rows).map_err(|e| Problem::internal("answer", &e))?;
    reply::with_header(response, "content-type", LINES)
}

/// A stream that began cannot become a problem; it breaks off.
#[expect(clippy::needless_pass_by_value, reason = "given to `map_err`")]
fn broken(problem: Problem) -> worker::Error {
    worker::Error::RustError(problem.cause().unwrap_or(problem.code()).to_owned())
}

const MILLISECONDS: &str = "a time in milliseconds since 1970";

fn parse<T>(
    request: &Request,
    name: &str,
    what: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Problem> {
    let given = request::parameter(request, name).filter(|text| !text.is_empty());
    let read = |text: String| {
        read(&text).ok_or_else(|| Problem::BadRequest(format!("`{name}` is {what}")))
    };
    given.map(read).transpose()
}

fn time(text: &str) -> Option<Timestamp> {
    text.parse().ok().map(Timestamp)
}
