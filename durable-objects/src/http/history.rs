//! Pages of lines: history, pins, threads, with what later entries made of them.

use protocol::limits::{PAGE_BYTES, PAGE_ENTRIES_MAX};
use protocol::{Refusal, Seq, ServerLine, UserId};
use worker::{Headers, Response, ResponseBuilder};

use super::messages::message;
use super::question::{Question, parse_seq};
use crate::excerpt::{self, AMENDMENTS_BYTES_MAX, Excerpt};
use crate::history::{Place, page};
use crate::problem::Problem;
use crate::room_object::Shell;
use crate::store::Store;

/// Entries whose amendments are answered at once: more than a page holds, of which no chunk is cut.
const AMENDMENTS_MAX: u64 = 20_000;

/// Replies of a page of a thread, unless asked otherwise.
const REPLIES: u64 = 50;

/// A page of the log (rules HT1 and HT4).
pub(super) async fn log(shell: &Shell, asked: &Question) -> Result<Response, Problem> {
    let caller = shell.look(asked).await?.user;
    let limit = limit(asked, PAGE_ENTRIES_MAX)?;
    let (epoch, head, accepted, first) = shell
        .read(|room| (room.epoch(), room.stored_head(), room.revision(), room.archive().first()))?;
    // An erasure that waits for a flush is not in the page yet.
    let revision = shell.store.revision()?;
    let asked_for = [asked.seq("before")?, asked.seq("after")?, asked.seq("around")?];
    let place = match asked_for {
        [None, None, None] => Place::Before(head.next().unwrap_or(head)),
        [Some(before), None, None] => Place::Before(before),
        [None, Some(after), None] => Place::After(after),
        [None, None, Some(around)] => Place::Around(around),
        _ => {
            let why = "give one of `before`, `after` and `around`";
            return Err(Problem::BadRequest(why.to_owned()));
        }
    };
    let (page, is_settled) = page(&shell.store, place, limit, head)?;
    let (extent, is_newest) = (page.extent(), asked_for == [None; 3]);
    let mut lines = Excerpt { text: page.text(), is_cut: false };
    let known_revision = asked.seq("revision")?;
    if known_revision.is_none() {
        if let Some(extent) = extent {
            let amended = excerpt::amendments(&shell.store, extent, caller, AMENDMENTS_BYTES_MAX)?;
            lines.text.push_str(&amended.text);
            lines.is_cut = amended.is_cut;
        }
        lines.push(&ServerLine::AsOf { upto: head });
    }
    // Somebody else may use the same browser next, and must not be served this from its cache.
    let is_for_caller = asked.parameter::<UserId>("for")? == Some(caller);
    let is_known = known_revision == Some(revision) && accepted == revision;
    let headers = headers(is_known && is_for_caller && is_settled && !is_newest, lines.is_cut)?;
    headers.set("maru-epoch", epoch.as_str())?;
    headers.set("maru-first", &first.get().to_string())?;
    headers.set("maru-head", &head.get().to_string())?;
    headers.set("maru-revision", &revision.get().to_string())?;
    Ok(ResponseBuilder::new().with_headers(headers).fixed(lines.text.into_bytes()))
}

/// What later entries made of a part of the log.
pub(super) async fn amendments(shell: &Shell, asked: &Question) -> Result<Response, Problem> {
    let caller = shell.look(asked).await?.user;
    let (Some(from), Some(to)) = (asked.seq("from")?, asked.seq("to")?) else {
        return Err(Problem::BadRequest("give `from` and `to`".to_owned()));
    };
    if to.since(from) > AMENDMENTS_MAX {
        let why = format!("`from` and `to` are at most {AMENDMENTS_MAX} entries apart");
        return Err(Problem::BadRequest(why));
    }
    respond_as_of(
        shell,
        excerpt::amendments(&shell.store, (from, to), caller, AMENDMENTS_BYTES_MAX)?,
    )
}

/// The pinned messages, in the order of the log.
pub(super) async fn pins(shell: &Shell, asked: &Question) -> Result<Response, Problem> {
    let caller = shell.look(asked).await?.user;
    let pins: Vec<Seq> = shell.read(|room| room.pins().collect())?;
    // They are few, and a list of them is all of them.
    respond_as_of(shell, excerpt::messages(&shell.store, &pins, caller, usize::MAX)?)
}

/// A thread's first message and its newest replies below `before`.
pub(super) async fn thread(
    shell: &Shell,
    asked: &Question,
    seq: &str,
) -> Result<Response, Problem> {
    let caller = shell.look(asked).await?.user;
    let first = message(shell, caller, parse_seq("seq", seq)?)?;
    if first.thread.is_some() {
        return Err(Refusal::NoSuchThread.into());
    }
    let limit = usize::try_from(limit(asked, REPLIES)?).unwrap_or(usize::MAX);
    let head = shell.read(::room::Room::stored_head)?;
    let before = asked.seq("before")?.unwrap_or(head.next().unwrap_or(head));
    let replies = shell.store.replies(first.seq, before, limit.saturating_add(1))?;
    let has_more = replies.len() > limit;
    // The newest come first, and so the oldest are left out if not all fit.
    let seqs: Vec<Seq> =
        std::iter::once(first.seq).chain(replies.into_iter().take(limit)).collect();
    let Excerpt { text, is_cut } = excerpt::messages(&shell.store, &seqs, caller, PAGE_BYTES)?;
    respond_as_of(shell, Excerpt { text, is_cut: is_cut || has_more })
}

/// An answer of lines.
pub(super) fn respond(Excerpt { text, is_cut }: Excerpt) -> Result<Response, Problem> {
    Ok(ResponseBuilder::new().with_headers(headers(false, is_cut)?).fixed(text.into_bytes()))
}

/// The same for messages as they are now.
fn respond_as_of(shell: &Shell, mut lines: Excerpt) -> Result<Response, Problem> {
    lines.push(&ServerLine::AsOf { upto: shell.read(::room::Room::stored_head)? });
    respond(lines)
}

fn limit(asked: &Question, usual: u64) -> Result<u64, Problem> {
    Ok(asked.parameter("limit")?.unwrap_or(usual).clamp(1, PAGE_ENTRIES_MAX))
}

fn headers(is_immutable: bool, has_more: bool) -> Result<Headers, Problem> {
    let cache = if is_immutable { "private, max-age=604800, immutable" } else { "no-store" };
    let headers = Headers::new();
    headers.set("content-type", "application/x-ndjson; charset=utf-8")?;
    headers.set("cache-control", cache)?;
    if has_more {
        headers.set("maru-more", "true")?;
    }
    Ok(headers)
}
