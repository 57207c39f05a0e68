//! The rows of the audit log, which are written once and never touched again.

use protocol::limits::INTEGER_MAX;
use protocol::{Timestamp, UserId};
use serde::Deserialize;
use worker::D1PreparedStatement;
use worker::wasm_bindgen::JsValue;

use super::{Store, failed, number, optional, text, time};
use crate::audit::{Act, Note};
use crate::problem::Problem;

const NOTE: &str = "INSERT INTO audit (at, actor, act, target, detail, address, agent)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

const NOTE_IF_CHANGED: &str = "INSERT INTO audit (at, actor, act, target, detail, address, agent)
    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE changes() > 0";

/// Newest first; `WHICH` are conditions. A row is shown as the database writes it.
const READ: &str = "SELECT id, json_object('id', id, 'at', at, 'actor', actor, 'act', act,
        'target', target, 'detail', detail, 'address', address, 'agent', agent) AS line
    FROM audit WHERE id < ?1WHICH ORDER BY id DESC LIMIT ?2";

/// What somebody did, and what nobody known tried. What administrators did is for them.
const ABOUT: &str = "id IN (SELECT id FROM audit WHERE actor = ?
    UNION SELECT id FROM audit WHERE target = ? AND actor IS NULL)";

/// Ids rise with time, except for requests that were answered side by side.
const NOT_BEFORE: &str =
    "id > coalesce((SELECT id FROM audit WHERE at < ? ORDER BY at DESC LIMIT 1), 0)";
const NOT_AFTER: &str =
    "id < coalesce((SELECT id FROM audit WHERE at >= ? ORDER BY at LIMIT 1), id + 1)";
const SKEW_MS: u64 = 60_000;

/// What is asked of the log.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Asked {
    /// Rows of this actor.
    pub(crate) actor: Option<UserId>,
    /// Rows that concern this user: as the actor, or as the target.
    pub(crate) about: Option<UserId>,
    /// Rows of this act.
    pub(crate) act: Option<Act>,
    /// Rows since then.
    pub(crate) from: Option<Timestamp>,
    /// Rows before then.
    pub(crate) to: Option<Timestamp>,
}

/// Some rows of the log, as lines of JSON.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    /// Each of them.
    pub(crate) lines: Vec<String>,
    /// The last one, if there may be more.
    pub(crate) last: Option<u64>,
}

#[derive(Deserialize)]
struct Row {
    id: u64,
    line: String,
}

/// A value in a condition.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Bound {
    Text(String),
    Number(u64),
}

impl Asked {
    /// The statement, and its values in order: `n_rows` rows after the row `after`.
    fn statement(&self, after: u64, n_rows: u32) -> (String, Vec<Bound>) {
        let mut values = vec![Bound::Number(after), Bound::Number(n_rows.into())];
        let mut which = String::new();
        let mut add = |condition: &str, value: Bound| {
            values.push(value);
            which.push_str(" AND ");
            which.push_str(&condition.replace('?', &format!("?{}", values.len())));
        };
        if let Some(user) = self.actor {
            add("actor = ?", Bound::Text(user.to_string()));
        }
        if let Some(user) = self.about {
            add(ABOUT, Bound::Text(user.to_string()));
        }
        if let Some(act) = self.act {
            add("act = ?", Bound::Text(act.code().to_owned()));
        }
        if let Some(Timestamp(from)) = self.from {
            add("at >= ?", Bound::Number(from));
            add(NOT_BEFORE, Bound::Number(from.saturating_sub(SKEW_MS)));
        }
        if let Some(Timestamp(to)) = self.to {
            add("at < ?", Bound::Number(to));
            add(NOT_AFTER, Bound::Number(to.saturating_add(SKEW_MS)));
        }
        (READ.replace("WHICH", &which), values)
    }
}

impl Bound {
    fn value(&self) -> JsValue {
        match self {
            Self::Text(value) => text(value),
            Self::Number(value) => number(*value),
        }
    }
}

impl Store {
    /// Rows of the log after the row `after`, newest first.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn audit(
        &self,
        asked: &Asked,
        after: Option<u64>,
        n_rows: u32,
    ) -> Result<Rows, Problem> {
        let (sql, values) = asked.statement(after.unwrap_or(INTEGER_MAX), n_rows);
        let values: Vec<JsValue> = values.iter().map(Bound::value).collect();
        let rows: Vec<Row> = self.all(&sql, &values).await?;
        let is_full = u32::try_from(rows.len()).is_ok_and(|n| n >= n_rows);
        let last = rows.last().map(|row| row.id).filter(|_| is_full);
        Ok(Rows { lines: rows.into_iter().map(|row| row.line).collect(), last })
    }

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
        self.statement(NOTE, &values(note))
    }

    /// The same, which writes nothing if the statement before it in the batch changed nothing.
    ///
    /// # Errors
    /// An internal failure.
    pub(super) fn noting_if_changed(
        &self,
        note: &Note<'_>,
    ) -> Result<D1PreparedStatement, Problem> {
        self.statement(NOTE_IF_CHANGED, &values(note))
    }
}

