//! Segments: the lines of one room, compressed.

use std::collections::BTreeSet;
use std::io::Read;

use protocol::codec::{decode_entry, erase_line};
use protocol::{Link, Seq, Timestamp};
use serde::Deserialize;

use crate::failure::Failure;
use crate::record::Run;
use crate::store::{Created, Store, sha256};

/// What a segment is compressed with; the same lines must always be the same bytes.
const LEVEL: i32 = 3;

/// The most that a segment may hold: a chunk that is longer than `segment_bytes` comes alone, and
/// none is as long as this.
pub const BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Why lines are not what a run says.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Broken {
    /// Not compressed by zstd, or cut off.
    #[error("it cannot be decompressed: {0}")]
    Compression(String),
    /// More than [`BYTES_MAX`].
    #[error("it holds more than {BYTES_MAX} bytes")]
    TooLong,
    /// Not UTF-8, or the last line has no end.
    #[error("it is not whole lines of text")]
    Text,
    /// A line is no entry.
    #[error("the line after entry {after} is no entry")]
    Line {
        /// The last good one before it.
        after: u64,
    },
    /// An entry stands where another should.
    #[error("entry {found} stands where {expected} should")]
    Order {
        /// What should be there.
        expected: u64,
        /// What is there.
        found: u64,
    },
    /// It ends early or late.
    #[error("it ends with entry {found} instead of {expected}")]
    End {
        /// The run's last entry.
        expected: u64,
        /// The last one that is there.
        found: u64,
    },
    /// The times of the first and last entries are others.
    #[error("its entries are of another time than the run says")]
    Time,
    /// The count is another.
    #[error("it holds {found} entries instead of {expected}")]
    Count {
        /// What the run says.
        expected: u64,
        /// How many there are.
        found: u64,
    },
    /// A hash of the run is none.
    #[error("the run's links are no hashes")]
    Link,
    /// The hash chain does not end where it should: a line was changed, or is of another log.
    #[error("the hash chain ends otherwise: a line was changed, or is of another log")]
    Chain,
}

/// One line of a segment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Line<'a> {
    /// Its position.
    pub seq: Seq,
    /// When it was accepted.
    pub at: Timestamp,
    /// The line, without its newline.
    pub text: &'a str,
}

/// An object that is in the store.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Stored {
    /// How long it is.
    pub bytes: u64,
    /// SHA-256 of its bytes, in lower-case hexadecimal.
    pub sha256: String,
    /// Whether it was there before.
    pub created: Created,
}

/// Compresses lines, which end with a newline: the same lines are always the same bytes.
///
/// # Errors
/// If there is no memory.
pub fn encode(lines: &str) -> Result<Vec<u8>, Failure> {
    zstd::bulk::compress(lines.as_bytes(), LEVEL)
        .map_err(|error| Failure::later(format!("a segment cannot be compressed: {error}")))
}

/// The lines of a segment.
///
/// # Errors
/// [`Broken`] if the bytes are none.
pub fn decode(bytes: &[u8]) -> Result<String, Broken> {
    let broken = |error: std::io::Error| Broken::Compression(error.to_string());
    let decoder = zstd::Decoder::new(bytes).map_err(broken)?;
    let mut lines = Vec::new();
    decoder.take(BYTES_MAX.saturating_add(1)).read_to_end(&mut lines).map_err(broken)?;
    if u64::try_from(lines.len()).is_ok_and(|length| length > BYTES_MAX) {
        return Err(Broken::TooLong);
    }
    let lines = String::from_utf8(lines).map_err(|_| Broken::Text)?;
    if lines.is_empty() || !lines.ends_with('\n') {
        return Err(Broken::Text);
    }
    Ok(lines)
}

