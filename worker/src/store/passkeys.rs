//! Passkeys in D1.

use protocol::limits::PASSKEYS_MAX;
use protocol::{Timestamp, UserId};
use serde::Deserialize;

use super::{Account, Store, changed, failed, flag, number, text, time};
use crate::audit::Note;
use crate::identity::passkey::NewPasskey;
use crate::problem::Problem;

const PASSKEYS: &str = "SELECT json_object('passkeys', json((
        SELECT json_group_array(json_object(
            'id', id, 'name', name, 'created_at', created_at, 'used_at', used_at)
            ORDER BY created_at, id)
        FROM passkey WHERE user = ?1))) AS answer";

const IDS: &str = "SELECT json_group_array(id) AS answer FROM passkey WHERE user = ?1";

/// Neither one that is somebody's, nor more than an account may have.
const ADD: &str = "INSERT INTO passkey (id, user, name, algorithm, public_key, counter, created_at)
    SELECT ?2, user.id, ?3, ?4, ?5, ?6, ?7 FROM user WHERE user.id = ?1 AND deleted_at IS NULL
        AND (SELECT count(*) FROM passkey WHERE user = ?1) < ?8
    ON CONFLICT DO NOTHING";

const PASSKEY: &str = "SELECT user.id, user.name, display_name, admin, algorithm, public_key
    FROM passkey JOIN user ON user.id = passkey.user
    WHERE passkey.id = ?1";

/// Only with a counter that rises, or stays zero because the authenticator does not count.
const USE: &str = "UPDATE passkey SET counter = ?2, used_at = ?3
    WHERE id = ?1 AND (counter < ?2 OR (counter = 0 AND ?2 = 0))";

/// Unless nothing else would be left to sign in with: a password, another passkey, or one of these
/// providers.
const REMOVE: &str = "DELETE FROM passkey WHERE user = ?1 AND id = ?2 AND (
    EXISTS (SELECT 1 FROM password WHERE password.user = ?1)
    OR EXISTS (SELECT 1 FROM passkey AS other WHERE other.user = ?1 AND other.id <> ?2)
    OR EXISTS (SELECT 1 FROM identity WHERE identity.user = ?1
               AND issuer IN (SELECT value ->> 'issuer' FROM json_each(?3))))";

const OWN: &str = "SELECT id AS answer FROM passkey WHERE user = ?1 AND id = ?2";

/// A passkey with its account.
#[derive(Debug)]
pub(crate) struct Passkey {
    /// Whose it is.
    pub(crate) account: Account,
    /// The kind of its key, by its name.
    pub(crate) algorithm: String,
    /// The key, as `SubjectPublicKeyInfo`, in base 64.
    pub(crate) public_key: String,
}

#[derive(Deserialize)]
struct PasskeyRow {
    id: UserId,
    name: String,
    display_name: String,
    #[serde(deserialize_with = "flag")]
    admin: bool,
    algorithm: String,
    public_key: String,
}

