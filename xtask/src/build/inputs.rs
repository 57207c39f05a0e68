//! What each part is built from.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context, Result};
use cargo_metadata::{DependencyKind, MetadataCommand, Package};

use crate::arguments::Profile;
use crate::digest::Inputs;
use crate::workspace::Workspace;

/// The digest of a crate, of the workspace crates it is built from, and of how they are built.
pub(super) fn of_crate(workspace: &Workspace, package: &str, profile: Profile) -> Result<String> {
    let mut inputs = Inputs::default()
        .text(profile.flag())
        .file(&workspace.path("Cargo.toml"))?
        .file(&workspace.path("Cargo.lock"))?
        .file(&workspace.path("package-lock.json"))?;
    for folder in folders_of(workspace, package)? {
        inputs = inputs.folder(&folder)?;
    }
    Ok(inputs.digest())
}

/// The folders of a crate and of every workspace crate below it.
fn folders_of(workspace: &Workspace, package: &str) -> Result<BTreeSet<PathBuf>> {
    let metadata = MetadataCommand::new().current_dir(workspace.root()).no_deps().exec()?;
    let mut folders = BTreeSet::new();
    let mut waiting = vec![package.to_owned()];
    while let Some(name) = waiting.pop() {
        let found = metadata
            .packages
            .iter()
            .find(|candidate| candidate.name.as_str() == name)
            .with_context(|| format!("the workspace has no crate named {name}"))?;
        let folder = found.manifest_path.parent().context("a manifest lies in no folder")?;
        if folders.insert(folder.as_std_path().to_path_buf()) {
            waiting.extend(built_from(found));
        }
    }
    Ok(folders)
}

fn built_from(package: &Package) -> impl Iterator<Item = String> + '_ {
    package
        .dependencies
        .iter()
        .filter(|dependency| dependency.path.is_some())
        .filter(|dependency| dependency.kind != DependencyKind::Development)
        .map(|dependency| dependency.name.clone())
}
