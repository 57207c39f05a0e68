//! Counts tests in what the runners print.

use std::sync::LazyLock;

use anyhow::{Result, ensure};
use regex::Regex;

/// How many tests ran, and how they ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Tally {
    /// Adds what one line of output says, if it is a summary of cargo, node or vitest.
    pub(crate) fn read(&mut self, line: &str) {
        let Ok(patterns) = &*PATTERNS else { return };
        let plain = patterns.colour.replace_all(line, "");
        for (pattern, which) in &patterns.summaries {
            for found in pattern.captures_iter(&plain) {
                let count = found.get(1).and_then(|digits| digits.as_str().parse().ok());
                let count: u64 = count.unwrap_or_default();
                match which {
                    Which::Passed => self.passed = self.passed.saturating_add(count),
                    Which::Failed => self.failed = self.failed.saturating_add(count),
                }
            }
        }
    }

    /// Fails if no test ran: a stage that checks nothing must not look as if it passed.
    pub(crate) fn require_some(self) -> Result<()> {
        ensure!(self != Self::default(), "not a single test ran");
        Ok(())
    }

    /// Adds another tally.
    pub(crate) fn add(&mut self, other: Self) {
        self.passed = self.passed.saturating_add(other.passed);
        self.failed = self.failed.saturating_add(other.failed);
    }
}

enum Which {
    Passed,
    Failed,
}

struct Patterns {
    colour: Regex,
    summaries: Vec<(Regex, Which)>,
}

static PATTERNS: LazyLock<Result<Patterns>> = LazyLock::new(|| {
    Ok(Patterns {
        colour: Regex::new("\x1b\\[[0-9;]*m")?,
        summaries: vec![
            (Regex::new(r"^test result: .* (\d+) passed;")?, Which::Passed),
            (Regex::new(r"^test result: .* (\d+) failed;")?, Which::Failed),
            (Regex::new(r"^(?:#|ℹ) pass (\d+)$")?, Which::Passed),
            (Regex::new(r"^(?:#|ℹ) fail (\d+)$")?, Which::Failed),
            (Regex::new(r"^\s*Tests\s.*?(\d+) passed")?, Which::Passed),
            (Regex::new(r"^\s*Tests\s.*?(\d+) failed")?, Which::Failed),
        ],
    })
});

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(lines: &[&str]) -> Tally {
        let mut tally = Tally::default();
        for line in lines {
            tally.read(line);
        }
        tally
    }

    #[test]
    fn every_runner_is_understood() {
        let cargo = "test result: \x1b[32mok\x1b[m. 12 passed; 1 failed; 0 ignored; 0 measured";
        assert_eq!(tally(&[cargo]), Tally { passed: 12, failed: 1 });
        assert_eq!(tally(&["# pass 3", "# fail 0"]), Tally { passed: 3, failed: 0 });
        assert_eq!(tally(&["ℹ pass 3", "ℹ fail 2"]), Tally { passed: 3, failed: 2 });
        let vitest = "      Tests  1 failed | 7 passed (8)";
        assert_eq!(tally(&[vitest]), Tally { passed: 7, failed: 1 });
    }

    #[test]
    fn other_lines_count_nothing() {
        assert_eq!(tally(&["12 passed", "Test Files  2 passed (2)"]), Tally::default());
    }
}
