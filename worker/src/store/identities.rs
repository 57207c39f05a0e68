//! Who is whom with an identity provider.

use protocol::{Timestamp, UserId};
use worker::wasm_bindgen::JsValue;

use super::{Account, Store, changed, failed, text, time};
use crate::audit::{Act, Arrival, Note};
use crate::problem::Problem;

const OWNER: &str = "SELECT id, name, display_name, admin FROM user
    JOIN identity ON identity.user = user.id WHERE issuer = ?1 AND subject = ?2";

/// How an account can be entered, as its owner sees it. Whoever was a provider once and is none of
/// these any more has no id, and no name but its issuer.
const WAYS: &str = "SELECT json_object(
    'identities', json((
        SELECT json_group_array(json_object(
            'provider', provider.value ->> 'id',
            'name', coalesce(provider.value ->> 'name', issuer),
            'email', email,
            'created_at', created_at) ORDER BY created_at, issuer)
        FROM identity
        LEFT JOIN json_each(?2) AS provider ON provider.value ->> 'issuer' = issuer
        WHERE user = ?1)),
    'password', json(iif(EXISTS (SELECT 1 FROM password WHERE user = ?1), 'true', 'false'))
    ) AS answer";

const SUBJECT: &str = "SELECT subject AS answer FROM identity WHERE user = ?1 AND issuer = ?2";

/// Neither an identity nor a place that is taken is given away.
const LINK: &str = "INSERT INTO identity (issuer, subject, user, email, verified, created_at)
    SELECT ?1, ?2, id, ?4, ?5, ?6 FROM user WHERE id = ?3 AND deleted_at IS NULL
    ON CONFLICT DO NOTHING";

/// Unless nothing else would be left to sign in with: a password, a passkey, or one of these
/// providers.
const UNLINK: &str = "DELETE FROM identity WHERE user = ?1 AND issuer = ?2 AND (
    EXISTS (SELECT 1 FROM password WHERE password.user = ?1)
    OR EXISTS (SELECT 1 FROM passkey WHERE passkey.user = ?1)
    OR EXISTS (SELECT 1 FROM identity AS other WHERE other.user = ?1 AND other.issuer <> ?2
               AND other.issuer IN (SELECT value ->> 'issuer' FROM json_each(?3))))";

const SPEND: &str =
    "INSERT INTO spent_attempt (seed, expires_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING";

/// Somebody, as a provider knows them.
#[derive(Debug)]
pub(crate) struct Identity<'a> {
    /// The provider.
    pub(crate) issuer: &'a str,
    /// Whom it speaks of.
    pub(crate) subject: &'a str,
    /// The address that it knows.
    pub(crate) email: Option<&'a str>,
    /// Whether it has made sure of that.
    pub(crate) is_verified: bool,
}

impl Store {
    /// The account that an identity belongs to.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn owner(&self, identity: &Identity<'_>) -> Result<Option<Account>, Problem> {
        self.first(OWNER, &[text(identity.issuer), text(identity.subject)]).await
    }

    /// Stores a new account that is signed in to with an identity, all or nothing; false if the
    /// name is taken.
    ///
    /// # Errors
    /// An internal failure, and an identity that belongs to another account by now.
    pub(crate) async fn create_identified(
        &self,
        account: &Account,
        identity: &Identity<'_>,
        arrival: &Arrival<'_>,
    ) -> Result<bool, Problem> {
        let now = arrival.at;
        let user = self.insert_user(account, now)?;
        let created = self.noting_if_changed(&Note {
            at: now,
            actor: Some(account.id),
            act: Act::AccountCreated,
            target: None,
            detail: arrival.method,
            whence: arrival.whence,
        })?;
        // Without the clause about conflicts it fails, and the account is not stored either.
        let insert = LINK.trim_end_matches("ON CONFLICT DO NOTHING");
        let identity = self.statement(insert, &link_values(account.id, identity, now))?;
        let results = self.batch(vec![user, created, identity]).await?;
        results.first().map_or(Ok(false), changed)
    }

    /// Adds an identity to an account; false if it is another account's, or this account has
    /// another one of the same provider.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn link(
        &self,
        user: UserId,
        identity: &Identity<'_>,
        arrival: &Arrival<'_>,
    ) -> Result<bool, Problem> {
        let link = self.statement(LINK, &link_values(user, identity, arrival.at))?;
        let note = self.noting_if_changed(&Note {
            at: arrival.at,
            actor: Some(user),
            act: Act::IdentityLinked,
            target: None,
            detail: identity.issuer,
            whence: arrival.whence,
        })?;
        self.batch(vec![link, note]).await?;
        Ok(self.owner(identity).await?.is_some_and(|owner| owner.id == user))
    }

    /// How an account can be entered, as the JSON that is answered; `providers` are those that
    /// there are, as JSON with `id`, `name` and `issuer`.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn ways_in(&self, user: UserId, providers: &str) -> Result<String, Problem> {
        let ways = self.answer(WAYS, &[text(user.as_str()), text(providers)]).await;
        Ok(ways.map_err(failed)?.unwrap_or_default())
    }

    /// Removes the identity of a provider from an account.
    ///
    /// # Errors
    /// [`Problem::NotFound`] if there is none, and [`Problem::LastWayIn`] if only these
    /// `providers`, as for [`Self::ways_in`], can be signed in with and nothing would be left.
    pub(crate) async fn unlink(
        &self,
        user: UserId,
        issuer: &str,
        providers: &str,
        note: &Note<'_>,
    ) -> Result<(), Problem> {
        let values = [text(user.as_str()), text(issuer), text(providers)];
        let unlink = self.statement(UNLINK, &values)?;
        let results = self.batch(vec![unlink, self.noting_if_changed(note)?]).await?;
        if results.first().map_or(Ok(false), changed)? {
            return Ok(());
        }
        let [user, issuer, _] = values;
        let left = self.answer(SUBJECT, &[user, issuer]).await.map_err(failed)?;
        Err(if left.is_some() { Problem::LastWayIn } else { Problem::NotFound })
    }

    /// Uses an attempt up; false if it was used before. Forgets those that have ended.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn spend(
        &self,
        seed: &str,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<bool, Problem> {
        let spend = self.statement(SPEND, &[text(seed), time(until)])?;
        let ended = "DELETE FROM spent_attempt WHERE expires_at <= ?1";
        let results = self.batch(vec![spend, self.statement(ended, &[time(now)])?]).await?;
        results.first().map_or(Ok(false), changed)
    }
}

