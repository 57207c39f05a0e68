//! Reading: rows in their order, of bytes that may be anything.

use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow_array::RecordBatch;
use bytes::Bytes;
use parquet::arrow::arrow_reader::{
    ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::statistics::Statistics;
use protocol::{Epoch, RoomId, Seq};

use super::columns::{row, schema};
use super::{PAGE_ROWS, Row, TableError, VERSION, VERSION_KEY, damaged};

/// The rows of a table file, in their order. Nothing follows an error.
pub struct Rows {
    batches: ParquetRecordBatchReader,
    batch: Option<RecordBatch>,
    next: usize,
    last: Option<(RoomId, Epoch, Seq)>,
    over: bool,
}

pub(super) type Builder = ParquetRecordBatchReaderBuilder<Bytes>;

/// The file, if it is one of this version.
pub(super) fn open(bytes: &Bytes) -> Result<Builder, TableError> {
    let parquet = Builder::try_new(bytes.clone()).map_err(damaged)?;
    match metadata(&parquet, VERSION_KEY)? {
        VERSION => {}
        other => return Err(TableError::Version(other.to_owned())),
    }
    // What is read is checked against our schema, so that every column is of the type that we say.
    let options = ArrowReaderOptions::new().with_schema(schema());
    Builder::try_new_with_options(bytes.clone(), options).map_err(damaged)
}

/// What the file says of itself under a key.
pub(super) fn metadata<'a>(parquet: &'a Builder, key: &str) -> Result<&'a str, TableError> {
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

/// What reading fails with, if it fails: bytes that somebody made up must not end the program.
pub(super) fn guarded<T>(read: impl FnOnce() -> Result<T, TableError>) -> Result<T, TableError> {
    let caught = catch_unwind(AssertUnwindSafe(read));
    caught.unwrap_or_else(|_| Err(TableError::Damaged("its pages make no sense".to_owned())))
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
