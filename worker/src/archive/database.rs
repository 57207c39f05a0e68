//! D1 as JSON lines, a page at a time, and back (rules AA5 and AA6).
//!
//! A page is a header and rows. The header says which row comes before, so that a page is put only
//! where the one before it ended: restoring can be interrupted and repeated, and never mixes what
//! is restored with what others wrote.

use protocol::archive::RESTORE_BYTES_MAX;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use worker::{Request, Response};

use super::Refusal;
use crate::problem::Problem;
use crate::store::{Line, Store, Table};
use crate::{cursor, reply, request};

/// Bytes of rows after which a page ends. With its last row it is shorter than a body may be.
const PAGE_BYTES: usize = RESTORE_BYTES_MAX / 2;

/// The first line of a page.
#[derive(Debug, Deserialize, Serialize)]
struct Header {
    table: String,
    columns: Vec<String>,
    /// The key of the row before the first one here; `null` on the first page.
    after: Option<Vec<Value>>,
    /// What to ask for next; `null` at the end.
    #[serde(default)]
    cursor: Option<String>,
}

/// `GET archive/database?table=&cursor=`
pub(super) async fn dump(request: &Request, store: &Store) -> Result<Response, Problem> {
    let Some(name) = request::parameter(request, "table") else {
        let tables = store.tables().await?;
        return reply::text("application/json", format!("{{\"tables\":{tables}}}"));
    };
    let table = table(store, &name).await?;
    let after: Option<Vec<Value>> = cursor::parameter(request)?;
    let rows = store.dump(&table, key(after.as_deref())?.as_deref()).await?;
    reply::text("application/x-ndjson", page(&table, after, rows)?)
}

/// `POST archive/database?table=`
pub(super) async fn restore(
    request: &Request,
    body: &str,
    store: &Store,
) -> Result<Response, Problem> {
    let name = request::parameter(request, "table").unwrap_or_default();
    let table = table(store, &name).await?;
    let (header, rows) = body.split_once('\n').unwrap_or((body, ""));
    let header: Header = serde_json::from_str(header).map_err(|error| {
        Problem::BadRequest(format!("the first line is no header of a dump: {error}"))
    })?;
    if header.table != name {
        return Err(Problem::BadRequest(format!("these are rows of `{}`", header.table)));
    }
    if let Some(unknown) = header.columns.iter().find(|column| !table.has(column)) {
        return Err(unknown_column(&name, unknown));
    }
    let rows: Vec<&str> = rows.lines().filter(|row| !row.is_empty()).collect();
    let rows = format!("[{}]", rows.join(","));
    if let Some(unknown) = store.unknown_key(&header.columns, &rows).await? {
        return Err(unknown_column(&name, &unknown));
    }
    let after = key(header.after.as_deref())?;
    let fits = store.restore(&table, (&header.columns, after.as_deref()), &rows).await?;
    if fits { Ok(reply::nothing()) } else { Err(Refusal::NotEmpty.into()) }
}

/// A table of that name, if it is one that is dumped.
async fn table(store: &Store, name: &str) -> Result<Table, Problem> {
    let found = store.table(name).await?;
    found.ok_or_else(|| {
        Problem::BadRequest(format!("there is no table `{name}`; ask without one for their names"))
    })
}

/// A key as the database writes it.
fn key(values: Option<&[Value]>) -> Result<Option<String>, Problem> {
    let key = values.map(serde_json::to_string).transpose();
    key.map_err(|error| Problem::internal("key", &error))
}

fn unknown_column(table: &str, column: &str) -> Problem {
    Problem::BadRequest(format!(
        "the table `{table}` has no column `{column}`; apply the migrations that the dump knew"
    ))
}

/// The header and as many rows as a page has.
fn page(table: &Table, after: Option<Vec<Value>>, rows: Vec<Line>) -> Result<String, Problem> {
    let (mut lines, mut last, mut has_more) = (String::new(), None, rows.len() > Table::PAGE_ROWS);
    for Line { line, key } in rows.into_iter().take(Table::PAGE_ROWS) {
        if lines.len() > PAGE_BYTES {
            has_more = true;
            break;
        }
        lines.push_str(&line);
        lines.push('\n');
        last = Some(key);
    }
    let cursor = last.filter(|_| has_more).map(|key| cursor::encode_text(&key));
    let columns = table.columns().map(str::to_owned).collect();
    let header = Header { table: table.name().to_owned(), columns, after, cursor };
    let header =
        serde_json::to_string(&header).map_err(|error| Problem::internal("header", &error))?;
    Ok(format!("{header}\n{lines}"))
}
