//! The npm packages of the peers, at the versions of their lock file.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use integration_tests::server::{node, root};
use serde_json::Value;

use super::launch;

const LOCK: &str = "package-lock.json";

/// Installs them unless this was done before; answers the version of one.
pub(super) fn install(package: &str) -> Result<String> {
    let scripts = launch::scripts();
    let wanted = fs::read_to_string(scripts.join(LOCK)).context("the lock file is missing")?;
    // A copy of the lock file, written last, says what is complete.
    let complete = scripts.join("node_modules").join(LOCK);
    if !fs::read_to_string(&complete).is_ok_and(|found| found == wanted) {
        // The one package with a script brings its binary along.
        let arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
        launch::run(Command::new("npm").current_dir(&scripts).args(arguments))?;
        fs::write(&complete, wanted)?;
    }
    version(&scripts, package)
}

/// The version of a package that is installed below `folder`.
pub(super) fn version(folder: &Path, package: &str) -> Result<String> {
    let manifest = folder.join("node_modules").join(package).join("package.json");
    let text = fs::read_to_string(&manifest);
    let text = text.with_context(|| format!("{} is missing", manifest.display()))?;
    let manifest: Value = serde_json::from_str(&text)?;
    Ok(manifest["version"].as_str().context("a package has no version")?.to_owned())
}

/// One of our scripts in Node, as in production.
pub(super) fn script(name: &str) -> Command {
    let mut command = Command::new(node());
    command.arg(launch::scripts().join(name)).env("NODE_ENV", "production");
    command
}

/// Makes one module of a script and its packages.
pub(super) fn bundle(name: &str, folder: &Path) -> Result<()> {
    let mut command = Command::new(root().join("node_modules/.bin/esbuild"));
    command.current_dir(launch::scripts()).arg(name);
    command.args(["--bundle", "--minify", "--format=esm", "--external:cloudflare:workers"]);
    command.arg("--log-level=error").arg(format!("--outfile={}", folder.join(name).display()));
    launch::run(&mut command)?;
    Ok(())
}
