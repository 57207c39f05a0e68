//! SQLite on this machine behind the port of the objects' databases.

use durable_objects::store::{Sql, StoreError, Value};
use rusqlite::Connection;
use rusqlite::types::ValueRef;

/// SQLite on this machine, with the SQL text of the object.
pub(crate) struct Native(pub(crate) Connection);

impl Native {
    pub(crate) fn fresh() -> Self {
        Self(Connection::open_in_memory().unwrap())
    }
}

impl Sql for Native {
    fn run(&self, sql: &'static str, values: &[Value]) -> Result<Vec<Vec<Value>>, StoreError> {
        let failed = |error: rusqlite::Error| StoreError::Sql(error.to_string());
        let mut statement = self.0.prepare_cached(sql).map_err(failed)?;
        let n_columns = statement.column_count();
        let values = rusqlite::params_from_iter(values.iter().map(to_native));
        let read = |row: &rusqlite::Row<'_>| (0..n_columns).map(|i| from_native(row, i)).collect();
        let rows = statement.query_map(values, read).map_err(failed)?;
        rows.collect::<Result<_, _>>().map_err(failed)
    }

    fn atomically(
        &self,
        work: &mut dyn FnMut() -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.0.execute_batch("SAVEPOINT work").unwrap();
        let done = work();
        let end = if done.is_ok() { "RELEASE work" } else { "ROLLBACK TO work; RELEASE work" };
        self.0.execute_batch(end).unwrap();
        done
    }
}

fn to_native(value: &Value) -> rusqlite::types::Value {
    match value {
        Value::Null => rusqlite::types::Value::Null,
        Value::Integer(number) => rusqlite::types::Value::Integer(i64::try_from(*number).unwrap()),
        Value::Text(text) => rusqlite::types::Value::Text(text.clone()),
    }
}

fn from_native(row: &rusqlite::Row<'_>, index: usize) -> rusqlite::Result<Value> {
    Ok(match row.get_ref(index)? {
        ValueRef::Integer(number) => Value::Integer(u64::try_from(number).unwrap()),
        ValueRef::Text(text) => Value::Text(String::from_utf8(text.to_vec()).unwrap()),
        ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => Value::Null,
    })
}
