//! Draining and what comes after it, with everything real: workerd, an S3 server, and the program
//! as a process.
//!
//! Whatever is killed, and whenever: the archive and the rooms together are exactly what was
//! acknowledged to clients, without gap and without doubles, and erased words are nowhere.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::wildcard_enum_match_arm,
    unreachable_pub,
    reason = "a test may panic: that is how it reports; and it lives in real time"
)]

mod archive;
mod commands;
mod erases;
mod erasures;
mod full;
mod inputs;
mod job;
mod kills;
mod leases;
mod s3;
mod stores;
mod times;
mod town;
mod verifies;
mod workerd;
mod world;
