//! Throws mutated input at whatever reads what strangers write.
//!
//! A target is a test that calls [`fuzz`] with its name and a check. Its corpus is the folder
//! `fuzz/corpus/NAME`. A plain test run replays the corpus and a few thousand mutations of it,
//! always the same; with `MARU_FUZZ_SECONDS=N` (`cargo xtask fuzz --seconds N`) it goes on for so
//! long with other ones. There is no feedback from coverage, which stable Rust does not give: what
//! a check answers is the feedback, and inputs that led to something new are mutated further.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    reason = "this runs in tests alone, which live in real time and report by panics"
)]

mod mutator;

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use mutator::Mutator;

/// Mutations that every run of the tests tries.
const EXECUTIONS: u64 = 3_000;

/// Inputs that are kept for having led to something new.
const POOL_MAX: usize = 4_096;

/// Calls `check` with everything in the corpus of `target`, and with what becomes of it. It panics
/// if something is wrong, and else answers what came of the input: something that has few values.
///
/// # Panics
/// If `check` does, with the input, which is also written to `fuzz/findings`.
pub fn fuzz<O: Hash>(target: &str, check: impl Fn(&[u8]) -> O) {
    let seconds = std::env::var("MARU_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    let seed = if seconds.is_some() { now() } else { 1 };
    let started = Instant::now();
    let mut pool = corpus(target);
    let mut outcomes = BTreeSet::new();
    for input in &pool {
        outcomes.insert(outcome(target, input, &check));
    }
    let n_corpus = pool.len();
    let mut mutator = Mutator::new(seed, &pool);
    let mut executions: u64 = 0;
    let goes_on = |executions: u64| match seconds {
        None => executions < EXECUTIONS,
        Some(seconds) => started.elapsed() < Duration::from_secs(seconds),
    };
    while goes_on(executions) {
        let input = mutator.next(&pool);
        executions += 1;
        if outcomes.insert(outcome(target, &input, &check)) && pool.len() < POOL_MAX {
            pool.push(input);
        }
    }
    let (elapsed, n_outcomes) = (started.elapsed().as_secs_f32(), outcomes.len());
    let what = format!("{executions} executions from {n_corpus} inputs, {n_outcomes} outcomes");
    eprintln!("fuzz {target}: {what}, {elapsed:.1} s, seed {seed}");
}

/// The input as text; what is no UTF-8 of it is replaced, as a socket does.
#[must_use]
pub fn text(input: &[u8]) -> String {
    String::from_utf8_lossy(input).into_owned()
}

fn outcome<O: Hash>(target: &str, input: &[u8], check: &impl Fn(&[u8]) -> O) -> u64 {
    let Ok(outcome) = catch_unwind(AssertUnwindSafe(|| check(input))) else {
        let folder = folder().join("findings");
        let path = folder.join(format!("{target}-{:016x}", hash(&input)));
        let written = std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&path, input));
        let place = written.map_or_else(|why| why.to_string(), |()| path.display().to_string());
        panic!("{target} fails for {:?}, kept in {place}", String::from_utf8_lossy(input));
    };
    hash(&outcome)
}

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = folder().join("corpus").join(target);
    let files = std::fs::read_dir(&folder);
    let files = files.unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
    let mut paths: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    let inputs: Vec<Vec<u8>> = paths.iter().map(|path| std::fs::read(path).unwrap()).collect();
    assert!(!inputs.is_empty(), "{} is empty", folder.display());
    inputs
}

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    u64::try_from(since.as_millis()).expect("before the year 500 million")
}
