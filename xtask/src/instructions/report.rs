//! Counts beside the accepted ones.

use std::collections::BTreeSet;

use super::baseline::{Baseline, Count};

/// Percent that an operation may take more than was accepted.
const MORE_MAX: f64 = 3.0;

/// A table, and what in it is not as it must be.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) text: String,
    pub(super) broken: Vec<String>,
}

/// Compares `now` with the accepted counts.
pub(super) fn table(before: &Baseline, now: &Baseline) -> Report {
    let mut text = format!(
        "  {:<20} {:>13} {:>13} {:>8}  {:>8} {:>8}\n",
        "one of", "instructions", "accepted", "±%", "allocs", "accepted"
    );
    let mut broken = Vec::new();
    let names: BTreeSet<&String> = before.operations.keys().chain(now.operations.keys()).collect();
    for name in names {
        match (before.operations.get(name), now.operations.get(name)) {
            (Some(old), Some(new)) => {
                text.push_str(&row(name, Some(*old), *new));
                broken.extend(too_much(name, *old, *new));
            }
            (None, Some(new)) => {
                text.push_str(&row(name, None, *new));
                broken.push(format!("{name} has no accepted count"));
            }
            (_, None) => broken.push(format!("{name} is not counted any more")),
        }
    }
    Report { text, broken }
}

fn row(name: &str, old: Option<Count>, new: Count) -> String {
    let change = old.map_or_else(
        || "new".to_owned(),
        |old| format!("{:+.1}", percent(old.instructions, new.instructions)),
    );
    let Count { instructions, allocations } = old.unwrap_or_default();
    format!(
        "  {name:<20} {:>13} {instructions:>13} {change:>8}  {:>8} {allocations:>8}\n",
        new.instructions, new.allocations
    )
}

fn too_much(name: &str, old: Count, new: Count) -> Vec<String> {
    let kinds = [
        ("instructions", old.instructions, new.instructions),
        ("allocations", old.allocations, new.allocations),
    ];
    let worse = kinds.into_iter().filter(|(_, old, new)| percent(*old, *new) > MORE_MAX);
    worse
        .map(|(kind, old, new)| {
            format!("{name} takes {new} {kind}, {:+.1} % of what was accepted", percent(old, new))
        })
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "a percentage of numbers far below 2^53")]
fn percent(old: u64, new: u64) -> f64 {
    (new as f64 - old as f64) / (old.max(1) as f64) * 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(operations: &[(&str, u64, u64)]) -> Baseline {
        let operations = operations.iter().map(|&(name, instructions, allocations)| {
            (name.to_owned(), Count { instructions, allocations })
        });
        Baseline { operations: operations.collect(), ..Baseline::default() }
    }

    #[test]
    fn three_percent_more_is_noticed_and_less_is_not_a_fault() {
        let before = counts(&[("a", 1_000, 10), ("b", 1_000, 10), ("c", 1_000, 10)]);
        let now = counts(&[("a", 1_030, 10), ("b", 1_031, 10), ("c", 500, 5)]);
        let report = table(&before, &now);
        assert_eq!(report.broken, ["b takes 1031 instructions, +3.1 % of what was accepted"]);
        assert!(report.text.contains("-50.0"), "{}", report.text);
    }

    #[test]
    fn one_allocation_more_of_a_few_is_noticed() {
        let report = table(&counts(&[("a", 1_000, 9)]), &counts(&[("a", 1_000, 10)]));
        assert_eq!(report.broken.len(), 1, "{:?}", report.broken);
    }

    #[test]
    fn every_operation_has_an_accepted_count() {
        let report = table(&counts(&[("gone", 1, 1)]), &counts(&[("new", 1, 1)]));
        assert_eq!(report.broken, ["gone is not counted any more", "new has no accepted count"]);
    }
}
