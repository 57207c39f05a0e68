//! Real rooms and real clients in a fake world, from one seed.
//!
//! One [`room::Room`] and several [`client::Client`]s live in a [`World`] that owns their clock,
//! network, storage and HTTP, and breaks all of them. The world's shells carry out effects front
//! to back and decide nothing. [`run`] draws [`Transition`]s from a seed, then lets the world
//! calm down, then heals it; [`Invariant`]s are checked all along. Every [`Fault`] is a way to
//! break the system on purpose, which proves that the invariants can fail.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "a simulation may panic: that is how it reports"
)]
#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "a judge looks at what it judges, and at nothing else"
)]

mod archive;
mod clock;
mod devices;
mod disk;
mod fault;
mod fold;
mod host;
mod inboxes;
mod invariant;
mod invites;
mod law;
mod ledger;
mod network;
mod pages;
mod people;
mod profile;
mod random;
mod rates;
mod reads;
mod requests;
mod rows;
mod run;
mod sight;
mod stream;
mod tamper;
mod tamper_rows;
mod transition;
mod utterance;
mod wants;
mod wish;
mod world;

pub use archive::Step;
pub use fault::Fault;
pub use host::Crash;
pub use invariant::{Invariant, Violation};
pub use run::{Failure, Report, run};
pub use transition::{Mishap, Transition};
pub use wish::{Setting, Wish};
pub use world::World;
