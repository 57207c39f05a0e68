//! Writing: rows go in sorted by room, epoch and seq. The same rows make the same bytes.

use std::io::Write;

use parquet::arrow::arrow_writer::{ArrowWriter, ArrowWriterOptions};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use protocol::{Epoch, RoomId, Seq};

use super::columns::{Batch, Columns, schema};
use super::{PAGE_ROWS, RUNS_KEY, TableError, VERSION, VERSION_KEY, damaged};
use crate::record::Run;

/// Rows of a row group, at most: few enough that a group fits into memory, many enough to scan.
const GROUP_ROWS: usize = 64 * 1024;

/// Bytes of a row group, at most, for rooms of long messages.
const GROUP_BYTES: usize = 64 * 1024 * 1024;

/// Bytes of lines that wait to be written together, at most.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// A table file in the making: rows go in sorted by room, epoch and seq.
pub struct Writer<W: Write + Send = Vec<u8>> {
    pub(super) parquet: ArrowWriter<W>,
    pub(super) batch: Batch,
    last: Option<(RoomId, Epoch, Seq)>,
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
