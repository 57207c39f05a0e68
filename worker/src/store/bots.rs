//! Bots: accounts that a person owns, and that nobody signs in to (rule TK4).

use protocol::limits::BOTS_MAX;
use protocol::{Timestamp, UserId};
use serde::{Deserialize, Serialize};

use super::deletion::NOTE_DEPARTURE;
use super::{Store, changed, text, time};
use crate::audit::Note;
use crate::problem::Problem;

const LIST: &str = "SELECT id, name, display_name, created_at FROM user
    WHERE owner = ?1 AND deleted_at IS NULL ORDER BY created_at, id";

const BOT: &str = "SELECT id, name, display_name, created_at FROM user
    WHERE id = ?1 AND owner = ?2 AND deleted_at IS NULL";

const ADD: &str = "INSERT INTO user (id, name, display_name, created_at, owner)
    SELECT ?1, ?2, ?3, ?4, ?5
    WHERE (SELECT count(*) FROM user WHERE owner = ?5 AND deleted_at IS NULL) < ?6
    ON CONFLICT (name) DO NOTHING";

const N_BOTS: &str = "SELECT count(*) AS n FROM user WHERE owner = ?1 AND deleted_at IS NULL";

/// The row stays, so that nobody else becomes who others speak of.
const REMOVE: &str = "UPDATE user SET deleted_at = ?2 WHERE id = ?1 AND deleted_at IS NULL";

/// A bot, as its owner sees it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Bot {
    /// Its id.
    pub(crate) id: UserId,
    /// The name of the account.
    pub(crate) name: String,
    /// The name that others see.
    pub(crate) display_name: String,
    /// When it was made.
    pub(crate) created_at: Timestamp,
}

#[derive(Deserialize)]
struct Id {
    id: UserId,
}

#[derive(Deserialize)]
struct Count {
    n: usize,
}

impl Store {
    /// The ids of a person's bots.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn bot_ids(&self, owner: UserId) -> Result<Vec<UserId>, Problem> {
        let rows: Vec<Id> = self.all(LIST, &[text(owner.as_str())]).await?;
        Ok(rows.into_iter().map(|row| row.id).collect())
    }

    /// A person's bots.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn bots(&self, owner: UserId) -> Result<Vec<Bot>, Problem> {
        self.all(LIST, &[text(owner.as_str())]).await
    }

    /// A bot of this person.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn bot(&self, bot: UserId, owner: UserId) -> Result<Option<Bot>, Problem> {
        self.first(BOT, &[text(bot.as_str()), text(owner.as_str())]).await
    }

    /// Stores a new bot.
    ///
    /// # Errors
    /// [`Problem::TooManyBots`], [`Problem::NameTaken`], and an internal failure.
    pub(crate) async fn add_bot(
        &self,
        owner: UserId,
        bot: &Bot,
        note: &Note<'_>,
    ) -> Result<(), Problem> {
        let add = self.statement(
            ADD,
            &[
                text(bot.id.as_str()),
                text(&bot.name),
                text(&bot.display_name),
                time(bot.created_at),
                text(owner.as_str()),
                u32::try_from(BOTS_MAX).unwrap_or(u32::MAX).into(),
            ],
        )?;
        let results = self.batch(vec![add, self.noting_if_changed(note)?]).await?;
        if results.first().map_or(Ok(false), changed)? {
            return Ok(());
        }
        let count: Option<Count> = self.first(N_BOTS, &[text(owner.as_str())]).await?;
        let is_full = count.is_some_and(|count| count.n >= BOTS_MAX);
        Err(if is_full { Problem::TooManyBots } else { Problem::NameTaken })
    }

    /// Forgets a bot's tokens, and that it is a bot of anybody.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn remove_bot(&self, bot: UserId, note: &Note<'_>) -> Result<(), Problem> {
        let id = text(bot.as_str());
        let when = [id.clone(), time(note.at)];
        let departure = self.statement(NOTE_DEPARTURE, &when)?;
        let remove = self.statement(REMOVE, &when)?;
        let note = self.noting_if_changed(note)?;
        let tokens = self.statement("DELETE FROM token WHERE user = ?1", &[id])?;
        self.batch(vec![departure, remove, note, tokens]).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::params;

    use super::super::tests::database;
    use super::*;

    #[test]
    fn tk4_a_person_owns_so_many_bots() {
        let database = database();
        let add = |name: &str, owner: &str| {
            database.execute(ADD, params![name, name, name, 1, owner, 2]).unwrap()
        };
        assert_eq!(["a", "b", "c"].map(|name| add(name, "ada")), [1, 1, 0]);
        assert_eq!(add("a", "bob"), 0, "the name is taken");
        assert_eq!(database.execute(REMOVE, params!["a", 2]).unwrap(), 1);
        assert_eq!(add("d", "ada"), 1);
        assert_eq!(add("a", "bob"), 0, "a name is never given again");
    }
}
