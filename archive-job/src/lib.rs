//! Drains rooms into an archive, indexes it, expires it and restores from it.
//!
//! `docs/archive.md` says what is promised; this crate keeps it. Formats and decisions are plain
//! functions; what talks to rooms, stores and disks is at the edge of each command.

pub mod layout;
pub mod record;
