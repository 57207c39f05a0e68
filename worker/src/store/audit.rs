//! The rows of the audit log, which are written once and never touched again.
#![allow(dead_code, reason = "acts are listed before all of them are written down")]

use worker::D1PreparedStatement;
use worker::wasm_bindgen::JsValue;

use super::{Store, failed, text, time};
use crate::audit::Note;
use crate::problem::Problem;

const NOTE: &str = "INSERT INTO audit (at, actor, act, target, detail, address, agent)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

impl Store {
    /// Writes an act down by itself.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn note(&self, note: &Note<'_>) -> Result<(), Problem> {
        self.noting(note)?.run().await.map(|_| ()).map_err(failed)
    }

    /// The statement that writes an act down, for the batch that does it.
    ///
    /// # Errors
    /// An internal failure.
    pub(super) fn noting(&self, note: &Note<'_>) -> Result<D1PreparedStatement, Problem> {
        let optional = |value: Option<&str>| value.map_or(JsValue::NULL, text);
        self.statement(
            NOTE,
            &[
                time(note.at),
                optional(note.actor.as_ref().map(protocol::UserId::as_str)),
                text(note.act.code()),
                optional(note.target),
                text(note.detail),
                optional(note.whence.address.as_deref()),
                optional(note.whence.agent.as_deref()),
            ],
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::database;
    use super::NOTE;

    #[test]
    fn au1_a_row_is_never_changed_or_removed() {
        let database = database();
        let row = (1, "u", "signed_in", None::<&str>, "", "192.0.2.1", "curl");
        database.execute(NOTE, row).unwrap();
        for sql in ["UPDATE audit SET actor = NULL", "DELETE FROM audit"] {
            let refused = database.execute(sql, ()).unwrap_err().to_string();
            assert!(refused.contains("the audit log is never"), "{refused}");
        }
        let kept: u32 = database
            .query_row("SELECT count(*) FROM audit WHERE actor = 'u'", (), |row| row.get(0))
            .unwrap();
        assert_eq!(kept, 1);
    }
}
