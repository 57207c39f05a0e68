//! What is asked for over HTTP in a room with a long log: pages of history, and searches.

use std::fmt::Write;
use std::time::Duration;

use anyhow::{Result, ensure};
use futures_util::SinkExt;
use integration_tests::person::Person;
use integration_tests::server::Server;
use integration_tests::wire::Wire;
use protocol::RoomId;
use reqwest::Client;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::generator::now;
use crate::process::Process;
use crate::results::{Results, folder};
use crate::times::Times;

/// Messages of the room.
const N_MESSAGES: usize = 100_000;

/// Messages in a frame, and those that wait for their answers together.
const N_LINES: usize = 50;
const N_TOGETHER: usize = 4 * N_LINES;

/// Requests of each kind.
const N_REQUESTS: usize = 100;

const ENGLISH: [&str; 8] =
    ["meeting", "tomorrow", "release", "window", "harbour", "coffee", "budget", "garden"];
const KOREAN: [&str; 8] = ["회의", "내일", "배포", "창문", "항구에서", "커피를", "예산", "정원"];

/// A room with a long log.
struct Library {
    server: Server,
    person: Person,
    room: RoomId,
    _folder: tempfile::TempDir,
}

/// Measures history, search, or both.
pub(crate) async fn measure(history: bool, search: bool, results: &mut Results) -> Result<()> {
    let library = Library::fill().await?;
    if history {
        results.keep("history", library.history().await?);
    }
    if search {
        library.rest();
        results.keep("search", library.search().await?);
    }
    Ok(())
}

impl Library {
    async fn fill() -> Result<Self> {
        std::fs::create_dir_all(folder())?;
        let folder = tempfile::tempdir_in(folder())?;
        let server = Server::start(Some(folder.path()), 0);
        let person = server.people(1).remove(0);
        let room = person.found_room().await;
        let (mut wire, _) = Wire::welcome(&person, room).await;
        for first in (0..N_MESSAGES).step_by(N_TOGETHER) {
            for first in (first..first + N_TOGETHER).step_by(N_LINES) {
                let line = |n| json!({ "t": "send", "nonce": n + 1, "body": body(n) }).to_string();
                let lines: Vec<String> = (first..first + N_LINES).map(line).collect();
                wire.socket.send(Message::text(lines.join("\n"))).await?;
            }
            loop {
                let line = wire.next().await;
                ensure!(line["t"] != "refused", "{line}");
                if line["nonce"] == json!(first + N_TOGETHER) {
                    break;
                }
            }
        }
        Ok(Self { server, person, room, _folder: folder })
    }

    /// Waits until the index is filled: until the server has nothing to do any more.
    fn rest(&self) {
        const LOOK: Duration = Duration::from_secs(2);
        let process = Process::owned(self.server.workerd_pid, Box::new(()));
        let mut before = process.cpu_seconds();
        for _ in 0..60 {
            std::thread::sleep(LOOK);
            let after = process.cpu_seconds();
            if after - before < 0.05 * LOOK.as_secs_f64() {
                break;
            }
            before = after;
        }
    }

    async fn history(&self) -> Result<String> {
        let http = Client::new();
        let mut table = "\
| entries | requests | p50 | p99 | max, ms | KB each |
|---:|---:|---:|---:|---:|---:|
"
        .to_owned();
        for limit in [50, 200] {
            let path = |i: usize| {
                // Steps of a large prime reach every part of the log.
                let before = (i * 61_927) % (N_MESSAGES - 1_000) + 1_000;
                format!("rooms/{}/log?before={before}&limit={limit}", self.room)
            };
            let Asked { times, bytes, .. } = self.ask(&http, path).await?;
            let columns = times.columns();
            let kb = bytes as f64 / N_REQUESTS as f64 / 1e3;
            writeln!(table, "| {limit} | {N_REQUESTS} | {columns} | {kb:.0} |")?;
        }
        Ok(table)
    }

    async fn search(&self) -> Result<String> {
        let http = Client::new();
        let mut table = "\
| query | requests | p50 | p99 | max, ms | hits on the first page |
|---|---:|---:|---:|---:|---:|
"
        .to_owned();
        let queries: [(&str, Query); 6] = [
            ("a rare word, English", |i| format!("w{}", i * 997)),
            ("a rare word, Korean", |i| format!("번호{}", i * 997)),
            ("a frequent word, English", |i| ENGLISH[i % 8].to_owned()),
            ("a frequent word, Korean, within others", |i| KOREAN[i % 8][..6].to_owned()),
            ("two frequent words", |i| format!("{} {}", ENGLISH[i % 8], KOREAN[i % 8])),
            ("a phrase that nobody said", |i| format!("\"{} 모레 {}\"", KOREAN[i % 8], i)),
        ];
        for (name, query) in queries {
            let path = |i: usize| {
                let query = escaped(&query(i));
                format!("rooms/{}/search?q={query}", self.room)
            };
            let Asked { times, last, .. } = self.ask(&http, path).await?;
            let page: Value = serde_json::from_str(&last)?;
            let hits = page["hits"].as_array().map_or(0, Vec::len);
            writeln!(table, "| {name} | {N_REQUESTS} | {} | {hits} |", times.columns())?;
        }
        Ok(table)
    }

    /// One request after another, on one connection.
    async fn ask(&self, http: &Client, path: impl Fn(usize) -> String) -> Result<Asked> {
        let mut asked = Asked { times: Times::new(), bytes: 0, last: String::new() };
        for i in 0..N_REQUESTS {
            let url = format!("{}/api/v1/{}", self.person.url, path(i));
            let started = now();
            let answer = http.get(&url).bearer_auth(&self.person.token).send().await?;
            let status = answer.status();
            asked.last = answer.text().await?;
            asked.times.add(started.elapsed());
            ensure!(status == 200, "{url}: {status}: {}", asked.last);
            asked.bytes += asked.last.len();
        }
        Ok(asked)
    }
}

/// What is searched for the n-th time.
type Query = fn(usize) -> String;

/// What came of some requests.
struct Asked {
    times: Times,
    bytes: usize,
    /// The last answer.
    last: String,
}

/// Some words, two of which no other message has.
fn body(n: usize) -> String {
    let [a, b, c] = [n % 8, n / 8 % 8, n / 64 % 8];
    format!("{} {} w{n} 번호{n} {} 그리고 {}", ENGLISH[a], KOREAN[b], ENGLISH[c], KOREAN[a])
}

/// Every byte escaped, as a query may have them.
fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut escaped, byte| {
        let _ = write!(escaped, "%{byte:02X}");
        escaped
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frequent_korean_query_is_a_part_of_a_word() {
        assert!(KOREAN.iter().all(|word| word.is_char_boundary(6)));
    }

    #[test]
    fn rare_words_are_in_one_message_each() {
        assert!(body(997).contains(" w997 ") && body(997).contains(" 번호997 "));
        assert_ne!(body(1), body(65));
    }
}
