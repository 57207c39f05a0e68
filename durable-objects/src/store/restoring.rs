//! A room that comes back from the archive, in its database (rules RS1 to RS6).

use protocol::{Epoch, Link, Seq};
use room::{Restoring, Settings, Told, Write};

use super::rows::{from_json, to_json};
use super::sql::{number, text};
use super::{Sql, SqlStore, Store, StoreError};

/// The key in `meta` of the entry up to which members and settings are known otherwise; no row if
/// the room is not being restored.
const STATE_SEQ: &str = "restoring";

const FORGET: &str = "DELETE FROM meta WHERE key = 'restoring'";
const ENDS_AT: &str = "SELECT 1 FROM chunk WHERE last_seq = ? AND link = ?";

impl<S: Sql> SqlStore<S> {
    /// Founds a room that comes back: until that is finished there is no room.
    ///
    /// # Errors
    /// If storage fails, or there are tables already.
    pub fn begin_restore(
        &self,
        settings: &Settings,
        epoch: Epoch,
        (state_seq, expired): (Seq, Seq),
        rows: &[Write],
    ) -> Result<(), StoreError> {
        self.0.atomically(&mut || {
            self.found(settings, epoch)?;
            self.put_meta(STATE_SEQ, &to_json("meta", &state_seq)?)?;
            self.index_after(expired)?;
            rows.iter().try_for_each(|row| self.write(row))
        })
    }

    /// Whether the room is being restored.
    ///
    /// # Errors
    /// If storage fails.
    pub fn is_restoring(&self) -> Result<bool, StoreError> {
        Ok(self.has_tables()? && self.meta(STATE_SEQ)?.is_some())
    }

    /// The room that is being restored, as far as it is there; `None` if none is.
    ///
    /// # Errors
    /// If storage fails.
    pub fn restoring(&self) -> Result<Option<Restoring>, StoreError> {
        if !self.is_restoring()? {
            return Ok(None);
        }
        let state_seq = self.meta(STATE_SEQ)?.unwrap_or_default();
        let state_seq = from_json("meta", &state_seq)?;
        Ok(Some(Restoring::new(self.snapshot()?, state_seq)))
    }

    /// Whether entries were stored that ended so.
    ///
    /// # Errors
    /// If storage fails.
    pub fn is_told(&self, to: Seq, link: Link) -> Result<bool, StoreError> {
        Ok(!self.0.run(ENDS_AT, &[number(to), text(link.to_hex())])?.is_empty())
    }

    /// Stores the next entries, which are known to follow, and what they mean: all or nothing.
    ///
    /// # Errors
    /// If storage fails.
    pub fn tell(&self, to: &mut Restoring, chunks: Vec<Vec<Told<'_>>>) -> Result<(), StoreError> {
        let mut chunks = chunks.into_iter();
        self.0.atomically(&mut || {
            chunks.try_for_each(|chunk| {
                let known = self.known(&to.needs(&chunk))?;
                to.tell(chunk, known).map_or(Ok(()), |commit| self.commit(&commit))
            })
        })
    }

    /// Everything is there: from now on there is a room.
    ///
    /// # Errors
    /// If storage fails.
    pub fn finish_restore(&self, writes: &[Write]) -> Result<(), StoreError> {
        self.0.atomically(&mut || {
            self.0.run(FORGET, &[])?;
            writes.iter().try_for_each(|write| self.write(write))
        })
    }
}
