//! Servers from Debian, unpacked below `target` and installed nowhere: no package's script runs,
//! so no service starts, and nothing of the system changes.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::launch::{self, run, which};

/// Where a server's files are.
pub(super) struct Package {
    /// The folder that stands for `/`.
    pub(super) root: PathBuf,
    pub(super) version: String,
}

/// The file with the version, which is written last and says that all else is there.
const VERSION: &str = "version";

impl Package {
    /// Unpacks a server and those of its dependencies that are not installed, unless that was done
    /// before. One that is installed is used as it is.
    pub(super) fn unpack(name: &str) -> Result<Self> {
        let folder = launch::installed().join("debian").join(name);
        if let Some(package) = Self::find(name) {
            return Ok(package);
        }
        if which("apt-get").is_none() || which("dpkg").is_none() {
            bail!("{name} comes from Debian, and this is another system");
        }
        let missing = missing(name)?;
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("root"))?;
        if !missing.is_empty() {
            run(Command::new("apt-get").current_dir(&folder).arg("download").args(&missing))?;
        }
        for file in fs::read_dir(&folder)? {
            let file = file?.path();
            if file.extension().is_some_and(|extension| extension == "deb") {
                run(Command::new("dpkg").arg("--extract").arg(&file).arg(folder.join("root")))?;
                fs::remove_file(file)?;
            }
        }
        let is_installed = !missing.iter().any(|package| package == name);
        fs::write(folder.join(VERSION), version(name, is_installed)?)?;
        Self::find(name).context("what was unpacked is not there")
    }

    /// What was unpacked.
    pub(super) fn find(name: &str) -> Option<Self> {
        let folder = launch::installed().join("debian").join(name);
        let version = fs::read_to_string(folder.join(VERSION)).ok()?;
        let unpacked = folder.join("root");
        let root = if unpacked.join("usr/share/doc").join(name).exists() {
            unpacked
        } else {
            PathBuf::from("/")
        };
        Some(Self { root, version })
    }

    /// The folder of libraries.
    pub(super) fn libraries(&self) -> PathBuf {
        self.root.join("usr/lib").join(format!("{}-linux-gnu", std::env::consts::ARCH))
    }

    /// A program that finds its libraries.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env("LD_LIBRARY_PATH", self.libraries());
        command
    }

    /// Fails if a program lacks a library.
    pub(super) fn check(&self, program: &Path) -> Result<()> {
        let listed = run(self.command(Path::new("ldd")).arg(program))?;
        match listed.lines().find(|line| line.contains("not found")) {
            Some(line) => bail!("{} lacks a library: {}", program.display(), line.trim()),
            None => Ok(()),
        }
    }
}

/// A package and its dependencies that are not installed.
fn missing(name: &str) -> Result<BTreeSet<String>> {
    let ask = || {
        let arguments = ["install", "--simulate", "--no-install-recommends", name];
        run(Command::new("apt-get").args(arguments).env("LC_ALL", "C"))
    };
    let plan = ask().or_else(|_| {
        // Perhaps the lists are missing, and perhaps we may fetch them.
        run(Command::new("apt-get").arg("update"))?;
        ask()
    });
    Ok(to_install(&plan.with_context(|| format!("apt-get knows no {name}"))?))
}

/// The packages that apt would install.
fn to_install(plan: &str) -> BTreeSet<String> {
    let named = plan.lines().filter_map(|line| line.strip_prefix("Inst ")?.split(' ').next());
    named.map(str::to_owned).collect()
}

fn version(name: &str, is_installed: bool) -> Result<String> {
    let mut command = if is_installed {
        let mut command = Command::new("dpkg-query");
        command.args(["--show", "--showformat=Version: ${Version}\\n", name]);
        command
    } else {
        let mut command = Command::new("apt-cache");
        command.args(["show", "--no-all-versions", name]);
        command
    };
    let shown = run(&mut command)?;
    let version = shown.lines().find_map(|line| line.strip_prefix("Version: "));
    Ok(version.context("a package has no version")?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_names_what_would_be_installed() {
        let plan = "Reading package lists...\n\
                    Inst libwrap0 (7.6.q-32 Debian:12.15/oldstable [amd64])\n\
                    Inst mosquitto (2.0.11-1.2+deb12u2 Debian:12.15/oldstable [amd64]) []\n\
                    Conf libwrap0 (7.6.q-32 Debian:12.15/oldstable [amd64])\n";
        let packages: Vec<String> = to_install(plan).into_iter().collect();
        assert_eq!(packages, ["libwrap0", "mosquitto"]);
    }
}