/// Proves that lines are what a run says: each entry follows the one before, and the chain leads
/// from `link_before` to `link`.
///
/// # Errors
/// The first thing that is [`Broken`].
pub fn check<'a>(lines: &'a str, run: &Run) -> Result<Vec<Line<'a>>, Broken> {
    let mut link = Link::from_hex(&run.link_before).ok_or(Broken::Link)?;
    let end = Link::from_hex(&run.link).ok_or(Broken::Link)?;
    let mut checked = Vec::new();
    let mut expected = run.from;
    for text in texts(lines)? {
        let after = expected.back(1).get();
        let (line, next) = read(text, link).ok_or(Broken::Line { after })?;
        if line.seq != expected {
            return Err(Broken::Order { expected: expected.get(), found: line.seq.get() });
        }
        expected = expected.next().ok_or(Broken::Line { after })?;
        link = next;
        checked.push(line);
    }
    let found = expected.back(1);
    if found != run.to {
        return Err(Broken::End { expected: run.to.get(), found: found.get() });
    }
    let count = u64::try_from(checked.len()).unwrap_or(u64::MAX);
    if count != run.entries {
        return Err(Broken::Count { expected: run.entries, found: count });
    }
    let times = (checked.first().map(|line| line.at), checked.last().map(|line| line.at));
    if times != (Some(run.first_at), Some(run.last_at)) {
        return Err(Broken::Time);
    }
    if link != end {
        return Err(Broken::Chain);
    }
    Ok(checked)
}

/// The link after lines, which begin after `link`; for what has no run yet.
///
/// # Errors
/// [`Broken::Line`] if one is no entry.
pub fn link_after(lines: &str, link: Link) -> Result<Link, Broken> {
    let mut link = link;
    let mut after = 0;
    for text in texts(lines)? {
        let (line, next) = read(text, link).ok_or(Broken::Line { after })?;
        (link, after) = (next, line.seq.get());
    }
    Ok(link)
}

/// The same lines with tombstones for some of them (rule RD2).
///
/// # Errors
/// [`Broken::Line`] if a line is no entry.
pub fn erase(lines: &str, seqs: &BTreeSet<Seq>) -> Result<String, Broken> {
    let mut erased = String::with_capacity(lines.len());
    let mut after = 0;
    for text in texts(lines)? {
        let head = Head::of(text).ok_or(Broken::Line { after })?;
        if seqs.contains(&head.seq) {
            erased.push_str(&erase_line(text).map_err(|_| Broken::Line { after })?);
        } else {
            erased.push_str(text);
        }
        erased.push('\n');
        after = head.seq.get();
    }
    Ok(erased)
}

/// The day of a time, `YYYY-MM-DD`, UTC.
#[must_use]
pub fn day(at: Timestamp) -> String {
    let time = i64::try_from(at.0).ok().and_then(chrono::DateTime::from_timestamp_millis);
    // No time on the wire is later than the year 287,396, and all are after 1970.
    time.unwrap_or_default().format("%Y-%m-%d").to_string()
}

/// Puts a segment and proves, by what is read back, that the lines are in the store.
///
/// # Errors
/// [`Failure::Divergent`] if there is another segment of that name, [`Failure::Damaged`] if what
/// is read back is not what was put.
pub async fn put(store: &Store, path: &str, lines: &str, run: &Run) -> Result<Stored, Failure> {
    let created = match store.create(path, encode(lines)?).await {
        // Another version of zstd may compress otherwise; the lines decide.
        Err(Failure::Divergent { .. }) => Created::SameBytes,
        other => other?,
    };
    let bytes = store.read(path).await?;
    let broken = |broken: Broken| Failure::damaged(path, broken);
    let stored = decode(&bytes).map_err(broken)?;
    check(&stored, run).map_err(broken)?;
    if stored != lines {
        return Err(Failure::Divergent { path: path.to_owned() });
    }
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    Ok(Stored { bytes: length, sha256: sha256(&bytes), created })
}

/// The members that all entries have, also those of a later version.
#[derive(Deserialize)]
struct Head {
    seq: Seq,
    at: Timestamp,
}

impl Head {
    fn of(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

fn texts(lines: &str) -> Result<impl Iterator<Item = &str>, Broken> {
    lines.strip_suffix('\n').map(|lines| lines.split('\n')).ok_or(Broken::Text)
}

/// A line, and the link after it.
fn read(text: &str, link: Link) -> Option<(Line<'_>, Link)> {
    let (seq, at, next) = match decode_entry(text).ok()? {
        Some(entry) => (entry.seq(), entry.at(), link.then_stored(text, &entry)?),
        None => Head::of(text).map(|head| (head.seq, head.at, link.then(text)))?,
    };
    Some((Line { seq, at, text }, next))
}
