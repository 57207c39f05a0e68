//! Finds valgrind, runs one operation under callgrind, and reads what it wrote.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::baseline::Count;
use crate::process;
use crate::setup::{Toolbox, debian};

/// The functions that hand out memory.
const ALLOCATORS: [&str; 4] = ["malloc", "calloc", "realloc", "posix_memalign"];

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
        process::run_quietly(&mut command)?;
        let text = std::fs::read_to_string(&profile)
            .with_context(|| format!("callgrind wrote no {}", profile.display()))?;
        let count = read(&text)?;
        ensure!(count.instructions > 0, "callgrind counted nothing of {name}");
        Ok(count)
    }
}

/// Reads a profile: the sum of its costs, and the calls of the allocators.
fn read(profile: &str) -> Result<Count> {
    let mut instructions = None;
    let mut allocations: u64 = 0;
    let mut allocators: BTreeSet<&str> = BTreeSet::new();
    let mut is_allocator = false;
    for line in profile.lines() {
        let Some((key, value)) = line.split_once(['=', ':']) else { continue };
        match key {
            "fn" | "cfn" => {
                // A name is written once; later its number alone stands for it.
                let (number, name) = value.split_once(' ').unwrap_or((value, ""));
                if ALLOCATORS.contains(&name) {
                    allocators.insert(number);
                }
                is_allocator = key == "cfn" && allocators.contains(number);
            }
            "calls" if is_allocator => {
                let calls = value.split(' ').next().unwrap_or_default();
                allocations = allocations.saturating_add(calls.parse()?);
            }
            "summary" | "totals" => instructions = Some(value.trim().parse()?),
            _ => {}
        }
    }
    let instructions = instructions.context("the profile has no sum")?;
    Ok(Count { instructions, allocations })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_read() {
        let profile = "events: Ir\n\nfn=(1) counted\n1 5\ncfn=(2) malloc\ncalls=3 0\n1 90\n\
            fn=(2)\n0 90\ncfn=(7) _int_malloc\ncalls=9 0\n0 4\nfn=(3) other\ncfn=(2)\n\
            calls=4 0\n1 120\ncfn=(4) free\ncalls=2 0\n1 2\nsummary: 1234\n";
        assert_eq!(read(profile).unwrap(), Count { instructions: 1_234, allocations: 7 });
        assert!(read("events: Ir\n").is_err(), "a profile that broke off is none");
    }
}
