//! Table files: lines as Parquet, for programs that answer questions about many of them.
//!
//! Everything but `room`, `epoch` and `line` is read from the line, for those who look: the line is
//! what counts. The same rows make the same bytes.

use std::fmt::Display;

use bytes::Bytes;
use protocol::{Epoch, RoomId, Seq};

use crate::record::Run;

mod columns;
mod rows;
mod writer;

use rows::{guarded, metadata, open};

pub use rows::Rows;
pub use writer::Writer;

/// The version of table files that this program writes.
pub const VERSION: &str = "1";

/// Rows of a page: what reading one small room costs.
const PAGE_ROWS: usize = 2_048;

const VERSION_KEY: &str = "maru.version";
const RUNS_KEY: &str = "maru.runs";

/// Why a table file cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The bytes are no table file, or not a whole one.
    #[error("damaged table file: {0}")]
    Damaged(String),
    /// A later version of the program wrote it.
    #[error("a table file of version {0}; this program reads version {VERSION}")]
    Version(String),
    /// What was to be written is out of order or no line.
    #[error("cannot be a row of a table file: {0}")]
    Row(String),
}

/// One row: a line and where it stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Row {
    /// The room.
    pub room: RoomId,
    /// The incarnation of its log.
    pub epoch: Epoch,
    /// Position in the log.
    pub seq: Seq,
    /// The exact line, without a newline.
    pub line: String,
}

/// A table file of `rows`, which are sorted, and of which `runs` speaks.
///
/// # Errors
/// [`TableError::Row`] if they are out of order, or a line is none.
pub fn write<'a>(
    rows: impl IntoIterator<Item = &'a Row>,
    runs: &[Run],
) -> Result<Vec<u8>, TableError> {
    let mut writer = Writer::new()?;
    for row in rows {
        writer.push(row.room, row.epoch, &row.line)?;
    }
    writer.finish(runs)
}

/// Calls `each` with every line of a table file, in its order.
///
/// # Errors
/// If it is no table file, or damaged; `each` was called for what comes before the damage.
pub fn read(
    bytes: &Bytes,
    each: &mut dyn FnMut(RoomId, Epoch, Seq, &str),
) -> Result<(), TableError> {
    for row in Rows::open(bytes)? {
        let row = row?;
        each(row.room, row.epoch, row.seq, &row.line);
    }
    Ok(())
}

/// The runs that a table file says it holds.
///
/// # Errors
/// If it cannot be read.
pub fn runs(bytes: &Bytes) -> Result<Vec<Run>, TableError> {
    let parquet = guarded(|| open(bytes))?;
    let runs = metadata(&parquet, RUNS_KEY)?;
    serde_json::from_str(runs).map_err(damaged)
}

fn damaged(error: impl Display) -> TableError {
    TableError::Damaged(error.to_string())
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "tests count little")]
mod tests {
    use parquet::file::metadata::{KeyValue, RowGroupMetaData};
    use protocol::Timestamp;

    use super::columns::{Batch, Columns};
    use super::*;

    fn room(of: u8) -> RoomId {
        RoomId::from_random([of; 13])
    }

    fn epoch() -> Epoch {
        Epoch::from_random([7; 13])
    }

    fn rows(count: u64, body: &str) -> Vec<Row> {
        let row = |seq: u64| {
            let by = "0123456789abcdefghjk";
            let line = format!(
                r#"{{"t":"message","seq":{seq},"at":{},"by":"{by}","body":"{body} {seq}"}}"#,
                1_779_000_000_000 + seq
            );
            let seq = Seq::try_from(seq).unwrap();
            Row { room: room(1), epoch: epoch(), seq, line }
        };
        (1..=count).map(row).collect()
    }

    fn run() -> Run {
        Run {
            room: room(1),
            epoch: epoch(),
            from: Seq::try_from(1).unwrap(),
            to: Seq::try_from(3).unwrap(),
            first_at: Timestamp(1),
            last_at: Timestamp(3),
            entries: 3,
            link_before: "00".repeat(32),
            link: "11".repeat(32),
            revision: Seq::ZERO,
        }
    }

