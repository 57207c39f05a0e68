//! Segments: the lines of one room, compressed.

use std::collections::BTreeSet;
use std::io::Read;

use protocol::codec::{decode_entry, erase_line};
use protocol::{Link, Seq, Timestamp};
use serde::Deserialize;

use crate::failpoint::{self, Point};
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
    let lines = String::from_utf8(decompress(bytes)?).map_err(|_| Broken::Text)?;
    if lines.is_empty() || !lines.ends_with('\n') {
        return Err(Broken::Text);
    }
    Ok(lines)
}

/// What was compressed; whatever the bytes are, it takes no more than [`BYTES_MAX`] of memory.
///
/// # Errors
/// [`Broken::Compression`] or [`Broken::TooLong`].
pub fn decompress(bytes: &[u8]) -> Result<Vec<u8>, Broken> {
    let broken = |error: std::io::Error| Broken::Compression(error.to_string());
    let decoder = zstd::Decoder::new(bytes).map_err(broken)?;
    let mut content = Vec::new();
    decoder.take(BYTES_MAX.saturating_add(1)).read_to_end(&mut content).map_err(broken)?;
    if u64::try_from(content.len()).is_ok_and(|length| length > BYTES_MAX) {
        return Err(Broken::TooLong);
    }
    Ok(content)
}

/// Proves that lines are what a run says: each entry follows the one before, and the chain leads
/// from `link_before` to `link`.
///
/// # Errors
/// The first thing that is [`Broken`].
pub fn check<'a>(lines: &'a str, run: &Run) -> Result<Vec<Line<'a>>, Broken> {
    let mut checker = Checker::new(run)?;
    let checked = texts(lines)?.map(|text| checker.next(text)).collect::<Result<_, _>>()?;
    checker.end()?;
    Ok(checked)
}

/// Proves, a line at a time, that lines are what a run says.
#[derive(Debug)]
pub struct Checker<'r> {
    run: &'r Run,
    link: Link,
    last: Seq,
    times: Option<(Timestamp, Timestamp)>,
}

impl<'r> Checker<'r> {
    /// Before the first line.
    ///
    /// # Errors
    /// [`Broken::Link`] if the run's links are none.
    pub fn new(run: &'r Run) -> Result<Self, Broken> {
        let link = Link::from_hex(&run.link_before).ok_or(Broken::Link)?;
        Ok(Self { run, link, last: run.from.back(1), times: None })
    }

    /// The link after what came.
    #[must_use]
    pub const fn link(&self) -> Link {
        self.link
    }

