//! Who blocks whom.

use protocol::{Timestamp, UserId};
use serde::Deserialize;

use super::{Profile, Store, changed, failed, flag, text, time};
use crate::problem::Problem;

/// People whom an account blocks, at most: what a page holds in memory to hide what they say.
const BLOCKS_MAX: u32 = 500;

const BLOCK: &str = "INSERT INTO block (user, blocked, at)
    SELECT ?1, id, ?3 FROM user WHERE id = ?2 AND deleted_at IS NULL
        AND (SELECT count(*) FROM block WHERE block.user = ?1) < ?4
    ON CONFLICT DO UPDATE SET at = block.at";

const UNBLOCK: &str = "DELETE FROM block WHERE user = ?1 AND blocked = ?2";

const BLOCKS: &str = "SELECT id, name, display_name, avatar, owner IS NOT NULL AS bot
    FROM block JOIN user ON user.id = block.blocked WHERE block.user = ?1 ORDER BY at, id";

/// Whoever blocks a person blocks the person's bots.
const BLOCKERS: &str = "SELECT DISTINCT user AS id FROM block
    WHERE blocked IN (?1, (SELECT owner FROM user WHERE id = ?1))
        AND user IN (SELECT value FROM json_each(?2))";

const WITH_BOTS: &str = "SELECT id, EXISTS (SELECT 1 FROM block
        WHERE block.user = ?1 AND blocked IN (other.id, other.owner)) AS blocked
    FROM user AS other WHERE id = ?2 OR owner = ?2 AND deleted_at IS NULL ORDER BY id";

/// What became of a block.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Blocking {
    /// It is there.
    Done,
    /// Nobody has this id.
    NoSuchUser,
    /// The account blocks so many people already.
    TooMany(u32),
}

/// Somebody whose messages an account takes, or not.
#[derive(Debug, Deserialize)]
pub(crate) struct Other {
    /// Who.
    pub(crate) id: UserId,
    /// Whether the account blocks them, or who owns them.
    #[serde(deserialize_with = "flag")]
    pub(crate) blocked: bool,
}

#[derive(Deserialize)]
struct Id {
    id: UserId,
}

impl Store {
    /// Whom an account blocks, the oldest block first.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn blocks(&self, user: UserId) -> Result<Vec<Profile>, Problem> {
        self.all(BLOCKS, &[text(user.as_str())]).await
    }

    /// Blocks somebody.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn block(
        &self,
        user: UserId,
        blocked: UserId,
        now: Timestamp,
    ) -> Result<Blocking, Problem> {
        let values = [text(user.as_str()), text(blocked.as_str()), time(now), BLOCKS_MAX.into()];
        if changed(&self.statement(BLOCK, &values)?.run().await.map_err(failed)?)? {
            return Ok(Blocking::Done);
        }
        let known = !self.profiles_here(&[blocked]).await?.is_empty();
        Ok(if known { Blocking::TooMany(BLOCKS_MAX) } else { Blocking::NoSuchUser })
    }

    /// Ends a block, if there is one.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn unblock(&self, user: UserId, blocked: UserId) -> Result<(), Problem> {
        let values = [text(user.as_str()), text(blocked.as_str())];
        self.statement(UNBLOCK, &values)?.run().await.map(drop).map_err(failed)
    }

    /// Whether `by` blocks this person, and each bot of theirs.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn with_bots(&self, by: UserId, of: UserId) -> Result<Vec<Other>, Problem> {
        self.all(WITH_BOTS, &[text(by.as_str()), text(of.as_str())]).await
    }

    /// Which of these block `blocked`, or whoever owns it.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn blockers(
        &self,
        blocked: UserId,
        of: &[UserId],
    ) -> Result<Vec<UserId>, Problem> {
        let ids =
            serde_json::to_string(of).map_err(|error| Problem::internal("ids of users", &error))?;
        let found: Vec<Id> = self.all(BLOCKERS, &[text(blocked.as_str()), text(&ids)]).await?;
        Ok(found.into_iter().map(|Id { id }| id).collect())
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, params};

    use super::super::tests::database;
    use super::*;

    fn block(database: &Connection, user: &str, blocked: &str, at: i64, max: u32) -> usize {
        database.execute(BLOCK, params![user, blocked, at, max]).unwrap()
    }

    #[test]
    fn pe3_a_block_is_one_way_and_keeps_its_time() {
        let database = database();
        for id in ["a", "b", "c"] {
            let sql =
                "INSERT INTO user (id, name, display_name, created_at) VALUES (?1, ?1, ?1, 0)";
            database.execute(sql, [id]).unwrap();
        }
        assert_eq!(block(&database, "a", "b", 5, 9), 1);
        assert_eq!(block(&database, "a", "c", 4, 9), 1);
        assert_eq!(block(&database, "a", "b", 7, 9), 1, "it is so already");
        assert_eq!(block(&database, "a", "nobody", 7, 9), 0);
        assert_eq!(block(&database, "b", "a", 7, 0), 0, "no more than the limit");
        let blocked = || -> Vec<String> {
            let mut statement = database.prepare(BLOCKS).unwrap();
            let rows = statement.query_map(["a"], |row| row.get(0)).unwrap();
            rows.map(Result::unwrap).collect()
        };
        assert_eq!(blocked(), ["c", "b"]);
        let blockers = |blocked: &str| -> Option<String> {
            let of = r#"["a","c"]"#;
            database.query_row(BLOCKERS, [blocked, of], |row| row.get(0)).ok()
        };
        assert_eq!((blockers("b").as_deref(), blockers("a")), (Some("a"), None));
        let bot = "INSERT INTO user (id, name, display_name, created_at, owner, deleted_at)
            VALUES (?1, ?1, ?1, 0, 'b', ?2)";
        database.execute(bot, params!["b-bot", None::<u32>]).unwrap();
        database.execute(bot, params!["b-gone", 1]).unwrap();
        assert_eq!(blockers("b-bot").as_deref(), Some("a"), "through a bot, too");
        let with_bots = |of: &str| -> Vec<(String, bool)> {
            let mut statement = database.prepare(WITH_BOTS).unwrap();
            let rows = statement.query_map(["a", of], |row| Ok((row.get(0)?, row.get(1)?)));
            rows.unwrap().map(Result::unwrap).collect()
        };
        let both = |b: bool, bot: bool| vec![("b".to_owned(), b), ("b-bot".to_owned(), bot)];
        assert_eq!(with_bots("b"), both(true, true));
        assert_eq!(database.execute(UNBLOCK, ["a", "b"]).unwrap(), 1);
        assert_eq!(block(&database, "a", "b-bot", 9, 9), 1);
        assert_eq!(with_bots("b"), both(false, true), "the bot alone");
        assert_eq!(database.execute(UNBLOCK, ["a", "b-bot"]).unwrap(), 1);
        assert_eq!(with_bots("b"), both(false, false));
        assert_eq!(block(&database, "a", "b", 5, 9), 1);
        assert_eq!(database.execute(UNBLOCK, ["a", "c"]).unwrap(), 1);
        assert_eq!(blocked(), ["b"]);
    }
}
