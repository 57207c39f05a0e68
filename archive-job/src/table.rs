//! Table files: lines as Parquet, for programs that answer questions about many of them.
//!
//! Everything but `room`, `epoch` and `line` is read from the line, for those who look: the line is
//! what counts. The same rows make the same bytes.

use std::borrow::Cow;
use std::fmt::Display;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow_array::builder::{Int64Builder, StringBuilder, TimestampMillisecondBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampMillisecondType};
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};
use bytes::Bytes;
use parquet::arrow::arrow_reader::{
    ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::arrow::arrow_writer::{ArrowWriter, ArrowWriterOptions};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::metadata::{KeyValue, RowGroupMetaData, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::statistics::Statistics;
use parquet::schema::types::ColumnPath;
use protocol::{Epoch, RoomId, Seq};
use serde::Deserialize;

use crate::record::Run;

/// The version of table files that this program writes.
pub const VERSION: &str = "1";

/// Rows of a row group, at most: few enough that a group fits into memory, many enough to scan.
const GROUP_ROWS: usize = 64 * 1024;

/// Bytes of a row group, at most, for rooms of long messages.
const GROUP_BYTES: usize = 64 * 1024 * 1024;

/// Rows of a page: what reading one small room costs.
const PAGE_ROWS: usize = 2_048;

/// Bytes of lines that wait to be written together, at most.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

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

/// A table file in the making: rows go in sorted by room, epoch and seq.
pub struct Writer<W: Write + Send = Vec<u8>> {
    parquet: ArrowWriter<W>,
    batch: Batch,
    last: Option<(RoomId, Epoch, Seq)>,
}

/// The rows of a table file, in their order. Nothing follows an error.
pub struct Rows {
    batches: ParquetRecordBatchReader,
    batch: Option<RecordBatch>,
    next: usize,
    last: Option<(RoomId, Epoch, Seq)>,
    over: bool,
}

/// What the columns say of a line, which may be of any version.
#[derive(Deserialize)]
struct Columns<'a> {
    #[serde(borrow)]
    t: Cow<'a, str>,
    seq: Seq,
    at: u64,
    #[serde(borrow)]
    by: Cow<'a, str>,
    #[serde(default, borrow)]
    body: Option<Cow<'a, str>>,
    #[serde(default)]
    thread: Option<u64>,
    #[serde(default)]
    target: Option<u64>,
}

/// Rows that are not written yet, as columns.
#[derive(Default)]
struct Batch {
    rows: usize,
    bytes: usize,
    room: StringBuilder,
    epoch: StringBuilder,
    seq: Int64Builder,
    at: TimestampMillisecondBuilder,
    by: StringBuilder,
    kind: StringBuilder,
    body: StringBuilder,
    thread: Int64Builder,
    target: Int64Builder,
    line: StringBuilder,
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

impl Writer {
    /// An empty table file.
    ///
    /// # Errors
    /// Never, as far as is known: the schema is fixed.
    pub fn new() -> Result<Self, TableError> {
        Self::to(Vec::new())
    }
}

impl<W: Write + Send> Writer<W> {
    /// An empty table file that is written to `to`.
    ///
    /// # Errors
    /// If nothing can be written there.
    pub fn to(to: W) -> Result<Self, TableError> {
        let options =
            ArrowWriterOptions::new().with_properties(properties()?).with_skip_arrow_metadata(true);
        let parquet = ArrowWriter::try_new_with_options(to, schema(), options);
        Ok(Self { parquet: parquet.map_err(damaged)?, batch: Batch::default(), last: None })
    }

    /// Adds a row after all others.
    ///
    /// # Errors
    /// [`TableError::Row`] if it does not come after them, or the line is none.
    pub fn push(&mut self, room: RoomId, epoch: Epoch, line: &str) -> Result<(), TableError> {
        let columns = Columns::read(line).map_err(TableError::Row)?;
        let place = (room, epoch, columns.seq);
        if self.last.is_some_and(|last| last >= place) {
            return Err(TableError::Row(format!("{place:?} is not after what is before it")));
        }
        self.last = Some(place);
        self.batch.push(room, epoch, line, &columns)?;
        if self.batch.rows >= PAGE_ROWS || self.batch.bytes >= BATCH_BYTES {
            self.write_batch()?;
        }
        Ok(())
    }

    /// How long the file is by now, about.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.parquet.bytes_written().saturating_add(self.parquet.in_progress_size())
    }

    /// Where the file is, which is complete now.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn finish(mut self, runs: &[Run]) -> Result<W, TableError> {
        self.write_batch()?;
        let runs = serde_json::to_string(runs).map_err(damaged)?;
        for (key, value) in [(VERSION_KEY, VERSION.to_owned()), (RUNS_KEY, runs)] {
            self.parquet.append_key_value_metadata(KeyValue::new(key.to_owned(), value));
        }
        self.parquet.into_inner().map_err(damaged)
    }

    fn write_batch(&mut self) -> Result<(), TableError> {
        if self.batch.rows > 0 {
            let batch = std::mem::take(&mut self.batch).finish().map_err(damaged)?;
            self.parquet.write(&batch).map_err(damaged)?;
        }
        Ok(())
    }
}

