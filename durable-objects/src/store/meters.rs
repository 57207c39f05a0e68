//! What a meter keeps: its rooms in parts, the steps of the last hour in groups, and the totals.

use protocol::Timestamp;

use super::sql::{Row, text};
use super::{Sql, StoreError, Value};
use crate::meter::{Meter, Step};
use crate::words::Words;

/// Under a kind, a few numbered values: `rooms` by part, `steps` by group, `total` alone.
const CREATE: &str = "CREATE TABLE IF NOT EXISTS meter(
    kind TEXT NOT NULL,
    number INTEGER NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (kind, number)) WITHOUT ROWID";
const GET: &str = "SELECT number, value FROM meter WHERE kind = ? ORDER BY number";
const PUT: &str = "INSERT OR REPLACE INTO meter(kind, number, value) VALUES (?, ?, ?)";

const ROOMS: &str = "rooms";
const STEPS: &str = "steps";
const TOTAL: &str = "total";

/// A meter in a database.
#[derive(Debug)]
pub struct Meters<S>(pub S);

impl<S: Sql> Meters<S> {
    /// The meter as it was saved, at `now`.
    ///
    /// # Errors
    /// If storage fails or holds what this version does not understand.
    pub fn load(&self, now: Timestamp) -> Result<Meter, StoreError> {
        self.0.run(CREATE, &[])?;
        let parts = self.get(ROOMS)?;
        let steps: Vec<(u64, Vec<Step>)> = self.get(STEPS)?;
        let steps = steps.into_iter().flat_map(|(_, steps)| steps).collect();
        let total = self.get(TOTAL)?.pop().map(|(_, total)| total).unwrap_or_default();
        Ok(Meter::restore(now, parts, steps, total))
    }

    /// Stores what is news since it was saved last, in a bounded number of rows.
    ///
    /// # Errors
    /// If storage fails.
    pub fn save(&self, meter: &mut Meter) -> Result<(), StoreError> {
        let (parts, groups) = meter.save();
        self.0.atomically(&mut || {
            for part in &parts {
                self.put(ROOMS, *part, meter.part(*part).to_text())?;
            }
            for group in &groups {
                self.put(STEPS, *group, meter.group(*group).to_text())?;
            }
            self.put(TOTAL, 0, meter.total().to_text())
        })
    }

    fn get<T: Words>(&self, kind: &'static str) -> Result<Vec<(u64, T)>, StoreError> {
        let read = |row| {
            let mut row = Row::new("meter", row);
            let (number, value) = (row.integer()?, row.text()?);
            Ok((number, T::from_text(&value).ok_or_else(|| row.wrong(kind))?))
        };
        self.0.run(GET, &[text(kind)])?.into_iter().map(read).collect()
    }

    fn put(&self, kind: &'static str, number: u64, value: String) -> Result<(), StoreError> {
        self.0.run(PUT, &[text(kind), Value::Integer(number), text(value)]).map(drop)
    }
}
