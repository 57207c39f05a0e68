//! Drains rooms into an archive, indexes it, expires it and restores from it.
//!
//! `docs/archive.md` says what is promised; this crate keeps it. Formats and decisions are plain
//! functions; what talks to rooms, stores and disks is at the edge of each command.

pub mod cli;
pub mod compact;
pub mod config;
pub mod context;
pub mod damage;
pub mod database;
pub mod disk;
pub mod drain;
pub mod erase;
pub mod expire;
pub mod export;
pub mod failpoint;
pub mod failure;
#[cfg(test)]
mod fixture;
pub mod history;
pub mod index;
pub mod layout;
pub mod lease;
pub mod leftovers;
pub mod manifest;
pub mod maru;
pub mod metrics;
pub mod object;
pub mod progress;
pub mod quarantine;
pub mod record;
pub mod restore;
pub mod retention;
pub mod rewrite;
pub mod run;
pub mod search;
pub mod segment;
pub mod selftest;
pub mod serve;
pub mod status;
pub mod store;
pub mod summary;
pub mod table;
pub mod told;
pub mod verify;

#[cfg(test)]
mod testing;