impl Rows {
    /// Reads a table file.
    ///
    /// # Errors
    /// If it is none, or of a later version.
    pub fn open(bytes: &Bytes) -> Result<Self, TableError> {
        Self::open_at(bytes, None)
    }

    /// Reads a table file; the row groups that do not have rows of `room` may be left out.
    ///
    /// # Errors
    /// If it is none, or of a later version.
    pub fn open_at(bytes: &Bytes, room: Option<RoomId>) -> Result<Self, TableError> {
        let batches = guarded(|| {
            let mut parquet = open(bytes)?.with_batch_size(PAGE_ROWS);
            if let Some(room) = room {
                let groups = parquet.metadata().row_groups().iter().enumerate();
                let groups = groups.filter(|(_, group)| may_have(group, room));
                let groups = groups.map(|(index, _)| index).collect();
                parquet = parquet.with_row_groups(groups);
            }
            parquet.build().map_err(damaged)
        })?;
        Ok(Self { batches, batch: None, next: 0, last: None, over: false })
    }

    fn row(&mut self) -> Result<Option<Row>, TableError> {
        loop {
            if let Some(batch) = &self.batch
                && self.next < batch.num_rows()
            {
                let row = row(batch, self.next)?;
                self.next = self.next.saturating_add(1);
                let place = (row.room, row.epoch, row.seq);
                if self.last.is_some_and(|last| last >= place) {
                    return Err(TableError::Damaged(format!("{place:?} is out of order")));
                }
                self.last = Some(place);
                return Ok(Some(row));
            }
            let batches = &mut self.batches;
            let Some(batch) = guarded(|| batches.next().transpose().map_err(damaged))? else {
                return Ok(None);
            };
            (self.batch, self.next) = (Some(batch), 0);
        }
    }
}

impl Iterator for Rows {
    type Item = Result<Row, TableError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let row = self.row();
        self.over = !matches!(row, Ok(Some(_)));
        row.transpose()
    }
}

impl<'a> Columns<'a> {
    fn read(line: &'a str) -> Result<Self, String> {
        serde_json::from_str(line).map_err(|error| format!("no line of a log: {error}"))
    }
}

impl Batch {
    fn push(
        &mut self,
        room: RoomId,
        epoch: Epoch,
        line: &str,
        columns: &Columns<'_>,
    ) -> Result<(), TableError> {
        let integer = |number: u64| {
            i64::try_from(number).map_err(|_| TableError::Row(format!("{number} is too large")))
        };
        let at = integer(columns.at)?;
        let thread = columns.thread.map(integer).transpose()?;
        let target = columns.target.map(integer).transpose()?;
        self.seq.append_value(integer(columns.seq.get())?);
        self.at.append_value(at);
        self.thread.append_option(thread);
        self.target.append_option(target);
        self.room.append_value(room.as_str());
        self.epoch.append_value(epoch.as_str());
        self.by.append_value(&columns.by);
        self.kind.append_value(&columns.t);
        self.body.append_option(columns.body.as_deref());
        self.line.append_value(line);
        self.rows = self.rows.saturating_add(1);
        self.bytes = self.bytes.saturating_add(line.len());
        Ok(())
    }

    fn finish(mut self) -> Result<RecordBatch, ArrowError> {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.room.finish()),
            Arc::new(self.epoch.finish()),
            Arc::new(self.seq.finish()),
            Arc::new(self.at.finish().with_timezone("UTC")),
            Arc::new(self.by.finish()),
            Arc::new(self.kind.finish()),
            Arc::new(self.body.finish()),
            Arc::new(self.thread.finish()),
            Arc::new(self.target.finish()),
            Arc::new(self.line.finish()),
        ];
        RecordBatch::try_new(schema(), columns)
    }
}

fn schema() -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8, false);
    let number = |name: &str, nullable| Field::new(name, DataType::Int64, nullable);
    let time = DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()));
    Arc::new(Schema::new(vec![
        text("room"),
        text("epoch"),
        number("seq", false),
        Field::new("at", time, false),
        text("by"),
        text("kind"),
        Field::new("body", DataType::Utf8, true),
        number("thread", true),
        number("target", true),
        text("line"),
    ]))
}

