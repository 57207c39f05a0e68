//! `archive-job database`: D1 into the archive, and back.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};

use bytes::Bytes;
use protocol::Timestamp;
use protocol::archive::RESTORE_BYTES_MAX;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;

use crate::context::Context;
use crate::failpoint::{self, Point};
use crate::failure::Failure;
use crate::maru::Maru;
use crate::metrics::Stage;
use crate::retention;
use crate::store::{Store, sha256};
use crate::summary::Summary;

/// Where dumps are.
const FOLDER: &str = "v1/database";

/// What a dump is compressed with.
const LEVEL: i32 = 3;

/// The flags of `database`.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum Action {
    /// Copy D1 into the archive (what happens if nothing is named)
    #[command(after_help = "Example: archive-job database backup --keep 14")]
    Backup {
        /// How many copies stay, each the newest of its day
        #[arg(long, default_value_t = 14, value_parser = clap::value_parser!(u32).range(1..))]
        keep: u32,
    },
    /// Copy D1 back, into a deployment whose tables are empty
    #[command(after_help = "Example: archive-job database restore --dry-run")]
    Restore {
        /// Which copy [default: the newest]
        #[arg(value_name = "COPY")]
        copy: Option<String>,
    },
    /// Name the copies that there are
    #[command(after_help = "Example: archive-job database list")]
    List,
}

impl Args {
    /// Whether it writes to the store.
    #[must_use]
    pub fn writes(&self) -> bool {
        matches!(self.action, None | Some(Action::Backup { .. }))
    }
}

/// One line of a dump.
#[derive(Debug, Deserialize, Serialize)]
struct Line<'a> {
    table: &'a str,
    /// A page begins: what the server wants before its rows.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    page: Option<&'a RawValue>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    row: Option<&'a RawValue>,
}

/// Runs `database`.
///
/// # Errors
/// As every command.
pub async fn run(context: &Context, args: &Args) -> Result<Summary, Failure> {
    match &args.action {
        None => backup(context, 14).await,
        Some(Action::Backup { keep }) => backup(context, *keep).await,
        Some(Action::Restore { copy }) => restore(context, copy.as_deref()).await,
        Some(Action::List) => {
            let copies = copies(&context.store).await?;
            let text = if copies.is_empty() { "no copies".to_owned() } else { copies.join("\n") };
            Ok(Summary::new("database", text, json!({ "copies": copies })))
        }
    }
}

/// Copies D1 into the archive, and removes all copies but the newest of each of the last `keep`
/// days on which some were made.
///
/// # Errors
/// As every command.
pub async fn backup(context: &Context, keep: u32) -> Result<Summary, Failure> {
    let maru = context.maru()?;
    if context.dry_run {
        let tables = maru.tables().await?;
        let text = format!("would copy the tables {}", tables.join(", "));
        return Ok(Summary::new("database", text, json!({ "tables": tables, "dry_run": true })));
    }
    let (bytes, rows) = dump(&maru).await?;
    let path = path(context.now());
    let stored = Bytes::from(bytes);
    context.store.create(&path, stored.clone()).await?;
    let read = context.store.read(&path).await?;
    let found = count(&path, &read)?;
    if sha256(&read) != sha256(&stored) || found != rows {
        return Err(Failure::damaged(path, format!("{found} rows of {rows} were read back")));
    }
    let bytes = u64::try_from(stored.len()).unwrap_or(u64::MAX);
    context.metrics.bytes.get_or_create(&Stage { stage: "database" }).inc_by(bytes);
    let removed = remove_older(&context.store, keep).await?;
    let text = format!("copied {rows} rows of D1 to {path}");
    let facts = json!({ "path": path, "rows": rows, "bytes": bytes, "removed": removed });
    Ok(Summary::new("database", text, facts))
}

