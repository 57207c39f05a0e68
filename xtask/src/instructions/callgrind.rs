//! Finds valgrind, runs one operation under callgrind, and reads what it wrote.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::baseline::Count;
use crate::process;
use crate::setup::{Toolbox, debian};

/// A valgrind that starts.
#[derive(Debug)]
pub(super) struct Valgrind {
    binary: PathBuf,
    version: String,
}

/// Finds valgrind, or installs the distribution's: it follows the C library, so it is pinned to
/// nothing else.
pub(super) fn ensure() -> Result<Valgrind> {
    let find = || which::which("valgrind");
    if find().is_err() {
        debian::install(&["valgrind"], "install valgrind; it counts the instructions")?;
    }
    let binary = find().context("valgrind is not on the search path")?;
    let version = process::read(std::process::Command::new(&binary).arg("--version"))?;
    Ok(Valgrind { binary, version: version.trim().to_owned() })
}

impl Valgrind {
    pub(super) fn version(&self) -> &str {
        &self.version
    }

    /// What the operation takes, all its times together.
    pub(super) fn count(&self, toolbox: &Toolbox, binary: &Path, name: &str) -> Result<Count> {
        let folder = toolbox.workspace().path("target/callgrind");
        std::fs::create_dir_all(&folder)?;
        let profile = folder.join(format!("{name}.out"));
        let mut command = toolbox.command(&self.binary.to_string_lossy());
        command
            .args(["--tool=callgrind", "--quiet", "--collect-atstart=no"])
            .arg("--toggle-collect=*core_bench*counted*")
            .arg(format!("--callgrind-out-file={}", profile.display()))
            .arg(binary)
            .arg(name);
        let allocations = process::read(&mut command)?;
        let text = std::fs::read_to_string(&profile)
            .with_context(|| format!("callgrind wrote no {}", profile.display()))?;
        let instructions = instructions(&text).context("the profile has no sum")?;
        ensure!(instructions > 0, "callgrind counted nothing of {name}");
        Ok(Count { instructions, allocations: allocations.trim().parse()? })
    }
}

/// Reads the sum of a profile's costs.
fn instructions(profile: &str) -> Option<u64> {
    profile.lines().find_map(|line| line.strip_prefix("summary: ")?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_has_a_sum() {
        let profile = "events: Ir\n\nfn=(1) counted\n1 5\n\nsummary: 1234\n\n\ntotals: 1234\n";
        assert_eq!(instructions(profile), Some(1_234));
        assert_eq!(instructions("events: Ir\n"), None, "a profile that broke off has none");
    }
}
