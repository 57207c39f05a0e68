use rusqlite::{Connection, params};
use serde_json::{Value, json};

use super::super::tests::database;
use super::*;

fn names(database: &Connection) -> Vec<String> {
    let names: String = database.query_row(TABLES, [], |row| row.get(0)).unwrap();
    serde_json::from_str(&names).unwrap()
}

fn table(database: &Connection, name: &str) -> Table {
    let parts: String = database.query_row(TABLE, [name], |row| row.get(0)).unwrap();
    let (columns, parents) = serde_json::from_str(&parts).unwrap();
    Table { name: name.to_owned(), columns, parents }
}

fn dump(database: &Connection, table: &Table, after: Option<&str>) -> Vec<(String, String)> {
    let mut statement = database.prepare(&table.dump(after.is_none())).unwrap();
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let rows = match after {
        Some(after) => statement.query_map([after], read).unwrap(),
        None => statement.query_map([], read).unwrap(),
    };
    rows.map(Result::unwrap).collect()
}

/// Restores rows; whether they are there now.
fn restore(
    database: &Connection,
    table: &Table,
    after: Option<&str>,
    rows: &[(String, String)],
) -> bool {
    let columns: Vec<String> = table.columns().map(str::to_owned).collect();
    let lines: Vec<&str> = rows.iter().map(|(line, _)| line.as_str()).collect();
    let rows = format!("[{}]", lines.join(","));
    database.execute(&table.insert(&columns), params![rows, after]).unwrap();
    !database.prepare(&table.missing(&columns)).unwrap().exists([rows]).unwrap()
}

#[test]
fn aa5_every_table_of_ours_is_dumped_with_its_key() {
    let database = database();
    let names = names(&database);
    let first = ["user", "password", "sign_in", "room", "membership"].map(str::to_owned);
    assert!(names.starts_with(&first), "{names:?}");
    assert!(!names.contains(&"archive_lease".to_owned()));
    assert!(!names.contains(&"archive_run".to_owned()));
    for name in names {
        assert!(!table(&database, &name).key().is_empty(), "{name} has no primary key");
    }
}

/// Values of all types, a key of two columns, and names that need quotes.
const ODD: &str = r#"CREATE TABLE "odd 'one'" (a TEXT, "b it's" INTEGER, c BLOB, value REAL,
    t TEXT UNIQUE, PRIMARY KEY ("b it's", a)) STRICT, WITHOUT ROWID"#;

fn odd() -> (Connection, Table) {
    let database = database();
    database.execute_batch(ODD).unwrap();
    let table = table(&database, "odd 'one'");
    (database, table)
}