/// Copies D1 back.
///
/// # Errors
/// As every command; Maru refuses a table that has other rows.
pub async fn restore(context: &Context, copy: Option<&str>) -> Result<Summary, Failure> {
    let copies = copies(&context.store).await?;
    let path = match copy {
        Some(copy) => copies.iter().find(|path| path.contains(copy)).ok_or_else(|| {
            Failure::configuration(format!("there is no copy {copy}; `database list` names them"))
        })?,
        None => copies.last().ok_or_else(|| {
            Failure::configuration("there is no copy of D1 in the archive".to_owned())
        })?,
    };
    let bytes = context.store.read(path).await?;
    let rows = count(path, &bytes)?;
    if context.dry_run {
        let text = format!("would put {rows} rows of {path} into D1");
        return Ok(Summary::new("database", text, json!({ "path": path, "dry_run": true })));
    }
    let maru = context.maru()?;
    let there: BTreeSet<String> = maru.tables().await?.into_iter().collect();
    let mut pages = Pages::new(path, &bytes)?;
    while let Some((table, page)) = pages.next_page()? {
        context.stop.check()?;
        if !there.contains(&table) {
            return Err(Failure::configuration(format!(
                "the deployment has no table `{table}`; apply the migrations, then run again"
            )));
        }
        load(&maru, &table, page).await?;
        failpoint::reach(Point::Loaded);
    }
    let text = format!("put {rows} rows of {path} into D1");
    Ok(Summary::new("database", text, json!({ "path": path, "rows": rows })))
}

async fn load(maru: &Maru, table: &str, page: String) -> Result<(), Failure> {
    match maru.load(table, Bytes::from(page)).await {
        Err(Failure::Refused { code, .. }) if code == "not_empty" => Err(Failure::configuration(
            format!("the table `{table}` of the deployment is not empty; restore into a new one"),
        )),
        done => done,
    }
}

/// All rows of all tables, and how many they are.
async fn dump(maru: &Maru) -> Result<(Vec<u8>, u64), Failure> {
    let later = |why: &dyn std::fmt::Display| Failure::later(format!("D1 was not copied: {why}"));
    let mut writer = zstd::Encoder::new(Vec::new(), LEVEL).map_err(|why| later(&why))?;
    let mut rows: u64 = 0;
    for table in maru.tables().await? {
        let mut cursor: Option<String> = None;
        loop {
            let page = maru.dump(&table, cursor.as_deref()).await?;
            let text = std::str::from_utf8(&page.lines).map_err(|why| later(&why))?;
            for (nth, json) in text.lines().filter(|line| !line.is_empty()).enumerate() {
                let json: &RawValue = serde_json::from_str(json).map_err(|why| later(&why))?;
                let (page, row) = if nth == 0 { (Some(json), None) } else { (None, Some(json)) };
                let line = Line { table: &table, page, row };
                let line = serde_json::to_string(&line).map_err(|why| later(&why))?;
                writeln!(writer, "{line}").map_err(|why| later(&why))?;
                rows = rows.saturating_add(u64::from(nth > 0));
            }
            cursor = page.cursor;
            if cursor.is_none() {
                break;
            }
        }
    }
    Ok((writer.finish().map_err(|why| later(&why))?, rows))
}

/// The pages of a dump, as the server wants them.
struct Pages<'a> {
    path: &'a str,
    lines: std::io::Lines<BufReader<zstd::Decoder<'a, BufReader<&'a [u8]>>>>,
    next: Option<(String, String)>,
}

impl<'a> Pages<'a> {
    fn new(path: &'a str, bytes: &'a [u8]) -> Result<Self, Failure> {
        let decoder = zstd::Decoder::new(bytes).map_err(|why| Failure::damaged(path, why))?;
        Ok(Self { path, lines: BufReader::new(decoder).lines(), next: None })
    }

    /// The table of the next page, and the page.
    fn next_page(&mut self) -> Result<Option<(String, String)>, Failure> {
        let damaged = |why: &dyn std::fmt::Display| Failure::damaged(self.path, why);
        for line in self.lines.by_ref() {
            let line = line.map_err(|why| damaged(&why))?;
            let line: Line<'_> = serde_json::from_str(&line).map_err(|why| damaged(&why))?;
            match (line.page, line.row) {
                (Some(header), None) => {
                    let page = (line.table.to_owned(), format!("{header}\n"));
                    if let Some(whole) = self.next.replace(page) {
                        return Ok(Some(whole));
                    }
                }
                (None, Some(row)) => {
                    let page = self.next.as_mut().filter(|(table, _)| table == line.table);
                    let (_, page) = page.ok_or_else(|| damaged(&"a row is in no page"))?;
                    page.push_str(row.get());
                    page.push('\n');
                    if page.len() > RESTORE_BYTES_MAX {
                        return Err(damaged(&"a page is too long"));
                    }
                }
                (Some(_), Some(_)) | (None, None) => return Err(damaged(&"a line is no row")),
            }
        }
        Ok(self.next.take())
    }
}

