//! Reads an archive from the files of its store, with none of the program's code: what anybody
//! finds who has only `docs/archive.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};

/// All of an archive.
#[derive(Debug, Default)]
pub struct Archive {
    /// The lines of each room, from the first entry on.
    pub rooms: BTreeMap<String, Vec<String>>,
    /// The objects that manifests name.
    pub named: BTreeSet<String>,
    /// Segments that no manifest names.
    pub unnamed_segments: BTreeSet<String>,
    /// The fences of the changes of each bucket, in their order.
    pub fences: BTreeMap<String, Vec<u64>>,
}

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
            if object["kind"] == "segment" {
                let run = object["runs"][0].clone();
                let room = run["room"].as_str().unwrap().to_owned();
                let text = zstd::decode_all(&*bytes).unwrap();
                let text = String::from_utf8(text).unwrap();
                let lines = text.strip_suffix('\n').unwrap().split('\n').map(str::to_owned);
                let place = (room, run["from"].as_u64().unwrap());
                assert!(runs.insert(place, (run, lines.collect())).is_none(), "twice: {path}");
            }
            archive.named.insert(path);
        }
    }
    for ((room, from), (run, lines)) in runs {
        let before = archive.rooms.entry(room).or_default();
        assert_eq!(u64::try_from(before.len()).unwrap() + 1, from, "no gap and no double");
        check(&run, &lines);
        before.extend(lines);
    }
    for file in files(&objects.join("v1/l0")) {
        let path = file.strip_prefix(objects).unwrap().to_str().unwrap().to_owned();
        if !archive.named.contains(&path) {
            archive.unnamed_segments.insert(path);
        }
    }
    archive
}

/// Everything in the files below a folder, decompressed.
pub fn words(folder: &Path) -> Vec<(PathBuf, String)> {
    let read = |file: PathBuf| {
        let bytes = std::fs::read(&file).unwrap();
        let bytes = if file.extension().is_some_and(|extension| extension == "zst") {
            zstd::decode_all(&*bytes).unwrap()
        } else {
            bytes
        };
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
        let hash = match entry["t"].as_str().unwrap() {
            "redacted" => unhex(&entry["hash"]),
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