fn values(note: &Note<'_>) -> [JsValue; 7] {
    [
        time(note.at),
        optional(note.actor.as_ref().map(UserId::as_str)),
        text(note.act.code()),
        optional(note.target),
        text(note.detail),
        optional(note.whence.address.as_deref()),
        optional(note.whence.agent.as_deref()),
    ]
}

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, params};

    use super::super::tests::database;
    use super::*;

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

    #[test]
    fn au1_what_did_not_happen_is_not_written_down() {
        let database = database();
        let note = || {
            let row = (1, "u", "signed_out", None::<&str>, "", "192.0.2.1", "curl");
            database.execute(NOTE_IF_CHANGED, row).unwrap()
        };
        let insert = "INSERT INTO user (id, name, display_name, created_at)
                      VALUES ('u', 'ada', 'Ada', 0) ON CONFLICT DO NOTHING";
        database.execute(insert, ()).unwrap();
        assert_eq!(note(), 1);
        database.execute(insert, ()).unwrap();
        assert_eq!(note(), 0);
    }

    const ANN: &str = "0000000000000000000a";
    const BOB: &str = "0000000000000000000b";

    /// Ann signs in, then disables Bob; Bob fails to sign in between two failures of nobody.
    fn written() -> Connection {
        let database = database();
        for (at, actor, act, target) in [
            (100, Some(ANN), Act::SignedIn, None),
            (200, None, Act::SignInFailed, None),
            (300, Some(ANN), Act::AccountDisabled, Some(BOB)),
            (400, None, Act::SignInFailed, Some(BOB)),
            (390, None, Act::SignInFailed, None),
        ] {
            database.execute(NOTE, params![at, actor, act.code(), target, "", "", ""]).unwrap();
        }
        database
    }

    fn ids(database: &Connection, asked: Asked, after: u64, n_rows: u32) -> Vec<i64> {
        let (sql, values) = asked.statement(after, n_rows);
        let mut statement = database.prepare(&sql).unwrap();
        assert_eq!(statement.parameter_count(), values.len(), "D1 wants as many as there are");
        let values = values.into_iter().map(|value| match value {
            Bound::Text(text) => rusqlite::types::Value::from(text),
            Bound::Number(number) => i64::try_from(number).unwrap().into(),
        });
        let rows = statement.query_map(rusqlite::params_from_iter(values), |row| {
            let line: String = row.get(1)?;
            assert!(line.starts_with("{\"id\":"), "{line}");
            row.get(0)
        });
        rows.unwrap().map(Result::unwrap).collect()
    }

    #[test]
    fn au2_the_log_is_read_newest_first_a_page_at_a_time() {
        let database = written();
        let all = Asked::default();
        assert_eq!(ids(&database, all, INTEGER_MAX, 9), [5, 4, 3, 2, 1]);
        assert_eq!(ids(&database, all, INTEGER_MAX, 2), [5, 4]);
        assert_eq!(ids(&database, all, 4, 2), [3, 2]);
    }

    #[test]
    fn au2_the_log_is_read_by_actor_act_and_time() {
        let database = written();
        let (ann, bob) = (ANN.parse().ok(), BOB.parse().ok());
        let find = |asked| ids(&database, asked, INTEGER_MAX, 9);
        assert_eq!(find(Asked { actor: ann, ..Asked::default() }), [3, 1]);
        assert_eq!(find(Asked { actor: bob, ..Asked::default() }), [0; 0]);
        assert_eq!(find(Asked { about: bob, ..Asked::default() }), [4]);
        assert_eq!(find(Asked { about: ann, ..Asked::default() }), [3, 1]);
        let failed = Asked { act: Some(Act::SignInFailed), ..Asked::default() };
        assert_eq!(find(failed), [5, 4, 2]);
        let (from, to) = (Some(Timestamp(200)), Some(Timestamp(400)));
        assert_eq!(find(Asked { from, to, ..failed }), [5, 2], "the end is not in it");
        assert_eq!(find(Asked { from: Some(Timestamp(500)), ..all() }), [0; 0]);
        assert_eq!(find(Asked { to: Some(Timestamp(100)), ..all() }), [0; 0]);
        assert_eq!(find(Asked { actor: ann, from, ..all() }), [3]);
    }

    fn all() -> Asked {
        Asked::default()
    }
}
