//! The end of an account, and what an archive job is to erase after it (rule PE4).

use protocol::{Timestamp, UserId};
use serde::{Deserialize, Serialize};

use super::{Store, failed, text, time};
use crate::audit::Note;
use crate::problem::Problem;

/// What a deleted account is called.
const DELETED_NAME: &str = "(deleted)";

/// Erasures on a page.
const PAGE_ERASURES: usize = 100;

/// The account and its bots. `?1` is who goes.
macro_rules! gone {
    ($sql:literal) => {
        concat!($sql, " IN (SELECT id FROM user WHERE id = ?1 OR owner = ?1)")
    };
}

/// What proves who somebody was, and what they thought of others; sign-ins and password first.
pub(super) const FORGET_ACCOUNT: [&str; 9] = [
    gone!("DELETE FROM sign_in WHERE user"),
    gone!("DELETE FROM password WHERE user"),
    gone!("DELETE FROM token WHERE user"),
    gone!("DELETE FROM passkey WHERE user"),
    gone!("DELETE FROM identity WHERE user"),
    gone!("DELETE FROM mail_link WHERE user"),
    gone!("DELETE FROM email WHERE user"),
    gone!("DELETE FROM block WHERE user"),
    gone!("DELETE FROM block WHERE blocked"),
];

/// Before the row says that the account is gone.
pub(super) const NOTE_DEPARTURE: &str = "INSERT INTO departure (user, at)
    SELECT id, ?2 FROM user WHERE (id = ?1 OR owner = ?1) AND deleted_at IS NULL
    ON CONFLICT DO NOTHING";

/// As many as one run finishes.
const DEPARTURES: &str = "SELECT user AS id FROM departure ORDER BY at LIMIT 100";

const HAS_LEFT: &str = "DELETE FROM departure WHERE user = ?1";

/// The row stays with its name, so that nobody else becomes who others speak of.
const DELETE: &str = "UPDATE user SET display_name = ?2, deleted_at = ?3,
        disabled_at = coalesce(disabled_at, ?3), avatar = NULL, admin = 0
    WHERE (id = ?1 OR owner = ?1) AND deleted_at IS NULL";

const ASK: &str = "INSERT INTO erasure (user, asked_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING";

/// After those of the page before, which ends with `?1` and `?2`.
const ERASURES: &str = "SELECT user, asked_at FROM erasure WHERE (asked_at, user) > (?1, ?2)
    ORDER BY asked_at, user LIMIT ?3";

const DONE: &str = "DELETE FROM erasure WHERE user = ?1 RETURNING user AS answer";

/// Somebody whose words are to be erased.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Erasure {
    user: UserId,
    asked_at: Timestamp,
}

#[derive(Deserialize)]
struct Id {
    id: UserId,
}

