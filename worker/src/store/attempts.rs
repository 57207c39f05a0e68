//! Attempts to guess something, and how long the next one waits.

use protocol::Timestamp;
use protocol::limits::{ATTEMPT_WAIT_MS_MAX, ATTEMPTS_FREE};
use serde_json::json;

use super::{Store, changed, number, text, time};
use crate::problem::Problem;

/// Milliseconds that the first attempt waits that has to; each further one waits twice as long.
const WAIT_MS: u64 = 1_000;

/// Counts an attempt for each key as a failure, unless one of the keys has to wait: of attempts at
/// the same moment, the first one is counted before the next is asked.
const BEGIN: &str = "INSERT INTO attempt (key, failures, free_at, expires_at)
    SELECT value ->> 'key', 1, ?2, ?2 + (value ->> 'kept_ms') FROM json_each(?1)
    WHERE NOT EXISTS (
        SELECT 1 FROM attempt JOIN json_each(?1) AS wanted
            ON attempt.key = wanted.value ->> 'key'
        WHERE free_at > ?2)
    ON CONFLICT (key) DO UPDATE SET
        failures = failures + 1,
        free_at = ?2 + iif(failures + 1 < ?3, 0, min(?5, ?4 << min(failures + 1 - ?3, 30))),
        expires_at = excluded.expires_at";

/// When the last of the keys may go on.
const FREE_AT: &str = "SELECT max(free_at) AS answer FROM attempt
    WHERE key IN (SELECT value ->> 'key' FROM json_each(?1))";

const SWEEP: &str = "DELETE FROM attempt WHERE expires_at <= ?1";

const FORGET: &str = "DELETE FROM attempt WHERE key = ?1";

/// An attempt that was counted, and did not fail.
const TAKE_BACK: &str = "UPDATE attempt SET failures = failures - 1, free_at = 0 WHERE key = ?1";

/// What attempts are counted by.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct AttemptKey {
    /// The key.
    pub(crate) key: String,
    /// Milliseconds after which failures are forgotten.
    pub(crate) kept_ms: u64,
    /// Whether a success forgets them, too.
    pub(crate) is_cleared: bool,
}

impl Store {
    /// Counts an attempt as a failure beforehand.
    ///
    /// # Errors
    /// [`Problem::TooManyAttempts`] if it has to wait; then it is not counted.
    pub(crate) async fn count_attempt(
        &self,
        keys: &[AttemptKey],
        now: Timestamp,
    ) -> Result<(), Problem> {
        let wanted = wanted(keys);
        let (free, least, most) = (ATTEMPTS_FREE.into(), number(WAIT_MS), ATTEMPT_WAIT_MS_MAX);
        let values = [text(&wanted), time(now), free, least, number(most)];
        let begin = self.statement(BEGIN, &values)?;
        let sweep = self.statement(SWEEP, &[time(now)])?;
        // The sweep comes first: what it removes counts no longer.
        let results = self.batch(vec![sweep, begin]).await?;
        if results.get(1).map_or(Ok(false), changed)? {
            return Ok(());
        }
        let free_at: Option<FreeAt> = self.first(FREE_AT, &[text(&wanted)]).await?;
        let free_at = free_at.and_then(|free_at| free_at.answer).unwrap_or(now);
        let wait_ms = free_at.ms_since(now);
        Err(Problem::TooManyAttempts { seconds: wait_ms.div_ceil(1_000).max(1).to_string() })
    }

    /// Takes back that an attempt was counted, because it did not fail.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn take_back_attempt(&self, keys: &[AttemptKey]) -> Result<(), Problem> {
        let statement = |key: &AttemptKey| {
            self.statement(if key.is_cleared { FORGET } else { TAKE_BACK }, &[text(&key.key)])
        };
        let statements = keys.iter().map(statement).collect::<Result<_, _>>()?;
        self.batch(statements).await.map(|_| ())
    }
}

#[derive(serde::Deserialize)]
struct FreeAt {
    answer: Option<Timestamp>,
}

