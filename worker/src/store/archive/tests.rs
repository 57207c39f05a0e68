use rusqlite::{Connection, params};
use serde_json::{Value, json};

use super::super::tests::database;
use super::*;

fn room(database: &Connection, id: &str, columns: &str) {
    let sql = format!(
        "INSERT INTO room(id, name, kind, topic, owner, created_at, seq) \
         VALUES ('{id}', '', 'public', '', '', 0, 1)"
    );
    database.execute(&sql, []).unwrap();
    if !columns.is_empty() {
        database.execute(&format!("UPDATE room SET {columns} WHERE id = '{id}'"), []).unwrap();
    }
}

fn list(database: &Connection, listed: Listed, after: &str, limit: u32) -> Value {
    let before = match listed {
        Listed::Expiring { before } => i64::try_from(before.0).unwrap(),
        Listed::Dirty | Listed::Deleted | Listed::Held | Listed::All => 0,
    };
    let mut statement = database.prepare(&listed.sql()).unwrap();
    let read = |row: &rusqlite::Row<'_>| row.get::<_, String>(0);
    let page = if statement.parameter_count() == 3 {
        statement.query_one(params![after, limit, before], read)
    } else {
        statement.query_one(params![after, limit], read)
    };
    serde_json::from_str(&page.unwrap()).unwrap()
}

fn ids(page: &Value) -> Vec<&str> {
    page["rooms"].as_array().unwrap().iter().map(|room| room["room"].as_str().unwrap()).collect()
}

