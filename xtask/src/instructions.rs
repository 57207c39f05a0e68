//! `cargo xtask bench instructions`: how many instructions the operations of the pure crates take.
//!
//! Time depends on what else a machine does; the number of instructions does not, so a change of a
//! few percent is seen. `core-bench` holds the operations, callgrind counts, and the counts that
//! were accepted last are in [`BASELINE`]. They hold for one compiler and one valgrind: with
//! others the counts are shown, and nothing is judged.

mod baseline;
mod callgrind;
mod report;

use anyhow::{Context, Result, bail};

use self::baseline::{Baseline, Count};
use self::callgrind::Valgrind;
use crate::process;
use crate::progress::{self, Outcome};
use crate::setup::{self, Needs, Toolbox};
use crate::workspace::Workspace;

/// The accepted counts, in the repository.
const BASELINE: &str = "bench/instructions.toml";

/// Counts, and compares; or accepts what was counted as the new baseline.
pub(crate) fn command(workspace: &Workspace, accept: bool) -> Result<()> {
    let toolbox = setup::prepare(workspace, Needs::Building)?;
    progress::stage("bench: instructions", || {
        let valgrind = callgrind::ensure()?;
        if accept { self::accept(&toolbox, &valgrind) } else { judge(&toolbox, &valgrind) }
    })
}

/// The same as a check of `cargo xtask ci`, which leaves it out where there is no valgrind.
pub(crate) fn check(toolbox: &Toolbox) -> Result<()> {
    match callgrind::ensure() {
        Ok(valgrind) => judge(toolbox, &valgrind),
        Err(reason) => {
            progress::step("callgrind", || Ok(Outcome::Skipped(format!("not counted: {reason:#}"))))
        }
    }
}

fn accept(toolbox: &Toolbox, valgrind: &Valgrind) -> Result<()> {
    let now = count(toolbox, valgrind)?;
    let path = toolbox.workspace().path(BASELINE);
    let before = Baseline::read(&path).unwrap_or_default();
    progress::say(report::table(&before, &now).text);
    now.write(&path)?;
    progress::say(format!("  {BASELINE} holds these counts now"));
    Ok(())
}

fn judge(toolbox: &Toolbox, valgrind: &Valgrind) -> Result<()> {
    let before = Baseline::read(&toolbox.workspace().path(BASELINE))?;
    let now = count(toolbox, valgrind)?;
    let report = report::table(&before, &now);
    progress::say(&report.text);
    if before.toolchain != now.toolchain {
        progress::say(format!(
            "  not judged: the baseline is of {}, and this is {}",
            before.toolchain, now.toolchain
        ));
        return Ok(());
    }
    if !report.broken.is_empty() {
        bail!(
            "{}; make it cheaper, or accept it with `cargo xtask bench instructions --accept`",
            report.broken.join("; ")
        );
    }
    Ok(())
}

/// Builds the operations as in production, and counts each.
fn count(toolbox: &Toolbox, valgrind: &Valgrind) -> Result<Baseline> {
    let mut build = toolbox.cargo();
    process::run(build.args(["build", "--quiet", "--release", "--package", "core-bench"]))?;
    let binary = toolbox.workspace().path("target/release/core-bench");
    let listed = process::read(&mut toolbox.command(&binary.to_string_lossy()))?;
    let mut now = Baseline { toolchain: toolchain(toolbox, valgrind)?, ..Baseline::default() };
    for line in listed.lines() {
        let (name, times) = line.split_once(' ').context("core-bench lists names and numbers")?;
        let times: u64 = times.parse()?;
        let all = valgrind.count(toolbox, &binary, name)?;
        now.operations.insert(name.to_owned(), all.each(times));
    }
    Ok(now)
}

/// What counts depend on beside the code.
fn toolchain(toolbox: &Toolbox, valgrind: &Valgrind) -> Result<String> {
    let rustc = process::read(toolbox.command("rustc").arg("--version"))?;
    Ok(format!("{} on {} with {}", rustc.trim(), std::env::consts::ARCH, valgrind.version()))
}

impl Count {
    /// Of one of so many times.
    fn each(self, times: u64) -> Self {
        let each = |all: u64| {
            let half = times.checked_div(2).unwrap_or_default();
            all.saturating_add(half).checked_div(times).unwrap_or(all)
        };
        Self { instructions: each(self.instructions), allocations: each(self.allocations) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_spread_over_the_times() {
        let all = Count { instructions: 1_049, allocations: 250 };
        assert_eq!(all.each(100), Count { instructions: 10, allocations: 3 });
        assert_eq!(all.each(1), all);
    }
}