    fn read_all(bytes: Vec<u8>) -> Result<Vec<Row>, TableError> {
        Rows::open(&Bytes::from(bytes))?.collect()
    }

    #[test]
    fn what_was_written_is_read_and_the_runs_with_it() {
        let rows = rows(3, "안녕 👋🏽");
        let bytes = write(&rows, &[run()]).unwrap();
        assert_eq!(runs(&Bytes::from(bytes.clone())).unwrap(), [run()]);
        assert_eq!(read_all(bytes).unwrap(), rows);
        assert_eq!(read_all(write(&[], &[]).unwrap()).unwrap(), []);
    }

    #[test]
    fn many_row_groups_are_read_in_order() {
        let rows = rows(150_000, "x");
        let bytes = Bytes::from(write(&rows, &[run()]).unwrap());
        let parquet = open(&bytes).unwrap();
        let groups = parquet.metadata().row_groups();
        assert_eq!(
            groups.iter().map(RowGroupMetaData::num_rows).collect::<Vec<_>>(),
            [65_536, 65_536, 18_928]
        );
        assert!(groups.iter().all(|group| group.sorting_columns().is_some()));
        let all: Result<Vec<Row>, _> = Rows::open(&bytes).unwrap().collect();
        assert!(all.unwrap() == rows);
    }

    #[test]
    fn the_same_rows_make_the_same_bytes() {
        let rows = rows(5_000, "같은 말");
        assert!(write(&rows, &[run()]).unwrap() == write(&rows, &[run()]).unwrap());
    }

    #[test]
    fn rows_out_of_order_and_other_texts_are_refused() {
        let mut rows = rows(3, "x");
        rows.swap(0, 1);
        assert!(matches!(write(&rows, &[]), Err(TableError::Row(_))));
        for line in ["", "{}", "[1]", r#"{"t":"message","seq":0.5,"at":1,"by":"x"}"#] {
            let mut writer = Writer::new().unwrap();
            let pushed = writer.push(room(1), epoch(), line);
            assert!(matches!(pushed, Err(TableError::Row(_))), "{line}");
        }
    }

    /// A table file that was made by something else must not pass for what a room stored.
    #[test]
    fn columns_that_contradict_their_line_are_damage() {
        let mut batch = Batch::default();
        let [row] = &rows(1, "right")[..] else { panic!() };
        let other = row.line.replace("right", "wrong");
        batch.push(row.room, row.epoch, &row.line, &Columns::read(&other).unwrap()).unwrap();
        let mut writer = Writer::new().unwrap();
        writer.batch = batch;
        let read = read_all(writer.finish(&[]).unwrap());
        assert!(matches!(read, Err(TableError::Damaged(_))), "{read:?}");
    }

    #[test]
    fn a_later_version_is_named() {
        let mut writer = Writer::new().unwrap();
        let later = KeyValue::new(VERSION_KEY.to_owned(), "2".to_owned());
        writer.parquet.append_key_value_metadata(later);
        let read = read_all(writer.finish(&[]).unwrap());
        assert!(matches!(read, Err(TableError::Version(version)) if version == "2"));
    }

    #[test]
    fn a_truncated_file_is_an_error() {
        let bytes = write(&rows(3_000, "잘린 파일"), &[run()]).unwrap();
        for end in (0..bytes.len()).step_by(bytes.len() / 97 + 1) {
            assert!(read_all(bytes[..end].to_vec()).is_err(), "{end} bytes");
        }
    }

    #[test]
    fn the_words_are_not_in_statistics() {
        let bytes = Bytes::from(write(&rows(10, "비밀"), &[run()]).unwrap());
        let parquet = open(&bytes).unwrap();
        let group = parquet.metadata().row_group(0);
        assert!(group.column(2).statistics().is_some());
        assert!([6, 9].iter().all(|&column| group.column(column).statistics().is_none()));
    }
}
