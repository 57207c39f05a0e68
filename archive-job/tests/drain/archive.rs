//! Reads an archive from the files of its store, with none of the program's code: what anybody
//! finds who has only `docs/archive.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::io::Read;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::RowAccessor;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// All of an archive.
#[derive(Debug, Default)]
pub struct Archive {
    /// The log of each room.
    pub rooms: BTreeMap<String, Log>,
    /// The objects that manifests name.
    pub named: BTreeSet<String>,
    /// Segments, table files and states that no manifest names.
    pub unnamed: BTreeSet<String>,
    /// The fences of the changes of each bucket, in their order.
    pub fences: BTreeMap<String, Vec<u64>>,
}

/// What an archive has of a room's log, without a gap.
#[derive(Debug)]
pub struct Log {
    /// The first entry.
    pub from: u64,
    pub lines: Vec<String>,
}

/// A row of a table file: room, epoch, seq and line.
type Row = (String, String, u64, String);

/// Reads the archive below a folder, and checks every hash, chain and number in it.
pub fn read(objects: &Path) -> Archive {
    let mut archive = Archive::default();
    let mut runs: BTreeMap<(String, u64), (Value, Vec<String>)> = BTreeMap::new();
    for (bucket, changes) in changes(objects) {
        let mut contents: BTreeMap<String, Value> = BTreeMap::new();
        for (n, change) in changes.iter().enumerate() {
            assert_eq!(change["number"], n + 1, "changes are numbered without a gap");
            for removed in change["remove"].as_array().unwrap() {
                assert!(contents.remove(removed.as_str().unwrap()).is_some(), "{removed}");
            }
            for added in change["add"].as_array().unwrap() {
                let path = added["path"].as_str().unwrap().to_owned();
                assert!(contents.insert(path, added.clone()).is_none(), "{added} is new");
            }
        }
        let fences = changes.iter().map(|change| change["fence"].as_u64().unwrap()).collect();
        archive.fences.insert(bucket, fences);
        for (path, object) in contents {
            let bytes = std::fs::read(objects.join(&path)).unwrap_or_else(|_| panic!("{path}"));
            assert_eq!(object["sha256"], hex(&Sha256::digest(&bytes)), "{path}");
            assert_eq!(object["bytes"], bytes.len(), "{path}");
            for (run, lines) in runs_of(&object, bytes) {
                let room = run["room"].as_str().unwrap().to_owned();
                let place = (room, run["from"].as_u64().unwrap());
                assert!(runs.insert(place, (run, lines)).is_none(), "twice: {path}");
            }
            archive.named.insert(path);
        }
    }
    for ((room, from), (run, lines)) in runs {
        check(&run, &lines);
        let log = archive.rooms.entry(room).or_insert(Log { from, lines: Vec::new() });
        let next = log.from + u64::try_from(log.lines.len()).unwrap();
        assert_eq!(next, from, "no gap and no double");
        log.lines.extend(lines);
    }
    for file in ["v1/l0", "v1/l1", "v1/state"].iter().flat_map(|end| files(&objects.join(end))) {
        let path = file.strip_prefix(objects).unwrap().to_str().unwrap().to_owned();
        if !archive.named.contains(&path) {
            archive.unnamed.insert(path);
        }
    }
    archive
}

/// The runs of an object, with their lines.
fn runs_of(object: &Value, bytes: Vec<u8>) -> Vec<(Value, Vec<String>)> {
    let runs = object["runs"].as_array().unwrap().iter().cloned();
    match object["kind"].as_str().unwrap() {
        "segment" => {
            let text = String::from_utf8(zstd::decode_all(&*bytes).unwrap()).unwrap();
            let lines = text.strip_suffix('\n').unwrap().split('\n').map(str::to_owned);
            let lines: Vec<String> = lines.collect();
            runs.map(|run| (run, lines.clone())).collect()
        }
        "table" => {
            let rows = rows(bytes);
            assert!(rows.is_sorted(), "by room, epoch and seq");
            let of = |run: &Value| -> Vec<String> {
                let seqs = run["from"].as_u64().unwrap()..=run["to"].as_u64().unwrap();
                let is_in = |row: &&Row| {
                    (run["room"] == row.0 && run["epoch"] == row.1) && seqs.contains(&row.2)
                };
                rows.iter().filter(is_in).map(|row| row.3.clone()).collect()
            };
            let runs: Vec<_> = runs.map(|run| (run.clone(), of(&run))).collect();
            let n_lines = runs.iter().map(|(_, lines)| lines.len()).sum::<usize>();
            assert_eq!(n_lines, rows.len(), "every row is in a run");
            runs
        }
        _ => Vec::new(),
    }
}

