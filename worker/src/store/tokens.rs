//! Personal access tokens in D1 (rule TK3).

use protocol::limits::TOKENS_MAX;
use protocol::{SignInId, Timestamp, UserId};
use serde::{Deserialize, Serialize, Serializer};

use super::{Store, changed, failed, text, time};
use crate::audit::Note;
use crate::problem::Problem;

/// Nobody's token opens anything while its account, or the owner of a bot, is disabled or gone.
const HOLDER: &str = "SELECT token.hash, token.scopes, token.expires_at, user.id, user.display_name
    FROM token JOIN user ON user.id = token.user
    LEFT JOIN user AS owner ON owner.id = user.owner
    WHERE token.id = ?1 AND user.disabled_at IS NULL AND user.deleted_at IS NULL
        AND (user.owner IS NULL
            OR owner.id IS NOT NULL AND owner.disabled_at IS NULL AND owner.deleted_at IS NULL)";

/// Not every use is a row that is written.
const USED: &str =
    "UPDATE token SET used_at = ?2 WHERE id = ?1 AND coalesce(used_at, 0) < ?2 - 60000";

const LIST: &str = "SELECT id, name, scopes, created_at, expires_at, used_at FROM token
    WHERE user = ?1 AND expires_at > ?2 ORDER BY created_at, id";

const EXPIRED: &str = "DELETE FROM token WHERE user = ?1 AND expires_at <= ?2";

const ADD: &str = "INSERT INTO token (id, user, name, hash, scopes, created_at, expires_at)
    SELECT ?1, id, ?3, ?4, ?5, ?6, ?7 FROM user
    WHERE id = ?2 AND disabled_at IS NULL AND deleted_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM user AS keeper WHERE keeper.id = user.owner
            AND (keeper.disabled_at IS NOT NULL OR keeper.deleted_at IS NOT NULL))
        AND (SELECT count(*) FROM token WHERE user = ?2) < ?8";

const HAS: &str = "SELECT id AS answer FROM token WHERE id = ?1 AND user = ?2";

const REVOKE: &str = "DELETE FROM token WHERE id = ?1 AND user = ?2";

/// Who holds a token, and what it opens.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Holder {
    /// What is stored of the secret.
    pub(crate) hash: String,
    /// What it opens.
    pub(crate) scopes: String,
    /// When it ends.
    pub(crate) expires_at: Timestamp,
    /// The account.
    pub(crate) id: UserId,
    /// Its name.
    pub(crate) display_name: String,
}

/// A token, as its owner sees it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Token {
    /// Its id.
    pub(crate) id: SignInId,
    /// What its owner calls it.
    pub(crate) name: String,
    /// What it opens.
    #[serde(serialize_with = "as_list")]
    pub(crate) scopes: String,
    /// When it was made.
    pub(crate) created_at: Timestamp,
    /// When it ends.
    pub(crate) expires_at: Timestamp,
    /// When it was used, to about a minute.
    pub(crate) used_at: Option<Timestamp>,
}

impl Store {
    /// Who holds a token, as long as it is good for anything but its time.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn token_holder(&self, id: SignInId) -> Result<Option<Holder>, Problem> {
        self.first(HOLDER, &[text(id.as_str())]).await
    }

    /// Notes that a token is used.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn token_used(&self, id: SignInId, now: Timestamp) -> Result<(), Problem> {
        let used = self.statement(USED, &[text(id.as_str()), time(now)])?;
        used.run().await.map(drop).map_err(failed)
    }

    /// The tokens of an account.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn tokens(&self, user: UserId, now: Timestamp) -> Result<Vec<Token>, Problem> {
        self.all(LIST, &[text(user.as_str()), time(now)]).await
    }

    /// Stores a new token.
    ///
    /// # Errors
    /// [`Problem::TooManyTokens`], [`Problem::AccountDisabled`], and an internal failure.
    pub(crate) async fn add_token(
        &self,
        user: UserId,
        (token, hash): (&Token, &str),
        note: &Note<'_>,
    ) -> Result<(), Problem> {
        let expired = [text(user.as_str()), time(token.created_at)];
        let add = self.statement(
            ADD,
            &[
                text(token.id.as_str()),
                text(user.as_str()),
                text(&token.name),
                text(hash),
                text(&token.scopes),
                time(token.created_at),
                time(token.expires_at),
                u32::try_from(TOKENS_MAX).unwrap_or(u32::MAX).into(),
            ],
        )?;
        let statements =
            vec![self.statement(EXPIRED, &expired)?, add, self.noting_if_changed(note)?];
        if self.batch(statements).await?.get(1).map_or(Ok(false), changed)? {
            return Ok(());
        }
        let is_full = self.tokens(user, token.created_at).await?.len() >= TOKENS_MAX;
        Err(if is_full { Problem::TooManyTokens } else { Problem::AccountDisabled })
    }

    /// Whether an account has a token of this id.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn has_token(&self, user: UserId, id: SignInId) -> Result<bool, Problem> {
        let found = self.answer(HAS, &[text(id.as_str()), text(user.as_str())]).await;
        found.map(|found| found.is_some()).map_err(failed)
    }

    /// Forgets a token; false if the account has none of this id.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn revoke_token(
        &self,
        (user, id): (UserId, SignInId),
        note: &Note<'_>,
    ) -> Result<bool, Problem> {
        let revoke = self.statement(REVOKE, &[text(id.as_str()), text(user.as_str())])?;
        let results = self.batch(vec![revoke, self.noting_if_changed(note)?]).await?;
        results.first().map_or(Ok(false), changed)
    }
}

