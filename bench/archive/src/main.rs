//! Measures the archive job on an archive that it makes: `cargo xtask bench archive`.
//!
//! It prints tables in Markdown and writes them into `docs/performance-archive.md`. Time is
//! asserted nowhere.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::format_push_string,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a measurement that fails may panic, its output is its purpose, and it takes real time"
)]

mod edge;
mod generate;
mod groonga;
mod job;
mod searches;
mod words;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Instant, SystemTime};

use analysis::{Tables, tokens};
use anyhow::{Context as _, Result, ensure};
use archive_job::config::Config;
use archive_job::index::Index;
use archive_job::store::Store;
use clap::Parser;
use protocol::Timestamp;
use rusqlite::Connection;

use crate::edge::Edge;
use crate::generate::{Said, Talk};
use crate::groonga::Groonga;
use crate::job::Took;
use crate::searches::{KINDS, Measured, ask_index, ask_sqlite, measure, trigrams};

/// Measures the archive job.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask bench archive")]
struct Arguments {
    /// How many messages
    #[arg(long, default_value_t = 2_000_000)]
    messages: u64,
    /// What to measure: everything, if nothing is named
    #[arg(value_enum)]
    parts: Vec<Part>,
    /// Where the archive is made, and found by later parts
    #[arg(long, default_value = "target/bench/archive")]
    folder: PathBuf,
    /// How many messages are drained and restored through workerd
    #[arg(long, default_value_t = 80_000)]
    drained: u64,
    /// How often what needs an edge is measured; the median is shown
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// A Python with `duckdb`; the one that `MARU_PYTHON` names, unless it is said
    #[arg(long)]
    python: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
enum Part {
    /// Make the archive
    Generate,
    /// Index and verify it
    Job,
    /// Drain, restore and compact, beside workerd
    Edge,
    /// The same messages in SQLite
    Sqlite,
    /// The same messages in Groonga, if this machine has it
    Groonga,
    /// Parquet by `DuckDB`
    Duckdb,
    /// Search
    Search,
}

const PAGE: &str = "docs/performance-archive.md";

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let asks_for = |part| arguments.parts.is_empty() || arguments.parts.contains(&part);
    fs::create_dir_all(&arguments.folder)?;
    let bench = Bench { folder: fs::canonicalize(&arguments.folder)?, n: arguments.messages };
    if asks_for(Part::Generate) {
        bench.generate()?;
    }
    let mut tables = Vec::new();
    if asks_for(Part::Job) {
        tables.push(("job", bench.job()?));
    }
    if asks_for(Part::Edge) {
        tables.push(("edge", bench.edge(arguments.drained, arguments.rounds)?));
    }
    if asks_for(Part::Groonga) {
        tables.push(("groonga", bench.groonga()?));
    }
    if asks_for(Part::Sqlite) {
        tables.push(("sqlite", bench.sqlite()?));
    }
    if asks_for(Part::Duckdb) {
        let python = arguments.python.clone();
        let python = python.or_else(|| std::env::var_os("MARU_PYTHON").map(PathBuf::from));
        let python = python.context("say which Python has `duckdb`, by `--python`")?;
        tables.push(("duckdb", bench.duckdb(&python)?));
    }
    if asks_for(Part::Search) {
        tables.push(("search", bench.search()?));
    }
    for (name, table) in &tables {
        println!("{name}\n\n{table}");
    }
    write(&tables)
}

struct Bench {
    folder: PathBuf,
    n: u64,
}

impl Bench {
    fn config(&self) -> Config {
        let store = format!("file://{}", self.folder.join("store").display());
        Config { store, data: self.folder.join("data"), ..Config::default() }
    }

    fn generate(&self) -> Result<()> {
        for name in ["store", "data"] {
            let folder = self.folder.join(name);
            if folder.exists() {
                fs::remove_dir_all(&folder)?;
            }
            fs::create_dir_all(folder)?;
        }
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
        let now = Timestamp(now.as_millis() as u64);
        let store = Store::open(&self.config())?;
        let bytes =
            tokio::runtime::Runtime::new()?.block_on(generate::archive(&store, self.n, now))?;
        fs::write(self.folder.join("facts"), format!("{} {} {bytes}", self.n, now.0))?;
        Ok(())
    }

    /// Messages, when they end, and bytes of lines.
    fn facts(&self) -> Result<(u64, Timestamp, u64)> {
        let text = fs::read_to_string(self.folder.join("facts"))
            .context("there is no archive yet; measure `generate` first")?;
        let mut numbers = text.split(' ').map(str::parse::<u64>);
        let mut next = || numbers.next().context("no facts");
        Ok((next()??, Timestamp(next()??), next()??))
    }