/// The rows of a table file.
fn rows(bytes: Vec<u8>) -> Vec<Row> {
    let file = SerializedFileReader::new(Bytes::from(bytes)).unwrap();
    let names = file.metadata().file_metadata().schema_descr().columns().to_vec();
    let column = |name: &str| names.iter().position(|column| column.name() == name).unwrap();
    let at = ["room", "epoch", "seq", "line"].map(column);
    let row = |row: parquet::record::Row| {
        let text = |column: usize| row.get_string(column).unwrap().clone();
        let seq = u64::try_from(row.get_long(at[2]).unwrap()).unwrap();
        (text(at[0]), text(at[1]), seq, text(at[3]))
    };
    file.get_row_iter(None).unwrap().map(|next| row(next.unwrap())).collect()
}

/// Everything in the files below a folder, as it is and decompressed.
pub fn words(folder: &Path) -> Vec<(PathBuf, String)> {
    let read = |file: PathBuf| {
        let mut bytes = std::fs::read(&file).unwrap();
        match file.extension().and_then(|extension| extension.to_str()) {
            // What is damaged is read as far as it can be, and as it is.
            Some("zst") => {
                let mut read = zstd::Decoder::new(&*bytes).unwrap();
                let mut plain = Vec::new();
                if read.read_to_end(&mut plain).is_ok() {
                    bytes = plain;
                } else {
                    bytes.extend(plain);
                }
            }
            Some("parquet") => {
                // Every column of every row, unless it was cut off.
                if let Ok(rows) = SerializedFileReader::new(Bytes::from(bytes.clone())) {
                    let rows = rows.get_row_iter(None).unwrap();
                    rows.for_each(|row| bytes.extend(row.unwrap().to_string().into_bytes()));
                }
            }
            Some(_) | None => {}
        }
        (file, String::from_utf8_lossy(&bytes).into_owned())
    };
    files(folder).into_iter().map(read).collect()
}

/// The hash chain of a run leads from what it says to what it says.
fn check(run: &Value, lines: &[String]) {
    let unhex = |hex: &Value| -> Vec<u8> {
        let hex = hex.as_str().unwrap();
        let byte = |i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap();
        (0..hex.len()).step_by(2).map(byte).collect()
    };
    let mut link = unhex(&run["link_before"]);
    for (line, seq) in lines.iter().zip(run["from"].as_u64().unwrap()..) {
        let entry: Value = serde_json::from_str(line).unwrap();
        assert_eq!(entry["seq"], seq);
        // A message without its words and a join without its name say what they were.
        let hash = match entry["t"].as_str().unwrap() {
            "redacted" | "join" if entry["hash"].is_string() => unhex(&entry["hash"]),
            _ => Sha256::digest(line).to_vec(),
        };
        link = Sha256::digest([link, hash].concat()).to_vec();
    }
    assert_eq!(run["link"], hex(&link), "{run}");
    assert_eq!(run["entries"], lines.len());
}

/// The changes of each bucket, in the order of their numbers.
fn changes(objects: &Path) -> BTreeMap<String, Vec<Value>> {
    let mut buckets: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let mut files = files(&objects.join("v1/manifest"));
    files.retain(|file| !file.to_str().unwrap().ends_with(".checkpoint.json"));
    files.sort();
    for file in files {
        let bucket = file.parent().unwrap().file_name().unwrap().to_str().unwrap().to_owned();
        let change = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        buckets.entry(bucket).or_default().push(change);
    }
    buckets
}

pub fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}
