//! Where things are: the repository, the cache of tools, the stamps.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The repository and the folders outside it that xtask uses.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
    tools: PathBuf,
}

impl Workspace {
    /// Finds the repository from where cargo says xtask lies, so a moved clone still works.
    pub(crate) fn find() -> Result<Self> {
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest.parent().context("xtask lies in no workspace")?.to_path_buf();
        Ok(Self { root, tools: cache_folder()?.join("maru").join("tools") })
    }

    /// The root of the repository.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A path below the root, given with forward slashes.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// The folder of one pinned tool, shared by all clones on this machine.
    pub(crate) fn tool(&self, name: &str, version: &str) -> PathBuf {
        self.tools.join(format!("{name}-{version}"))
    }

    /// The folder that holds all pinned tools.
    pub(crate) fn tools(&self) -> &Path {
        &self.tools
    }

    /// The folder for what xtask remembers about this clone.
    pub(crate) fn memory(&self) -> PathBuf {
        self.path("target/xtask")
    }

    /// Shortens a path for people: relative to the root, or to the home folder.
    pub(crate) fn shown(&self, path: &Path) -> String {
        if let Ok(inside) = path.strip_prefix(&self.root) {
            return inside.display().to_string();
        }
        match std::env::home_dir().and_then(|home| path.strip_prefix(home).ok().map(Path::to_owned))
        {
            Some(inside) => format!("~/{}", inside.display()),
            None => path.display().to_string(),
        }
    }
}

fn cache_folder() -> Result<PathBuf> {
    if let Some(cache) = std::env::var_os("XDG_CACHE_HOME").filter(|value| !value.is_empty()) {
        return Ok(PathBuf::from(cache));
    }
    let home = std::env::home_dir().context("neither XDG_CACHE_HOME nor a home folder is set")?;
    Ok(home.join(".cache"))
}