    /// The next line, without its newline.
    ///
    /// # Errors
    /// What of it is [`Broken`].
    pub fn next<'a>(&mut self, text: &'a str) -> Result<Line<'a>, Broken> {
        let after = self.last.get();
        let broken = Broken::Line { after };
        let (line, link) = read(text, self.link).ok_or(broken.clone())?;
        if Some(line.seq) != self.last.next() {
            let expected = after.saturating_add(1);
            return Err(Broken::Order { expected, found: line.seq.get() });
        }
        let first_at = self.times.map_or(line.at, |(first_at, _)| first_at);
        (self.link, self.last, self.times) = (link, line.seq, Some((first_at, line.at)));
        Ok(line)
    }

    /// After the last line.
    ///
    /// # Errors
    /// What is [`Broken`] as a whole.
    pub fn end(self) -> Result<(), Broken> {
        let run = self.run;
        if self.last != run.to {
            return Err(Broken::End { expected: run.to.get(), found: self.last.get() });
        }
        let found = self.last.since(run.from.back(1));
        if found != run.entries {
            return Err(Broken::Count { expected: run.entries, found });
        }
        if self.times != Some((run.first_at, run.last_at)) {
            return Err(Broken::Time);
        }
        if self.link.to_hex() != run.link {
            return Err(Broken::Chain);
        }
        Ok(())
    }
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
    failpoint::reach(Point::Put);
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::fixture;

    #[test]
    fn lines_come_back_and_are_always_the_same_bytes() {
        let (lines, run) = fixture::lines(1, 1..=300);
        let bytes = encode(&lines).unwrap();
        assert_eq!(bytes, encode(&lines).unwrap());
        assert_eq!(decode(&bytes).unwrap(), lines);
        let checked = check(&lines, &run).unwrap();
        assert_eq!(checked.len(), 300);
        assert_eq!((checked[0].seq, checked[299].at), (run.from, run.last_at));
    }

    #[test]
    fn en5_a_line_that_is_lost_moved_or_changed_is_found() {
        let (lines, run) = fixture::lines(1, 5..=9);
        let texts: Vec<&str> = lines.lines().collect();
        let broken = |texts: &[&str]| check(&(texts.join("\n") + "\n"), &run).unwrap_err();
        let lost = broken(&[texts[0], texts[1], texts[3], texts[4]]);
        assert_eq!(lost, Broken::Order { expected: 7, found: 8 });
        assert_eq!(broken(&texts[..4]), Broken::End { expected: 9, found: 8 });
        assert_eq!(broken(&texts[1..]), Broken::Order { expected: 5, found: 6 });
        let doubled = broken(&[texts[0], texts[0], texts[1]]);
        assert_eq!(doubled, Broken::Order { expected: 6, found: 5 });
        let changed = texts[2].replace("message 7", "message 8");
        let changed = broken(&[texts[0], texts[1], &changed, texts[3], texts[4]]);
        assert_eq!(changed, Broken::Chain);
        assert_eq!(broken(&["{}"]), Broken::Line { after: 4 });
        assert_eq!(check(lines.trim_end(), &run).unwrap_err(), Broken::Text, "cut off");
    }

    #[test]
    fn what_the_run_says_must_be_so() {
        let (lines, run) = fixture::lines(1, 1..=4);
        let other = |change: &dyn Fn(&mut Run)| {
            let mut run = run.clone();
            change(&mut run);
            check(&lines, &run).unwrap_err()
        };
        assert_eq!(other(&|run| run.entries = 5), Broken::Count { expected: 5, found: 4 });
        assert_eq!(other(&|run| run.last_at = run.first_at), Broken::Time);
        assert_eq!(other(&|run| run.link = run.link_before.clone()), Broken::Chain);
        assert_eq!(other(&|run| run.link_before = run.link.clone()), Broken::Chain);
        assert_eq!(other(&|run| run.link_before = "x".to_owned()), Broken::Link);
    }

    #[test]
    fn rd2_an_erased_line_keeps_the_chain() {
        let (lines, run) = fixture::lines(1, 1..=4);
        let seqs = BTreeSet::from([fixture::seq(2), fixture::seq(9)]);
        let erased = erase(&lines, &seqs).unwrap();
        assert!(!erased.contains("message 2") && erased.contains("message 3"), "{erased}");
        check(&erased, &run).unwrap();
        assert_eq!(erase(&erased, &seqs).unwrap(), erased, "again changes nothing");
    }

    #[test]
    fn an_entry_of_a_later_version_counts_as_a_line() {
        let line = r#"{"t":"poll","seq":1,"at":1000,"by":"00000000000000000001","votes":[1]}"#;
        let lines = format!("{line}\n");
        let (_, run) = fixture::lines(1, 1..=1);
        let link = Link::GENESIS.then(line).to_hex();
        let at = Timestamp(1000);
        let run = Run { link, first_at: at, last_at: at, ..run };
        assert_eq!(check(&lines, &run).unwrap()[0].text, line);
        assert_eq!(erase(&lines, &BTreeSet::new()).unwrap(), lines);
    }

    #[test]
    fn a_small_object_cannot_fill_the_memory() {
        let bomb = zstd::bulk::compress(&vec![0; 65 * 1024 * 1024], LEVEL).unwrap();
        assert!(bomb.len() < 100_000);
        assert_eq!(decode(&bomb), Err(Broken::TooLong));
    }

    #[test]
    fn days_are_of_utc() {
        assert_eq!(day(Timestamp(0)), "1970-01-01");
        assert_eq!(day(Timestamp(1_747_526_399_999)), "2025-05-17");
        assert_eq!(day(Timestamp(1_747_526_400_000)), "2025-05-18");
    }

    #[tokio::test]
    async fn a_segment_of_another_compressor_is_the_same_if_its_lines_are() {
        let store = Store::in_memory();
        let (lines, run) = fixture::lines(1, 1..=4);
        let other = zstd::bulk::compress(lines.as_bytes(), 19).unwrap();
        store.create("a", other.clone()).await.unwrap();
        let stored = put(&store, "a", &lines, &run).await.unwrap();
        assert_eq!((stored.created, stored.sha256), (Created::SameBytes, sha256(&other)));
        let erased = erase(&lines, &BTreeSet::from([fixture::seq(2)])).unwrap();
        let divergent = put(&store, "a", &erased, &run).await.unwrap_err();
        assert!(matches!(divergent, Failure::Divergent { .. }), "{divergent}");
    }

    proptest! {
        #[test]
        fn a_segment_that_was_cut_off_is_found(cut: prop::sample::Index) {
            let (lines, _) = fixture::lines(1, 1..=50);
            let bytes = encode(&lines).unwrap();
            prop_assert!(decode(&bytes[..cut.index(bytes.len())]).is_err());
        }

        #[test]
        fn a_byte_that_was_flipped_is_found(place: prop::sample::Index, bit in 0_u8..8) {
            let (lines, run) = fixture::lines(1, 1..=50);
            let mut bytes = encode(&lines).unwrap();
            let place = place.index(bytes.len());
            bytes[place] ^= 1 << bit;
            let flipped = decode(&bytes);
            // A bit of the header may mean nothing; then the lines are the same.
            prop_assert!(flipped.is_err()
                || flipped.clone().unwrap() == lines
                || check(&flipped.unwrap(), &run).is_err());
        }
    }
}
