//! The crates of the workspace and the arrows between them.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use cargo_metadata::{DependencyKind, MetadataCommand};

use crate::workspace::Workspace;

/// What one crate depends on directly.
#[derive(Debug, Default)]
pub(super) struct Arrows {
    /// Crates of this workspace, for any purpose.
    pub(super) inside: BTreeSet<String>,
    /// Crates from elsewhere that are linked into the crate itself.
    pub(super) outside: BTreeSet<String>,
}

/// Asks cargo for the direct dependencies of every crate of the workspace.
pub(super) fn arrows(workspace: &Workspace) -> Result<BTreeMap<String, Arrows>> {
    let metadata = MetadataCommand::new().current_dir(workspace.root()).no_deps().exec()?;
    let mut crates = BTreeMap::new();
    for package in &metadata.packages {
        let mut arrows = Arrows::default();
        for dependency in &package.dependencies {
            if dependency.path.is_some() {
                arrows.inside.insert(dependency.name.clone());
            } else if dependency.kind == DependencyKind::Normal {
                arrows.outside.insert(dependency.name.clone());
            }
        }
        crates.insert(package.name.to_string(), arrows);
    }
    Ok(crates)
}
