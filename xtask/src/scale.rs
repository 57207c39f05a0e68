//! `cargo xtask scale`: from measured figures and published prices to rooms, objects and dollars.
//!
//! Everything is calculated from [`INPUTS`], a file that says where each figure comes from, and
//! written between the markers of [`DOCUMENT`]. The arithmetic names no clock and no file.

mod document;
mod figure;
mod inputs;
mod month;
mod object;
mod people;
mod stadium;
mod tables;

use anyhow::{Context, Result};

use self::inputs::Inputs;
use crate::progress;
use crate::workspace::Workspace;

/// The figures, in the repository.
const INPUTS: &str = "docs/scale.toml";

/// What is told of them.
pub(crate) const DOCUMENT: &str = "docs/scale.md";

/// Prints the tables and writes them into the document.
pub(crate) fn command(workspace: &Workspace) -> Result<()> {
    let (before, after) = documents(workspace)?;
    progress::say(&after);
    if before == after {
        progress::say(format!("  {DOCUMENT} was up to date"));
    } else {
        std::fs::write(workspace.path(DOCUMENT), after)?;
        progress::say(format!("  {DOCUMENT} is written anew"));
    }
    Ok(())
}

/// Whether the document says what follows from the figures.
pub(crate) fn is_up_to_date(workspace: &Workspace) -> Result<bool> {
    let (before, after) = documents(workspace)?;
    Ok(before == after)
}

/// The document as it is, and as it should be.
fn documents(workspace: &Workspace) -> Result<(String, String)> {
    let read = |name: &str| {
        std::fs::read_to_string(workspace.path(name)).with_context(|| format!("{name} is missing"))
    };
    let inputs = Inputs::read(&read(INPUTS)?).with_context(|| format!("{INPUTS} is wrong"))?;
    let before = read(DOCUMENT)?;
    let after = document::with_tables(&before, &tables::all(&inputs))
        .with_context(|| format!("{DOCUMENT} lacks its markers"))?;
    Ok((before, after))
}