/// Takes a lease; the fence, or who holds a part of it.
fn take(database: &Connection, buckets: &str, holder: &str, now: i64) -> Result<i64, String> {
    let values = params![buckets, holder, now, now.saturating_add(60_000)];
    let mut statement = database.prepare(TAKE).unwrap();
    let fences: Vec<String> =
        statement.query_map(values, |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    match fences.first() {
        Some(fence) => {
            assert!(fences.iter().all(|other| other == fence), "{fences:?}");
            Ok(fence.parse().unwrap())
        }
        None => Err(database.query_row(HOLDER, params![buckets, now], |row| row.get(0)).unwrap()),
    }
}

fn renew(database: &Connection, buckets: &str, fence: i64, now: i64) -> bool {
    let values = params![buckets, fence, now, now.saturating_add(60_000)];
    database.prepare(RENEW).unwrap().exists(values).unwrap()
}

fn stands(database: &Connection, id: &str, (head, archived): (i64, i64), oldest_at: Option<i64>) {
    database.execute(STANDS, params![id, head, archived, oldest_at, None::<bool>]).unwrap();
}

#[test]
fn aa2_a_list_has_the_rooms_of_its_state() {
    let database = database();
    room(&database, "a", "head_seq = 5, archived_seq = 5, oldest_at = 10");
    room(&database, "b", "head_seq = 6, archived_seq = 5, oldest_at = 20, dirty_since = 7");
    room(&database, "c", "head_seq = 9, archived_seq = 5, oldest_at = 1, hold = 1");
    room(&database, "d", "head_seq = 9, archived_seq = 5, oldest_at = 1, deleted = 1");
    room(&database, "e", "head_seq = 0, archived_seq = 0, deleted = 1");
    let listed = |listed| list(&database, listed, "", 9);
    assert_eq!(ids(&listed(Listed::Dirty)), ["b", "c"]);
    assert_eq!(ids(&listed(Listed::Expiring { before: Timestamp(20) })), ["a"]);
    assert_eq!(ids(&listed(Listed::Expiring { before: Timestamp(21) })), ["a", "b"]);
    assert_eq!(ids(&listed(Listed::Deleted)), ["d"]);
    assert_eq!(ids(&listed(Listed::Held)), ["c"]);
    assert_eq!(ids(&listed(Listed::All)), ["a", "b", "c", "d", "e"]);
    let expected = json!({
        "room": "b", "head": 6, "archived": 5, "dirty_since": 7, "oldest_at": 20,
        "hold": false, "deleted": false,
    });
    assert_eq!(listed(Listed::Dirty)["rooms"][0], expected);
}

#[test]
fn aa2_pages_follow_each_other_by_id() {
    let database = database();
    assert_eq!(list(&database, Listed::All, "", 2), json!({ "rooms": [], "cursor": null }));
    for id in ["d", "b", "a", "c"] {
        room(&database, id, "");
    }
    let first = list(&database, Listed::All, "", 3);
    assert_eq!((ids(&first), &first["cursor"]), (vec!["a", "b", "c"], &json!("c")));
    let last = list(&database, Listed::All, "c", 3);
    assert_eq!((ids(&last), &last["cursor"]), (vec!["d"], &json!(null)));
    assert_eq!(list(&database, Listed::All, "", 4)["cursor"], json!(null));
}

#[test]
fn aa3_a_lease_is_whole_or_not_at_all() {
    let database = database();
    let first = take(&database, "[1,2,3]", "one", 1_000).unwrap();
    assert_eq!(
        take(&database, "[3,4]", "two", 1_001).unwrap_err(),
        "one until 1970-01-01T00:01:01Z"
    );
    let other = take(&database, "[4,4]", "two", 1_001).unwrap();
    assert!(other > first);
    let late = take(&database, "[3,4]", "three", 61_000);
    assert_eq!(late.unwrap_err(), "two until 1970-01-01T00:01:02Z", "one of two has ended");
    let third = take(&database, "[1]", "three", 61_000).unwrap();
    assert!(third > other);
    assert!(!renew(&database, "[1,2,3]", first, 60_999), "a part was lost");
    assert!(renew(&database, "[1]", third, 61_000));
}

#[test]
fn aa3_a_fence_is_never_given_twice() {
    let database = database();
    let mut last = 0;
    for now in [5_000, 5_000, 5_001, 4_000] {
        let fence = take(&database, "[7]", "one", now).unwrap();
        assert!(fence > last, "{fence} after {last}");
        assert_eq!(database.execute(END, [fence]).unwrap(), 1);
        assert!(!renew(&database, "[7]", fence, now), "it was ended");
        last = fence;
    }
    assert!(last >= 5_000, "it would rise from the time in an empty database, too");
}

#[test]
fn aa3_a_lease_is_renewed_whole_and_in_time() {
    let database = database();
    let fence = take(&database, "[1,2]", "one", 1_000).unwrap();
    assert!(renew(&database, "[1,2]", fence, 60_000));
    assert!(take(&database, "[2]", "two", 70_000).is_err(), "it lasts longer now");
    assert!(!renew(&database, "[1,2,3]", fence, 70_000), "it never had the third");
    assert!(!renew(&database, "[1,2]", fence.saturating_add(1), 70_000), "it is of somebody else");
    assert!(!renew(&database, "[1,2]", fence, 120_000), "it has ended");
}

#[test]
fn aa4_what_is_known_of_a_room_only_rises() {
    let database = database();
    room(&database, "a", "head_seq = 5, dirty_since = 3");
    let row = || {
        let sql = "SELECT head_seq, archived_seq, dirty_since, oldest_at, hold FROM room";
        let read = |row: &rusqlite::Row<'_>| {
            let (head, archived) = (row.get::<_, i64>(0)?, row.get::<_, i64>(1)?);
            let (since, oldest) = (row.get::<_, Option<i64>>(2)?, row.get::<_, Option<i64>>(3)?);
            Ok((head, archived, since, oldest, row.get::<_, bool>(4)?))
        };
        database.query_row(sql, [], read).unwrap()
    };
    stands(&database, "a", (9, 7), Some(40));
    assert_eq!(row(), (9, 7, Some(3), Some(40), false), "something still waits");
    stands(&database, "a", (9, 9), Some(50));
    assert_eq!(row(), (9, 9, None, Some(50), false));
    stands(&database, "a", (9, 7), Some(40));
    assert_eq!(row(), (9, 9, None, Some(50), false), "a late answer changes nothing");
    stands(&database, "a", (9, 9), None);
    assert_eq!(row(), (9, 9, None, None, false), "everything expired");
    database.execute(STANDS, params!["a", 9, 9, None::<i64>, Some(true)]).unwrap();
    stands(&database, "a", (9, 9), None);
    assert!(row().4, "what says nothing of the hold leaves it");
}

#[test]
fn aa4_only_a_deleted_room_is_forgotten() {
    let database = database();
    room(&database, "a", "archived_seq = 5");
    room(&database, "b", "archived_seq = 5, head_seq = 5, deleted = 1");
    let says = |sql: &str, id: &str| database.prepare(sql).unwrap().exists([id]).unwrap();
    assert_eq!(["a", "b", "x"].map(|id| says(IS_KNOWN, id)), [true, true, false]);
    assert_eq!(["a", "b", "x"].map(|id| says(FORGET, id)), [false, true, false]);
    assert_eq!(ids(&list(&database, Listed::Deleted, "", 9)), [] as [&str; 0]);
    stands(&database, "b", (5, 5), None);
    assert_eq!(ids(&list(&database, Listed::Deleted, "", 9)), ["b"], "it was late");
}

#[test]
fn aa4_a_lease_after_it_fences_a_job_off() {
    let database = database();
    let fence = take(&database, "[1,2]", "one", 1_000).unwrap();
    let newer = take(&database, "[2]", "two", 90_000).unwrap();
    let is_fenced = |bucket: u8, fence: i64| {
        database.prepare(IS_FENCED).unwrap().exists(params![bucket, fence]).unwrap()
    };
    assert_eq!((is_fenced(1, fence), is_fenced(2, fence)), (false, true));
    assert_eq!((is_fenced(2, newer), is_fenced(9, fence)), (false, false));
}

