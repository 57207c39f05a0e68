//! What people are called.

use protocol::UserId;
use serde::{Deserialize, Serialize};
use worker::wasm_bindgen::JsValue;

use super::{Store, flag, part, text};
use crate::identity::name::UserName;
use crate::problem::Problem;

/// People in the answer to a part of a name; who is not among them needs a longer part.
const FOUND_MAX: u32 = 20;

const BY_IDS: &str = "SELECT id, name, display_name, avatar, owner IS NOT NULL AS bot FROM user
    WHERE id IN (SELECT value FROM json_each(?1))";

/// Without those who are gone.
const HERE_BY_IDS: &str =
    "SELECT id, name, display_name, avatar, owner IS NOT NULL AS bot FROM user
    WHERE id IN (SELECT value FROM json_each(?1)) AND deleted_at IS NULL";

const BY_NAME: &str = "SELECT id, name, display_name, avatar, owner IS NOT NULL AS bot FROM user
    WHERE name = ?1 AND deleted_at IS NULL";

/// Names that begin with the part come first. Not LIKE, whose patterns D1 ends at 50 bytes.
const BY_PART: &str = "SELECT id, name, display_name, avatar, owner IS NOT NULL AS bot FROM user
    WHERE (instr(name, ?1) > 0 OR instr(lower(display_name), ?1) > 0) AND deleted_at IS NULL
    ORDER BY instr(name, ?1) <> 1 AND instr(lower(display_name), ?1) <> 1, name LIMIT ?2";

/// Somebody, as the API shows them to others.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Profile {
    /// The id.
    pub(crate) id: UserId,
    /// The name of the account.
    pub(crate) name: String,
    /// The name that others see.
    pub(crate) display_name: String,
    /// The version of the picture.
    pub(crate) avatar: Option<String>,
    /// Whether the account is a bot.
    #[serde(deserialize_with = "flag")]
    pub(crate) bot: bool,
}

impl Store {
    /// What users are called; those that do not exist are left out.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn profiles(&self, users: &[UserId]) -> Result<Vec<Profile>, Problem> {
        self.all(BY_IDS, &[ids(users)?]).await
    }

    /// The same of those whose accounts were not deleted.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn profiles_here(&self, users: &[UserId]) -> Result<Vec<Profile>, Problem> {
        self.all(HERE_BY_IDS, &[ids(users)?]).await
    }

    /// Who has an account of this name.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn profile(&self, name: &UserName) -> Result<Option<Profile>, Problem> {
        self.first(BY_NAME, &[text(name.as_str())]).await
    }

    /// Whose account name or display name has this part.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn find_people(&self, of_name: &str) -> Result<Vec<Profile>, Problem> {
        self.all(BY_PART, &[part(of_name), FOUND_MAX.into()]).await
    }
}

fn ids(users: &[UserId]) -> Result<JsValue, Problem> {
    let ids = serde_json::to_string(users);
    ids.map(|ids| text(&ids)).map_err(|error| Problem::internal("ids of users", &error))
}

#[cfg(test)]
mod tests {
    use super::super::tests::database;
    use super::*;

    #[test]
    fn pe4_who_is_gone_is_still_named_but_meets_nobody() {
        let database = database();
        let insert = "INSERT INTO user (id, name, display_name, created_at, deleted_at)
            VALUES (?1, ?1, '', 0, ?2)";
        database.execute(insert, ("ann", None::<u32>)).unwrap();
        database.execute(insert, ("bob", Some(1))).unwrap();
        let find = |sql: &str| -> Vec<String> {
            let mut statement = database.prepare(sql).unwrap();
            let rows = statement.query_map([r#"["ann","bob","cy"]"#], |row| row.get(0)).unwrap();
            rows.map(Result::unwrap).collect()
        };
        assert_eq!((find(BY_IDS).len(), find(HERE_BY_IDS)), (2, vec!["ann".to_owned()]));
    }

    #[test]
    fn a_part_of_either_name_finds_people() {
        let database = database();
        let insert = "INSERT INTO user (id, name, display_name, created_at) VALUES (?1, ?2, ?3, 0)";
        for (name, display_name) in [
            ("xann", "Other"),
            ("ann.lee", "이 앤"),
            ("bob", "Dr. ANNA"),
            ("carl", "Annika"),
            ("dan", "50%"),
        ] {
            database.execute(insert, (name, name, display_name)).unwrap();
        }
        let find = |part: &str| -> Vec<String> {
            let mut statement = database.prepare(BY_PART).unwrap();
            let rows = statement.query_map((part, FOUND_MAX), |row| row.get(1)).unwrap();
            rows.map(Result::unwrap).collect()
        };
        assert_eq!(find("ann"), ["ann.lee", "carl", "bob", "xann"]);
        assert_eq!(find("앤"), ["ann.lee"]);
        assert_eq!(find("%"), ["dan"]);
        assert_eq!(find("_"), [] as [&str; 0]);
    }
}
