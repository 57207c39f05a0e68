//! What administrators see: accounts, rooms, the archive, figures. The database writes the JSON,
//! and no room is woken for it.

use protocol::{Timestamp, UserId};
use worker::wasm_bindgen::JsValue;

use super::{Store, changed, failed, part, text, time};
use crate::audit::Note;
use crate::problem::Problem;

/// Rows of a page.
const PAGE_ROWS: u32 = 50;

/// Milliseconds of a day.
const DAY_MS: u64 = 86_400_000;

/// One account, of which `shown` has the row. `?1` are the names that the deployment lists.
macro_rules! account {
    () => {
        "json_object(
            'id', id, 'name', name, 'display_name', display_name,
            'bot', json(iif(owner IS NULL, 'false', 'true')),
            'admin', json(iif(admin OR name IN (SELECT value FROM json_each(?1)),
                'true', 'false')),
            'listed', json(iif(name IN (SELECT value FROM json_each(?1)), 'true', 'false')),
            'disabled_at', disabled_at, 'deleted_at', deleted_at, 'created_at', created_at,
            'seen_at', (SELECT max(at) FROM (
                SELECT max(rotated_at) AS at FROM sign_in WHERE sign_in.user = shown.id
                UNION ALL
                SELECT at FROM (SELECT at FROM audit WHERE actor = shown.id
                    ORDER BY id DESC LIMIT 1))),
            'sign_ins', (SELECT count(*) FROM sign_in
                WHERE sign_in.user = shown.id AND expires_at > ?2))"
    };
}

/// In the order of names; one row more than the page has says whether there is a next one.
const USERS: &str = concat!(
    "WITH found AS (
        SELECT * FROM user WHERE name > ?4
            AND (instr(name, ?3) > 0 OR instr(lower(display_name), ?3) > 0 OR id = ?3)
        ORDER BY name LIMIT ?5 + 1
    ), shown AS (SELECT * FROM found ORDER BY name LIMIT ?5)
    SELECT json_object('users', json_group_array(",
    account!(),
    "), 'cursor', iif((SELECT count(*) FROM found) > ?5, max(name), NULL)) AS answer FROM shown"
);

const USER: &str = concat!("SELECT ", account!(), " AS answer FROM user AS shown WHERE id = ?3");

/// Deleted ones come, too, as long as the archive may have something of them.
const ROOMS: &str = "WITH found AS (
        SELECT * FROM room WHERE id > ?2
            AND (instr(lower(name), ?1) > 0 OR id = ?1 OR owner = ?1)
        ORDER BY id LIMIT ?3 + 1
    ), shown AS (SELECT * FROM found ORDER BY id LIMIT ?3)
    SELECT json_object('rooms', json_group_array(json_object(
            'id', id, 'name', name, 'kind', kind, 'owner', nullif(owner, ''),
            'members', (SELECT count(*) FROM membership
                WHERE membership.room = shown.id AND role IS NOT NULL),
            'created_at', created_at, 'head', head_seq, 'archived', archived_seq,
            'dirty_since', dirty_since, 'oldest_at', oldest_at,
            'hold', json(iif(hold, 'true', 'false')),
            'deleted', json(iif(deleted, 'true', 'false')))),
        'cursor', iif((SELECT count(*) FROM found) > ?3, max(id), NULL)) AS answer FROM shown";

