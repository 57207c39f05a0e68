//! What Maru must reach, as ratios within one run, because machines differ.

use std::fmt::Write;

use super::tables::outcome;
use crate::maru;
use crate::results::{Measured, Results, Run};
use crate::talk as loads;

/// The peer with the same runtime, which does what its platform's example does.
const DEMO: &str = "demo";

/// The same, which keeps what Maru keeps: nobody hears what a crash could still lose.
const DURABLE_DEMO: &str = "demo-durable";

/// One goal: what was wanted, and what was measured if it was.
struct Goal {
    what: &'static str,
    wanted: &'static str,
    /// In words, and whether it is enough.
    reached: Option<(String, bool)>,
}

/// All goals in a table.
pub(super) fn table(results: &Results) -> String {
    let mut text = "| goal | wanted | measured | |\n|---|---|---|---|\n".to_owned();
    for Goal { what, wanted, reached } in goals(results) {
        let (measured, mark) = match reached {
            Some((measured, true)) => (measured, "✓"),
            Some((measured, false)) => (measured, "✗"),
            None => ("not measured".to_owned(), "–"),
        };
        let _ = writeln!(text, "| {what} | {wanted} | {measured} | {mark} |");
    }
    text
}

fn goals(results: &Results) -> Vec<Goal> {
    let mut goals = talk(results);
    goals.extend(storm(results));
    let fact = |name: &str| results.facts.get(name).copied();
    let goal = |what, wanted, reached| Goal { what, wanted, reached };
    let (idle, demo) = (fact("idle KiB maru"), fact("idle KiB demo"));
    goals.push(goal(
        "memory of an idle member, about 10,000 connected",
        "≤ demo",
        idle.zip(demo).map(|(maru, demo)| (format!("{maru:.1} and {demo:.1} KiB"), maru <= demo)),
    ));
    let rows = |name, most| fact(name).map(|rows| (format!("{rows:.3}"), rows <= most));
    goals.push(goal("rows a message, 1/s", "≤ 1.1", rows("rows 1/s", 1.1)));
    goals.push(goal("rows a message, 100/s", "≤ 0.1", rows("rows 100/s", 0.1)));
    let module = fact("wasm KB").map(|kb| (format!("{kb:.0} KB"), kb <= 400.0));
    goals.push(goal("Wasm of the larger script, gzip", "≤ 400 KB", module));
    goals
}

fn talk(results: &Results) -> Vec<Goal> {
    let of = |load: &str, system: &str| -> Option<Measured> {
        let runs: Vec<&Run> = results.talk.iter().filter(|run| run.load == load).collect();
        outcome(&runs, system)?.ok()
    };
    let all = loads::EVERYBODY;
    let peers = results.order.iter().filter(|name| *name != maru::NAME);
    let best = peers.filter_map(|name| Some((name.clone(), of(all, name)?.deliveries)));
    let best = best.max_by(|one, other| one.1.total_cmp(&other.1));
    let deliveries = |load| of(load, maru::NAME).map(|maru| maru.deliveries);
    let both = [deliveries(all), deliveries(loads::MOST)];
    let maru = both.into_iter().flatten().max_by(f64::total_cmp);
    let deliveries = maru.zip(best).map(|(maru, (name, best))| {
        let times = maru / best.max(1.0);
        (format!("{times:.1} × {name}"), times >= 15.0)
    });
    let p99 =
        of(all, maru::NAME).map(|maru| (format!("{:.1} ms", maru.p99_ms), maru.p99_ms <= 100.0));
    let both = |load, demo| of(load, maru::NAME).zip(of(load, demo));
    let cpu = both(all, DEMO).map(|(maru, demo)| {
        let times = demo.cpu_us_per_delivery / maru.cpu_us_per_delivery.max(1e-9);
        (format!("{times:.1} ×"), times >= 25.0)
    });
    let latency = |load, demo| {
        both(load, demo).map(|(maru, demo): (Measured, Measured)| {
            let times = maru.p50_ms / demo.p50_ms.max(1e-9);
            (format!("{times:.2} × ({:.1} and {:.1} ms)", maru.p50_ms, demo.p50_ms), times <= 1.1)
        })
    };
    let goal = |what, wanted, reached| Goal { what, wanted, reached };
    vec![
        goal("deliveries/s when 1,000 talk, the most to the best peer", "≥ 15 ×", deliveries),
        goal("p99 when 1,000 talk", "≤ 100 ms", p99),
        goal("CPU per delivery when 1,000 talk, demo to Maru", "≥ 25 ×", cpu),
        goal("p50 of one who talks to 1,000, to demo", "≤ 1.1 ×", latency("one talks", DEMO)),
        goal(
            "p50 in a small room, to a demo that stores first",
            "≤ 1.1 ×",
            latency("a small room", DURABLE_DEMO),
        ),
    ]
}

fn storm(results: &Results) -> Vec<Goal> {
    let fact = |name: &str| results.facts.get(name).copied();
    let level = fact("storm level s").map(|s| (format!("{s:.1} s"), s < 5.0));
    let live = fact("storm live p99 ms").map(|ms| (format!("{ms:.0} ms"), ms < 250.0));
    vec![
        Goal { what: "1,000 come back, each 500 behind", wanted: "< 5 s", reached: level },
        Goal { what: "p99 of live messages meanwhile", wanted: "< 250 ms", reached: live },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_reached_missed_or_not_measured() {
        let mut results = Results::default();
        results.facts.insert("rows 1/s".to_owned(), 1.012);
        results.facts.insert("rows 100/s".to_owned(), 0.112);
        let table = table(&results);
        assert!(table.contains("| rows a message, 1/s | ≤ 1.1 | 1.012 | ✓ |"), "{table}");
        assert!(table.contains("| rows a message, 100/s | ≤ 0.1 | 0.112 | ✗ |"), "{table}");
        assert!(table.contains("| < 5 s | not measured | – |"), "{table}");
    }
}
