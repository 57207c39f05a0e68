//! What a drain did, and what it could not.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use crate::failure::Failure;
use crate::metrics::{Metrics, Stage, outcome};
use crate::record::{Kind, Object};
use crate::store::Created;
use crate::summary::Summary;

/// So many failures in a row that a later run may not have, and this one ends: Maru or the store
/// is down, and trying every room would take hours.
const IN_A_ROW_MAX: u64 = 16;

/// What a drain did so far.
pub(super) struct Tally {
    facts: Mutex<Facts>,
    metrics: Metrics,
}

#[derive(Clone, Default, Serialize)]
struct Facts {
    /// Rooms that were drained.
    rooms: u64,
    /// Entries that are in the archive now.
    entries: u64,
    /// Bytes of objects that are.
    bytes: u64,
    /// Objects that were put in place of others, without erased words.
    rewritten: u64,
    /// Deleted rooms whose archive was erased.
    forgotten: u64,
    /// What was not done.
    failures: Vec<Trouble>,
    #[serde(skip)]
    in_a_row: u64,
}

/// What was not done.
#[derive(Clone, Serialize)]
struct Trouble {
    place: String,
    why: String,
    exit_code: u8,
}

impl Tally {
    /// Nothing was done yet.
    pub(super) fn new(metrics: &Metrics) -> Self {
        Self { facts: Mutex::default(), metrics: metrics.clone() }
    }

    /// A room has nothing more.
    pub(super) fn room(&self) {
        let mut facts = self.facts();
        facts.rooms = facts.rooms.saturating_add(1);
        facts.in_a_row = 0;
    }

    /// The archive of a deleted room is gone.
    pub(super) fn forgot(&self) {
        let mut facts = self.facts();
        facts.forgotten = facts.forgotten.saturating_add(1);
    }

    /// Objects lost words.
    pub(super) fn rewrote(&self, objects: usize) {
        let mut facts = self.facts();
        facts.rewritten = facts.rewritten.saturating_add(u64::try_from(objects).unwrap_or(0));
    }

    /// A segment with so many bytes of lines is in the store.
    pub(super) fn put(&self, created: Created, lines: usize) {
        if created == Created::SameBytes {
            self.metrics.already_exists.get_or_create(&outcome("same")).inc();
        }
        let lines = u64::try_from(lines).unwrap_or(0);
        self.metrics.bytes.get_or_create(&Stage { stage: "lines" }).inc_by(lines);
    }

    /// Objects are part of the archive.
    pub(super) fn committed(&self, objects: &[Object]) {
        let mut facts = self.facts();
        facts.in_a_row = 0;
        for object in objects {
            facts.bytes = facts.bytes.saturating_add(object.bytes);
            let stage = match object.kind {
                Kind::Segment => "segment",
                Kind::Table => "table",
                Kind::State => "state",
            };
            self.metrics.bytes.get_or_create(&Stage { stage }).inc_by(object.bytes);
        }
    }

    /// So many entries are acknowledged.
    pub(super) fn archived(&self, entries: u64) {
        let mut facts = self.facts();
        facts.entries = facts.entries.saturating_add(entries);
        self.metrics.entries.inc_by(entries);
    }

    /// Something was not done. That stops nothing else, unless nothing else can be done either.
    pub(super) fn fails(&self, place: String, failure: Failure) -> Result<(), Failure> {
        let mut facts = self.facts();
        match &failure {
            Failure::Fenced(_)
            | Failure::Leased(_)
            | Failure::Stopped
            | Failure::Configuration(_) => return Err(failure),
            Failure::Later(_) => {
                facts.in_a_row = facts.in_a_row.saturating_add(1);
                if facts.in_a_row >= IN_A_ROW_MAX {
                    return Err(failure);
                }
            }
            Failure::Divergent { .. }
            | Failure::Missing { .. }
            | Failure::Damaged { .. }
            | Failure::Refused { .. }
            | Failure::Incomplete(_)
            | Failure::Unverified(_) => {}
        }
        tracing::error!(place, why = %failure, "not done");
        facts.failures.push(Trouble {
            place,
            why: failure.to_string(),
            exit_code: failure.exit_code(),
        });
        Ok(())
    }

    /// The end of a command.
    pub(super) fn end(&self, command: &'static str) -> Result<Summary, Failure> {
        let facts = self.facts().clone();
        let mut text = vec![format!(
            "{} entries of {} rooms are archived ({} bytes)",
            facts.entries, facts.rooms, facts.bytes
        )];
        if facts.rewritten > 0 {
            text.push(format!("{} objects were put without erased words", facts.rewritten));
        }
        if facts.forgotten > 0 {
            text.push(format!("the archive of {} deleted rooms is erased", facts.forgotten));
        }
        text.extend(
            facts.failures.iter().map(|trouble| format!("{}: {}", trouble.place, trouble.why)),
        );
        let worst = facts.failures.iter().map(|trouble| trouble.exit_code).max();
        let summary = Summary::new(command, text.join("\n"), facts);
        match worst {
            None => Ok(summary),
            Some(42) => Err(Failure::Unverified(Box::new(summary))),
            Some(_) => Err(Failure::Incomplete(Box::new(summary))),
        }
    }

    fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_verify_is_told_before_what_may_be_done_later() {
        let tally = Tally::new(&Metrics::new());
        assert!(tally.end("drain").is_ok());
        tally.fails("room a".into(), Failure::later("no answer")).unwrap();
        assert_eq!(tally.end("drain").unwrap_err().exit_code(), 1);
        tally.fails("room b".into(), Failure::damaged("x", "cut off")).unwrap();
        tally.fails("room c".into(), Failure::later("no answer")).unwrap();
        let end = tally.end("drain").unwrap_err();
        assert_eq!(end.exit_code(), 42);
        assert!(end.summary().unwrap().text.contains("room b: x does not verify"));
    }

    #[test]
    fn it_ends_when_another_took_over_or_nothing_answers() {
        let tally = Tally::new(&Metrics::new());
        assert!(tally.fails("room a".into(), Failure::Fenced("another".into())).is_err());
        let fails = || tally.fails("room a".into(), Failure::later("no answer"));
        for _ in 1..IN_A_ROW_MAX {
            fails().unwrap();
        }
        tally.room();
        fails().unwrap();
        assert!((1..IN_A_ROW_MAX).any(|_| fails().is_err()));
    }
}
