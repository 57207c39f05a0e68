//! The rules of `docs/protocol.md` that concern a room, one readable test each.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test may panic: that is how it reports"
)]

mod archive;
mod figures;
mod flushing;
mod log;
mod members;
mod messages;
mod shell;
mod signing_out;
