//! The file of accepted counts.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// What one operation takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Count {
    /// Instructions that were executed.
    pub(super) instructions: u64,
    /// Calls for memory.
    pub(super) allocations: u64,
}

/// The counts of all operations.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Baseline {
    /// What they were counted with.
    pub(super) toolchain: String,
    /// By the operation's name.
    pub(super) operations: BTreeMap<String, Count>,
}

const HEADING: &str = "\
# What one operation of the pure crates takes: instructions, and calls for memory.
# Written by `cargo xtask bench instructions --accept`; docs/testing.md says how to read it.

";

impl Baseline {
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("{} is missing; write it with `--accept`", path.display()))?;
        toml::from_str(&text).with_context(|| format!("{} is damaged", path.display()))
    }

    pub(super) fn write(&self, path: &Path) -> Result<()> {
        let text = format!("{HEADING}{}", toml::to_string(self)?);
        std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
    }
}
