//! The storage contract over memory and over native SQLite. The real object is held to it by the
//! integration tests.
#![allow(clippy::unwrap_used, reason = "a test may panic: that is how it reports")]

mod native;

use durable_objects::store::{MemoryStore, SqlStore, contract};
use native::Native;

#[test]
fn memory_keeps_the_contract() {
    let kept = contract::check(MemoryStore::default).unwrap();
    assert_eq!(kept.len(), contract::N_PROMISES);
}

#[test]
fn native_sqlite_keeps_the_contract() {
    let fresh = || SqlStore(Native::fresh());
    assert_eq!(contract::check(fresh).unwrap().len(), contract::N_PROMISES);
}

#[test]
fn native_sqlite_reads_what_the_version_before_wrote() {
    contract::migration::check(Native::fresh()).unwrap();
}

#[test]
fn native_sqlite_keeps_what_rooms_must_hear() {
    contract::errands::check(Native::fresh()).unwrap();
}
