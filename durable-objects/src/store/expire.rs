//! How what expired is forgotten.

use protocol::{Entry, Message, Seq};
use room::Notice;

use super::past::entry;
use super::sql::{Row, number};
use super::{Sql, SqlStore, Store, StoreError, Value};

const OLDEST: &str = "SELECT first_seq FROM chunk ORDER BY first_seq LIMIT 1";
/// What they are of expired; so they are below any that are left.
const FORGET: [&str; 3] = [
    "DELETE FROM chunk WHERE first_seq <= ?",
    "DELETE FROM reaction WHERE target <= ?",
    "DELETE FROM reply WHERE thread <= ?",
];
const FORGET_AMENDMENTS: &str = "DELETE FROM amendment WHERE seq <= ?
    AND (? = 0 OR json_extract(state, '$.redacted_by') IS NULL)";

impl<S: Sql> SqlStore<S> {
    /// Deletes the entries up to `upto`, which ends a chunk, with everything that is known of them,
    /// as part of a transaction (rule EX2).
    pub(super) fn expire(&self, upto: Seq, keeps_erasures: bool) -> Result<(), StoreError> {
        let Some(first) = self.oldest_seq()? else {
            return Ok(());
        };
        self.expire_terms(first, upto)?;
        let mut files = Vec::new();
        self.each_between(first, upto, &mut |line| {
            if line.contains(r#""attachments":["#)
                && let Some(Entry::Message(Message { attachments, .. })) = entry(line)?
            {
                files.extend(attachments.iter().map(|attachment| attachment.id));
            }
            Ok(())
        })?;
        for forget in FORGET {
            self.0.run(forget, &[number(upto)])?;
        }
        let keeps = Value::Integer(u64::from(keeps_erasures));
        self.0.run(FORGET_AMENDMENTS, &[number(upto), keeps])?;
        if files.is_empty() {
            return Ok(());
        }
        self.forget_files(&files)?;
        self.add_notice(&Notice::Files { files })
    }

    /// The oldest entry; `None` if there is none.
    pub(super) fn oldest_seq(&self) -> Result<Option<Seq>, StoreError> {
        let row = self.0.run(OLDEST, &[])?.into_iter().next();
        row.map(|row| Row::new("chunk", row).seq()).transpose()
    }
}
