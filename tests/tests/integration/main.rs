//! Everything that only the whole can show: real workerd, real objects, real sockets.
//!
//! One server serves all tests, each with its own people and rooms; a test that kills its server
//! has its own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    reason = "a test may panic: that is how it reports"
)]

mod accounts;
mod across;
mod admin;
mod amendments;
mod archive;
mod attachments;
mod authorisation;
mod bad_input;
mod contract;
mod credentials;
mod crowd;
mod deletion;
mod eviction;
mod expiry;
mod fresh_proof;
mod headers;
mod history;
mod inbox;
mod kill;
mod limits;
mod live;
mod membership;
mod moderation;
mod people;
mod receipts;
mod refused;
mod restore;
mod rooms;
mod search;
mod search_index;
mod session;
mod surface;
mod tokens;
mod wycheproof;
