//! What an account has in the database, for its owner to take along.

use protocol::{RoomId, Timestamp, UserId};
use serde::Deserialize;

use super::{Store, changed, failed, flag, text, time};
use crate::audit::Note;
use crate::problem::Problem;

/// Milliseconds of silence after which an export is over, whatever became of its reader.
pub(crate) const EXPORT_QUIET_MS: u64 = 60_000;

const BEGIN: &str = "INSERT INTO export_run (user, run, at) VALUES (?1, ?2, ?3)
    ON CONFLICT (user) DO UPDATE SET run = excluded.run, at = excluded.at
    WHERE export_run.at <= excluded.at - ?4";

const KEEP: &str = "UPDATE export_run SET at = ?3 WHERE user = ?1 AND run = ?2";

const END: &str = "DELETE FROM export_run WHERE user = ?1 AND run = ?2";

const PROFILE: &str = "SELECT json_object(
        'id', id, 'name', name, 'display_name', display_name, 'created_at', created_at,
        'email', (SELECT address FROM email WHERE email.user = user.id), 'avatar', avatar,
        'identities', json((SELECT json_group_array(json_object(
                'issuer', issuer, 'subject', subject, 'email', email, 'created_at', created_at))
            FROM identity WHERE identity.user = user.id)),
        'passkeys', json((SELECT json_group_array(json_object(
                'name', name, 'created_at', created_at, 'used_at', used_at))
            FROM passkey WHERE passkey.user = user.id)),
        'tokens', json((SELECT json_group_array(json_object(
                'name', name, 'scopes', scopes, 'created_at', created_at,
                'expires_at', expires_at, 'used_at', used_at))
            FROM token WHERE token.user = user.id)),
        'bots', json((SELECT json_group_array(json_object('id', bot.id, 'name', bot.name))
            FROM user AS bot WHERE bot.owner = user.id AND bot.deleted_at IS NULL)),
        'blocks', json((SELECT json_group_array(json_object('user', blocked, 'at', at))
            FROM block WHERE block.user = user.id))
    ) AS answer FROM user WHERE id = ?1";

/// No part of a token, nor what tokens are derived from.
const SIGN_INS: &str = "SELECT coalesce(group_concat(line, ''), '') AS answer FROM (
    SELECT json_object('id', id, 'created_at', created_at, 'used_at', rotated_at,
        'expires_at', expires_at, 'method', method, 'address', address, 'country', country,
        'agent', agent) || char(10) AS line
    FROM sign_in WHERE user = ?1 ORDER BY created_at, id)";

const ROOMS: &str = "SELECT room, role IS NOT NULL AND coalesce(deleted, 0) = 0 AS is_member,
        json_object('id', room, 'name', name, 'kind', kind, 'topic', topic, 'role', role,
            'since', joined_at, 'deleted', json(iif(deleted, 'true', 'false'))) AS line
    FROM membership LEFT JOIN room ON room.id = membership.room WHERE user = ?1 ORDER BY room";

/// A room that somebody is in, or was.
#[derive(Debug, Deserialize)]
pub(crate) struct OwnRoom {
    /// Which.
    pub(crate) room: RoomId,
    /// Whether they still are.
    #[serde(deserialize_with = "flag")]
    pub(crate) is_member: bool,
    /// What is known of it, as JSON.
    pub(crate) line: String,
}