fn as_list<S: Serializer>(scopes: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(scopes.split(' '))
}

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, params};

    use super::super::tests::database;
    use super::*;

    /// Ada owns the bot Cy; both have a token of their name.
    fn people() -> Connection {
        let database = database();
        for (name, owner) in [("ada", None), ("bob", None), ("cy", Some("ada"))] {
            let sql = "INSERT INTO user (id, name, display_name, created_at, owner)
                       VALUES (?1, ?1, ?1, 0, ?2)";
            database.execute(sql, params![name, owner]).unwrap();
            assert_eq!(add(&database, name, name, 50), 1);
        }
        database
    }

    fn add(database: &Connection, id: &str, user: &str, max: u32) -> usize {
        database.execute(ADD, params![id, user, "n", "hash", "read", 1, 9, max]).unwrap()
    }

    fn opens(database: &Connection, id: &str) -> bool {
        database.query_row(HOLDER, [id], |_| Ok(())).is_ok()
    }

    #[test]
    fn tk4_a_bot_is_good_for_nothing_without_its_owner() {
        for column in ["disabled_at", "deleted_at"] {
            let database = people();
            assert!(opens(&database, "ada") && opens(&database, "cy"));
            let sql = format!("UPDATE user SET {column} = 1 WHERE id = 'ada'");
            database.execute(&sql, ()).unwrap();
            assert!(!opens(&database, "ada") && !opens(&database, "cy"), "{column}");
            assert!(opens(&database, "bob"), "{column}");
        }
    }

    #[test]
    fn tk3_an_account_has_so_many_tokens_and_revokes_its_own() {
        let database = people();
        assert_eq!(add(&database, "second", "bob", 2), 1);
        assert_eq!(add(&database, "third", "bob", 2), 0);
        assert_eq!(add(&database, "x", "nobody", 2), 0);
        let revoke = |id: &str, user: &str| database.execute(REVOKE, [id, user]).unwrap();
        let has = |id: &str, user: &str| database.query_row(HAS, [id, user], |_| Ok(())).is_ok();
        assert!(has("second", "bob") && !has("second", "ada") && !has("other", "bob"));
        assert_eq!(revoke("second", "ada"), 0, "not hers");
        assert_eq!(revoke("second", "bob"), 1);
        assert!(!opens(&database, "second") && !has("second", "bob"));
    }

    #[test]
    fn tk5_nobody_makes_a_token_for_an_account_that_is_closed() {
        for column in ["disabled_at", "deleted_at"] {
            let database = people();
            let sql = format!("UPDATE user SET {column} = 1 WHERE id = 'ada'");
            database.execute(&sql, ()).unwrap();
            let made =
                ["ada", "cy", "bob"].map(|user| add(&database, &format!("{user}2"), user, 9));
            assert_eq!(made, [0, 0, 1], "{column}");
        }
    }

    #[test]
    fn a_use_is_noted_once_a_minute() {
        let database = people();
        let used = |at: i64| database.execute(USED, params!["ada", at]).unwrap();
        assert_eq!([100_000, 110_000, 160_001].map(used), [1, 0, 1]);
    }
}