impl Store {
    /// The passkeys of a user, as the JSON that is answered.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn passkeys(&self, user: UserId) -> Result<String, Problem> {
        self.the_answer(PASSKEYS, &[text(user.as_str())]).await
    }

    /// Their ids, as a JSON list.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn passkey_ids(&self, user: UserId) -> Result<String, Problem> {
        self.the_answer(IDS, &[text(user.as_str())]).await
    }

    /// Stores a passkey with its key in base 64; false if it is somebody's already, or one too
    /// many.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn add_passkey(
        &self,
        user: UserId,
        (passkey, public_key): (&NewPasskey, &str),
        name: &str,
        note: &Note<'_>,
    ) -> Result<bool, Problem> {
        let values = [
            text(user.as_str()),
            text(&passkey.id),
            text(name),
            text(passkey.algorithm.name()),
            text(public_key),
            number(passkey.counter.into()),
            time(note.at),
            u32::from(PASSKEYS_MAX).into(),
        ];
        let add = self.statement(ADD, &values)?;
        let results = self.batch(vec![add, self.noting_if_changed(note)?]).await?;
        results.first().map_or(Ok(false), changed)
    }

    /// A passkey, also of an account that is disabled: no sign-in begins there, and the audit log
    /// names it.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn passkey(&self, id: &str) -> Result<Option<Passkey>, Problem> {
        let row: Option<PasskeyRow> = self.first(PASSKEY, &[text(id)]).await?;
        Ok(row.map(|PasskeyRow { id, name, display_name, admin, algorithm, public_key }| {
            let account = Account { id, name, display_name, admin };
            Passkey { account, algorithm, public_key }
        }))
    }

    /// Stores that a passkey was used; false if its counter did not rise.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn use_passkey(
        &self,
        id: &str,
        counter: u32,
        now: Timestamp,
    ) -> Result<bool, Problem> {
        let used = self.statement(USE, &[text(id), number(counter.into()), time(now)])?;
        changed(&used.run().await.map_err(failed)?)
    }

    /// Removes a passkey from an account; `providers` are as for [`Self::ways_in`].
    ///
    /// # Errors
    /// [`Problem::NotFound`], and [`Problem::LastWayIn`] if nothing would be left to sign in with.
    pub(crate) async fn remove_passkey(
        &self,
        user: UserId,
        id: &str,
        providers: &str,
        note: &Note<'_>,
    ) -> Result<(), Problem> {
        let own = [text(user.as_str()), text(id)];
        let values = [text(user.as_str()), text(id), text(providers)];
        let remove = self.statement(REMOVE, &values)?;
        let results = self.batch(vec![remove, self.noting_if_changed(note)?]).await?;
        if results.first().map_or(Ok(false), changed)? {
            return Ok(());
        }
        let left = self.answer(OWN, &own).await.map_err(failed)?;
        Err(if left.is_some() { Problem::LastWayIn } else { Problem::NotFound })
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, OptionalExtension};

    use super::super::tests::database;
    use super::*;

    const PROVIDERS: &str = r#"[{"id":"one","name":"One","issuer":"a"}]"#;

    fn people() -> Connection {
        let database = database();
        for name in ["ada", "bob"] {
            let insert =
                "INSERT INTO user (id, name, display_name, created_at) VALUES (?1, ?1, ?1, 0)";
            database.execute(insert, [name]).unwrap();
        }
        database
    }

    fn add(database: &Connection, user: &str, id: &str, counter: u32) -> usize {
        let values = (user, id, "Key", "ES256", "", counter, 1, PASSKEYS_MAX);
        database.execute(ADD, values).unwrap()
    }

    fn remove(database: &Connection, user: &str, id: &str) -> usize {
        database.execute(REMOVE, (user, id, PROVIDERS)).unwrap()
    }

    fn uses(database: &Connection, id: &str, counter: u32) -> bool {
        database.execute(USE, (id, counter, 5)).unwrap() > 0
    }

    #[test]
    fn pk1_a_passkey_is_one_account_s() {
        let database = people();
        assert_eq!(add(&database, "ada", "a", 0), 1);
        assert_eq!(add(&database, "bob", "a", 0), 0);
        assert_eq!(add(&database, "nobody", "b", 0), 0);
        for n in 1..PASSKEYS_MAX {
            assert_eq!(add(&database, "ada", &n.to_string(), 0), 1);
        }
        assert_eq!(add(&database, "ada", "more", 0), 0);
        assert_eq!(add(&database, "bob", "more", 0), 1);
        database.execute("UPDATE user SET deleted_at = 1", []).unwrap();
        assert_eq!(add(&database, "bob", "last", 0), 0, "nobody is there any more");
    }

    #[test]
    fn pk1_its_owner_sees_it_and_not_its_key() {
        let database = people();
        add(&database, "ada", "a", 0);
        uses(&database, "a", 0);
        add(&database, "bob", "b", 0);
        let row = database.query_row(PASSKEYS, ["ada"], |row| row.get::<_, String>(0)).unwrap();
        let shown: serde_json::Value = serde_json::from_str(&row).unwrap();
        let key = serde_json::json!({ "id": "a", "name": "Key", "created_at": 1, "used_at": 5 });
        assert_eq!(shown, serde_json::json!({ "passkeys": [key] }));
    }

    #[test]
    fn pk2_a_counter_rises_unless_it_stays_zero() {
        let database = people();
        add(&database, "ada", "a", 0);
        add(&database, "ada", "b", 7);
        assert!(uses(&database, "a", 0));
        assert!(uses(&database, "a", 0));
        assert!(uses(&database, "a", 3));
        assert!(!uses(&database, "a", 3));
        assert!(!uses(&database, "a", 0), "it counted before");
        assert!(!uses(&database, "b", 7));
        assert!(uses(&database, "b", 8));
        assert!(!uses(&database, "c", 1), "there is none");
    }

    #[test]
    fn pk2_the_last_way_to_sign_in_stays() {
        let database = people();
        for id in ["a", "b"] {
            add(&database, "ada", id, 0);
        }
        assert_eq!(remove(&database, "bob", "a"), 0, "somebody else's");
        assert_eq!(remove(&database, "ada", "a"), 1, "another one is left");
        assert_eq!(remove(&database, "ada", "b"), 0);
        let link = "INSERT INTO identity (issuer, subject, user, verified, created_at)
            VALUES (?1, '1', 'ada', 0, 0)";
        database.execute(link, ["gone"]).unwrap();
        assert_eq!(remove(&database, "ada", "b"), 0, "it is no provider any more");
        database.execute(link, ["a"]).unwrap();
        assert_eq!(remove(&database, "ada", "b"), 1);
        add(&database, "ada", "c", 0);
        database.execute("DELETE FROM identity", []).unwrap();
        database.execute("INSERT INTO password VALUES ('ada', '', 0)", []).unwrap();
        assert_eq!(remove(&database, "ada", "c"), 1, "the password is left");
    }

    #[test]
    fn au1_a_passkey_of_a_disabled_account_is_known() {
        let database = people();
        add(&database, "ada", "a", 0);
        database.execute("UPDATE user SET disabled_at = 1", []).unwrap();
        let found = |id: &str| -> Option<String> {
            database.query_row(PASSKEY, [id], |row| row.get(0)).optional().unwrap()
        };
        assert_eq!((found("a").as_deref(), found("b")), (Some("ada"), None));
    }
}
