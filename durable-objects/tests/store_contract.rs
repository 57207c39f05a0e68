//! The storage contract over memory and over native SQLite. The real object is held to it by the
//! integration tests.
#![allow(clippy::unwrap_used, reason = "a test may panic: that is how it reports")]

mod native;

use durable_objects::store::{MemoryStore, SqlStore, contract};
use native::Native;

#[test]
fn memory_keeps_the_contract() {
    assert_eq!(contract::check(MemoryStore::default).unwrap().len(), 8);
}

#[test]
fn native_sqlite_keeps_the_contract() {
    let fresh = || SqlStore(Native::fresh());
    assert_eq!(contract::check(fresh).unwrap().len(), 8);
}
