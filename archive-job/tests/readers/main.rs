//! `DuckDB` and pyarrow read table files, and answer the questions of archive-job/README.md.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic: that is how it reports"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use archive_job::layout;
use archive_job::table::{Row, write};
use protocol::codec::{encode_entry, erase_line};
use protocol::{
    DeviceId, Edit, Entry, Epoch, Key, Message, Nonce, RoomId, Seq, Stamp, Timestamp, UserId,
};
use serde_json::{Value, json};

/// 2026-05-17, 00:00 UTC.
const MIDNIGHT: u64 = 1_778_976_000_000;
const DAY: u64 = 86_400_000;

/// The interpreter that has `DuckDB` and pyarrow.
fn python() -> PathBuf {
    let cache = || {
        let home = std::env::var_os("HOME").map(PathBuf::from)?;
        Some(home.join(".cache/maru/tools/python-clients-2/bin/python"))
    };
    let python = std::env::var_os("MARU_PYTHON").map(PathBuf::from).or_else(cache).unwrap();
    let hint = "`cargo xtask setup` installs the Python that reads table files";
    assert!(python.is_file(), "{} is missing; {hint}", python.display());
    python
}

fn user(of: u8) -> UserId {
    UserId::from_random([of; 13])
}

fn room(of: u8) -> RoomId {
    RoomId::from_random([of; 13])
}

fn row(of: u8, seq: u64, at: u64, by: u8, said: &str) -> Row {
    let epoch = Epoch::from_random([of; 13]);
    let seq = Seq::try_from(seq).unwrap();
    let key = Key { device: DeviceId::from_random([3; 13]), nonce: Nonce::default() };
    let stamp = Stamp { seq, at: Timestamp(at), by: user(by) };
    let entry = match said.split_once("->") {
        Some((target, body)) => {
            let target = Seq::try_from(target.parse::<u64>().unwrap()).unwrap();
            Entry::Edit(Edit { stamp, key, target, body: body.to_owned() })
        }
        None => Entry::Message(Message {
            stamp,
            key,
            body: said.to_owned(),
            reply_to: None,
            thread: None,
            attachments: Vec::new(),
        }),
    };
    Row { room: room(of), epoch, seq, line: encode_entry(&entry) }
}

/// Two days of two rooms, one of them over two days.
fn archive(store: &Path) -> Vec<Row> {
    let mut first = vec![
        row(1, 1, MIDNIGHT + 1, 1, "안녕하세요 👋🏽"),
        row(1, 2, MIDNIGHT + 2, 2, "hello, \"world\"\n"),
        row(1, 3, MIDNIGHT + 3, 1, "지워질 말"),
        row(1, 4, MIDNIGHT + 4, 2, "2->hello, world"),
        row(2, 1, MIDNIGHT + 5, 1, "다른 방"),
    ];
    first[2].line = erase_line(&first[2].line).unwrap();
    let second: Vec<Row> = (5..5_005)
        .map(|seq| row(1, seq, MIDNIGHT + DAY + seq, 1, &format!("많은 말 {seq}")))
        .collect();
    for (day, rows) in [("2026-05-17", &first), ("2026-05-18", &second)] {
        // One bucket will do: it is but a folder for those who read.
        let path = store.join(layout::table(day, 0x3f, 7, 0));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, write(rows, &[]).unwrap()).unwrap();
    }
    first.extend(second);
    first
}

#[test]
fn duckdb_and_pyarrow_answer_the_questions_of_the_readme() {
    let store = tempfile::tempdir().unwrap();
    let rows = archive(store.path());
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut readers = Command::new(python());
    readers.arg(crate_folder.join("tests/readers/readers.py"));
    readers.arg(crate_folder.parent().unwrap()).arg(store.path()).arg(room(1).as_str());
    let output = readers.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read: Value = serde_json::from_slice(&output.stdout).unwrap();

    let [days, writers, text] = &read["answers"].as_array().unwrap()[..] else { panic!("{read}") };
    assert_eq!(days, &json!([["2026-05-17", 3], ["2026-05-18", 5_000]]));
    assert_eq!(writers, &json!([[user(1), 5_002, 2], [user(2), 1, 1]]));
    let text = text.as_array().unwrap();
    assert_eq!(text.len(), 5_002);
    assert_eq!(text[0], json!([1, "2026-05-17 00:00:00.001000+00:00", user(1), "안녕하세요 👋🏽"]));
    assert_eq!(text[1][3], "hello, world", "as it reads after the edit");
    assert_eq!((&text[2][0], &text[5_001][3]), (&json!(5), &json!("많은 말 5004")));

    let lines = rows.iter().filter(|row| row.room == room(1)).map(|row| json!(row.line));
    assert_eq!(read["lines"].as_array().unwrap(), &lines.collect::<Vec<_>>());
    assert_eq!(read["sorting"], json!([0, 1, 2]));
    assert_eq!(read["version"], "1");
    assert_eq!(read["schema"]["at"], "timestamp[ms, tz=UTC]");
    assert_eq!(read["schema"]["seq"], "int64");
}