    fn job(&self) -> Result<String> {
        let (n, _, bytes) = self.facts()?;
        let mut table = HEAD.to_owned();
        let program = program()?;
        for (name, arguments, threshold) in [
            ("`index --rebuild`", &["index", "--rebuild"][..], None),
            ("the same, `MALLOC_MMAP_THRESHOLD_=262144`", &["index", "--rebuild"], Some("262144")),
            ("`index`, nothing new", &["index"], None),
            ("`verify`", &["verify"], None),
        ] {
            let mut command = Command::new(&program);
            command.envs(threshold.map(|bytes| ("MALLOC_MMAP_THRESHOLD_", bytes)));
            command.env("RUST_LOG", "warn").args(arguments).args(["--json", "--store"]);
            command.arg(self.config().store).arg("--data").arg(self.config().data);
            let took = job::run(&mut command, &self.folder.join("output"))?;
            println!("{}", took.output);
            let (n, bytes) = if name.ends_with("nothing new") { (0, 0) } else { (n, bytes) };
            row(&mut table, name, &took, n, bytes);
        }
        let index = Index::new(self.folder.join("data/index"), 0).bytes()?;
        let store = size(&self.folder.join("store/v1/l0"))?;
        writeln!(
            table,
            "\n{n} messages are {:.0} MB of lines, {:.0} MB of segments ({:.0} % of them) and \
             {:.0} MB of index ({:.0} %).",
            bytes as f64 / 1e6,
            store as f64 / 1e6,
            store as f64 * 100.0 / bytes as f64,
            index as f64 / 1e6,
            index as f64 * 100.0 / bytes as f64,
        )?;
        Ok(table)
    }

    fn edge(&self, drained: u64, rounds: usize) -> Result<String> {
        let (n, _, bytes) = self.facts()?;
        let program = program()?;
        let mut measured: [Vec<edge::Measured>; 3] = Default::default();
        for _ in 0..rounds.max(1) {
            let edge = Edge::start(&program, &self.folder);
            measured[2].push(edge.compact(n, bytes)?);
            measured[0].push(edge.drain(drained)?);
            let restored = edge.restore(measured[0].last().context("it was drained")?)?;
            measured[1].push(restored);
        }
        let mut table = HEAD.to_owned();
        for (name, mut measured) in ["`drain`", "`restore --all`", "`compact`"].iter().zip(measured)
        {
            measured.sort_by(|one, other| one.took.seconds.total_cmp(&other.took.seconds));
            let edge::Measured { took, n, bytes } = &measured[measured.len() / 2];
            println!("{name}: {}", took.output);
            row(&mut table, &format!("{name}, {n} messages"), took, *n, *bytes);
        }
        let tables = size(&self.folder.join("store-to-compact/v1/l1"))?;
        writeln!(
            table,
            "\nThe medians of {rounds} rounds. The table files are {:.0} MB, {:.0} % of the lines.",
            tables as f64 / 1e6,
            tables as f64 * 100.0 / bytes as f64,
        )?;
        Ok(table)
    }

    fn groonga(&self) -> Result<String> {
        let (n, now, bytes) = self.facts()?;
        let mut table = "| | seconds | messages/s | MB/s of lines | files |\n\
            |---|---:|---:|---:|---:|\n"
            .to_owned();
        if !groonga::is_installed() {
            table += "| Groonga, `TokenBigram` | absent | – | – | – |\n";
            return Ok(table);
        }
        let seconds = groonga::fill(&self.folder, Talk::new(n, now))?;
        writeln!(
            table,
            "| Groonga, `TokenBigram` | {seconds:.1} | {:.0} | {:.1} | {:.0} MB |",
            n as f64 / seconds,
            bytes as f64 / 1e6 / seconds,
            size(&self.folder.join("groonga"))? as f64 / 1e6,
        )?;
        Ok(table)
    }

    fn sqlite(&self) -> Result<String> {
        let (n, now, bytes) = self.facts()?;
        let mut table = "| | seconds | messages/s | MB/s of lines | file |\n\
            |---|---:|---:|---:|---:|\n"
            .to_owned();
        for (name, what) in SQLITE {
            let path = self.folder.join(format!("{name}.sqlite"));
            for suffix in ["", "-wal", "-shm"] {
                let _ = fs::remove_file(format!("{}{suffix}", path.display()));
            }
            let started = Instant::now();
            fill(&path, name, Talk::new(n, now))?;
            let seconds = started.elapsed().as_secs_f64();
            let (n, bytes) = (n as f64, bytes as f64);
            writeln!(
                table,
                "| {what} | {seconds:.1} | {:.0} | {:.1} | {:.0} MB |",
                n / seconds,
                bytes / 1e6 / seconds,
                fs::metadata(&path)?.len() as f64 / 1e6,
            )?;
        }
        Ok(table)
    }

