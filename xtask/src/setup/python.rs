//! A Python that has the official clients of Elasticsearch and `OpenSearch`, and readers of table
//! files.
//!
//! The archive job speaks the dialect of the former and writes for the latter, and only they know
//! whether it does.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::{Toolbox, debian};
use crate::process;
use crate::progress::Outcome;
use crate::workspace::Workspace;

/// What is installed; another number makes another folder.
const VERSION: &str = "2";
// DuckDB needs pytz to hand over times that have a zone.
const PACKAGES: [&str; 5] = [
    "duckdb==2.0.0",
    "elasticsearch==9.5.1",
    "opensearch-py==3.2.0",
    "pyarrow==26.0.1",
    "pytz==2026.6",
];
const IMPORTS: &str = "import duckdb, elasticsearch, opensearchpy, pyarrow.parquet, pytz";

/// Python comes with the part that makes environments, except in Debian.
const DEBIAN_PACKAGES: [&str; 2] = ["python3", "python3-venv"];

/// Makes the environment. `MARU_PYTHON` names an interpreter to use instead.
pub(super) fn ensure(workspace: &Workspace, toolbox: &mut Toolbox) -> Result<Outcome> {
    if let Some(named) = std::env::var_os("MARU_PYTHON").filter(|value| !value.is_empty()) {
        let python = PathBuf::from(named);
        import(&python).context("MARU_PYTHON names no Python with the clients")?;
        let place = python.display().to_string();
        toolbox.set_python(python);
        return Ok(Outcome::Ready(place));
    }
    let folder = workspace.tool("python-clients", VERSION);
    let python = folder.join("bin/python");
    let place = workspace.shown(&folder);
    toolbox.set_python(python.clone());
    if python.is_file() && import(&python).is_ok() {
        return Ok(Outcome::Ready(place));
    }
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {place}"))?;
    }
    if environment(&folder).is_err() {
        debian::install(&DEBIAN_PACKAGES, "install Python 3 with its module `venv`")?;
        environment(&folder)?;
    }
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    process::run_quietly(install.args(PACKAGES))?;
    import(&python)?;
    Ok(Outcome::Done(format!("installed to {place}")))
}

fn environment(folder: &Path) -> Result<()> {
    process::run_quietly(Command::new("python3").args(["-m", "venv"]).arg(folder))
}

fn import(python: &Path) -> Result<()> {
    process::read(Command::new(python).args(["-c", IMPORTS])).map(drop)
}
