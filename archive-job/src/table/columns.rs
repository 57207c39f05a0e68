//! The columns of a table file, and what a line says of them.

use std::borrow::Cow;
use std::sync::Arc;

use arrow_array::builder::{Int64Builder, StringBuilder, TimestampMillisecondBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampMillisecondType};
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};
use protocol::{Epoch, RoomId, Seq};
use serde::Deserialize;

use super::{Row, TableError, damaged};

/// What the columns say of a line, which may be of any version.
#[derive(Deserialize)]
pub(super) struct Columns<'a> {
    #[serde(borrow)]
    t: Cow<'a, str>,
    pub(super) seq: Seq,
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
pub(super) struct Batch {
    pub(super) rows: usize,
    pub(super) bytes: usize,
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

/// The columns, in their order.
pub(super) fn schema() -> SchemaRef {
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

/// A row, if its columns say what its line says.
pub(super) fn row(batch: &RecordBatch, index: usize) -> Result<Row, TableError> {
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

impl<'a> Columns<'a> {
    pub(super) fn read(line: &'a str) -> Result<Self, String> {
        serde_json::from_str(line).map_err(|error| format!("no line of a log: {error}"))
    }
}

impl Batch {
    pub(super) fn push(
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

    pub(super) fn finish(mut self) -> Result<RecordBatch, ArrowError> {
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
