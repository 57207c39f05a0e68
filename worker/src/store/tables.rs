//! Any table of D1 as lines of JSON, and back.
//!
//! Which tables and columns there are says the schema, and only its own names reach a statement.
//! The database reads and writes the JSON, so that integers stay as exact as they are there.

use protocol::ordered::Map;
use serde::Deserialize;
use worker::wasm_bindgen::JsValue;

use super::{Store, failed, text};
use crate::problem::Problem;

/// What is dumped: what belongs to the platform, leases, runs, attempts and links are of this
/// database alone.
macro_rules! dumped {
    ($sql:literal) => {
        concat!(
            $sql,
            " FROM sqlite_master AS made WHERE type = 'table' AND name NOT GLOB 'sqlite_*'
              AND name NOT GLOB '_cf_*' AND name NOT GLOB 'd1_*'
              AND name NOT IN
                ('archive_lease', 'archive_run', 'spent_attempt', 'attempt', 'mail_link',
                    'export_run')"
        )
    };
}

/// In the order in which they were made, so that what others refer to comes first.
const TABLES: &str = dumped!("SELECT json_group_array(name ORDER BY rowid) AS answer");

/// Columns with their places in the primary key, and what they refer to.
const TABLE: &str = concat!(
    dumped!(
        "SELECT json_array(
            json((SELECT json_group_array(json_array(name, pk) ORDER BY cid)
                FROM pragma_table_info(?1))),
            json((SELECT json_group_array(json_array(\"from\", \"table\", \"to\"))
                FROM pragma_foreign_key_list(?1)))) AS answer"
    ),
    " AND name = ?1"
);

const UNKNOWN_KEY: &str = "SELECT pair.key AS answer
    FROM json_each(?1) AS given, json_each(given.value) AS pair
    WHERE pair.key NOT IN (SELECT value FROM json_each(?2)) LIMIT 1";

/// What a database says of rows that do not fit its schema, or are no JSON.
const MISFITS: [&str; 4] =
    ["constraint failed", "malformed JSON", "cannot store", "datatype mismatch"];

/// A table and how to write it.
#[derive(Debug)]
pub(crate) struct Table {
    name: String,
    columns: Vec<Column>,
    parents: Vec<Parent>,
}

/// A row as a line, and its key as JSON.
#[derive(Debug, Deserialize)]
pub(crate) struct Line {
    /// The row, as an object.
    pub(crate) line: String,
    /// Its key, as a list.
    pub(crate) key: String,
}

/// Its name, and its place in the primary key, from one; zero if it is not in it.
#[derive(Debug, Deserialize)]
struct Column(String, u32);

/// A column, and the table and column that it refers to. A row without it is of an account that
/// was made while the dump was written, and is left out.
#[derive(Debug, Deserialize)]
struct Parent(String, String, String);

impl Table {
    /// Rows of a page, at most.
    pub(crate) const PAGE_ROWS: usize = 1_000;

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The names of its columns.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|Column(name, _)| name.as_str())
    }

    /// Whether it has a column of that name.
    pub(crate) fn has(&self, column: &str) -> bool {
        self.columns().any(|known| known == column)
    }

    /// The columns of the primary key, quoted, in the order of the key.
    fn key(&self) -> Vec<String> {
        let key = self.columns.iter().filter(|Column(_, at)| *at > 0);
        let key = Map::of(key.map(|Column(name, at)| (at, quoted(name))));
        key.into_iter().map(|(_, name)| name).collect()
    }

    /// Rows in the order of keys, one more than a page has; after the key `?1` if there is one.
    fn dump(&self, is_first: bool) -> String {
        let pair = |column: &str| {
            let (label, column) = (literal(column), quoted(column));
            format!(
                "{label}, iif(typeof({column}) = 'blob', json_object('blob', hex({column})), \
                 {column})"
            )
        };
        let pairs: Vec<String> = self.columns().map(pair).collect();
        let key = self.key();
        let places: Vec<String> =
            (0..key.len()).map(|place| format!("json_extract(?1, '$[{place}]')")).collect();
        let key = key.join(", ");
        let after =
            if is_first { String::new() } else { format!("({key}) > ({}) AND", places.join(", ")) };
        format!(
            "SELECT json_object({}) AS line, json_array({key}) AS key FROM {} WHERE {after} TRUE \
             ORDER BY {key} LIMIT {}",
            pairs.join(", "),
            quoted(&self.name),
            Self::PAGE_ROWS.saturating_add(1),
        )
    }

    /// Inserts the rows `?1`, if the table ends with the key `?2`, or is empty and there is none.
    fn insert(&self, columns: &[String]) -> String {
        let names: Vec<String> = columns.iter().map(|column| quoted(column)).collect();
        let values: Vec<String> = columns.iter().map(|column| given(column)).collect();
        let (table, key) = (quoted(&self.name), self.key());
        let backwards: Vec<String> = key.iter().map(|column| format!("{column} DESC")).collect();
        format!(
            "INSERT INTO {table} ({}) SELECT {} FROM json_each(?1) AS given WHERE {} \
             AND (SELECT json_array({}) FROM {table} ORDER BY {} LIMIT 1) IS json(?2) \
             ON CONFLICT DO NOTHING",
            names.join(", "),
            values.join(", "),
            self.has_parents(),
            key.join(", "),
            backwards.join(", "),
        )
    }

    /// Says something if one of the rows `?1` is not there exactly so.
    fn missing(&self, columns: &[String]) -> String {
        let key = self.key();
        let same = |column: &String| {
            let (value, column) = (given(column), quoted(column));
            // The key is looked up; anything else may be null.
            let is = if key.contains(&column) { "=" } else { "IS" };
            format!("there.{column} {is} {value}")
        };
        let same: Vec<String> = columns.iter().map(same).collect();
        format!(
            "SELECT 'missing' AS answer FROM json_each(?1) AS given WHERE {} AND NOT EXISTS \
             (SELECT 1 FROM {} AS there WHERE {}) LIMIT 1",
            self.has_parents(),
            quoted(&self.name),
            same.join(" AND "),
        )
    }

    fn has_parents(&self) -> String {
        let parent = |Parent(child, of, key): &Parent| {
            format!("{} IN (SELECT {} FROM {})", given(child), quoted(key), quoted(of))
        };
        let mut all: Vec<String> = self.parents.iter().map(parent).collect();
        all.push("TRUE".to_owned());
        all.join(" AND ")
    }
}