#[test]
fn aa5_what_is_dumped_comes_back_exactly() {
    let (from, table) = odd();
    let insert = r#"INSERT INTO "odd 'one'" VALUES (?1, ?2, ?3, ?4, ?5)"#;
    let (most, least) = (i64::MAX, i64::MIN);
    from.execute(insert, params!["a\n\"'", most, None::<Vec<u8>>, 0.1, "{\"x\":1}"]).unwrap();
    from.execute(insert, params!["마루🙂", least, vec![0_u8, 255], 1.0, None::<&str>]).unwrap();
    from.execute(insert, params!["", 0, Vec::<u8>::new(), -1e300, "[1]"]).unwrap();
    let rows = dump(&from, &table, None);
    assert_eq!(rows[0].1, format!("[{least},\"마루🙂\"]"));
    let first: Value = serde_json::from_str(&rows[0].0).unwrap();
    assert_eq!(first["c"], json!({ "blob": "00FF" }));
    assert!(rows.iter().all(|(line, _)| !line.contains('\n')), "{rows:?}");

    let (to, table) = odd();
    assert!(restore(&to, &table, None, &rows));
    assert_eq!(dump(&to, &table, None), rows);
    let types = r#"SELECT group_concat(typeof(c) || typeof(value) || typeof(t)) FROM "odd 'one'""#;
    let types = |of: &Connection| of.query_row(types, [], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(types(&to), types(&from));
}

#[test]
fn aa5_pages_follow_each_other_by_key() {
    let database = database();
    let table = table(&database, "membership");
    for (user, room) in [("b", "1"), ("a", "2"), ("a", "1"), ("b", "0")] {
        let sql = "INSERT INTO membership VALUES (?1, ?2, NULL, 0, 1)";
        database.execute(sql, [user, room]).unwrap();
    }
    let keys = |after: Option<&str>| -> Vec<String> {
        dump(&database, &table, after).into_iter().map(|(_, key)| key).collect()
    };
    assert_eq!(keys(None), [r#"["a","1"]"#, r#"["a","2"]"#, r#"["b","0"]"#, r#"["b","1"]"#]);
    assert_eq!(keys(Some(r#"["a","2"]"#)), [r#"["b","0"]"#, r#"["b","1"]"#]);
    assert_eq!(keys(Some(r#"["b","1"]"#)), [] as [&str; 0]);
}

#[test]
fn aa6_a_page_is_put_where_the_one_before_it_ended_and_nowhere_else() {
    let (from, to) = (database(), database());
    let table = table(&from, "user");
    for id in ["a", "b", "c", "d"] {
        let sql =
            "INSERT INTO user (id, name, display_name, created_at) VALUES (?1, ?1, 'Somebody', 0)";
        from.execute(sql, [id]).unwrap();
    }
    let rows = dump(&from, &table, None);
    let (first, second) = rows.split_at(2);
    let after = Some(first[1].1.as_str());
    assert!(!restore(&to, &table, after, second), "the first page is missing");
    assert!(restore(&to, &table, None, first));
    assert!(restore(&to, &table, None, first), "a repetition");
    assert!(restore(&to, &table, after, second));
    assert!(restore(&to, &table, None, first), "also later");
    assert!(restore(&to, &table, after, second));
    assert_eq!(dump(&to, &table, None), rows);

    to.execute("UPDATE user SET display_name = 'Other' WHERE id = 'b'", []).unwrap();
    assert!(!restore(&to, &table, None, first), "it holds something else");
    let live = database();
    live.execute(
        "INSERT INTO user (id, name, display_name, created_at) VALUES ('0', 'zed', 'Somebody', 0)",
        [],
    )
    .unwrap();
    assert!(!restore(&live, &table, None, first), "it is in use");
    assert_eq!(dump(&live, &table, None).len(), 1);
}

#[test]
fn aa6_rows_that_refer_to_nobody_are_left_out() {
    let to = database();
    to.execute_batch("PRAGMA foreign_keys = ON").unwrap();
    to.execute(
        "INSERT INTO user (id, name, display_name, created_at) VALUES ('a', 'ann', 'Ann', 0)",
        [],
    )
    .unwrap();
    let table = table(&to, "password");
    let row = |user: &str| {
        (json!({ "user": user, "hash": "h", "changed_at": 1 }).to_string(), String::new())
    };
    assert!(restore(&to, &table, None, &[row("a"), row("x")]));
    assert_eq!(dump(&to, &table, None), [(row("a").0, "[\"a\"]".to_owned())].map(order));
}

/// A line with its members in the order of columns.
fn order((line, key): (String, String)) -> (String, String) {
    let value: Value = serde_json::from_str(&line).unwrap();
    let (user, hash, at) = (&value["user"], &value["hash"], &value["changed_at"]);
    (format!(r#"{{"user":{user},"hash":{hash},"changed_at":{at}}}"#), key)
}

#[test]
fn aa6_a_key_that_is_no_column_is_found() {
    let database = database();
    let unknown = |rows: &str| -> Option<String> {
        let mut statement = database.prepare(UNKNOWN_KEY).unwrap();
        let found = statement.query_map([rows, r#"["a","b"]"#], |row| row.get(0));
        found.unwrap().map(Result::unwrap).next()
    };
    assert_eq!(unknown(r#"[{"a":1},{"b":2,"a":null}]"#), None);
    assert_eq!(unknown(r#"[{"a":1},{"c":2}]"#).as_deref(), Some("c"));
    assert_eq!(unknown("[]"), None);
}