fn properties() -> Result<WriterProperties, TableError> {
    let column = |name: &str| ColumnPath::from(name);
    let sorted = |column_idx| SortingColumn { column_idx, descending: false, nulls_first: false };
    let mut properties = WriterProperties::builder()
        .set_created_by("maru archive-job".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3).map_err(damaged)?))
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_max_row_group_bytes(Some(GROUP_BYTES))
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_sorting_columns(Some(vec![sorted(0), sorted(1), sorted(2)]));
    for name in ["seq", "at", "thread", "target"] {
        properties = properties
            .set_column_dictionary_enabled(column(name), false)
            .set_column_encoding(column(name), Encoding::DELTA_BINARY_PACKED);
    }
    // The smallest and largest text of a page help nobody, and would be words outside of it.
    for name in ["body", "line"] {
        properties = properties
            .set_column_dictionary_enabled(column(name), false)
            .set_column_statistics_enabled(column(name), EnabledStatistics::None);
    }
    Ok(properties.build())
}

type Builder = ParquetRecordBatchReaderBuilder<Bytes>;

fn open(bytes: &Bytes) -> Result<Builder, TableError> {
    let parquet = Builder::try_new(bytes.clone()).map_err(damaged)?;
    match metadata(&parquet, VERSION_KEY)? {
        VERSION => {}
        other => return Err(TableError::Version(other.to_owned())),
    }
    // What is read is checked against our schema, so that every column is of the type that we say.
    let options = ArrowReaderOptions::new().with_schema(schema());
    Builder::try_new_with_options(bytes.clone(), options).map_err(damaged)
}

fn metadata<'a>(parquet: &'a Builder, key: &str) -> Result<&'a str, TableError> {
    let pairs = parquet.metadata().file_metadata().key_value_metadata();
    let pair = pairs.into_iter().flatten().find(|pair| pair.key == key);
    pair.and_then(|pair| pair.value.as_deref())
        .ok_or_else(|| TableError::Damaged(format!("it does not say its {key}")))
}

/// Whether a row group may have rows of a room, by the smallest and the largest one in it.
fn may_have(group: &RowGroupMetaData, room: RoomId) -> bool {
    let statistics = group.columns().first().and_then(|column| column.statistics());
    let min = statistics.and_then(Statistics::min_bytes_opt);
    let max = statistics.and_then(Statistics::max_bytes_opt);
    let room = room.as_str().as_bytes();
    min.is_none_or(|min| min <= room) && max.is_none_or(|max| room <= max)
}

/// A row, if its columns say what its line says.
fn row(batch: &RecordBatch, index: usize) -> Result<Row, TableError> {
    let text = |column: usize| -> Result<&str, TableError> {
        let array: &StringArray = column_of(batch, column)?.as_string_opt().ok_or_else(other)?;
        Ok(if array.is_null(index) { "" } else { array.value(index) })
    };
    let number = |column: usize| -> Result<Option<u64>, TableError> {
        let array = column_of(batch, column)?;
        if array.is_null(index) {
            return Ok(None);
        }
        let integers = array.as_primitive_opt::<Int64Type>().map(|array| array.value(index));
        let times = || array.as_primitive_opt::<TimestampMillisecondType>();
        let number = integers.or_else(|| times().map(|array| array.value(index)));
        number.and_then(|number| u64::try_from(number).ok()).map(Some).ok_or_else(other)
    };
    let line = text(9)?;
    let columns = Columns::read(line).map_err(TableError::Damaged)?;
    let body_is_there = !column_of(batch, 6)?.is_null(index);
    let agrees = number(2)? == Some(columns.seq.get())
        && number(3)? == Some(columns.at)
        && text(4)? == columns.by
        && text(5)? == columns.t
        && body_is_there == columns.body.is_some()
        && text(6)? == columns.body.as_deref().unwrap_or_default()
        && number(7)? == columns.thread
        && number(8)? == columns.target;
    if !agrees {
        return Err(TableError::Damaged(format!(
            "seq {} is not what its line says",
            columns.seq.get()
        )));
    }
    let (room, epoch) = (text(0)?.parse().map_err(damaged)?, text(1)?.parse().map_err(damaged)?);
    Ok(Row { room, epoch, seq: columns.seq, line: line.to_owned() })
}

fn column_of(batch: &RecordBatch, column: usize) -> Result<&ArrayRef, TableError> {
    batch.columns().get(column).ok_or_else(other)
}

fn other() -> TableError {
    TableError::Damaged("a column is of another type".to_owned())
}

fn damaged(error: impl Display) -> TableError {
    TableError::Damaged(error.to_string())
}

/// What reading fails with, if it fails: bytes that somebody made up must not end the program.
fn guarded<T>(read: impl FnOnce() -> Result<T, TableError>) -> Result<T, TableError> {
    let caught = catch_unwind(AssertUnwindSafe(read));
    caught.unwrap_or_else(|_| Err(TableError::Damaged("its pages make no sense".to_owned())))
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "tests count little")]
mod tests {
    use protocol::Timestamp;

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
