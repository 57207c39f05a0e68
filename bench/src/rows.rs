//! Rows written for each message, by a real room on a real object's database in simulated time.

use std::fmt::Write;

use anyhow::Result;
use integration_tests::bare::Workerd;
use serde_json::Value;

use crate::results::Results;

/// Members of the room, all of them with a live session.
const N_MEMBERS: u64 = 1_000;

/// Sends of a run, at least: enough to fill the index several times.
const N_SENDS_MIN: u64 = 4_096;

/// Seconds of a run, at least: read positions are stored after minutes.
const SECONDS_MIN: u64 = 900;

/// Writes a table, and notes the rows of plain messages as facts.
pub(crate) async fn measure(results: &mut Results) -> Result<()> {
    let mut table = "\
| said | rate | entries | log | beside | index | alarms | rows an entry |
|---|---:|---:|---:|---:|---:|---:|---:|
"
    .to_owned();
    let workerd = Workerd::start().await;
    for (name, mixed) in [("messages alone", false), ("a mix, and everybody reads", true)] {
        for rate in [1, 10, 100] {
            let seconds = SECONDS_MIN.max(N_SENDS_MIN / rate);
            let asked =
                format!("rows?rate={rate}&seconds={seconds}&members={N_MEMBERS}&mixed={mixed}");
            let measured: Value = serde_json::from_str(&workerd.ask(&asked).await)?;
            let of = |name: &str| measured[name].as_u64().unwrap_or(0);
            let parts = [of("log"), of("beside"), of("index"), of("alarms")];
            let [log, beside, index, alarms] = parts;
            let entries = of("entries").max(1);
            let per_mille = parts.iter().sum::<u64>() * 1_000 / entries;
            let rows = per_mille as f64 / 1e3;
            if !mixed {
                results.facts.insert(format!("rows {rate}/s"), rows);
            }
            writeln!(
                table,
                "| {name} | {rate}/s | {entries} | {log} | {beside} | {index} | {alarms} | {rows:.3} |",
            )?;
        }
    }
    results.keep("rows", table);
    Ok(())
}
