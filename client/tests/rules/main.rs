//! The rules of `docs/protocol.md` that concern a client, one readable test each.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test may panic: that is how it reports"
)]

mod amendments;
mod browsing;
mod folds;
mod inbox;
mod reading;
mod sends;
mod sessions;
mod shell;

/// What a client that does nothing tells.
const NOTHING: [&str; 0] = [];