    fn duckdb(&self, python: &Path) -> Result<String> {
        let (n, _, bytes) = self.facts()?;
        let mut table = HEAD.to_owned();
        let script = format!(
            "import duckdb; duckdb.sql(\"SET threads=1; COPY (SELECT column0 AS line FROM \
             read_csv('{0}/store/v1/l0/**/*.jsonl.zst', header=false, delim='\\x01', quote='', \
             escape='', columns={{'column0':'VARCHAR'}}, compression='zstd')) TO \
             '{0}/duckdb.parquet' (FORMAT parquet, COMPRESSION zstd)\")",
            self.folder.display(),
        );
        let mut command = Command::new(python);
        let took = job::run(command.arg("-c").arg(script), &self.folder.join("output"))?;
        row(&mut table, "DuckDB, the lines of all segments to one Parquet", &took, n, bytes);
        let tables = self.folder.join("duckdb-tables");
        if tables.exists() {
            fs::remove_dir_all(&tables)?;
        }
        let script = DUCKDB_TABLES.replace("FOLDER", &self.folder.display().to_string());
        let mut command = Command::new(python);
        let took = job::run(command.arg("-c").arg(script), &self.folder.join("output"))?;
        row(&mut table, "DuckDB, the rows and files of `compact`", &took, n, bytes);
        Ok(table)
    }

    fn search(&self) -> Result<String> {
        let index = Index::new(self.folder.join("data/index"), 0);
        let mut head = "| | the job's index: p50 | p99 |".to_owned();
        let mut line = "|---|---:|---:|".to_owned();
        let mut databases = Vec::new();
        for (name, what) in SQLITE {
            let path = self.folder.join(format!("{name}.sqlite"));
            if path.exists() {
                head += &format!(" {what}: p50 | p99 | finds |");
                line += "---:|---:|---:|";
                databases.push((name, Connection::open(path)?));
            }
        }
        let mut groonga = Groonga::open(&self.folder)?;
        if groonga.is_some() {
            head += " Groonga: p50 | p99 | finds |";
            line += "---:|---:|---:|";
        }
        let mut table = format!("{head}\n{line}\n");
        for kind in &KINDS {
            let truth = measure(kind, |query, nth| ask_index(&index, query, nth))?;
            write!(table, "| {} | {:.2} | {:.2} |", kind.name, truth.p50_ms, truth.p99_ms)?;
            for (name, database) in &databases {
                let mut nth_query = 0;
                let have = measure(kind, |query, nth| {
                    let expression = match *name {
                        "trigram" => trigrams(kind.text(nth_query)),
                        _ => query.index_expression(),
                    };
                    nth_query += 1;
                    ask_sqlite(database, expression, query, nth)
                })?;
                let share = share(&truth, &have);
                write!(table, " {:.2} | {:.2} | {share} |", have.p50_ms, have.p99_ms)?;
            }
            if let Some(groonga) = &mut groonga {
                let mut nth_query = 0;
                let have = measure(kind, |query, nth| {
                    nth_query += 1;
                    groonga.ask(kind.text(nth_query - 1), query, nth)
                })?;
                let share = share(&truth, &have);
                write!(table, " {:.2} | {:.2} | {share} |", have.p50_ms, have.p99_ms)?;
            }
            table.push('\n');
        }
        table.push_str("\nMilliseconds for the newest 50, out of everything.\n");
        Ok(table)
    }
}

const HEAD: &str = "| | seconds | messages/s | MB/s of lines | peak memory |\n\
    |---|---:|---:|---:|---:|\n";