/// `?1` is now. Leases stay after they ended, so their absence says that no job ever ran.
const ARCHIVE: &str = "SELECT json_object(
        'rooms', (SELECT count(*) FROM room WHERE deleted = 0),
        'dirty', (SELECT count(*) FROM room WHERE head_seq > archived_seq AND deleted = 0),
        'waiting', (SELECT coalesce(sum(head_seq - archived_seq), 0) FROM room
            WHERE head_seq > archived_seq AND deleted = 0),
        'oldest_dirty_since', (SELECT
                min(coalesce(dirty_since, iif(archived_seq = 0, created_at, NULL)))
            FROM room WHERE head_seq > archived_seq AND deleted = 0),
        'oldest_at', (SELECT min(oldest_at) FROM room WHERE oldest_at IS NOT NULL),
        'deleted', (SELECT count(*) FROM room
            WHERE deleted = 1 AND (archived_seq > 0 OR head_seq > 0)),
        'held', (SELECT count(*) FROM room WHERE hold = 1),
        'erasures', (SELECT count(*) FROM erasure),
        'ever', json(iif(EXISTS (SELECT 1 FROM archive_lease), 'true', 'false')),
        'last_lease', (SELECT max(expires_at) FROM archive_lease WHERE expires_at > 0),
        'leases', json((SELECT json_group_array(json_object(
                'bucket', bucket, 'holder', holder, 'expires_at', expires_at))
            FROM (SELECT * FROM archive_lease WHERE expires_at > ?1 ORDER BY bucket))),
        'runs', json((SELECT json_group_array(json_object(
                'command', command, 'started_at', started_at, 'ended_at', ended_at, 'exit', exit,
                'archived', archived, 'expired', expired, 'says', says))
            FROM (SELECT * FROM archive_run ORDER BY id DESC LIMIT 10))),
        'expired', coalesce(
            (SELECT expired_ever FROM archive_run ORDER BY id DESC LIMIT 1), 0)
    ) AS answer";

/// `?1` is now, `?2` a day before, `?3` the names that the deployment lists.
const FIGURES: &str = "SELECT json_object(
        'at', ?1,
        'people', (SELECT count(*) FROM user WHERE owner IS NULL AND deleted_at IS NULL),
        'bots', (SELECT count(*) FROM user WHERE owner IS NOT NULL AND deleted_at IS NULL),
        'disabled', (SELECT count(*) FROM user
            WHERE disabled_at IS NOT NULL AND deleted_at IS NULL),
        'admins', (SELECT count(*) FROM user
            WHERE admin = 1 OR name IN (SELECT value FROM json_each(?3))),
        'joined_last_day', (SELECT count(*) FROM user
            WHERE created_at > ?2 AND deleted_at IS NULL),
        'sign_ins', (SELECT count(*) FROM sign_in WHERE expires_at > ?1),
        'used_last_day', (SELECT count(DISTINCT user) FROM sign_in WHERE rotated_at > ?2),
        'signed_in_last_day', (SELECT count(*) FROM audit WHERE act = 'signed_in' AND at > ?2),
        'failed_last_day', (SELECT count(*) FROM audit
            WHERE act = 'sign_in_failed' AND at > ?2),
        'rooms', json((SELECT json_group_object(kind, n) FROM (
            SELECT kind, count(*) AS n FROM room WHERE deleted = 0 GROUP BY kind))),
        'memberships', (SELECT count(*) FROM membership WHERE role IS NOT NULL),
        'entries', (SELECT coalesce(sum(head_seq), 0) FROM room WHERE deleted = 0),
        'archived_entries', (SELECT coalesce(sum(archived_seq), 0) FROM room WHERE deleted = 0)
    ) AS answer";

/// What leaves an administrator to the deployment, of which `$listed` are the names that it lists.
/// Two who do this to each other at once would leave none.
macro_rules! another_stays {
    ($listed:literal) => {
        concat!(
            " AND (json_array_length(",
            $listed,
            ") > 0 OR EXISTS (SELECT 1 FROM user AS other
                WHERE other.id <> ?1 AND other.admin AND other.disabled_at IS NULL
                    AND other.deleted_at IS NULL))"
        )
    };
}

const DISABLE: &str = concat!(
    "UPDATE user SET disabled_at = coalesce(disabled_at, ?2)
    WHERE id = ?1 AND deleted_at IS NULL",
    another_stays!("?3")
);

