//! Who blocks whom, which D1 knows (rule PE3). It is asked only when somebody is told of a mention.

use object_api::deadline::in_time;
use protocol::UserId;
use protocol::ordered::Set;
use worker::js_sys::Array;
use worker::wasm_bindgen::JsCast;

use super::{ANSWER_MS, index};
use crate::room_object::Shell;

/// Authors about whom one member's blocks are looked up.
pub(super) const AUTHORS_MAX: usize = 100;

/// Whoever blocks a person blocks the person's bots. `?1` is a list of pairs.
const BLOCKED: &str = "SELECT json_group_array(json(value)) FROM json_each(?1)
    WHERE EXISTS (SELECT 1 FROM block WHERE block.user = value ->> 0
        AND blocked IN (value ->> 1, (SELECT owner FROM user WHERE id = value ->> 1)))";

/// Those of the pairs of which the first blocks the second. If D1 does not answer, a mention too
/// many is better than none.
pub(super) async fn among(shell: &Shell, pairs: Vec<(UserId, UserId)>) -> Set<(UserId, UserId)> {
    if pairs.is_empty() {
        return Set::default();
    }
    let blocked = in_time(ANSWER_MS, ask(shell, &pairs)).await;
    blocked.unwrap_or_else(|error| {
        shell.log("room_blocks", &error);
        Set::default()
    })
}

async fn ask(shell: &Shell, pairs: &[(UserId, UserId)]) -> worker::Result<Set<(UserId, UserId)>> {
    let pairs = serde_json::to_string(pairs)?;
    let statement = shell.env.d1(index::BINDING)?.prepare(BLOCKED).bind(&[pairs.into()])?;
    let row = statement.raw_js_value().await?.into_iter().next();
    let row: Option<Array> = row.and_then(|row| row.dyn_into().ok());
    let list = row.and_then(|row| row.get(0).as_string()).ok_or("D1 answered no list")?;
    Ok(Set::of(serde_json::from_str::<Vec<(UserId, UserId)>>(&list)?))
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    /// The database that the migrations make.
    fn database() -> Connection {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations");
        let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        let mut files: Vec<_> =
            files.filter(|path| path.extension().is_some_and(|end| end == "sql")).collect();
        files.sort();
        let database = Connection::open_in_memory().unwrap();
        for file in files {
            database.execute_batch(&std::fs::read_to_string(file).unwrap()).unwrap();
        }
        database
    }

    #[test]
    fn pe3_whoever_is_blocked_is_found_with_their_bots() {
        let database = database();
        for (id, owner) in [("ann", None), ("bob", None), ("bot", Some("bob")), ("cyd", None)] {
            let sql = "INSERT INTO user (id, name, display_name, created_at, owner)
                VALUES (?1, ?1, ?1, 0, ?2)";
            database.execute(sql, (id, owner)).unwrap();
        }
        database.execute("INSERT INTO block VALUES ('ann', 'bob', 0)", ()).unwrap();
        let blocked = |pairs: &str| -> String {
            database.query_row(BLOCKED, [pairs], |row| row.get(0)).unwrap()
        };
        let asked = r#"[["ann","bob"],["ann","bot"],["ann","cyd"],["bob","ann"],["cyd","bob"]]"#;
        assert_eq!(blocked(asked), r#"[["ann","bob"],["ann","bot"]]"#);
        assert_eq!(blocked("[]"), "[]");
    }
}
