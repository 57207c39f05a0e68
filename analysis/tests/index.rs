//! The analysis over SQLite's FTS5, configured as in a room.
#![allow(clippy::unwrap_used, reason = "a test may panic: that is how it reports")]

use analysis::{Query, Tables, tokens};
use proptest::prelude::*;
use rusqlite::Connection;

fn index(texts: &[String]) -> Connection {
    let sqlite = Connection::open_in_memory().unwrap();
    let table = "CREATE VIRTUAL TABLE search USING
        fts5(words, content='', columnsize=0, detail=none, tokenize='ascii')";
    sqlite.execute_batch(table).unwrap();
    for (row, text) in texts.iter().enumerate() {
        let words = tokens(text, &Tables).into_iter().collect::<Vec<_>>().join(" ");
        let row = i64::try_from(row).unwrap();
        sqlite.execute("INSERT INTO search(rowid, words) VALUES (?, ?)", (row, words)).unwrap();
    }
    sqlite
}

fn candidates(sqlite: &Connection, query: &Query) -> Vec<usize> {
    let mut rows = sqlite.prepare("SELECT rowid FROM search WHERE search MATCH ?").unwrap();
    let read = rows.query_map([query.index_expression()], |row| row.get::<_, i64>(0)).unwrap();
    read.map(|row| usize::try_from(row.unwrap()).unwrap()).collect()
}

/// Text that is likely to have something in common with other text.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[abA회의ㄱ각 .東ｱア2ﾞé\u{301}<@>]{0,12}",
        any::<String>(),
        Just("a".repeat(40) + "b c"),
    ]
}

proptest! {
    #[test]
    fn ht5_the_index_proposes_every_match(texts in prop::collection::vec(text(), 1..8),
        query in prop_oneof!["[abA회의각 .東ｱア2é\"]{1,4}", "\\PC{1,6}", text()]) {
        let Ok(query) = Query::parse(&query, &Tables) else { return Ok(()) };
        let sqlite = index(&texts);
        let candidates = candidates(&sqlite, &query);
        for (row, text) in texts.iter().enumerate() {
            if query.find(text, &Tables).is_some() {
                prop_assert!(candidates.contains(&row), "{:?} for {:?}", text, query);
            }
        }
    }

    #[test]
    fn ht5_no_query_is_a_syntax_error(query in prop_oneof![any::<String>(), "[a\"*:^(){}+\\-,ANDORT가 ]{0,24}"]) {
        if let Ok(query) = Query::parse(&query, &Tables) {
            candidates(&index(&[]), &query);
        }
    }
}

#[test]
fn ht5_a_token_is_one_token_to_the_index() {
    let text = "주간회의록 hello2 é 東京 ﾃﾞｰﾀ Ünï";
    let sqlite = index(&[text.into()]);
    let vocabulary = "CREATE VIRTUAL TABLE terms USING fts5vocab(search, row)";
    sqlite.execute_batch(vocabulary).unwrap();
    let mut terms = sqlite.prepare("SELECT term FROM terms ORDER BY term").unwrap();
    let terms = terms.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let terms: Vec<String> = terms.map(Result::unwrap).collect();
    assert_eq!(terms, tokens(text, &Tables).into_iter().collect::<Vec<_>>());
}
