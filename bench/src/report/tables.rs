//! Results as tables in Markdown.

use std::fmt::Write;

use crate::results::{Measured, Results, Run};

/// Above this, the generator may have been what was slow.
const OWN_CORES_MAX: f64 = 0.95;
const LATE_MS_MAX: f64 = 50.0;

/// What the numbers were measured on, and whether the generator was fast enough.
pub(super) fn machine(results: &Results) -> String {
    let mut text = format!("Measured on {}.", results.machine);
    if let Some(itself) = results.itself {
        let _ = write!(text, "\n{}", itself.sentence());
    }
    let measured = results.talk.iter().filter_map(|run| run.outcome.as_ref().ok());
    let (cores, late) = measured.fold((0.0_f64, 0.0_f64), |(cores, late), each| {
        (cores.max(each.own_cores), late.max(each.late_ms))
    });
    if !results.talk.is_empty() {
        let _ = write!(
            text,
            "\nIn the runs below it used at most {cores:.2} of a core, and said 99 % of all \
             messages less than {late:.1} ms late.",
        );
    }
    text
}

/// What was measured, and what could not be.
pub(super) fn systems(results: &Results) -> String {
    let mut text = "| system | version | what | stores |\n|---|---|---|---|\n".to_owned();
    for (name, system) in in_order(results) {
        let version = match &system.version {
            Ok(version) => version.clone(),
            Err(why) => format!("not measured: {}", one_line(why)),
        };
        let stores = if system.stores { "yes" } else { "no" };
        let _ = writeln!(text, "| {name} | {version} | {} | {stores} |", system.what);
    }
    text
}

/// A table for each load.
pub(super) fn talk(results: &Results) -> String {
    let mut text = String::new();
    for load in loads(&results.talk) {
        let runs: Vec<&Run> = results.talk.iter().filter(|run| run.load == load).collect();
        let Some(first) = runs.first() else { continue };
        let _ = writeln!(text, "### {}\n\n{}\n", capital(load), setting(first));
        text.push_str(HEAD);
        for (name, system) in in_order(results) {
            let stores = if system.stores { "" } else { " ¹" };
            if let Some(outcome) = outcome(&runs, name) {
                let _ = writeln!(text, "| {name}{stores} | {}", row(&outcome));
            }
        }
        text.push('\n');
    }
    text
}

const HEAD: &str = "\
| system | deliveries/s | arrived | p50 | p95 | p99 | max, ms | CPU, µs each | cores | memory, MiB \
| a frame | one order | |
|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|---|
";

/// Growth of Maru with its rooms, and how steeply its cost rises.
pub(super) fn growth(results: &Results) -> String {
    let mut text = "\
| system | rooms | members of each | said/s | asked, deliveries/s | deliveries/s | p50 | p99, ms \
| CPU, µs each | cores |
|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|
"
    .to_owned();
    for load in loads(&results.growth) {
        let runs: Vec<&Run> = results.growth.iter().filter(|run| run.load == load).collect();
        let Some(first) = runs.first() else { continue };
        for (name, _) in in_order(results) {
            let begin = format!(
                "| {name} | {} | {} | {:.0} | {} |",
                first.rooms,
                thousands(first.members as f64),
                first.messages,
                thousands(first.asked()),
            );
            match outcome(&runs, name) {
                Some(Ok(measured)) => {
                    let Measured { deliveries, p50_ms, p99_ms, .. } = measured;
                    let Measured { cpu_us_per_delivery, server_cores, .. } = measured;
                    let deliveries = thousands(deliveries);
                    let _ = writeln!(
                        text,
                        "{begin} {deliveries} | {p50_ms:.1} | {p99_ms:.1} | \
                         {cpu_us_per_delivery:.2} | {server_cores:.2} |",
                    );
                }
                Some(Err(why)) => drop(writeln!(text, "{begin} {why} | | | | |")),
                None => {}
            }
        }
    }
    for (name, _) in in_order(results) {
        for slope in slopes(results, name) {
            let _ = write!(text, "\n{slope}");
        }
    }
    text
}

/// How CPU per delivery changes with the size of a room, and with the number of rooms.
fn slopes(results: &Results, system: &str) -> Vec<String> {
    let of = |is_size: bool| -> Vec<(f64, f64)> {
        let runs = results.growth.iter().filter(|run| run.system == system);
        let runs = runs.filter(|run| run.load.starts_with("members") == is_size);
        let point = |run: &Run| {
            let measured = run.outcome.as_ref().ok()?;
            let x = if is_size { run.members } else { run.rooms };
            Some((x as f64, measured.cpu_us_per_delivery))
        };
        runs.filter_map(point).collect()
    };
    let sentence = |what: &str, points: &[(f64, f64)]| {
        slope(points).map(|slope| {
            format!("{system}: CPU per delivery goes with the {what} to the power of {slope:+.2}.")
        })
    };
    let both = [sentence("members", &of(true)), sentence("number of rooms", &of(false))];
    both.into_iter().flatten().collect()
}

/// The exponent of the power law that fits best, from two different points on.
fn slope(points: &[(f64, f64)]) -> Option<f64> {
    let logs: Vec<(f64, f64)> = points.iter().map(|(x, y)| (x.ln(), y.max(1e-9).ln())).collect();
    let n = logs.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| logs.iter().map(of).sum::<f64>() / n;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let spread: f64 = logs.iter().map(|point| (point.0 - x).powi(2)).sum();
    let together: f64 = logs.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    (spread > 1e-9).then(|| together / spread)
}

