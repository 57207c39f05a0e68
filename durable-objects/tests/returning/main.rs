//! A room comes back from the archive, and a user's words go.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test may panic: that is how it reports"
)]

mod erasing;
#[path = "../native/mod.rs"]
mod native;
mod original;
mod restoring;