/// What `compact` makes of the segments, by `DuckDB`: rows of the same columns, sorted, in a file
/// for each day and bucket. It checks no chain.
const DUCKDB_TABLES: &str = r#"
import duckdb
duckdb.sql(r'''
SET threads = 1; SET preserve_insertion_order = true;
COPY (
    SELECT regexp_extract(filename, 'b=(..)/', 1) AS b, split_part(filename, '/', -3) AS room,
        split_part(filename, '/', -2) AS epoch, CAST(line->>'seq' AS BIGINT) AS seq,
        epoch_ms(CAST(line->>'at' AS BIGINT)) AS "at", line->>'by' AS "by", line->>'t' AS kind,
        line->>'body' AS body, CAST(line->>'thread' AS BIGINT) AS thread,
        CAST(line->>'target' AS BIGINT) AS target, line,
        strftime(epoch_ms(CAST(line->>'at' AS BIGINT)), '%Y-%m-%d') AS dt
    FROM read_csv('FOLDER/store/v1/l0/**/*.jsonl.zst', header = false, delim = '\x01', quote = '',
        escape = '', columns = {'line': 'VARCHAR'}, compression = 'zstd', filename = true)
    ORDER BY dt, b, room, epoch, seq
) TO 'FOLDER/duckdb-tables' (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (dt, b))
''')
"#;

const SQLITE: [(&str, &str); 2] = [("bigram", "FTS5, our tokens"), ("trigram", "FTS5, `trigram`")];

/// The job itself, which was built as this program was.
fn program() -> Result<PathBuf> {
    let program = std::env::current_exe()?.with_file_name("archive-job");
    ensure!(program.is_file(), "{} is not built", program.display());
    Ok(program)
}

/// Puts everything that was said into a database.
fn fill(path: &Path, name: &str, talk: Talk) -> Result<()> {
    let mut database = Connection::open(path)?;
    let tokenizer = if name == "trigram" { "trigram" } else { "ascii" };
    database.execute_batch(&format!(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
         CREATE TABLE message(id INTEGER PRIMARY KEY, room INTEGER, at INTEGER, body TEXT);
         CREATE VIRTUAL TABLE words USING
            fts5(text, content='', columnsize=0, detail={}, tokenize='{tokenizer}');",
        if name == "trigram" { "full" } else { "none" },
    ))?;
    let mut talk = talk.peekable();
    let mut id = 0_i64;
    while talk.peek().is_some() {
        let batch = database.transaction()?;
        {
            let mut say = batch.prepare("INSERT INTO message VALUES (?, ?, ?, ?)")?;
            let mut index = batch.prepare("INSERT INTO words(rowid, text) VALUES (?, ?)")?;
            for Said { room, message } in talk.by_ref().take(50_000) {
                id += 1;
                let at = message.stamp.at.0 as i64;
                say.execute((id, room as i64, at, &message.body))?;
                if name == "trigram" {
                    index.execute((id, &message.body))?;
                } else {
                    let words: Vec<String> = tokens(&message.body, &Tables).into_iter().collect();
                    index.execute((id, words.join(" ")))?;
                }
            }
        }
        batch.commit()?;
    }
    database.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
    Ok(())
}

/// How much of what is there was found.
fn share(truth: &Measured, have: &Measured) -> String {
    let count = |measured: &Measured| measured.found.iter().map(Vec::len).sum::<usize>();
    let pairs = truth.found.iter().zip(&have.found);
    let n_same: usize =
        pairs.map(|(want, have)| have.iter().filter(|text| want.contains(text)).count()).sum();
    match count(truth) {
        0 => "–".to_owned(),
        n => format!("{:.0} %", n_same.min(n) as f64 * 100.0 / n as f64),
    }
}

fn row(table: &mut String, name: &str, took: &Took, n: u64, bytes: u64) {
    let Took { seconds, peak_mib, .. } = took;
    let rates = match n {
        0 => "– | –".to_owned(),
        n => format!("{:.0} | {:.1}", n as f64 / seconds, bytes as f64 / 1e6 / seconds),
    };
    *table += &format!("| {name} | {seconds:.1} | {rates} | {peak_mib:.0} MiB |\n");
}

/// The bytes of all files in a folder.
fn size(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        bytes += if metadata.is_dir() { size(&entry.path())? } else { metadata.len() };
    }
    Ok(bytes)
}

/// Writes tables between their marks.
fn write(tables: &[(&str, String)]) -> Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(PAGE);
    let mut text = fs::read_to_string(&path)?;
    for (name, table) in tables {
        let marks = [format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->\n")];
        let place = text.split_once(&marks[0]).and_then(|(before, rest)| {
            let (_, after) = rest.split_once(&marks[1])?;
            Some((before.to_owned(), after.to_owned()))
        });
        let (before, after) = place.with_context(|| format!("{PAGE} has no place for {name}"))?;
        text = format!("{before}{}{}\n{}{after}", marks[0], table.trim_end(), marks[1]);
    }
    Ok(fs::write(path, text)?)
}
