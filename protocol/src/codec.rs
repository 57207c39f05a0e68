//! Frames to lines and back: strict and bounded on the way in, one encoding on the way out.

use std::borrow::Cow;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::archive::ERASED_NAME;
use crate::chain::line_hash;
use crate::client_line::ClientLine;
use crate::entry::{Edit, Entry, Join, Message, Redacted};
use crate::inbox::InboxLine;
use crate::limits::{FRAME_BYTES_MAX, FRAME_LINES_MAX};
use crate::position::Seq;
use crate::refusal::CloseCode;
use crate::server_line::ServerLine;

/// The frame that the platform answers with [`PONG`], without waking the room (rule TR5).
pub const PING: &str = r#"{"t":"ping"}"#;

/// The platform's answer to [`PING`].
pub const PONG: &str = r#"{"t":"pong"}"#;

/// The subprotocol of the socket.
pub const SUBPROTOCOL: &str = "maru.v1";

/// The subprotocol that carries the access token, which follows this prefix.
pub const TOKEN_SUBPROTOCOL_PREFIX: &str = "maru.token.";

/// Why a frame ends its session.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Violation {
    /// Not text, not JSON, or not a line of this protocol.
    #[error("not a line of this protocol")]
    Malformed,
    /// Over [`FRAME_BYTES_MAX`] or [`FRAME_LINES_MAX`].
    #[error("a frame of over {FRAME_BYTES_MAX} bytes or {FRAME_LINES_MAX} lines")]
    TooLong,
}

impl Violation {
    /// The close code that answers the violation.
    #[must_use]
    pub const fn close_code(self) -> CloseCode {
        match self {
            Self::Malformed => CloseCode::Malformed,
            Self::TooLong => CloseCode::TooLong,
        }
    }
}

/// A line from a room.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum FromRoom {
    /// An entry of the log.
    Entry(Entry),
    /// Anything else.
    Line(ServerLine),
    /// An entry that this version does not understand; it counts, but shows nothing (rule TR4).
    UnknownEntry(Seq),
    /// Any other kind that this version does not know; to be ignored (rule TR4).
    Unknown,
}

/// Decodes a frame from a client.
///
/// # Errors
/// A [`Violation`]; nothing of such a frame is to be applied.
pub fn decode_client_frame(frame: &str) -> Result<Vec<ClientLine>, Violation> {
    if frame.len() > FRAME_BYTES_MAX {
        return Err(Violation::TooLong);
    }
    let lines = || frame.split('\n').filter(|line| !line.is_empty());
    if lines().take(FRAME_LINES_MAX.saturating_add(1)).count() > FRAME_LINES_MAX {
        return Err(Violation::TooLong);
    }
    lines().map(|line| object(line).ok_or(Violation::Malformed)).collect()
}

/// Encodes lines from a client as one frame.
#[must_use]
pub fn encode_client_frame<'a>(lines: impl IntoIterator<Item = &'a ClientLine>) -> String {
    let lines: Vec<String> = lines.into_iter().map(encode).collect();
    lines.join("\n")
}

/// Decodes a frame, or a page of history, from a room.
///
/// # Errors
/// [`Violation::Malformed`] if a line is not JSON or lacks what its kind needs.
pub fn decode_room_frame(frame: &str) -> Result<Vec<FromRoom>, Violation> {
    frame.split('\n').filter(|line| !line.is_empty()).map(decode_room_line).collect()
}

/// Encodes an entry as its line, without a newline.
#[must_use]
pub fn encode_entry(entry: &Entry) -> String {
    encode(entry)
}

/// Decodes one stored line; `None` for one of a later version.
///
/// # Errors
/// [`Violation::Malformed`] if it is no entry.
pub fn decode_entry(line: &str) -> Result<Option<Entry>, Violation> {
    if let Some(entry) = object(line) {
        return Ok(Some(entry));
    }
    let head = head(line)?;
    let is_entry = head.seq().is_some() && !is_server_line(&head.t);
    if is_entry { Ok(None) } else { Err(Violation::Malformed) }
}

