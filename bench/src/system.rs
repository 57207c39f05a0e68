//! The systems that are measured: Maru and its peers.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::Result;

use crate::dialect::Dialect;
use crate::process::Process;

/// How many rooms a server must have, each with as many members of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) rooms: usize,
    pub(crate) members: usize,
}

/// What is written of a system.
#[derive(Clone, Debug)]
pub(crate) struct Card {
    /// In tables, and after `--only`: short, lower case.
    pub(crate) name: &'static str,
    /// One line: what runs, and how it is configured.
    pub(crate) what: &'static str,
    /// Whether every message is stored, be it before or after it is delivered.
    pub(crate) stores: bool,
}

/// Something that can be measured.
pub(crate) trait System {
    fn card(&self) -> Card;

    /// Installs what it needs, once and before anything is measured; answers the version.
    /// An error is a sentence for the table: why it is not measured.
    fn prepare(&self) -> Result<String>;

    /// Starts a server with nothing in it but what `size` asks for, and data below `folder`, which
    /// is empty and on a real disk.
    fn start(&self, size: Size, folder: &Path) -> Result<Running>;
}

/// A running server. Its processes are killed when it is dropped.
pub(crate) struct Running {
    /// Where it answers.
    pub(crate) address: SocketAddr,
    /// What is killed in the end, and counted with all its descendants: CPU and memory.
    pub(crate) process: Process,
    /// Everybody who connects: `size.members` of the first room, then those of the next.
    pub(crate) seats: Vec<Box<dyn Dialect>>,
}