impl Store {
    /// Deletes an account and its bots, all or nothing, and notes whether an archive job is to
    /// erase what the account said.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn delete_account(
        &self,
        user: UserId,
        erase: bool,
        note: &Note<'_>,
    ) -> Result<(), Problem> {
        let id = text(user.as_str());
        let departure = [id.clone(), time(note.at)];
        let mut statements = vec![self.statement(NOTE_DEPARTURE, &departure)?];
        for sql in FORGET_ACCOUNT {
            statements.push(self.statement(sql, std::slice::from_ref(&id))?);
        }
        let values = [id.clone(), text(DELETED_NAME), time(note.at)];
        statements.push(self.statement(DELETE, &values)?);
        statements.push(self.noting_if_changed(note)?);
        if erase {
            statements.push(self.statement(ASK, &[id, time(note.at)])?);
        }
        self.batch(statements).await.map(drop)
    }

    /// Who was deleted and did not leave every room yet.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn departures(&self) -> Result<Vec<UserId>, Problem> {
        let rows: Vec<Id> = self.all(DEPARTURES, &[]).await?;
        Ok(rows.into_iter().map(|row| row.id).collect())
    }

    /// Notes that somebody did.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn has_left(&self, user: UserId) -> Result<(), Problem> {
        let left = self.statement(HAS_LEFT, &[text(user.as_str())])?;
        left.run().await.map(drop).map_err(failed)
    }

    /// Whose words are to be erased, the oldest wish first: a page, and what it ends with if there
    /// may be more.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn erasures(
        &self,
        after: Option<(Timestamp, UserId)>,
    ) -> Result<(Vec<Erasure>, Option<(Timestamp, UserId)>), Problem> {
        let (at, user) = after.unzip();
        let user = user.as_ref().map_or("", UserId::as_str);
        let max = u32::try_from(PAGE_ERASURES).unwrap_or(u32::MAX);
        let values = [time(at.unwrap_or_default()), text(user), max.into()];
        let page: Vec<Erasure> = self.all(ERASURES, &values).await?;
        let last = page.last().filter(|_| page.len() >= PAGE_ERASURES);
        let last = last.map(|Erasure { user, asked_at }| (*asked_at, *user));
        Ok((page, last))
    }

    /// Notes that somebody's words were erased; false if nobody had asked for that.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn erasure_done(&self, user: UserId) -> Result<bool, Problem> {
        let done = self.answer(DONE, &[text(user.as_str())]).await;
        done.map(|done| done.is_some()).map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, params};
    use serde_json::{Value, json};

    use super::super::tests::database;
    use super::*;

    /// Ann with everything that an account can have, her bot, and Bob.
    fn people() -> Connection {
        let database = database();
        for (id, owner) in [("ann", None), ("bot", Some("ann")), ("bob", None)] {
            let sql = "INSERT INTO user (id, name, display_name, created_at, owner, avatar, admin)
                VALUES (?1, ?1, ?1, 0, ?2, 'v', 1)";
            database.execute(sql, params![id, owner]).unwrap();
        }
        for user in ["ann", "bot", "bob"] {
            for sql in [
                "INSERT INTO password VALUES (?1, '', 0)",
                "INSERT INTO sign_in (id, user, seed, token, rotated_at, created_at, expires_at)
                    VALUES (?1, ?1, '', '', 0, 0, 9)",
                "INSERT INTO token (id, user, name, hash, scopes, created_at, expires_at)
                    VALUES (?1, ?1, '', '', '', 0, 9)",
                "INSERT INTO passkey (id, user, name, algorithm, public_key, counter, created_at)
                    VALUES (?1, ?1, '', '', '', 0, 0)",
                "INSERT INTO identity VALUES (?1, ?1, ?1, NULL, 0, 0)",
                "INSERT INTO mail_link VALUES (?1, 'verify', ?1, '', 9)",
                "INSERT INTO email VALUES (?1, ?1, 0)",
            ] {
                database.execute(sql, [user]).unwrap();
            }
        }
        let block = "INSERT INTO block VALUES (?1, ?2, 0)";
        database.execute(block, ["ann", "bob"]).unwrap();
        database.execute(block, ["bob", "ann"]).unwrap();
        database
    }

    fn delete(database: &Connection) {
        database.execute(NOTE_DEPARTURE, params!["ann", 7]).unwrap();
        for sql in FORGET_ACCOUNT {
            database.execute(sql, ["ann"]).unwrap();
        }
        database.execute(DELETE, params!["ann", DELETED_NAME, 7]).unwrap();
    }

    #[test]
    fn pe4_nothing_of_the_account_stays_but_its_name() {
        let database = people();
        delete(&database);
        for table in ["password", "sign_in", "token", "passkey", "identity", "mail_link", "email"] {
            let sql = format!("SELECT group_concat(user) FROM {table}");
            let left: String = database.query_row(&sql, [], |row| row.get(0)).unwrap();
            assert_eq!(left, "bob", "{table}");
        }
        let blocks: u32 =
            database.query_row("SELECT count(*) FROM block", [], |row| row.get(0)).unwrap();
        assert_eq!(blocks, 0);
        let sql = "SELECT json_group_array(json_array(name, display_name, deleted_at, disabled_at,
            avatar, admin) ORDER BY id) FROM user";
        let users: String = database.query_row(sql, [], |row| row.get(0)).unwrap();
        let users: Value = serde_json::from_str(&users).unwrap();
        let want = json!([
            ["ann", "(deleted)", 7, 7, null, 0],
            ["bob", "bob", null, null, "v", 1],
            ["bot", "(deleted)", 7, 7, null, 0],
        ]);
        assert_eq!(users, want);
    }

    #[test]
    fn pe4_every_table_that_refers_to_accounts_is_thought_of() {
        let database = database();
        let sql = "SELECT m.name FROM sqlite_master AS m, pragma_foreign_key_list(m.name) AS f
            WHERE m.type = 'table' AND f.\"table\" = 'user'
                AND m.name NOT IN ('erasure', 'departure')";
        let mut statement = database.prepare(sql).unwrap();
        let tables = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
        for table in tables.map(Result::unwrap) {
            let begin = format!("DELETE FROM {table} ");
            assert!(FORGET_ACCOUNT.iter().any(|sql| sql.starts_with(&begin)), "{table}");
        }
    }

    #[test]
    fn pe4_who_was_deleted_is_known_until_they_left() {
        let database = people();
        let departing = || -> Vec<String> {
            let mut statement = database.prepare(DEPARTURES).unwrap();
            let rows = statement.query_map([], |row| row.get(0)).unwrap();
            rows.map(Result::unwrap).collect()
        };
        assert!(departing().is_empty());
        delete(&database);
        assert_eq!(departing(), ["ann", "bot"], "and their bots");
        assert_eq!(database.execute(HAS_LEFT, ["ann"]).unwrap(), 1);
        delete(&database);
        assert_eq!(departing(), ["bot"], "whoever asks again leaves once");
    }

    #[test]
    fn pe4_a_name_is_never_given_again() {
        let database = people();
        delete(&database);
        let insert = "INSERT INTO user (id, name, display_name, created_at)
            VALUES ('x', 'ann', '', 0) ON CONFLICT (name) DO NOTHING";
        assert_eq!(database.execute(insert, []).unwrap(), 0);
        let rename = "UPDATE user SET name = 'erased-' || id WHERE id = 'ann'";
        for _ in 0..2 {
            assert_eq!(database.execute(rename, []).unwrap(), 1, "a job erases the account");
            assert_eq!(database.execute(insert, []).unwrap(), 0);
        }
    }

    #[test]
    fn pe4_erasures_wait_in_the_order_in_which_they_were_asked_for() {
        let database = people();
        for (user, at) in [("bob", 9), ("ann", 5), ("ann", 8)] {
            database.execute(ASK, params![user, at]).unwrap();
        }
        let list = |after: (u32, &str), limit: u32| -> Vec<(String, u32)> {
            let mut statement = database.prepare(ERASURES).unwrap();
            let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
            let rows = statement.query_map(params![after.0, after.1, limit], read).unwrap();
            rows.map(Result::unwrap).collect()
        };
        let (ann, bob) = (("ann".to_owned(), 5), ("bob".to_owned(), 9));
        assert_eq!(list((0, ""), 9), [ann.clone(), bob.clone()]);
        assert_eq!(list((0, ""), 1), [ann]);
        assert_eq!(list((5, "ann"), 9), std::slice::from_ref(&bob), "the next page");
        assert_eq!(list((9, "bob"), 9), []);
        let done =
            |user: &str| database.query_row(DONE, [user], |row| row.get::<_, String>(0)).is_ok();
        assert!(done("ann") && !done("ann"));
        assert_eq!(list((0, ""), 9), [bob]);
    }
}