/// Decodes stored lines, those of a later version left out.
///
/// # Errors
/// [`Violation::Malformed`] if a line is no entry.
pub fn decode_entries(lines: &str) -> Result<Vec<Entry>, Violation> {
    let lines = lines.split('\n').filter(|line| !line.is_empty());
    lines.map(decode_entry).filter_map(Result::transpose).collect()
}

/// The line that takes the place of an erased message or edit (rule RD2), or of one that says the
/// name of somebody who joined (rule ER4); of any other line, or of one that was erased before, the
/// line itself.
///
/// # Errors
/// [`Violation::Malformed`] if it is no entry.
pub fn erase_line(line: &str) -> Result<String, Violation> {
    let (stamp, key, target, thread) = match decode_entry(line)? {
        Some(Entry::Message(Message { stamp, key, thread, .. })) => (stamp, key, None, thread),
        Some(Entry::Edit(Edit { stamp, key, target, .. })) => (stamp, key, Some(target), None),
        Some(Entry::Join(Join { stamp, role, hash: None, .. })) => {
            let (name, hash) = (ERASED_NAME.to_owned(), Some(line_hash(line)));
            return Ok(encode(&Entry::Join(Join { stamp, name, role, hash })));
        }
        Some(_) | None => return Ok(line.to_owned()),
    };
    let hash = line_hash(line);
    Ok(encode(&Entry::Redacted(Redacted { stamp, key, target, thread, hash })))
}

/// Decodes a frame of a user's inbox; a line of a kind that this version does not know is left out.
///
/// # Errors
/// [`Violation::Malformed`] if a line is not JSON.
pub fn decode_inbox_frame(frame: &str) -> Result<Vec<InboxLine>, Violation> {
    let decode = |line: &str| {
        let json = |_| serde_json::from_str::<IgnoredAny>(line).map_err(|_| Violation::Malformed);
        serde_json::from_str(line).map(Some).or_else(|error| json(error).map(|_| None))
    };
    let lines = frame.split('\n').filter(|line| !line.is_empty());
    lines.map(decode).filter_map(Result::transpose).collect()
}

/// Encodes a line of a user's inbox, without a newline.
#[must_use]
pub fn encode_inbox_line(line: &InboxLine) -> String {
    encode(line)
}

/// Encodes a line from a room, without a newline.
#[must_use]
pub fn encode_server_line(line: &ServerLine) -> String {
    encode(line)
}

/// What says of which kind a line is, whatever else is in it.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow)]
    t: Cow<'a, str>,
    #[serde(default)]
    seq: Value,
}

impl Head<'_> {
    fn seq(&self) -> Option<Seq> {
        self.seq.as_u64().and_then(|seq| Seq::try_from(seq).ok())
    }
}

fn decode_room_line(line: &str) -> Result<FromRoom, Violation> {
    // Most lines are entries, and no other line has what each of them needs.
    if let Some(entry) = object(line) {
        return Ok(FromRoom::Entry(entry));
    }
    let head = head(line)?;
    if is_server_line(&head.t) {
        return serde_json::from_str(line).map(FromRoom::Line).map_err(|_| Violation::Malformed);
    }
    // Every other line with a seq is an entry: a later version may have more kinds of them.
    Ok(head.seq().map_or(FromRoom::Unknown, FromRoom::UnknownEntry))
}

fn head(line: &str) -> Result<Head<'_>, Violation> {
    object(line).ok_or(Violation::Malformed)
}

/// Reads a line, which must be an object: serde reads what we call one from arrays, too.
fn object<'a, T: Deserialize<'a>>(line: &'a str) -> Option<T> {
    if line.trim_start().starts_with('{') { serde_json::from_str(line).ok() } else { None }
}

fn is_server_line(kind: &str) -> bool {
    let session = ["welcome", "gap", "refused", "bye", "pong"];
    let digests = ["presence", "typing", "receipts", "named", "amendment", "as_of"];
    session.contains(&kind) || digests.contains(&kind)
}

fn encode<T: Serialize>(line: &T) -> String {
    // Our types have string keys and no fallible serializer, so the fallback is unreachable; an
    // empty line is ignored by every receiver (rule TR3), where a panic would stop every room.
    serde_json::to_string(line).unwrap_or_default()
}