fn wanted(keys: &[AttemptKey]) -> String {
    let wanted = keys.iter().map(|key| json!({ "key": key.key, "kept_ms": key.kept_ms }));
    wanted.collect::<serde_json::Value>().to_string()
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::super::tests::database;
    use super::*;

    const KEPT_MS: u64 = 3_600_000;

    fn keys(names: &[&str]) -> Vec<AttemptKey> {
        let key = |name: &&str| AttemptKey {
            key: (*name).to_owned(),
            kept_ms: KEPT_MS,
            is_cleared: *name == "name",
        };
        names.iter().map(key).collect()
    }

    fn begin(database: &Connection, names: &[&str], now: i64) -> bool {
        database.execute(SWEEP, [now]).unwrap();
        let wanted = wanted(&keys(names));
        let values = (wanted, now, ATTEMPTS_FREE, ms(WAIT_MS), ms(ATTEMPT_WAIT_MS_MAX));
        let counted = database.execute(BEGIN, values).unwrap();
        assert!([0, names.len()].contains(&counted), "all keys or none");
        counted > 0
    }

    fn ms(ms: u64) -> i64 {
        ms.try_into().unwrap()
    }

    fn free_at(database: &Connection, names: &[&str]) -> i64 {
        database.query_row(FREE_AT, [wanted(&keys(names))], |row| row.get(0)).unwrap()
    }

    fn rows(database: &Connection) -> u32 {
        database.query_row("SELECT count(*) FROM attempt", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn pw2_each_further_attempt_waits_twice_as_long() {
        let database = database();
        let mut now = 1_000;
        for n in 0..ATTEMPTS_FREE {
            assert!(begin(&database, &["name", "address"], now), "{n}");
        }
        let mut wait_ms = ms(WAIT_MS);
        for _ in 0..20 {
            let free = free_at(&database, &["name", "address"]);
            assert_eq!(free, now + wait_ms);
            assert!(!begin(&database, &["name", "address"], free - 1));
            assert_eq!(free_at(&database, &["name"]), free, "what waits is not counted");
            now = free;
            assert!(begin(&database, &["name", "address"], now));
            wait_ms = (wait_ms * 2).min(ms(ATTEMPT_WAIT_MS_MAX));
        }
        assert_eq!(wait_ms, ms(ATTEMPT_WAIT_MS_MAX));
    }

    #[test]
    fn pw2_attempts_at_the_same_moment_count_one_by_one() {
        let database = database();
        let passed = (0..100).filter(|_| begin(&database, &["name", "address"], 1_000)).count();
        assert_eq!(passed, usize::try_from(ATTEMPTS_FREE).unwrap());
    }

    #[test]
    fn pw2_a_name_waits_wherever_the_guesses_come_from_and_an_address_whatever_it_guesses() {
        let database = database();
        for n in 0..ATTEMPTS_FREE {
            assert!(begin(&database, &["name", &format!("address {n}")], 1_000));
        }
        assert!(!begin(&database, &["name", "address"], 1_000));
        assert!(begin(&database, &["another", "address"], 1_000));
        for n in 1..ATTEMPTS_FREE {
            assert!(begin(&database, &[&format!("name {n}"), "address"], 1_000));
        }
        assert!(!begin(&database, &["one more", "address"], 1_000));
        assert!(begin(&database, &["one more", "elsewhere"], 1_000));
    }

    #[test]
    fn pw2_success_forgets_the_count_of_the_name_and_not_of_the_address() {
        let database = database();
        for _ in 0..ATTEMPTS_FREE {
            assert!(begin(&database, &["name", "address"], 1_000));
        }
        assert!(begin(&database, &["name", "address"], 2_000), "the right password");
        database.execute(FORGET, ["name"]).unwrap();
        database.execute(TAKE_BACK, ["address"]).unwrap();
        assert!(begin(&database, &["name", "address"], 2_000), "wrong again");
        assert_eq!(free_at(&database, &["name"]), 2_000);
        assert_eq!(free_at(&database, &["address"]), 4_000, "as after the sixth in a row");
    }

    #[test]
    fn pw2_who_signs_in_often_never_waits() {
        let database = database();
        for _ in 0..50 {
            assert!(begin(&database, &["name", "address"], 1_000));
            database.execute(FORGET, ["name"]).unwrap();
            database.execute(TAKE_BACK, ["address"]).unwrap();
        }
    }

    #[test]
    fn pw2_failures_are_forgotten_after_a_while_and_so_are_their_rows() {
        let database = database();
        for _ in 0..ATTEMPTS_FREE {
            assert!(begin(&database, &["name", "address"], 1_000));
        }
        assert_eq!(rows(&database), 2);
        assert!(begin(&database, &["another"], 1_000 + ms(KEPT_MS)));
        assert_eq!(rows(&database), 1);
    }
}