/// The median of a system's rounds, or why there is none.
pub(super) fn outcome(runs: &[&Run], system: &str) -> Option<Result<Measured, String>> {
    let runs: Vec<&&Run> = runs.iter().filter(|run| run.system == system).collect();
    let measured: Vec<&Measured> =
        runs.iter().filter_map(|run| run.outcome.as_ref().ok()).collect();
    if measured.is_empty() {
        return runs.iter().find_map(|run| run.outcome.clone().err()).map(Err);
    }
    Some(Ok(Measured::median(&measured)))
}

/// The loads of some runs, in their order.
pub(super) fn loads(runs: &[Run]) -> Vec<&str> {
    let mut loads: Vec<&str> = Vec::new();
    for run in runs {
        if !loads.contains(&run.load.as_str()) {
            loads.push(&run.load);
        }
    }
    loads
}

/// `1234567` as `1,234,567`.
pub(super) fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn in_order(results: &Results) -> impl Iterator<Item = (&str, &crate::results::SystemResult)> {
    let named = |name: &'_ String| results.systems.get_key_value(name.as_str());
    results.order.iter().filter_map(named).map(|(name, system)| (name.as_str(), system))
}

fn setting(run: &Run) -> String {
    let Run { rooms, members, .. } = run;
    let rooms = match rooms {
        1 => "One room".to_owned(),
        n => format!("{} rooms", thousands(*n as f64)),
    };
    format!(
        "{rooms} of {} members, {} messages/s in all: {} deliveries/s asked.",
        thousands(*members as f64),
        thousands(run.messages),
        thousands(run.asked()),
    )
}

fn row(outcome: &Result<Measured, String>) -> String {
    let measured = match outcome {
        Ok(measured) => measured,
        Err(why) => return format!("| | | | | | | | | | | {} |", one_line(why)),
    };
    let deliveries = match measured.deliveries {
        few if few < 100.0 => format!("{few:.1}"),
        many => thousands(many),
    };
    let Measured { p50_ms, p95_ms, p99_ms, max_ms, .. } = measured;
    let latency = match max_ms {
        none if *none <= 0.0 => "– | – | – | –".to_owned(),
        _ => format!("{p50_ms:.1} | {p95_ms:.1} | {p99_ms:.1} | {max_ms:.1}"),
    };
    // The system counts in hundredths of a second.
    let cpu = match measured.server_cores {
        few if few < 0.01 => "–".to_owned(),
        _ => format!("{:.2}", measured.cpu_us_per_delivery),
    };
    format!(
        "{deliveries} | {:.1} % | {latency} | {cpu} | {:.2} | {:.0} | {:.1} \
         | {} | {} |",
        (measured.ratio * 1000.0).floor() / 10.0,
        measured.server_cores,
        measured.resident_mib,
        measured.per_frame,
        match measured.one_order {
            Some(true) => "yes",
            Some(false) => "no",
            None => "–",
        },
        notes(measured),
    )
}

fn notes(measured: &Measured) -> String {
    let mut notes: Vec<String> = measured.faults.iter().map(|fault| one_line(fault)).collect();
    if measured.own_cores > OWN_CORES_MAX || measured.late_ms > LATE_MS_MAX {
        let Measured { own_cores, late_ms, .. } = measured;
        notes.push(format!("generator at its limit: {own_cores:.2} cores, {late_ms:.0} ms late"));
    }
    notes.join("; ")
}

/// Fit for a cell.
fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "/");
    match line.char_indices().nth(160) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::SystemResult;

    fn run(system: &str, p50_ms: f64) -> Run {
        Run {
            system: system.to_owned(),
            load: "everybody talks".to_owned(),
            rooms: 1,
            members: 1_000,
            round: 1,
            messages: 1_000.0,
            outcome: Ok(Measured { p50_ms, max_ms: 9.0, ratio: 0.99999, ..Measured::default() }),
        }
    }

    #[test]
    fn a_load_has_a_table_with_a_row_for_each_system() {
        let mut results = Results {
            talk: vec![run("b", 3.0), run("a", 5.0), run("a", 7.0), run("a", 6.0)],
            order: vec!["a".to_owned(), "b".to_owned(), "c".to_owned()],
            ..Results::default()
        };
        results.talk.push(Run { outcome: Err("no\nserver".to_owned()), ..run("c", 0.0) });
        for name in &results.order {
            let stores = name == "a";
            let (what, version) = (String::new(), Ok(String::new()));
            let system = SystemResult { what, version, stores };
            results.systems.insert(name.clone(), system);
        }
        let table = talk(&results);
        assert!(table.contains("1,000,000 deliveries/s asked"), "{table}");
        let rows: Vec<&str> = table.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
        assert!(rows[0].starts_with("| a | 0.0 | 99.9 % | 6.0 |"), "{table}");
        assert!(rows[1].starts_with("| b ¹ | 0.0 | 99.9 % | 3.0 |"), "{table}");
        assert!(rows[2].ends_with("no server |"), "{table}");
        let columns = |row: &str| row.matches('|').count();
        assert!(rows.iter().all(|row| columns(row) == columns(HEAD.lines().next().unwrap())));
    }

    #[test]
    fn a_slope_is_an_exponent() {
        let squares = [(10.0, 100.0), (20.0, 400.0), (40.0, 1_600.0)];
        assert!((slope(&squares).unwrap() - 2.0).abs() < 1e-9);
        assert_eq!(slope(&squares[..1]), None);
    }

    #[test]
    fn long_numbers_have_commas() {
        assert_eq!(thousands(999.4), "999");
        assert_eq!(thousands(1_000.0), "1,000");
        assert_eq!(thousands(1_234_567.0), "1,234,567");
    }
}
