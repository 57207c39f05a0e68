//! Table files: a day and bucket as Parquet.

use bytes::Bytes;
use protocol::{Epoch, RoomId, Seq};

use crate::failure::Failure;

/// A table file of these lines, which come sorted by room, epoch and seq.
///
/// # Errors
/// If a line is no entry.
pub fn write<'a>(
    _rows: impl Iterator<Item = (RoomId, Epoch, &'a str)>,
) -> Result<Vec<u8>, Failure> {
    Err(Failure::configuration("table files are not part of this version"))
}

/// Calls `each` with every line of a table file, in its order.
///
/// # Errors
/// If it is no table file.
pub fn read(_bytes: Bytes, _each: &mut dyn FnMut(RoomId, Epoch, Seq, &str)) -> Result<(), Failure> {
    Err(Failure::configuration("table files are not part of this version"))
}
