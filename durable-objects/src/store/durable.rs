//! The database of a Durable Object.

use worker::{SqlStorage, SqlStorageValue, Storage};

use super::StoreError;
use super::sql::{Sql, Value};
use crate::sockets;

/// The SQLite database of a Durable Object.
pub struct DurableSql {
    storage: Storage,
    sql: SqlStorage,
    #[cfg(feature = "testing")]
    n_rows_written: std::cell::Cell<u64>,
}

impl DurableSql {
    /// The database behind `storage`.
    #[must_use]
    pub fn new(storage: Storage) -> Self {
        Self {
            sql: storage.sql(),
            storage,
            #[cfg(feature = "testing")]
            n_rows_written: std::cell::Cell::default(),
        }
    }

    /// How many rows were written, as the platform counts them.
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn n_rows_written(&self) -> u64 {
        self.n_rows_written.get()
    }
}

impl Sql for DurableSql {
    fn run(&self, sql: &'static str, values: &[Value]) -> Result<Vec<Vec<Value>>, StoreError> {
        let values: Vec<SqlStorageValue> = values.iter().map(to_platform).collect();
        let cursor = self.sql.exec(sql, values).map_err(|error| failed(&error))?;
        let read = |row: worker::Result<Vec<SqlStorageValue>>| {
            row.map_err(|error| failed(&error))?.into_iter().map(from_platform).collect()
        };
        let rows = cursor.raw().map(read).collect();
        #[cfg(feature = "testing")]
        {
            let n_rows = u64::try_from(cursor.rows_written()).unwrap_or_default();
            self.n_rows_written.set(self.n_rows_written.get().saturating_add(n_rows));
        }
        rows
    }

    fn atomically(
        &self,
        work: &mut dyn FnMut() -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut failure = None;
        let done = sockets::atomically(&self.storage, &mut || {
            failure = work().err();
            failure.as_ref().map(ToString::to_string)
        });
        match (failure, done) {
            (Some(error), _) => Err(error),
            (None, done) => done.map_err(|error| failed(&error)),
        }
    }
}

/// Numbers are seqs, nonces and times: all below 2^53, and so within an `i64`.
fn to_platform(value: &Value) -> SqlStorageValue {
    match value {
        Value::Null => SqlStorageValue::Null,
        Value::Integer(number) => {
            SqlStorageValue::Integer(i64::try_from(*number).unwrap_or(i64::MAX))
        }
        Value::Text(text) => SqlStorageValue::String(text.clone()),
    }
}

fn from_platform(value: SqlStorageValue) -> Result<Value, StoreError> {
    match value {
        SqlStorageValue::Null => Ok(Value::Null),
        SqlStorageValue::String(text) => Ok(Value::Text(text)),
        SqlStorageValue::Integer(number) => u64::try_from(number)
            .map(Value::Integer)
            .map_err(|_| StoreError::Sql(format!("a negative number: {number}"))),
        SqlStorageValue::Boolean(_) | SqlStorageValue::Float(_) | SqlStorageValue::Blob(_) => {
            Err(StoreError::Sql("a value of a type that is never stored".into()))
        }
    }
}

fn failed(error: &worker::Error) -> StoreError {
    StoreError::Sql(error.to_string())
}
