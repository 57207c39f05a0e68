//! Searches, each kind many times, in each index.

use std::time::Instant;

use analysis::{Query, Tables};
use anyhow::Result;
use archive_job::index::{Clause, Index};
use rusqlite::Connection;

use crate::generate::room;

/// Hits of a page.
const PAGE: usize = 50;

/// How often everything is asked.
const ROUNDS: usize = 20;

/// A kind of search.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    queries: &'static [&'static str],
    /// In this room only.
    room: Option<usize>,
}

pub(crate) const KINDS: [Kind; 8] = [
    Kind { name: "a syllable", queries: &["방", "팀", "서", "의", "하"], room: None },
    Kind {
        name: "two syllables", queries: &["회의", "결제", "배포", "의자", "장애"], room: None
    },
    Kind {
        name: "three or more",
        queries: &["회의록", "사용자", "디자인", "감사합니다"],
        room: None,
    },
    Kind { name: "a word", queries: &["deploy", "rollback", "lgtm", "stag"], room: None },
    Kind {
        name: "two words", queries: &["회의 deploy", "결제 오류", "서버 ㅋㅋ"], room: None
    },
    Kind {
        name: "a phrase",
        queries: &["\"회의 자료\"", "\"배포 확인\"", "\"the server\""],
        room: None,
    },
    Kind {
        name: "rare, or not there",
        queries: &["힣힣", "zzzz", "\"병원 월급 계약\""],
        room: None,
    },
    Kind { name: "in a quiet room", queries: &["회의", "방", "deploy"], room: Some(200) },
];

/// What searches of a kind took, and found.
pub(crate) struct Measured {
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) found: Vec<Vec<String>>,
}

/// Measures the searches of a kind; `ask` answers the texts that it found.
pub(crate) fn measure(
    kind: &Kind,
    mut ask: impl FnMut(&Query, Option<usize>) -> Result<Vec<String>>,
) -> Result<Measured> {
    let (mut times, mut found) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        for text in kind.queries {
            let started = Instant::now();
            let query = Query::parse(text, &Tables)?;
            let texts = ask(&query, kind.room)?;
            times.push(started.elapsed().as_secs_f64() * 1e3);
            if round == 0 {
                found.push(texts);
            }
        }
    }
    times.sort_by(f64::total_cmp);
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)];
    Ok(Measured { p50_ms: at(50), p99_ms: at(99), found })
}

/// Asks the job's index.
pub(crate) fn ask_index(index: &Index, query: &Query, nth: Option<usize>) -> Result<Vec<String>> {
    let mut all = vec![Clause::Words(Box::new(query.clone()))];
    all.extend(nth.map(|nth| Clause::Rooms([room(nth)].into())));
    let (hits, _) = index.search(&Clause::All(all), None, PAGE)?;
    Ok(hits.into_iter().map(|hit| hit.document.body).collect())
}

/// Asks SQLite, whose answer is looked through, too: it only has candidates.
pub(crate) fn ask_sqlite(
    database: &Connection,
    expression: Option<String>,
    query: &Query,
    nth: Option<usize>,
) -> Result<Vec<String>> {
    let Some(expression) = expression else { return Ok(Vec::new()) };
    let sql = "SELECT body, room FROM words JOIN message ON message.id = words.rowid
        WHERE words MATCH ? ORDER BY words.rowid DESC";
    let mut statement = database.prepare_cached(sql)?;
    let mut rows = statement.query([expression])?;
    let mut texts = Vec::new();
    while let Some(row) = rows.next()? {
        let (body, room): (String, i64) = (row.get(0)?, row.get(1)?);
        if nth.is_none_or(|nth| nth as i64 == room) && query.find(&body, &Tables).is_some() {
            texts.push(body);
            if texts.len() == PAGE {
                break;
            }
        }
    }
    Ok(texts)
}

/// What FTS5 with trigrams is asked: words of three letters and more, else it knows nothing.
pub(crate) fn trigrams(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split('"').flat_map(str::split_whitespace).collect();
    let is_long = |word: &&str| word.chars().count() >= 3;
    words
        .iter()
        .all(is_long)
        .then(|| words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(" AND "))
}

impl Kind {
    /// The text of the nth query.
    pub(crate) fn text(&self, nth: usize) -> &'static str {
        self.queries[nth % self.queries.len()]
    }
}
