//! Pages of lines: history, pins, threads, with what later entries made of them.

use std::collections::BTreeSet;

use protocol::codec::encode_server_line;
use protocol::limits::PAGE_ENTRIES_MAX;
use protocol::{Refusal, Seq, ServerLine, UserId};
use worker::{Headers, Response, ResponseBuilder};

use super::messages::message;
use super::question::{Question, parse_seq};
use crate::history::{Place, page};
use crate::problem::Problem;
use crate::room_object::Shell;
use crate::store::Store;

/// Entries whose amendments are answered at once: more than a page holds.
const AMENDMENTS_MAX: u64 = 10_000;

/// Replies of a page of a thread, unless asked otherwise.
const REPLIES: u64 = 50;

/// A page of the log (rules HT1 and HT4).
pub(super) fn log(shell: &Shell, asked: &Question) -> Result<Response, Problem> {
    let caller = shell.need_member(asked)?.user;
    let limit = limit(asked, PAGE_ENTRIES_MAX)?;
    let (epoch, head, revision) =
        shell.read(|room| (room.epoch(), room.stored_head(), room.revision()))?;
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
    let mut text = page.text();
    let known_revision = asked.seq("revision")?;
    if known_revision.is_none() {
        if let Some((first, last)) = extent {
            push_amendments(shell, (first, last), caller, &mut text)?;
        }
        push(&ServerLine::AsOf { upto: head }, &mut text);
    }
    let is_immutable = known_revision == Some(revision) && is_settled && !is_newest;
    let headers = headers(is_immutable)?;
    headers.set("maru-epoch", epoch.as_str())?;
    headers.set("maru-head", &head.get().to_string())?;
    headers.set("maru-revision", &revision.get().to_string())?;
    Ok(ResponseBuilder::new().with_headers(headers).fixed(text.into_bytes()))
}

/// What later entries made of a part of the log.
pub(super) fn amendments(shell: &Shell, asked: &Question) -> Result<Response, Problem> {
    let caller = shell.need_member(asked)?.user;
    let (Some(from), Some(to)) = (asked.seq("from")?, asked.seq("to")?) else {
        return Err(Problem::BadRequest("give `from` and `to`".to_owned()));
    };
    if to.since(from) > AMENDMENTS_MAX {
        let why = format!("`from` and `to` are at most {AMENDMENTS_MAX} entries apart");
        return Err(Problem::BadRequest(why));
    }
    let mut text = String::new();
    push_amendments(shell, (from, to), caller, &mut text)?;
    push(&ServerLine::AsOf { upto: shell.read(::room::Room::stored_head)? }, &mut text);
    respond(text, false)
}

/// The pinned messages, in the order of the log.
pub(super) fn pins(shell: &Shell, asked: &Question) -> Result<Response, Problem> {
    let caller = shell.need_member(asked)?.user;
    let pins: Vec<Seq> = shell.read(|room| room.pins().collect())?;
    respond(messages(shell, &pins, caller)?, false)
}

/// A thread's first message and its newest replies below `before`.
pub(super) fn thread(shell: &Shell, asked: &Question, seq: &str) -> Result<Response, Problem> {
    let caller = shell.need_member(asked)?.user;
    let first = message(shell, caller, parse_seq("seq", seq)?)?;
    if first.thread.is_some() {
        return Err(Refusal::NoSuchThread.into());
    }
    let limit = usize::try_from(limit(asked, REPLIES)?).unwrap_or(usize::MAX);
    let head = shell.read(::room::Room::stored_head)?;
    let before = asked.seq("before")?.unwrap_or(head.next().unwrap_or(head));
    let mut replies = shell.store.replies(first.seq, before, limit.saturating_add(1))?;
    let has_more = replies.len() > limit;
    replies.truncate(limit);
    let seqs: Vec<Seq> = std::iter::once(first.seq).chain(replies.into_iter().rev()).collect();
    respond(messages(shell, &seqs, caller)?, has_more)
}

/// An answer of lines.
pub(super) fn lines(
    lines: impl Iterator<Item = String>,
    has_more: bool,
) -> Result<Response, Problem> {
    let mut text = String::new();
    for line in lines {
        text.push_str(&line);
        text.push('\n');
    }
    respond(text, has_more)
}

/// The lines of these messages, what later entries made of them, and up to where.
fn messages(shell: &Shell, seqs: &[Seq], caller: UserId) -> Result<String, Problem> {
    let mut text = String::new();
    for (_, line) in shell.store.lines(seqs)? {
        text.push_str(&line);
        text.push('\n');
    }
    for seq in BTreeSet::from_iter(seqs) {
        push_amendments(shell, (*seq, *seq), caller, &mut text)?;
    }
    push(&ServerLine::AsOf { upto: shell.read(::room::Room::stored_head)? }, &mut text);
    Ok(text)
}

fn push_amendments(
    shell: &Shell,
    (from, to): (Seq, Seq),
    caller: UserId,
    text: &mut String,
) -> Result<(), Problem> {
    for amendment in shell.store.amendments(from, to, caller)? {
        push(&ServerLine::Amendment(amendment), text);
    }
    Ok(())
}

fn push(line: &ServerLine, text: &mut String) {
    text.push_str(&encode_server_line(line));
    text.push('\n');
}

fn limit(asked: &Question, usual: u64) -> Result<u64, Problem> {
    Ok(asked.parameter("limit")?.unwrap_or(usual).clamp(1, PAGE_ENTRIES_MAX))
}

fn respond(text: String, has_more: bool) -> Result<Response, Problem> {
    let headers = headers(false)?;
    if has_more {
        headers.set("maru-more", "true")?;
    }
    Ok(ResponseBuilder::new().with_headers(headers).fixed(text.into_bytes()))
}

fn headers(is_immutable: bool) -> Result<Headers, Problem> {
    let cache = if is_immutable { "private, max-age=31536000, immutable" } else { "no-store" };
    let headers = Headers::new();
    headers.set("content-type", "application/x-ndjson; charset=utf-8")?;
    headers.set("cache-control", cache)?;
    Ok(headers)
}