fn link_values(user: UserId, identity: &Identity<'_>, now: Timestamp) -> [JsValue; 6] {
    [
        text(identity.issuer),
        text(identity.subject),
        text(user.as_str()),
        identity.email.map_or(JsValue::NULL, text),
        u32::from(identity.is_verified).into(),
        time(now),
    ]
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::super::tests::database;
    use super::*;

    const PROVIDERS_A: &str = r#"[{"id":"one","name":"One","issuer":"a"}]"#;
    const PROVIDERS: &str =
        r#"[{"id":"one","name":"One","issuer":"a"},{"id":"two","name":"Two","issuer":"b"}]"#;

    /// Ada has a password, Bob has none.
    fn people() -> Connection {
        let database = database();
        for name in ["ada", "bob"] {
            let insert =
                "INSERT INTO user (id, name, display_name, created_at) VALUES (?1, ?1, ?1, 0)";
            database.execute(insert, [name]).unwrap();
        }
        database.execute("INSERT INTO password VALUES ('ada', '', 0)", []).unwrap();
        database
    }

    fn link(database: &Connection, issuer: &str, subject: &str, user: &str) -> usize {
        database.execute(LINK, (issuer, subject, user, "a@example.com", 1, 7)).unwrap()
    }

    fn unlink(database: &Connection, user: &str, issuer: &str, issuers: &str) -> usize {
        database.execute(UNLINK, (user, issuer, issuers)).unwrap()
    }

    fn owner(database: &Connection, issuer: &str, subject: &str) -> Option<String> {
        database.query_row(OWNER, (issuer, subject), |row| row.get(0)).ok()
    }

    #[test]
    fn si6_an_identity_belongs_to_one_account() {
        let database = people();
        assert_eq!(link(&database, "a", "1", "ada"), 1);
        assert_eq!(link(&database, "a", "1", "bob"), 0);
        assert_eq!(link(&database, "a", "2", "ada"), 0, "one of each provider");
        assert_eq!(link(&database, "a", "3", "nobody"), 0);
        database.execute("UPDATE user SET deleted_at = 1 WHERE id = 'ada'", []).unwrap();
        assert_eq!(link(&database, "b", "3", "ada"), 0, "nobody is there any more");
        assert_eq!(link(&database, "b", "1", "bob"), 1, "a subject is one with its issuer");
        assert_eq!(owner(&database, "a", "1").unwrap(), "ada");
        assert_eq!(owner(&database, "b", "1").unwrap(), "bob");
        assert_eq!(owner(&database, "a", "2"), None);
    }

    #[test]
    fn si7_the_last_way_to_sign_in_stays() {
        let database = people();
        for (issuer, subject, user) in [("a", "1", "ada"), ("a", "2", "bob"), ("b", "2", "bob")] {
            assert_eq!(link(&database, issuer, subject, user), 1);
        }
        assert_eq!(unlink(&database, "ada", "a", "[]"), 1, "the password is left");
        assert_eq!(unlink(&database, "ada", "a", "[]"), 0, "there is none");
        assert_eq!(unlink(&database, "bob", "a", PROVIDERS_A), 0, "b is no longer a provider");
        assert_eq!(unlink(&database, "bob", "a", PROVIDERS), 1);
        assert_eq!(unlink(&database, "bob", "b", PROVIDERS), 0);
    }

    #[test]
    fn si7_the_owner_sees_every_way_in() {
        let database = people();
        link(&database, "b", "1", "ada");
        link(&database, "a", "1", "ada");
        let ways = |user: &str| -> serde_json::Value {
            let row = database.query_row(WAYS, (user, PROVIDERS_A), |row| row.get::<_, String>(0));
            serde_json::from_str(&row.unwrap()).unwrap()
        };
        let identity = |provider: Option<&str>, name: &str| {
            serde_json::json!({
                "provider": provider, "name": name, "email": "a@example.com", "created_at": 7,
            })
        };
        assert_eq!(
            ways("ada"),
            serde_json::json!({
                "identities": [identity(Some("one"), "One"), identity(None, "b")],
                "password": true,
            })
        );
        assert_eq!(ways("bob"), serde_json::json!({ "identities": [], "password": false }));
    }

    #[test]
    fn si3_an_attempt_is_used_once() {
        let database = database();
        assert_eq!(database.execute(SPEND, ("a", 1)).unwrap(), 1);
        assert_eq!(database.execute(SPEND, ("a", 1)).unwrap(), 0);
        assert_eq!(database.execute(SPEND, ("b", 1)).unwrap(), 1);
    }
}
