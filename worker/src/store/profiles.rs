//! What an account is called, and its picture.

use protocol::{AttachmentId, Timestamp, UserId};
use serde::Deserialize;
use worker::D1Result;
use worker::wasm_bindgen::JsValue;

use super::{Store, changed, failed, text, time};
use crate::audit::Note;
use crate::problem::Problem;

/// Milliseconds between two names: every room hears of each, and everybody in it.
pub(crate) const RENAME_EVERY_MS: u64 = 5_000;

const RENAME: &str = "UPDATE user SET display_name = ?2, named_at = ?3
    WHERE id = ?1 AND deleted_at IS NULL AND coalesce(named_at, 0) <= ?3 - ?4";

const AVATAR: &str = "SELECT avatar FROM user WHERE id = ?1 AND deleted_at IS NULL";

const SET_AVATAR: &str = "UPDATE user SET avatar = ?2 WHERE id = ?1 AND deleted_at IS NULL";

/// Which picture an account has.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Picture {
    /// Its version; `None` for an account without one.
    #[serde(rename = "avatar")]
    pub(crate) version: Option<AttachmentId>,
}

impl Store {
    /// Names an account anew; false if it was named a moment ago.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn rename(
        &self,
        user: UserId,
        name: &str,
        note: &Note<'_>,
    ) -> Result<bool, Problem> {
        let pause = Timestamp(RENAME_EVERY_MS);
        let values = [text(user.as_str()), text(name), time(note.at), time(pause)];
        let rename = self.statement(RENAME, &values)?;
        let results = self.batch(vec![rename, self.noting_if_changed(note)?]).await?;
        results.first().map_or(Ok(false), changed)
    }

    /// The picture of an account; `None` if the account is gone.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn avatar(&self, user: UserId) -> Result<Option<Picture>, Problem> {
        self.first(AVATAR, &[text(user.as_str())]).await
    }

    /// Gives an account this picture, or none, and answers which one it had; `None` if the account
    /// is gone.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn set_avatar(
        &self,
        user: UserId,
        version: Option<AttachmentId>,
    ) -> Result<Option<Picture>, Problem> {
        let version = version.map_or(JsValue::NULL, |version| text(version.as_str()));
        let user = text(user.as_str());
        // A batch is one transaction: nobody else changes the picture in between.
        let before = self.statement(AVATAR, std::slice::from_ref(&user))?;
        let results =
            self.batch(vec![before, self.statement(SET_AVATAR, &[user, version])?]).await?;
        let before = results.first().map_or(Ok(Vec::new()), D1Result::results);
        Ok(before.map_err(failed)?.pop())
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::params;

    use super::super::tests::database;
    use super::*;

    #[test]
    fn pe2_the_picture_before_is_known_unless_nobody_is_there() {
        let database = database();
        let sql = "INSERT INTO user (id, name, display_name, created_at) VALUES ('a', 'a', 'A', 0)";
        database.execute(sql, []).unwrap();
        let set = |version: &str| -> (Option<Option<String>>, usize) {
            let before = database.query_row(AVATAR, ["a"], |row| row.get(0)).ok();
            (before, database.execute(SET_AVATAR, ["a", version]).unwrap())
        };
        assert_eq!(set("one"), (Some(None), 1));
        assert_eq!(set("two"), (Some(Some("one".to_owned())), 1));
        database.execute("UPDATE user SET deleted_at = 1, avatar = NULL", []).unwrap();
        assert_eq!(set("three"), (None, 0));
    }

    #[test]
    fn pe1_names_follow_each_other_with_a_pause() {
        let database = database();
        let sql = "INSERT INTO user (id, name, display_name, created_at) VALUES ('a', 'a', 'A', 0)";
        database.execute(sql, []).unwrap();
        let pause = i64::try_from(RENAME_EVERY_MS).unwrap();
        let rename =
            |name: &str, at: i64| database.execute(RENAME, params!["a", name, at, pause]).unwrap();
        assert_eq!(rename("Ann", 1_000_000), 1);
        assert_eq!(rename("Bea", 1_000_000 + pause - 1), 0);
        assert_eq!(rename("Cyd", 1_000_000 + pause), 1);
        database.execute("UPDATE user SET deleted_at = 1", []).unwrap();
        assert_eq!(rename("Dee", 9_000_000), 0, "nobody is there");
    }
}