#[test]
fn aa7_the_rooms_of_a_user_are_also_those_that_were_left() {
    let database = database();
    let insert = "INSERT INTO membership VALUES (?1, ?2, ?3, 0, 1)";
    for (user, room, role) in
        [("ann", "b", Some("member")), ("ann", "a", None), ("bob", "c", Some("owner"))]
    {
        database.execute(insert, params![user, room, role]).unwrap();
    }
    room(&database, "d", "owner = 'ann'");
    let rooms =
        |user: &str| -> String { database.query_row(ROOMS_OF, [user], |row| row.get(0)).unwrap() };
    assert_eq!(rooms("ann"), r#"{"rooms":["a","b","d"]}"#);
    assert_eq!(rooms("nobody"), r#"{"rooms":[]}"#);
}

#[test]
fn aa7_an_erased_account_is_a_tombstone() {
    let database = database();
    database
        .execute(
            "INSERT INTO user (id, name, display_name, created_at) VALUES ('x', 'ann', 'Ann', 0)",
            [],
        )
        .unwrap();
    for now in [7, 8] {
        assert_eq!(database.execute(ERASE, ("x", now)).unwrap(), 1);
    }
    let disabled_at: Option<i64> =
        database.query_row("SELECT disabled_at FROM user", [], |row| row.get(0)).unwrap();
    assert_eq!(disabled_at, Some(7), "nobody signs in to it");
    let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
    let row = database.query_row("SELECT name, display_name FROM user", [], read).unwrap();
    assert_eq!(row, ("erased-x".to_owned(), "(erased)".to_owned()));
    let name = crate::identity::name::UserName::parse(&row.0);
    assert!(name.is_err(), "nobody can take it before");
}

#[test]
fn ht5_a_room_is_settled_if_the_index_has_all_that_it_ever_told_of() {
    let database = database();
    room(&database, "a", "head_seq = 5, archived_seq = 7");
    room(&database, "b", "head_seq = 9, archived_seq = 7");
    room(&database, "c", "head_seq = 7, archived_seq = 7");
    let settled = |indexed: &Value| -> String {
        database.query_row(SETTLED, [indexed.to_string()], |row| row.get(0)).unwrap()
    };
    let indexed = json!({ "a": { "seq": 7 }, "b": { "seq": 9 }, "c": { "seq": 6 }, "d": {} });
    assert_eq!(settled(&indexed), r#"["a"]"#);
    assert_eq!(settled(&json!({})), "[]");
}

fn ran(database: &Connection, run: &Value) -> rusqlite::Result<usize> {
    database.execute(RAN, [run.to_string()])
}

/// A run that expired so many entries, at such a time.
fn run(ended_at: u64, expired: u64) -> Value {
    json!({
        "command": "run", "started_at": 5, "ended_at": ended_at, "exit": 0, "archived": 7,
        "expired": expired, "says": "",
    })
}

#[test]
fn aa9_what_expired_is_counted_beyond_the_runs_that_are_kept() {
    let database = database();
    for ended_at in 10..160 {
        assert_eq!(ran(&database, &run(ended_at, 3)).unwrap(), 1);
    }
    let kept = || -> (u32, u32, u32, u32) {
        let sql = "SELECT count(*), min(ended_at), max(ended_at), max(expired_ever)
            FROM archive_run";
        let read =
            |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
        database.query_one(sql, [], read).unwrap()
    };
    assert_eq!(kept(), (100, 60, 159, 450));
    assert_eq!(ran(&database, &run(159, 3)).unwrap(), 0, "told again");
    assert_eq!(kept(), (100, 60, 159, 450));
}

#[test]
fn aa9_what_is_no_run_is_refused_by_what_is_wrong() {
    let database = database();
    let long = "x".repeat(201);
    for (key, value) in [
        ("command", json!("")),
        ("command", json!("Run")),
        ("command", json!("abcdefghijklmnopqrstu")),
        ("command", json!(null)),
        ("started_at", json!(-1)),
        ("started_at", json!(11)),
        ("ended_at", json!("soon")),
        ("ended_at", json!(9_007_199_254_740_992_u64)),
        ("exit", json!(256)),
        ("exit", json!(0.5)),
        ("archived", json!(-1)),
        ("expired", json!([])),
        ("says", json!("one\ntwo")),
        ("says", json!("\u{1b}[31m")),
        ("says", json!(long)),
    ] {
        let mut run = run(10, 3);
        run[key] = value;
        let why = ran(&database, &run).unwrap_err().to_string();
        assert!(why.contains(key), "{run}: {why}");
        assert!(why.contains("constraint failed") || why.contains("cannot store"), "{why}");
    }
    for text in ["", "{", "[1]", "7"] {
        assert!(database.execute(RAN, [text]).is_err(), "{text}");
    }
    let mut says = run(10, 3);
    says["says"] = json!("한".repeat(200));
    assert_eq!(ran(&database, &says).unwrap(), 1);
}