/// What a disabled account and its bots had ends, so that nothing comes back when it is enabled.
const FORGET_DISABLED: [&str; 3] = [
    "DELETE FROM sign_in WHERE user IN
        (SELECT id FROM user WHERE id = ?1 AND disabled_at IS NOT NULL)",
    "DELETE FROM mail_link WHERE user IN
        (SELECT id FROM user WHERE id = ?1 AND disabled_at IS NOT NULL)",
    "DELETE FROM token WHERE user IN (SELECT held.id FROM user AS held
        JOIN user AS closed ON closed.id = ?1 AND closed.disabled_at IS NOT NULL
        WHERE held.id = ?1 OR held.owner = ?1)",
];
const ENABLE: &str = "UPDATE user SET disabled_at = NULL WHERE id = ?1 AND deleted_at IS NULL";
const GIVE_ADMIN: &str = "UPDATE user SET admin = 1 WHERE id = ?1 AND deleted_at IS NULL";
const TAKE_ADMIN: &str =
    concat!("UPDATE user SET admin = 0 WHERE id = ?1 AND deleted_at IS NULL", another_stays!("?2"));
const SIGN_OUT: &str = "DELETE FROM sign_in WHERE user = ?1";

/// What an administrator changes of an account.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum AccountChange {
    /// Nobody signs in to it any more, or somebody may again.
    Disabled(bool),
    /// It is an administrator's, or is none any more.
    Admin(bool),
    /// Its sign-ins end.
    SignedOut,
}