/// How many rows a dump has; the whole of it is read.
fn count(path: &str, bytes: &[u8]) -> Result<u64, Failure> {
    let mut pages = Pages::new(path, bytes)?;
    let mut rows: u64 = 0;
    while let Some((_, page)) = pages.next_page()? {
        let lines = u64::try_from(page.lines().count()).unwrap_or(u64::MAX);
        rows = rows.saturating_add(lines.saturating_sub(1));
    }
    Ok(rows)
}

/// Where the dump of a time is: names sort by time.
fn path(at: Timestamp) -> String {
    format!("{FOLDER}/{}.jsonl.zst", retention::text(at))
}

/// The copies that there are, the newest last.
async fn copies(store: &Store) -> Result<Vec<String>, Failure> {
    let all = store.list(FOLDER).await?.into_iter().map(|listed| listed.path);
    Ok(all.filter(|path| path.ends_with(".jsonl.zst")).collect())
}

/// Removes all copies but the newest of each of the last `keep` days on which some were made.
async fn remove_older(store: &Store, keep: u32) -> Result<usize, Failure> {
    let copies = copies(store).await?;
    let newest: BTreeMap<&str, &String> = copies.iter().map(|path| (day(path), path)).collect();
    let keep = usize::try_from(keep).unwrap_or(usize::MAX);
    let stay: BTreeSet<&String> = newest.into_values().rev().take(keep).collect();
    let mut removed: usize = 0;
    for path in copies.iter().filter(|path| !stay.contains(path)) {
        store.delete(path).await?;
        removed = removed.saturating_add(1);
    }
    Ok(removed)
}

/// The day on which a copy was made, in UTC.
fn day(path: &str) -> &str {
    path.split_once('T').map_or(path, |(day, _)| day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_newest_copy_of_each_of_the_last_days_stays() {
        let store = Store::in_memory();
        let name = |time: &str| format!("v1/database/{time}Z.jsonl.zst");
        let made = ["19T07:00:00", "20T06:00:00", "20T07:00:00", "21T00:00:00", "21T23:59:59"];
        for time in made {
            store.create(&name(&format!("2026-05-{time}")), "…").await.unwrap();
        }
        assert_eq!(remove_older(&store, 2).await.unwrap(), 3);
        let stay = ["2026-05-20T07:00:00", "2026-05-21T23:59:59"].map(name);
        assert_eq!(copies(&store).await.unwrap(), stay);
        assert_eq!(remove_older(&store, 2).await.unwrap(), 0);
        assert_eq!(remove_older(&store, 1).await.unwrap(), 1);
        assert_eq!(copies(&store).await.unwrap(), stay[1..]);
    }

    #[test]
    fn pages_come_back_as_they_were() {
        let lines = concat!(
            r#"{"table":"a","page":{"after":null}}"#,
            "\n",
            r#"{"table":"a","row":{"id":9007199254740993,"name":"이름"}}"#,
            "\n",
            r#"{"table":"a","page":{"after":[1]}}"#,
            "\n",
            r#"{"table":"b","page":{"after":null}}"#,
            "\n",
            r#"{"table":"b","row":[1]}"#,
            "\n",
        );
        let bytes = zstd::encode_all(lines.as_bytes(), LEVEL).unwrap();
        let mut pages = Pages::new("x", &bytes).unwrap();
        let mut all = Vec::new();
        while let Some(page) = pages.next_page().unwrap() {
            all.push(page);
        }
        let page = |table: &str, page: &str| (table.to_owned(), page.to_owned());
        let exact = "{\"after\":null}\n{\"id\":9007199254740993,\"name\":\"이름\"}\n";
        assert_eq!(
            all,
            [
                page("a", exact),
                page("a", "{\"after\":[1]}\n"),
                page("b", "{\"after\":null}\n[1]\n"),
            ]
        );
        assert_eq!(count("x", &bytes).unwrap(), 2);
    }

    #[test]
    fn a_copy_that_is_cut_off_is_damaged() {
        let line = r#"{"table":"a","page":{"after":null}}"#;
        let bytes = zstd::encode_all(line.as_bytes(), LEVEL).unwrap();
        for end in 0..bytes.len() {
            let counted = count("x", &bytes[..end]);
            assert!(matches!(counted, Err(Failure::Damaged { .. })) || end == 0, "{end}");
        }
        let stray = zstd::encode_all(&br#"{"table":"a","row":{}}"#[..], LEVEL).unwrap();
        assert!(matches!(count("x", &stray), Err(Failure::Damaged { .. })));
    }
}
