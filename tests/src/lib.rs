//! Integration tests against workerd; they speak the wire only.
//!
//! This library is what the tests share: a server, people with accounts, raw sockets, and the
//! real client machine on a real socket.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::single_match_else,
    clippy::missing_panics_doc,
    clippy::missing_errors_doc,
    clippy::disallowed_methods,
    reason = "a test may panic, that is how it reports, and it lives in real time"
)]

pub mod bare;
pub mod crowd;
pub mod driver;
pub mod matrix;
pub mod outside;
pub mod page;
pub mod person;
pub mod promtool;
pub mod server;
pub mod stage;
pub mod surface;
pub mod wire;

use std::time::{Duration, Instant};

use getrandom::fill;
use protocol::id::ID_RANDOM_BYTES;

/// How long a test waits for something that should happen soon. Generous: machines are shared.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// Random bytes for a fresh id.
#[must_use]
pub fn random() -> [u8; ID_RANDOM_BYTES] {
    let mut bytes = [0; ID_RANDOM_BYTES];
    fill(&mut bytes).expect("the system has randomness");
    bytes
}

/// Waits until `holds` answers something, trying again soon.
pub async fn eventually<T>(what: &str, mut holds: impl AsyncFnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = holds().await {
            return found;
        }
        assert!(started.elapsed() < PATIENCE, "still not: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