impl Store {
    /// The names of the tables that are dumped, as JSON.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn tables(&self) -> Result<String, Problem> {
        let names = self.answer(TABLES, &[]).await.map_err(failed)?;
        names.ok_or_else(|| Problem::internal("database", &"no tables"))
    }

    /// A table that is dumped, if there is one of that name.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn table(&self, name: &str) -> Result<Option<Table>, Problem> {
        let Some(parts) = self.answer(TABLE, &[text(name)]).await.map_err(failed)? else {
            return Ok(None);
        };
        let (columns, parents) =
            serde_json::from_str(&parts).map_err(|error| Problem::internal("schema", &error))?;
        Ok(Some(Table { name: name.to_owned(), columns, parents }))
    }

    /// Rows after a key, which is JSON, one more than a page has.
    ///
    /// # Errors
    /// 400 for a key of another table, or an internal failure.
    pub(crate) async fn dump(
        &self,
        table: &Table,
        after: Option<&str>,
    ) -> Result<Vec<Line>, Problem> {
        let values: Vec<JsValue> = after.into_iter().map(text).collect();
        self.all(&table.dump(values.is_empty()), &values).await
    }

    /// A key in one of the rows that is none of these columns.
    ///
    /// # Errors
    /// 400 for rows that cannot be read, or an internal failure.
    pub(crate) async fn unknown_key(
        &self,
        columns: &[String],
        rows: &str,
    ) -> Result<Option<String>, Problem> {
        let columns =
            serde_json::to_string(columns).map_err(|error| Problem::internal("columns", &error))?;
        self.answer(UNKNOWN_KEY, &[text(rows), text(&columns)]).await.map_err(misfit)
    }

    /// Inserts rows that come after a key, where the table ends; false if it does not end there and
    /// does not hold exactly these rows, either.
    ///
    /// # Errors
    /// 400 for rows that do not fit, or an internal failure.
    pub(crate) async fn restore(
        &self,
        table: &Table,
        (columns, after): (&[String], Option<&str>),
        rows: &str,
    ) -> Result<bool, Problem> {
        let after = after.map_or(JsValue::NULL, text);
        self.answer(&table.insert(columns), &[text(rows), after]).await.map_err(misfit)?;
        let missing = self.answer(&table.missing(columns), &[text(rows)]).await;
        missing.map(|missing| missing.is_none()).map_err(misfit)
    }
}

/// The value of a column in a given row.
fn given(column: &str) -> String {
    let path = literal(&format!("$.\"{column}\""));
    let blob = literal(&format!("$.\"{column}\".blob"));
    format!(
        "iif(json_type(given.value, {path}) = 'object', unhex(json_extract(given.value, {blob})), \
         json_extract(given.value, {path}))"
    )
}

/// A name of the schema, as a statement has it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

pub(super) fn misfit(error: worker::Error) -> Problem {
    let why = error.to_string();
    if MISFITS.iter().any(|misfit| why.contains(misfit)) {
        Problem::BadRequest(format!("this does not fit the table: {why}"))
    } else {
        failed(error)
    }
}

#[cfg(test)]
mod tests;
