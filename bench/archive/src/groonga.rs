//! Groonga, whose `TokenBigram` is what the index was made after: a program beside this one.

use std::fs;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use analysis::{Query, Tables};
use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::generate::{Said, Talk};

/// Hits of a page.
const PAGE: usize = 50;

/// Tables and columns; the index is made when everything is there, which is Groonga's fast way.
const TABLES: &str = "table_create Messages TABLE_NO_KEY
column_create Messages room COLUMN_SCALAR UInt32
column_create Messages at COLUMN_SCALAR UInt64
column_create Messages body COLUMN_SCALAR Text
";
const INDEX: &str = "table_create Terms TABLE_PAT_KEY ShortText --default_tokenizer TokenBigram \
     --normalizer NormalizerAuto
column_create Terms of_body COLUMN_INDEX|WITH_POSITION Messages body
";

/// A running Groonga.
pub(crate) struct Groonga {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

/// Whether this machine has it.
pub(crate) fn is_installed() -> bool {
    let version = Command::new("groonga").arg("--version").stdout(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}

/// Where its files are, in a folder.
fn database(folder: &Path) -> PathBuf {
    folder.join("groonga/messages")
}

/// Fills a database with everything that was said; answers seconds.
pub(crate) fn fill(folder: &Path, talk: Talk) -> Result<f64> {
    let database = database(folder);
    let parent = database.parent().context("a folder")?;
    if parent.exists() {
        fs::remove_dir_all(parent)?;
    }
    fs::create_dir_all(parent)?;
    let started = Instant::now();
    let mut command = Command::new("groonga");
    command.arg("-n").arg(&database).stdin(Stdio::piped()).stdout(Stdio::null());
    let mut child = command.spawn()?;
    let mut input = BufWriter::new(child.stdin.take().context("an input")?);
    write!(input, "{TABLES}load --table Messages\n[\n")?;
    for (nth, Said { room, message }) in talk.enumerate() {
        let row = json!({ "room": room, "at": message.stamp.at, "body": message.body });
        write!(input, "{}{row}", if nth == 0 { "" } else { ",\n" })?;
    }
    write!(input, "\n]\n{INDEX}")?;
    input.flush()?;
    drop(input);
    ensure!(child.wait()?.success(), "groonga failed");
    Ok(started.elapsed().as_secs_f64())
}

impl Groonga {
    /// Opens the database in a folder, if there is one.
    pub(crate) fn open(folder: &Path) -> Result<Option<Self>> {
        let database = database(folder);
        if !database.exists() || !is_installed() {
            return Ok(None);
        }
        let mut command = Command::new("groonga");
        command.arg(&database).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let input = child.stdin.take().context("an input")?;
        let output = BufReader::new(child.stdout.take().context("an output")?);
        Ok(Some(Self { child, input, output }))
    }

    /// The newest messages with these words; what it answers is looked through, as everywhere.
    pub(crate) fn ask(
        &mut self,
        text: &str,
        query: &Query,
        room: Option<usize>,
    ) -> Result<Vec<String>> {
        let text = text.replace('\\', "\\\\").replace('\'', "\\'");
        let room = room.map(|room| format!(" --filter 'room == {room}'")).unwrap_or_default();
        writeln!(
            self.input,
            "select Messages --match_columns body --query '{text}'{room} --sort_keys -_id \
             --limit {PAGE} --output_columns body"
        )?;
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        let answer: Value = serde_json::from_str(&line)?;
        // The head says how it went; the first result is how many, the second what columns.
        let rows = answer[1][0].as_array().with_context(|| format!("no answer: {line}"))?;
        let bodies = rows.iter().skip(2).filter_map(|row| row[0].as_str());
        Ok(bodies.filter(|body| query.find(body, &Tables).is_some()).map(str::to_owned).collect())
    }
}

impl Drop for Groonga {
    fn drop(&mut self) {
        let _ = writeln!(self.input, "quit");
        let _ = self.child.wait();
    }
}