impl Store {
    /// Begins an export and writes that down; false if one is under way.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn begin_export(
        &self,
        user: UserId,
        run: &str,
        note: &Note<'_>,
    ) -> Result<bool, Problem> {
        let quiet = Timestamp(EXPORT_QUIET_MS);
        let values = [text(user.as_str()), text(run), time(note.at), time(quiet)];
        let begin = self.statement(BEGIN, &values)?;
        let results = self.batch(vec![begin, self.noting_if_changed(note)?]).await?;
        results.first().map_or(Ok(false), changed)
    }

    /// Notes that an export goes on; false if another one took its place.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn keep_export(
        &self,
        user: UserId,
        run: &str,
        now: Timestamp,
    ) -> Result<bool, Problem> {
        let keep = self.statement(KEEP, &[text(user.as_str()), text(run), time(now)])?;
        changed(&keep.run().await.map_err(failed)?)
    }

    /// Notes that an export is over.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn end_export(&self, user: UserId, run: &str) -> Result<(), Problem> {
        let end = self.statement(END, &[text(user.as_str()), text(run)])?;
        end.run().await.map(drop).map_err(failed)
    }

    /// The account itself, as JSON.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn own_profile(&self, user: UserId) -> Result<String, Problem> {
        self.the_answer(PROFILE, &[text(user.as_str())]).await
    }

    /// Where the account is signed in, as lines of JSON.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn own_sign_ins(&self, user: UserId) -> Result<String, Problem> {
        self.the_answer(SIGN_INS, &[text(user.as_str())]).await
    }

    /// Every room that the person is in, or was.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn own_rooms(&self, user: UserId) -> Result<Vec<OwnRoom>, Problem> {
        self.all(ROOMS, &[text(user.as_str())]).await
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, params};
    use serde_json::{Value, json};

    use super::super::tests::database;
    use super::*;

    fn ann() -> Connection {
        let database = database();
        let sql =
            "INSERT INTO user (id, name, display_name, created_at) VALUES ('a', 'ann', 'Ann', 7)";
        database.execute(sql, []).unwrap();
        database
    }

    #[test]
    fn pe5_one_export_runs_at_a_time() {
        let database = ann();
        let quiet = i64::try_from(EXPORT_QUIET_MS).unwrap();
        let begin = |run: &str, at: i64| {
            database.execute(BEGIN, params!["a", run, at, quiet]).unwrap() == 1
        };
        let keep = |run: &str, at: i64| database.execute(KEEP, params!["a", run, at]).unwrap() == 1;
        assert!(begin("1", 0));
        assert!(!begin("2", quiet - 1));
        assert!(keep("1", 5));
        assert!(!begin("2", quiet + 4), "it was heard of");
        assert!(begin("2", quiet + 5), "its reader is gone");
        assert!(!keep("1", quiet + 6), "the first one ends");
        database.execute(END, ["a", "1"]).unwrap();
        assert!(keep("2", quiet + 7), "and only itself");
        database.execute(END, ["a", "2"]).unwrap();
        assert!(begin("3", quiet + 8));
    }

    #[test]
    fn pe5_no_secret_is_taken_along() {
        let database = ann();
        for sql in [
            "INSERT INTO password VALUES ('a', 'SECRET', 0)",
            "INSERT INTO sign_in (id, user, seed, token, previous, rotated_at, created_at,
                expires_at, agent) VALUES ('s', 'a', 'SECRET', 'SECRET', 'SECRET', 2, 1, 3, 'curl')",
            "INSERT INTO token VALUES ('t', 'a', 'ci', 'SECRET', 'read', 1, 2, NULL)",
            "INSERT INTO mail_link VALUES ('a', 'reset', 'SECRET', 'a@example.com', 9)",
            "INSERT INTO email VALUES ('a', 'a@example.com', 0)",
        ] {
            database.execute(sql, []).unwrap();
        }
        let read =
            |sql: &str| -> String { database.query_row(sql, ["a"], |row| row.get(0)).unwrap() };
        let (profile, sign_ins) = (read(PROFILE), read(SIGN_INS));
        assert!(!profile.contains("SECRET") && !sign_ins.contains("SECRET"));
        let profile: Value = serde_json::from_str(&profile).unwrap();
        assert_eq!((&profile["name"], &profile["email"]), (&json!("ann"), &json!("a@example.com")));
        assert_eq!(profile["tokens"][0]["name"], "ci");
        let sign_in: Value = serde_json::from_str(sign_ins.strip_suffix('\n').unwrap()).unwrap();
        assert_eq!((&sign_in["id"], &sign_in["used_at"]), (&json!("s"), &json!(2)));
    }

    #[test]
    fn pe5_rooms_that_were_left_are_named_and_not_read() {
        let database = ann();
        for (room, role, deleted) in
            [("r1", Some("owner"), 0), ("r2", None, 0), ("r3", Some("member"), 1)]
        {
            let sql = "INSERT INTO room (id, name, kind, topic, owner, created_at, seq, deleted)
                VALUES (?1, ?1, 'public', '', '', 0, 1, ?2)";
            database.execute(sql, params![room, deleted]).unwrap();
            let sql = "INSERT INTO membership VALUES ('a', ?1, ?2, 0, 1)";
            database.execute(sql, params![room, role]).unwrap();
        }
        let sql = "INSERT INTO membership VALUES ('a', 'r4', 'member', 0, 1)";
        database.execute(sql, []).unwrap();
        let mut statement = database.prepare(ROOMS).unwrap();
        let rows = statement.query_map(["a"], |row| Ok((row.get(0)?, row.get(1)?)));
        let rows: Vec<(String, bool)> = rows.unwrap().map(Result::unwrap).collect();
        let want = [("r1", true), ("r2", false), ("r3", false), ("r4", true)];
        assert_eq!(rows, want.map(|(room, is_member)| (room.to_owned(), is_member)));
    }
}