impl Store {
    /// A page of accounts; `listed` are the names of administrators, as JSON.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn admin_users(
        &self,
        of_name: &str,
        after: &str,
        (listed, now): (&str, Timestamp),
    ) -> Result<String, Problem> {
        let values =
            [text(listed), time(now), part(of_name), text(after), JsValue::from(PAGE_ROWS)];
        self.the_answer(USERS, &values).await
    }

    /// One account, as JSON; `None` if there is none.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn admin_user(
        &self,
        user: UserId,
        (listed, now): (&str, Timestamp),
    ) -> Result<Option<String>, Problem> {
        let values = [text(listed), time(now), text(user.as_str())];
        self.answer(USER, &values).await.map_err(failed)
    }

    /// A page of rooms.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn admin_rooms(&self, of_name: &str, after: &str) -> Result<String, Problem> {
        let values = [part(of_name), text(after), JsValue::from(PAGE_ROWS)];
        self.the_answer(ROOMS, &values).await
    }

    /// What waits for the archive, as JSON.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn archive_figures(&self, now: Timestamp) -> Result<String, Problem> {
        self.the_answer(ARCHIVE, &[time(now)]).await
    }

    /// What the deployment knows about itself, as JSON.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn figures(&self, listed: &str, now: Timestamp) -> Result<String, Problem> {
        let day_ago = Timestamp(now.0.saturating_sub(DAY_MS));
        self.the_answer(FIGURES, &[time(now), time(day_ago), text(listed)]).await
    }

    /// Changes an account and writes that down, all or nothing; `listed` are the names of
    /// administrators, as JSON. False if that would leave no administrator, or nobody is there.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn change_account(
        &self,
        (target, listed): (UserId, &str),
        change: AccountChange,
        note: &Note<'_>,
    ) -> Result<bool, Problem> {
        let id = [text(target.as_str())];
        let [user] = id.clone();
        let (statement, must_change) = match change {
            AccountChange::Disabled(true) => {
                (self.statement(DISABLE, &[user, time(note.at), text(listed)])?, true)
            }
            AccountChange::Disabled(false) => (self.statement(ENABLE, &id)?, false),
            AccountChange::Admin(true) => (self.statement(GIVE_ADMIN, &id)?, false),
            AccountChange::Admin(false) => {
                (self.statement(TAKE_ADMIN, &[user, text(listed)])?, true)
            }
            AccountChange::SignedOut => (self.statement(SIGN_OUT, &id)?, false),
        };
        let note = if must_change { self.noting_if_changed(note)? } else { self.noting(note)? };
        let mut statements = vec![statement, note];
        if change == AccountChange::Disabled(true) {
            for sql in FORGET_DISABLED {
                statements.push(self.statement(sql, &id)?);
            }
        } else if change == AccountChange::SignedOut {
            statements.push(self.forgetting(target)?);
        }
        let results = self.batch(statements).await?;
        Ok(!must_change || results.first().map_or(Ok(false), changed)?)
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, params};
    use serde_json::{Value, json};

    use super::super::tests::database;
    use super::*;

    const DAY: i64 = 86_400_000;
    const NOW: i64 = 10 * DAY;
    const LISTED: &str = r#"["ada"]"#;

    /// Ada is listed, Bob is disabled, Cy is Ada's bot.
    fn people() -> Connection {
        let database = database();
        for (name, owner, disabled_at) in
            [("ada", None, None), ("bob", None, Some(5)), ("cy", Some("ada-id"), None)]
        {
            let sql = "INSERT INTO user (id, name, display_name, created_at, owner, disabled_at)
                VALUES (?1 || '-id', ?1, upper(?1), 7, ?2, ?3)";
            database.execute(sql, params![name, owner, disabled_at]).unwrap();
        }
        for (id, rotated_at, expires_at) in [("1", NOW - 9, NOW + 1), ("2", 3, NOW)] {
            let sql = "INSERT INTO sign_in (id, user, seed, token, rotated_at, created_at,
                    expires_at) VALUES (?1, 'ada-id', '', '', ?2, 0, ?3)";
            database.execute(sql, params![id, rotated_at, expires_at]).unwrap();
        }
        database
    }

    #[test]
    fn ad2_a_deleted_account_is_not_enabled_again() {
        let database = people();
        let enable = || database.execute(ENABLE, ["bob-id"]).unwrap();
        assert_eq!(enable(), 1);
        database.execute("UPDATE user SET deleted_at = 1", []).unwrap();
        assert_eq!(enable(), 0);
    }

    fn users(database: &Connection, part: &str, after: &str, limit: u32) -> Value {
        let values = params![r#"["ada"]"#, NOW, part, after, limit];
        let page = database.query_row(USERS, values, |row| row.get::<_, String>(0)).unwrap();
        serde_json::from_str(&page).unwrap()
    }

    fn names(page: &Value) -> Vec<&str> {
        page["users"]
            .as_array()
            .unwrap()
            .iter()
            .map(|user| user["name"].as_str().unwrap())
            .collect()
    }

    #[test]
    fn ad2_accounts_are_listed_by_name() {
        let database = people();
        let page = users(&database, "", "", 2);
        assert_eq!((names(&page), &page["cursor"]), (vec!["ada", "bob"], &json!("bob")));
        let page = users(&database, "", "bob", 2);
        assert_eq!((names(&page), &page["cursor"]), (vec!["cy"], &Value::Null));
        assert_eq!(names(&users(&database, "b", "", 9)), ["bob"]);
        assert_eq!(names(&users(&database, "cy-id", "", 9)), ["cy"], "an id finds one");
        assert_eq!(users(&database, "x", "", 9), json!({ "users": [], "cursor": null }));
    }

    #[test]
    fn ad2_an_account_tells_what_it_is_and_when_it_was_used() {
        let database = people();
        let note = "INSERT INTO audit (at, actor, act, detail) VALUES (?1, ?2, 'signed_in', '')";
        database.execute(note, params![42, "bob-id"]).unwrap();
        let page = users(&database, "", "", 9);
        let want = json!({
            "id": "ada-id", "name": "ada", "display_name": "ADA", "bot": false, "admin": true,
            "listed": true, "disabled_at": null, "deleted_at": null, "created_at": 7,
            "seen_at": NOW - 9, "sign_ins": 1,
        });
        assert_eq!(page["users"][0], want);
        assert_eq!(page["users"][1]["seen_at"], 42, "also one without a sign-in");
        assert_eq!(page["users"][1]["disabled_at"], 5);
        assert_eq!(
            (&page["users"][2]["bot"], &page["users"][2]["seen_at"]),
            (&json!(true), &Value::Null)
        );
        let one = |id: &str| -> Option<String> {
            database.query_row(USER, params!["[]", NOW, id], |row| row.get(0)).ok()
        };
        let ada: Value = serde_json::from_str(&one("ada-id").unwrap()).unwrap();
        assert_eq!((&ada["admin"], &ada["sign_ins"]), (&json!(false), &json!(1)));
        assert_eq!(one("ada"), None);
    }

    fn room(database: &Connection, id: &str, name: &str, columns: &str) {
        let sql = "INSERT INTO room (id, name, kind, topic, owner, created_at, seq)
            VALUES (?1, ?2, 'public', '', 'ada-id', 3, 1)";
        database.execute(sql, [id, name]).unwrap();
        database.execute(&format!("UPDATE room SET {columns} WHERE id = ?1"), [id]).unwrap();
    }

    #[test]
    fn ad3_rooms_tell_how_far_they_are_archived() {
        let database = people();
        room(&database, "a", "Alpha", "head_seq = 9, archived_seq = 4, dirty_since = 6");
        room(&database, "b", "Beta", "hold = 1, head_seq = 1, archived_seq = 1");
        for (user, role) in [("ada-id", Some("owner")), ("bob-id", None)] {
            let sql = "INSERT INTO membership VALUES (?1, 'a', ?2, 0, 1)";
            database.execute(sql, params![user, role]).unwrap();
        }
        let rooms = |part: &str, after: &str, limit: u32| -> Value {
            let values = params![part, after, limit];
            let page = database.query_row(ROOMS, values, |row| row.get::<_, String>(0)).unwrap();
            serde_json::from_str(&page).unwrap()
        };
        let page = rooms("alp", "", 9);
        let want = json!({
            "id": "a", "name": "Alpha", "kind": "public", "owner": "ada-id", "members": 1,
            "created_at": 3, "head": 9, "archived": 4, "dirty_since": 6, "oldest_at": null,
            "hold": false, "deleted": false,
        });
        assert_eq!(page, json!({ "rooms": [want], "cursor": null }));
        assert_eq!(rooms("", "", 1)["cursor"], "a");
        assert_eq!(rooms("", "a", 1)["rooms"][0]["hold"], true);
        assert_eq!(rooms("ada-id", "", 9)["rooms"].as_array().unwrap().len(), 2, "by owner");
    }

    #[test]
    fn ad3_the_archive_tells_what_waits_and_who_works() {
        let database = people();
        let archive = || -> Value {
            let read = |row: &rusqlite::Row<'_>| row.get::<_, String>(0);
            serde_json::from_str(&database.query_row(ARCHIVE, [NOW], read).unwrap()).unwrap()
        };
        assert_eq!((&archive()["ever"], &archive()["leases"]), (&json!(false), &json!([])));
        room(&database, "a", "A", "head_seq = 9, archived_seq = 4, dirty_since = 6");
        room(&database, "b", "B", "head_seq = 3, archived_seq = 0, dirty_since = 8");
        room(&database, "c", "C", "head_seq = 3, archived_seq = 3, oldest_at = 5, hold = 1");
        room(&database, "d", "D", "head_seq = 3, archived_seq = 0, deleted = 1");
        for (bucket, expires_at) in [(1, NOW + 5), (0, NOW + 5), (2, NOW)] {
            let sql = "INSERT INTO archive_lease VALUES (?1, 7, 'job', ?2)";
            database.execute(sql, params![bucket, expires_at]).unwrap();
        }
        let lease =
            |bucket: u32| json!({ "bucket": bucket, "holder": "job", "expires_at": NOW + 5 });
        let want = json!({
            "rooms": 3, "dirty": 2, "waiting": 8, "oldest_dirty_since": 6, "oldest_at": 5,
            "deleted": 1, "held": 1, "erasures": 0, "ever": true, "last_lease": NOW + 5,
            "leases": [lease(0), lease(1)], "runs": [], "expired": 0,
        });
        assert_eq!(archive(), want);
    }

    #[test]
    fn figures_count_what_is_there() {
        let database = people();
        room(&database, "a", "A", "head_seq = 9, archived_seq = 4");
        for (at, act) in [(NOW - 1, "signed_in"), (NOW - DAY, "signed_in"), (NOW, "sign_in_failed")]
        {
            let sql = "INSERT INTO audit (at, act, detail) VALUES (?1, ?2, '')";
            database.execute(sql, params![at, act]).unwrap();
        }
        let values = params![NOW, NOW - DAY, r#"["ada"]"#];
        let figures = database.query_row(FIGURES, values, |row| row.get::<_, String>(0)).unwrap();
        let want = json!({
            "at": NOW, "people": 2, "bots": 1, "disabled": 1, "admins": 1, "joined_last_day": 0,
            "sign_ins": 1, "used_last_day": 1, "signed_in_last_day": 1, "failed_last_day": 1,
            "rooms": { "public": 1 }, "memberships": 0, "entries": 9, "archived_entries": 4,
        });
        assert_eq!(serde_json::from_str::<Value>(&figures).unwrap(), want);
    }

    #[test]
    fn ad2_tk5_what_is_enabled_again_has_no_sign_ins_and_no_tokens() {
        let database = people();
        for (id, user) in [("t", "ada-id"), ("of-bot", "cy-id"), ("of-bob", "bob-id")] {
            let sql = "INSERT INTO token (id, user, name, hash, scopes, created_at, expires_at)
                VALUES (?1, ?2, '', '', '', 0, 9)";
            database.execute(sql, [id, user]).unwrap();
        }
        let forget = || FORGET_DISABLED.map(|sql| database.execute(sql, ["ada-id"]).unwrap());
        assert_eq!(database.execute(DISABLE, params!["ada-id", 99, "[]"]).unwrap(), 0);
        assert_eq!(forget(), [0, 0, 0], "what is not disabled keeps everything");
        assert_eq!(database.execute(DISABLE, params!["ada-id", 99, LISTED]).unwrap(), 1);
        assert_eq!(forget(), [2, 0, 2]);
        database.execute(ENABLE, ["ada-id"]).unwrap();
        let left = "SELECT group_concat(id) FROM token";
        let left: String = database.query_row(left, [], |row| row.get(0)).unwrap();
        assert_eq!(left, "of-bob");
    }

    #[test]
    fn ad2_two_administrators_do_not_take_it_from_each_other() {
        let take = |database: &Connection, id: &str, listed: &str| {
            database.execute(TAKE_ADMIN, [id, listed]).unwrap()
        };
        let disable = |database: &Connection, id: &str| {
            database.execute(DISABLE, params![id, 99, "[]"]).unwrap()
        };
        let two = || {
            let database = people();
            database
                .execute("UPDATE user SET disabled_at = NULL, admin = owner IS NULL", [])
                .unwrap();
            database
        };
        let database = two();
        let taken = ["ada-id", "bob-id"].map(|id| take(&database, id, "[]"));
        assert_eq!((taken, take(&database, "bob-id", LISTED)), ([1, 0], 1));
        let database = two();
        assert_eq!(["ada-id", "bob-id"].map(|id| disable(&database, id)), [1, 0]);
        assert_eq!(take(&database, "bob-id", "[]"), 0, "who is disabled does not count");
    }

    #[test]
    fn ad2_a_disabled_account_keeps_the_time_of_the_first_time() {
        let database = people();
        for _ in 0..2 {
            database.execute(DISABLE, params!["bob-id", 99, LISTED]).unwrap();
            database.execute(DISABLE, params!["ada-id", 99, LISTED]).unwrap();
        }
        let at = |id: &str| -> Option<i64> {
            let sql = "SELECT disabled_at FROM user WHERE id = ?1";
            database.query_row(sql, [id], |row| row.get(0)).unwrap()
        };
        assert_eq!((at("ada-id"), at("bob-id")), (Some(99), Some(5)));
        assert_eq!(database.execute(SIGN_OUT, ["ada-id"]).unwrap(), 2);
        database.execute(ENABLE, ["bob-id"]).unwrap();
        database.execute(GIVE_ADMIN, ["bob-id"]).unwrap();
        assert_eq!(at("bob-id"), None);
        let page = users(&database, "bob", "", 9);
        assert_eq!(
            (&page["users"][0]["admin"], &page["users"][0]["listed"]),
            (&json!(true), &json!(false))
        );
    }
}
